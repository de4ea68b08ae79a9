"""Who gets the candidate."""

import random
import zlib

import pytest

from serving.traffic.split import BUCKETS, bucket, gets_candidate, key_hash

KEYS = [f"client-{number}" for number in range(20_000)]


def test_a_bucket_is_the_checksum_of_rollout_and_key() -> None:
    """Another server, or another language, that knows the id deals out the same."""
    assert bucket("r1", "anna") == zlib.crc32(b"r1anna") % 10_000
    assert bucket("r1", "\udcff") == zlib.crc32(b"r1\xff") % 10_000  # a header that is no UTF-8


@pytest.mark.parametrize("share", [0.01, 0.05, 0.25, 0.5])
def test_the_candidate_gets_its_share_of_the_keys(share: float) -> None:
    got = sum(gets_candidate("r1", key, share) for key in KEYS)
    assert got == pytest.approx(share * len(KEYS), abs=4 * (share * (1 - share) * len(KEYS)) ** 0.5)


def test_a_larger_share_keeps_those_who_had_the_candidate() -> None:
    before: set[str] = set()
    for share in (0.0, 0.0001, 0.05, 0.25, 0.5, 1.0):
        now = {key for key in KEYS if gets_candidate("r1", key, share)}
        assert before <= now
        before = now
    assert before == set(KEYS)


def test_another_rollout_meets_other_clients() -> None:
    """Not always the same unlucky twentieth: as many get it twice as chance has it."""
    first, second = ({key for key in KEYS if gets_candidate(r, key, 0.05)} for r in ("4be0", "9c71"))
    assert len(first & second) < 4 * 0.05 * 0.05 * len(KEYS)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_and_everybody_are_exact(share: float) -> None:
    assert {gets_candidate("r1", "", share) for _ in range(2000)} == {bool(share)}
    edge = next(key for key in KEYS if bucket("r1", key) == 500)
    assert not gets_candidate("r1", edge, 500 / BUCKETS)
    assert gets_candidate("r1", edge, 501 / BUCKETS)


def test_a_request_without_a_key_is_dealt_out_each_time() -> None:
    random.seed(3)
    assert sum(gets_candidate("r1", "", 0.25) for _ in range(4000)) == pytest.approx(1000, abs=110)


def test_a_hash_tells_keys_apart_and_requests_without_one() -> None:
    assert key_hash("r1", "anna") == key_hash("r1", "anna") != key_hash("r1", "bert")
    assert key_hash("r1", "anna") != key_hash("r2", "anna")
    found = {key_hash("r1", key) for key in KEYS} | {key_hash("r1", "") for _ in range(100)}
    assert len(found) == len(KEYS) + 100
    assert all(0 <= each < 2**63 for each in found)
