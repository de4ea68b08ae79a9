"""A soak fails for one lost request, and swaps versions as a server can follow."""

import itertools
from pathlib import Path

import pytest

from benchmarks.soak import CANDIDATE, CHAMPION, THIRD, Counts, report, swaps
from serving.models import served_file


def test_one_lost_request_fails_it(capsys: pytest.CaptureFixture[str]) -> None:
    answered = Counts([1.0, 2.0, 3.0, 100.0])
    assert report({"REST": answered}, ["promoted"], [2**20, 2**21]) == 0
    said = capsys.readouterr().out
    assert "REST: 4 requests, 0 lost, p50 3.0 ms, p99 100.0 ms\nswaps: 1 promoted\n" in said
    assert "1, 2\n" in said
    assert report({"REST": answered, "gRPC": Counts([1.0], ["refused"])}, [], []) == 1
    assert "1 lost" in capsys.readouterr().out


def test_a_round_takes_each_version_in_and_out_again_and_every_file_can_be_followed(tmp_path: Path) -> None:
    seen = []
    for _, serves in itertools.islice(swaps(), 9):
        served_file.write(tmp_path, serves)
        found = served_file.read(tmp_path)
        assert found == serves
        shares = {each.number: each.share for each in found.versions if each.share}
        seen.append((found.default.number, shares.get(CANDIDATE, 0.0)))
    canary = [(CHAMPION, share) for share in (0.0, 0.2, 0.5, 0.0, 0.5)]
    assert seen == [*canary, (CANDIDATE, 1.0), (CHAMPION, 0.0), (THIRD, 0.0), (CHAMPION, 0.0)]
