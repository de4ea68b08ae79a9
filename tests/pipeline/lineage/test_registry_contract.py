"""Every registry tells the same story, whoever asks it, after any restart, and beside any other writer."""

import contextlib
import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.lineage.events import State
from pipeline.lineage.registry import Registry
from pipeline.lineage.state_machine import RefusedMoveError
from tests.infra.local_storage import LocalStorage
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import at, move, note, states, told, version
from tests.pipeline.runners.vertex.cloud_models import make_endpoint
from tests.pipeline.runners.vertex.cloud_server import serve
from tests.pipeline.runners.vertex.conftest import PARENT

CANDIDATE, _, _, LIVE, RETIRED, WITHDRAWN, QUARANTINED = State


@dataclasses.dataclass(frozen=True)
class Store:
    """A store of one kind, begun and without versions."""

    kind: str
    place: str

    def open(self) -> Registry:
        return registries.open_registry(self.kind, self.place)

    def register(self, *numbers: int) -> None:
        for number in numbers:
            registries.register(self.kind, self.place, version(number))

    def in_another_process(self, name: str, count: int) -> subprocess.Popen:
        command = [sys.executable, "-m", registries.__name__, self.kind, self.place, name, str(count)]
        return subprocess.Popen(command, cwd=Path(__file__).parents[3])


@pytest.fixture(params=registries.NAMES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with contextlib.ExitStack() as servers:
        place = str(tmp_path / "root")
        if request.param == "bucket":
            place = servers.enter_context(contextlib.closing(LocalStorage())).url
        elif request.param == "vertex":
            cloud = servers.enter_context(serve())
            make_endpoint(cloud, PARENT, "flights")
            place = cloud.url
        registries.begin(request.param, place)
        yield Store(request.param, place)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Results of calls from threads, an error among them as a value."""

    def caught(call: Callable[[], object]) -> object:
        try:
            return call()
        except RefusedMoveError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(caught, calls))


def test_before_the_first_version_nothing_is_known_and_nothing_can_be_decided(store: Store):
    assert store.open().read().versions == ()
    assert store.open().read().live is None
    with pytest.raises(UserError, match=r"no model '1\.0\.1' is registered; registered: none yet"):
        store.open().append(move(LIVE, "1.0.1"))


def test_a_registered_version_is_a_candidate_until_somebody_decides(store: Store):
    store.register(1)
    models = store.open().read()
    assert [(each.address, each.run_id) for each in models.versions] == [("flights/1.0.1", "run-1")]
    assert models.state("1.0.1") is CANDIDATE
    assert models.live is None


def test_what_was_decided_of_an_alias_is_refused_once_it_names_another_version(store: Store):
    store.register(1, 2, 3)
    registry = store.open()
    registry.append(move(LIVE, "1.0.1", 1), move(LIVE, "1.0.2", 2))
    meant = {"previous": registry.read().find("previous")}
    withdrawal = move(WITHDRAWN, "1.0.1", 4)
    store.open().append(move(LIVE, "1.0.3", 3))
    with pytest.raises(RefusedMoveError, match=r"the previous was 1\.0\.1 a moment ago, and is 1\.0\.2 now"):
        registry.append(withdrawal, meant=meant)
    assert states(registry.read()) == {"1.0.1": "retired", "1.0.2": "retired", "1.0.3": "live"}
    meant = {"previous": registry.read().find("previous")}
    decided = move(WITHDRAWN, "1.0.2", 5)
    for _ in range(2):  # a repetition changes nothing, so it is not refused
        assert registry.append(decided, meant=meant).state("1.0.2") is WITHDRAWN


def test_a_story_is_told_again_after_a_restart(store: Store):
    moves = [
        ("1.0.1", LIVE),
        ("1.0.2", LIVE),
        ("1.0.2", WITHDRAWN),
        ("1.0.3", LIVE),
        ("1.0.3", QUARANTINED),
        ("1.0.3", LIVE),
        ("1.0.1", WITHDRAWN),
        ("1.0.2", LIVE),
    ]
    expected = told(*moves)
    store.register(1, 2)
    registry = store.open()
    for number, event in enumerate(expected.events):
        if number == 3:
            store.register(3, 4)
        registry.append(event)
    remark = note("1.0.4", "für später ✓", 99)
    registry.append(remark)
    models = store.open().read()
    assert states(models) == states(expected) == {"1.0.1": "withdrawn", "1.0.2": "live", "1.0.3": "retired"}
    assert models.events == (*expected.events, remark)
    assert models.notes("1.0.4") == (remark,)
    assert [models.live_at(at(minute)).version for minute in range(8)] == [
        expected.live_at(at(minute)).version for minute in range(8)
    ]
    assert [(s.before, s.to, s.reason) for s in models.history("1.0.1")] == [
        (s.before, s.to, s.reason) for s in expected.history("1.0.1")
    ]


def test_append_returns_what_a_reader_finds(store: Store):
    store.register(1)
    returned = store.open().append(move(LIVE, "1.0.1"))
    assert returned == store.open().read()
    assert returned.live.version == "1.0.1"


def test_an_event_that_is_repeated_counts_once(store: Store):
    store.register(1, 2)
    event = move(LIVE, "1.0.1")
    for registry in (store.open(), store.open()):
        registry.append(event)
        registry.append(event, note("1.0.1", "again"))
    assert store.open().read().events == (event, note("1.0.1", "again"))


def test_a_refused_move_leaves_no_trace_of_those_beside_it(store: Store):
    store.register(1, 2)
    with pytest.raises(RefusedMoveError, match=r"1\.0\.2 is candidate, and a version is retired by"):
        store.open().append(move(LIVE, "1.0.1"), note("1.0.1", "!"), move(RETIRED, "1.0.2"))
    assert store.open().read().events == ()


def test_several_events_are_recorded_together_and_in_order(store: Store):
    store.register(1, 2)
    events = (move(LIVE, "1.0.1", 1), note("1.0.1", "ok", 2), move(LIVE, "1.0.2", 3))
    store.open().append(*events)
    assert store.open().read().events == events


def test_order_is_that_of_recording_whatever_the_clocks_say(store: Store):
    store.register(1, 2)
    store.open().append(move(LIVE, "1.0.1", 50))
    store.open().append(move(LIVE, "1.0.2", 10))
    assert store.open().read().live.version == "1.0.2"


def test_of_those_who_decide_the_same_at_once_one_decides(store: Store):
    store.register(1)
    store.open().append(move(LIVE, "1.0.1"))
    decisions = [move(to, "1.0.1", id=f"by {who}") for who, to in enumerate([WITHDRAWN, QUARANTINED] * 2)]
    outcomes = at_once(*(lambda each=each: store.open().append(each) for each in decisions))
    events = store.open().read().events
    refused = [each for each in outcomes if isinstance(each, RefusedMoveError)]
    assert len(refused) + len(events) == 5
    assert [event.to for event in events] in ([LIVE, QUARANTINED], [LIVE, WITHDRAWN, QUARANTINED])


def test_of_many_who_make_versions_live_at_once_every_decision_is_kept_and_one_version_serves(store: Store):
    store.register(1, 2, 3, 4)
    names = [f"1.0.{number}" for number in range(1, 5)]
    at_once(*(lambda of=of: store.open().append(move(LIVE, of)) for of in names))
    models = store.open().read()
    assert sorted(event.version for event in models.events) == names
    assert sorted(states(models).values()) == ["live", "retired", "retired", "retired"]
    assert models.live.version == models.events[-1].version


def test_processes_and_threads_that_write_at_once_lose_nothing(store: Store):
    store.register(1)
    others = [store.in_another_process(name, 8) for name in ("a", "b")]
    registry = store.open()
    for number in range(8):
        registry.append(dataclasses.replace(note("1.0.1", "here"), id=f"c-{number}"))
    assert [other.wait(120) for other in others] == [0, 0]
    ids = [event.id for event in store.open().read().events]
    assert sorted(ids) == sorted(f"{name}-{number}" for name in "abc" for number in range(8))
    for name in "abc":  # each writer's own are in its order
        assert [each for each in ids if each.startswith(name)] == [f"{name}-{number}" for number in range(8)]
