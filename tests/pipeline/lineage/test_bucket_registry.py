"""One object of a bucket: it is replaced by compare and swap, and a lost answer is no lost event."""

from collections.abc import Iterator

import pytest

from pipeline.errors import UserError
from pipeline.lineage import bucket_registry
from pipeline.lineage.bucket_registry import BucketRegistry
from pipeline.lineage.events import Registration, State
from pipeline.lineage.state_machine import RefusedMoveError
from tests.infra.local_storage import LocalStorage
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import move, states, version

LIVE, WITHDRAWN = State.LIVE, State.WITHDRAWN
NAME = ("evergreen", "root/registry/flights.json")


@pytest.fixture
def server() -> Iterator[LocalStorage]:
    running = LocalStorage()
    yield running
    running.close()


@pytest.fixture
def registry(server: LocalStorage) -> BucketRegistry:
    found = registries.open_registry("bucket", server.url)
    found.append(Registration("r", version(1)))
    return found


class Beside:
    """A stored object beside which somebody else writes before each of the next writes."""

    def __init__(self, stored: object, others: list) -> None:
        self._stored = stored
        self._others = others
        self.uri = stored.uri

    def read(self) -> tuple[bytes, int]:
        return self._stored.read()

    def replace(self, content: bytes, generation: int) -> bool:
        if self._others:
            self._others.pop(0)()
        return self._stored.replace(content, generation)


def beside(registry: BucketRegistry, *others: object) -> BucketRegistry:
    return BucketRegistry(Beside(registry._stored, list(others)))


def test_a_stale_generation_is_refused_and_the_events_are_checked_again(registry: BucketRegistry):
    registry.append(move(LIVE, "1.0.1", 1))
    slow = beside(registry, lambda: registry.append(move(WITHDRAWN, "1.0.1", 2)))
    with pytest.raises(RefusedMoveError, match=r"1\.0\.1 is withdrawn already"):
        slow.append(move(WITHDRAWN, "1.0.1", 3))
    assert len(registry.read().events) == 2


def test_the_first_write_of_two_makes_the_object_and_the_second_is_added(server: LocalStorage):
    here, there = (registries.open_registry("bucket", server.url) for _ in range(2))
    slow = beside(here, lambda: there.append(Registration("r", version(1))))
    assert slow.append(Registration("s", version(2))).versions == (version(1), version(2))
    assert server.objects[NAME][1] == 2


def test_a_write_whose_answer_was_lost_is_found_when_it_is_repeated(registry: BucketRegistry):
    class Lost(Beside):
        def replace(self, content: bytes, generation: int) -> bool:
            self._stored.replace(content, generation)
            raise UserError("no answer")

    with pytest.raises(UserError, match="no answer"):
        BucketRegistry(Lost(registry._stored, [])).append(move(LIVE, "1.0.1"))
    assert states(registry.append(move(LIVE, "1.0.1"))) == {"1.0.1": "live"}
    assert len(registry.read().events) == 1


def test_who_is_overtaken_every_time_gives_up_with_a_sentence(registry: BucketRegistry, monkeypatch):
    monkeypatch.setattr(bucket_registry, "_ATTEMPTS", 3)
    others = [lambda n=n: registry.append(Registration(f"o{n}", version(n))) for n in range(2, 9)]
    with pytest.raises(UserError) as refused:
        beside(registry, *others).append(move(LIVE, "1.0.1"))
    assert str(refused.value) == (
        "gs://evergreen/root/registry/flights.json was changed by others 3 times in a row; start again"
    )


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}"])
def test_an_object_that_holds_no_events_is_refused_by_its_address(server: LocalStorage, content: bytes):
    server.put(*NAME, content, None)
    said = "the states of models in gs://evergreen/root/registry/flights.json cannot be read: "
    with pytest.raises(UserError, match=said):
        registries.open_registry("bucket", server.url).read()
