"""A server in a rollout: turns back by itself, once and for good, and goes on where it was killed."""

import contextlib
import dataclasses
import logging
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.models import served_file
from serving.rollout import evidence
from serving.rollout.evidence import ERRORS, Evidence, Sums, TurnedBack, folder_of
from serving.rollout.guards_rule import BROKEN
from serving.rollout.plan import RolloutPlan
from serving.traffic import rollouts
from serving.traffic.metrics import Metrics
from serving.traffic.split import gets_candidate
from tests.serving.traffic.rolling import (
    CANDIDATE,
    CHAMPION,
    HALF,
    PREVIOUS,
    QUARTER,
    SHADOW,
    RollingServer,
    failing,
    plan_of,
)

KEYS = [f"client-{number}" for number in range(400)]


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """Lets this process write no file, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.fixture
def booked() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def server(tmp_path: Path, booked: list) -> Iterator[RollingServer]:
    server = RollingServer(tmp_path, lambda *told: booked.append(told))
    server.roll(plan_of("r"), HALF)
    yield server
    server.stop()


def turned_back(server: RollingServer) -> str:
    """Returns the guard that fired at a look; empty if none did."""
    server.rollouts.look()
    live = server.rollouts.current()
    assert live is not None
    return live.counts.turned_back.guard if live.counts.turned_back else ""


def written(base: Path, rollout: str = "r") -> Evidence:
    return evidence.read_all(folder_of(base, rollout))


def test_a_candidate_that_fails_gets_no_more_requests_and_that_is_said_written_and_booked(
    server: RollingServer, booked: list, caplog: pytest.LogCaptureFixture
) -> None:
    server.candidate.fault = failing
    with caplog.at_level(logging.ERROR):
        assert {server.ask(key=key) for key in KEYS[:60]} == {1.0}
        assert len(server.candidate.asked) > 20
        assert turned_back(server) == "errors"
    asked = len(server.candidate.asked)
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    assert len(server.candidate.asked) == asked  # not beside the champion either
    assert server.ask(version=CANDIDATE) == "the model is broken"  # who names it gets it
    found = written(server.base).turned_back
    assert (found.guard, found.text.split(":")[0]) == ("errors", "failed requests")
    wait_until(lambda: booked == [("r", "errors", found.text)])
    assert turned_back(server) == "errors"
    time.sleep(0.05)
    assert len(booked) == 1
    (said,) = [each.message for each in caplog.records]
    assert said == f"version 2 of m is turned back by its errors: {found.text}; version 1 answers all"


def test_a_good_candidate_goes_on(server: RollingServer, booked: list) -> None:
    server.candidate.shift = CHAMPION
    for key in KEYS:
        server.ask(key=key)
    server.predictor.stop(30)
    assert (turned_back(server), booked) == ("", [])
    assert written(server.base).stage(HALF).requests["candidate"] > 150


def test_what_fails_on_both_turns_nobody_back(server: RollingServer) -> None:
    server.candidate.fault = server.champion.fault = failing
    for key in KEYS:
        server.ask(key=key)
    assert turned_back(server) == ""


def test_the_counts_tell_the_stage_and_whether_it_was_turned_back(server: RollingServer) -> None:
    metrics = Metrics("m", list)
    metrics.show_rollout(server.rollouts.current)

    def told() -> list[str]:
        lines = metrics.text("")[0].decode().splitlines()
        return [line for line in lines if line.startswith("evergreen_rollout")]

    labels = f'{{model="m",version="{CANDIDATE}"}}'
    stage = f"evergreen_rollout_stage{labels} {HALF + 1}.0"
    assert told() == [stage, f"evergreen_rollout_turned_back{labels} 0.0"]
    server.candidate.fault = failing
    for key in KEYS[:60]:
        server.ask(key=key)
    assert turned_back(server) == "errors"
    assert told() == [stage, f"evergreen_rollout_turned_back{labels} 1.0"]
    server.roll(None)
    assert not told()


def test_answers_that_are_no_numbers_turn_back(server: RollingServer) -> None:
    server.candidate.shift = float("nan")
    assert {server.ask(key=key) for key in KEYS[:60]} == {1.0}
    assert turned_back(server) == "answers"


def test_slow_calls_turn_back(server: RollingServer) -> None:
    server.candidate.fault = lambda _: time.sleep(0.02)
    for key in KEYS[:150]:
        server.ask(key=key)
    assert turned_back(server) == "slow"


def test_other_predictions_turn_back_in_the_shadow(server: RollingServer) -> None:
    server.roll(plan_of("r"), SHADOW)
    for x, key in enumerate(KEYS):
        assert server.ask(float(x % 7), key=key) == 1.0  # a shift of half a standard deviation
    server.predictor.stop(30)
    assert turned_back(server) == "predictions"


def test_one_sticky_client_of_many_requests_turns_nobody_back(server: RollingServer) -> None:
    theirs = next(key for key in KEYS if gets_candidate("r", key, 0.5))
    server.candidate.fault = failing
    for _ in range(200):
        server.ask(key=theirs)
    assert turned_back(server) == ""


def test_a_candidate_whose_files_changed_is_turned_back(server: RollingServer) -> None:
    server.roll(plan_of("r2"), HALF, {CANDIDATE: "broken"})
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    assert turned_back(server) == "errors"
    assert written(server.base, "r2").turned_back.text == (
        "version 2 cannot be loaded: the files of 2 changed"
    )


def test_a_candidate_that_may_load_later_is_waited_for(tmp_path: Path) -> None:
    server = RollingServer(tmp_path)
    (tmp_path / str(CANDIDATE)).rmdir()
    server.roll(plan_of("r"), HALF)
    assert turned_back(server) == ""
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    server.stop()


def test_a_candidate_that_is_being_copied_is_tried_again_and_turned_back_after_a_while(
    server: RollingServer,
) -> None:
    for name, waits_s, guard in (("r2", rollouts.COPYING_S, "errors"), ("r3", rollouts.COPYING_S - 1, "")):
        server.roll(plan_of(name), HALF, {CANDIDATE: "incomplete"})
        assert turned_back(server) == ""
        server.now_s += waits_s
        assert turned_back(server) == guard
        assert {server.ask(key=key) for key in KEYS[:20]} == {1.0}
    assert written(server.base, "r2").turned_back.text == "version 2 cannot be loaded: 2 is not all there"
    (server.base / str(CANDIDATE) / "all").touch()
    server.follower.poll()
    server.now_s += 1
    assert turned_back(server) == ""
    assert {server.ask(key=key) for key in KEYS[:20]} == {1.0, 2.0}


def test_a_killed_server_goes_on_with_the_same_split_and_the_same_evidence(tmp_path: Path) -> None:
    first = RollingServer(tmp_path)
    first.roll(plan_of("r"), QUARTER)
    answers = [first.ask(key=key) for key in KEYS]
    first.rollouts.look()
    seen = written(tmp_path)
    assert seen.stage(QUARTER).slow_over_ms
    first.kill()
    again = RollingServer(tmp_path)
    again.follower.poll()
    assert [again.ask(key=key) for key in KEYS] == answers
    again.rollouts.look()
    before, after = seen.stage(QUARTER), written(tmp_path).stage(QUARTER)
    assert after.requests["candidate"] == 2 * before.requests["candidate"]
    assert after.slow_over_ms == before.slow_over_ms
    again.stop()


def test_a_killed_server_that_turned_back_has_turned_back_and_books_it_again(tmp_path: Path) -> None:
    """The first died before it was booked: serving.json names the rollout as before."""
    first = RollingServer(tmp_path)
    first.roll(plan_of("r"), HALF)
    first.candidate.fault = failing
    for key in KEYS[:60]:
        first.ask(key=key)
    assert turned_back(first) == "errors"
    first.kill()
    booked: list[tuple[str, ...]] = []
    again = RollingServer(tmp_path, lambda *told: booked.append(told))
    again.follower.poll()
    assert {again.ask(key=key) for key in KEYS} == {1.0}
    assert again.candidate.asked == []
    assert turned_back(again) == "errors"
    wait_until(lambda: [each[:2] for each in booked] == [("r", "errors")])
    again.stop()


def test_what_another_server_turned_back_is_not_begun(tmp_path: Path) -> None:
    turned = TurnedBack("slow", "too slow", "2026-11-27")
    evidence.write(folder_of(tmp_path, "r"), "elsewhere-0", Evidence(turned_back=turned))
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF)
    assert {server.ask(key=key) for key in KEYS} == {1.0}
    server.stop()


def test_a_rollout_after_one_that_was_turned_back_begins_anew(server: RollingServer) -> None:
    server.candidate.fault = failing
    for key in KEYS[:60]:
        server.ask(key=key)
    assert turned_back(server) == "errors"
    server.candidate.fault = lambda _: None
    server.roll(plan_of("r2"), HALF)
    assert {server.ask(key=key) for key in KEYS} == {1.0, 2.0}
    server.rollouts.look()
    assert written(server.base, "r").turned_back
    assert not written(server.base, "r2").turned_back


@pytest.mark.parametrize("next_plan", [None, plan_of("r2")], ids=["nothing", "another rollout"])
def test_the_end_of_a_rollout_is_written(server: RollingServer, next_plan: RolloutPlan | None) -> None:
    for key in KEYS:
        server.ask(key=key)
    server.roll(next_plan)
    assert server.ask() == CHAMPION
    assert not folder_of(server.base, "r").exists()
    server.rollouts.look()
    assert sum(written(server.base).stage(HALF).requests[side] for side in ("candidate", "champion")) == 400


def test_it_is_booked_until_that_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollouts, "FIRST_PAUSE_S", 0.001)
    tries: list[str] = []

    def book(rollout: str, _guard: str, _text: str) -> None:
        tries.append(rollout)
        if len(tries) < 4:
            raise OSError("the registry is locked")

    server = RollingServer(tmp_path, book)
    server.roll(plan_of("r"), HALF, {CANDIDATE: "broken"})
    server.rollouts.look()
    wait_until(lambda: len(tries) == 4)
    time.sleep(0.05)
    assert tries == ["r"] * 4
    server.stop()


@pytest.mark.parametrize("next_plan", [None, plan_of("r2")], ids=["nothing", "another rollout"])
def test_booking_ends_with_the_rollout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_plan: RolloutPlan | None
) -> None:
    """Somebody else booked it: the file names it no more."""
    monkeypatch.setattr(rollouts, "FIRST_PAUSE_S", 0.001)
    tries: list[str] = []

    def fail(rollout: str, _guard: str, _text: str) -> None:
        tries.append(rollout)
        raise OSError("no registry")

    server = RollingServer(tmp_path, fail)
    server.roll(plan_of("r"), HALF, {CANDIDATE: "broken"})
    server.rollouts.look()
    wait_until(lambda: tries)
    server.roll(next_plan, QUARTER)
    wait_until(lambda: not any(each.name == "book" for each in threading.enumerate()))
    server.stop()


def test_the_watching_thread_finds_a_bad_candidate_within_a_second(tmp_path: Path) -> None:
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF)
    server.rollouts.start()
    server.candidate.fault = failing
    began = time.monotonic()
    for key in KEYS[:60]:
        server.ask(key=key)
    live = server.rollouts.current()
    wait_until(lambda: live.counts.turned_back)
    assert time.monotonic() - began < 1
    wait_until(lambda: written(tmp_path).turned_back)
    server.stop()


def test_evidence_is_written_each_second_and_at_the_end(tmp_path: Path) -> None:
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF)
    server.rollouts.start()
    server.ask(key="anna")
    wait_until(lambda: sum(written(tmp_path).stage(HALF).requests.values()) >= 1)
    server.ask(key="bert", version=None)
    server.predictor.stop(30)
    server.stop()
    found = written(tmp_path).stage(HALF).requests
    assert found["candidate"] + found["champion"] == 2


def test_the_state_tells_each_guard_beside_its_limit(server: RollingServer) -> None:
    for key in KEYS[:40]:
        server.ask(key=key)
    state = server.predictor.rollout("m")["rollout"]
    assert (state["id"], state["share"], state["candidate"]) == ("r", 0.5, CANDIDATE)
    assert (state["stage"], state["stages"]) == (HALF + 1, 4), "as the command counts"
    assert (state["champion"], state["candidate_loaded"], state["candidate_error"]) == (CHAMPION, True, "")
    assert state["requests"]["candidate"] + state["requests"]["champion"] == 40
    assert [each["name"] for each in state["guards"]][:4] == ["errors", "answers", "slow", "predictions"]
    assert (state["guards"][0]["limit"], state["guards"][0]["fired"], state["turned_back"]) == (
        500,
        False,
        None,
    )
    server.candidate.fault = failing
    for key in KEYS[:100]:
        server.ask(key=key)
    turned_back(server)
    state = server.predictor.rollout("m")["rollout"]
    assert (state["turned_back"]["guard"], state["share"]) == (ERRORS, 0.0)
    server.roll(None)
    assert server.predictor.rollout("m") == {"rollout": None}
    assert served_file.read(server.base).rollout is None
    assert PREVIOUS in server.models


def test_a_turn_back_that_met_a_full_disk_is_written_once_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = RollingServer(tmp_path)
    server.roll(plan_of("r"), HALF)
    server.candidate.fault = failing
    for key in KEYS[:60]:
        server.ask(key=key)
    with no_room():
        assert turned_back(server) == "errors"
    assert "the evidence of a rollout cannot be written, a restart would lose it" in caplog.text
    assert not written(tmp_path).turned_back
    server.rollouts.look()  # nothing was counted in between
    assert written(tmp_path).turned_back
    server.kill()
    again = RollingServer(tmp_path)
    again.follower.poll()
    assert {again.ask(key=key) for key in KEYS} == {1.0}
    assert again.candidate.asked == []
    again.stop()


def test_the_end_of_a_rollout_that_met_a_full_disk_is_written_once_there_is_room(
    server: RollingServer,
) -> None:
    for key in KEYS[:20]:
        server.ask(key=key)
    server.roll(None)
    server.ask()
    with no_room():
        server.rollouts.look()
    assert not written(server.base).stages
    server.rollouts.look()
    assert sum(written(server.base).stage(HALF).requests[side] for side in ("candidate", "champion")) == 20


def test_broken_guards_are_said_once_and_neither_silence_the_others_nor_keep_evidence_from_the_disk(
    server: RollingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Counts of a stage that the plan has not: nothing writes such, but a fault costs one guard at most."""
    server.candidate.shift = CHAMPION
    live = server.rollouts.current()
    live.counts.add_pair(len(live.plan.stages), Sums())
    assert [turned_back(server), turned_back(server)] == ["", ""]
    assert written(server.base).stages.keys() == {len(live.plan.stages)}
    said = [each.message.split(" of ")[0] for each in caplog.records]
    assert said == [f"the guard {name}" for name in ("errors", "answers", "slow")]
    assert server.predictor.rollout("m")["rollout"]["guards"][0]["blind"] == BROKEN
    server.candidate.shift = CANDIDATE
    for x, key in enumerate(KEYS):
        server.ask(float(x % 7), key=key)
    server.predictor.stop(30)
    assert turned_back(server) == "predictions"


def test_evidence_is_written_also_where_a_look_fails(server: RollingServer) -> None:
    time.sleep(0.06)  # until serving.json has settled, and is not read again
    for key in KEYS[:20]:
        server.ask(key=key)
    live = server.rollouts.current()
    object.__setattr__(live, "plan", dataclasses.replace(live.plan, limits=None))
    with pytest.raises(AttributeError):
        server.rollouts.look()
    assert sum(written(server.base).stage(HALF).requests[side] for side in ("candidate", "champion")) == 20
