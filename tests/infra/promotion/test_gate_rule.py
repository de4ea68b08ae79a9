"""A release goes on when every gate passed it in its newest windows, and for nothing less."""

from __future__ import annotations

import dataclasses

import pytest

from infra.promotion.gate_rule import Answer, ReleaseRun, Ruling, is_of_release, judge

GATES = ("data", "model")
PASSED = {"data": Answer(True, "fine"), "model": Answer(True, "fine")}
OLD = "sha256:" + "0" * 64
NEW = "sha256:" + "1" * 64


def run(window: str, **changes: object) -> ReleaseRun:
    """A run of the release that every gate passed."""
    good = ReleaseRun(f"run-{window}", "v1-2-0", frozenset({NEW}), window, "succeeded", PASSED)
    return dataclasses.replace(good, **changes)  # type: ignore[arg-type]


def ruling(*runs: ReleaseRun, windows: int = 3) -> Ruling:
    """On runs, newest first."""
    return judge(runs, GATES, revision="v1-2-0", image=NEW, windows=windows)


THREE = (run("c"), run("b"), run("a"))
STOPPED = {"data": Answer(True, "fine"), "model": Answer(False, "AUC is 0.61 and 0.7 is asked for")}


def test_three_windows_that_every_gate_passed_open() -> None:
    """As many as are asked for; one more than that is not looked at."""
    assert ruling(*THREE) == Ruling("open", "every gate passed in the newest 3 windows of this release")
    assert ruling(*THREE).opens
    assert ruling(*THREE, run("0", state="failed")).opens
    assert ruling(run("a"), windows=1).opens


@pytest.mark.parametrize(
    ("runs", "state", "reason"),
    [
        ((), "too few", "0 of 3 windows have been run with this release"),
        (THREE[:2], "too few", "2 of 3 windows"),
        ((run("a"), run("a"), run("a")), "too few", "1 of 3 windows"),
        ((run("c", state="running"), *THREE[1:]), "under way", "run run-c is under way"),
        ((*THREE[:2], run("a", state="failed")), "failed", "run run-a failed"),
        (
            (run("c", answers=STOPPED), *THREE[1:]),
            "stopped",
            "run run-c was stopped by gate model: AUC is 0.61 and 0.7 is asked for",
        ),
        ((run("c", answers={"data": Answer(False, "no rows")}),), "stopped", "by gate data: no rows"),
        ((run("c", answers={}), *THREE[1:]), "no verdict", "run run-c has no verdict of gate data"),
        ((run("c", answers={"data": Answer(True, "")}), *THREE[1:]), "no verdict", "of gate model"),
        (
            (run("c", answers=PASSED | {"model": Answer(None, "?")}), *THREE[1:]),
            "no verdict",
            "of gate model",
        ),
        ((run("c", answers={"model": Answer(False, "bad")}), *THREE[1:]), "no verdict", "of gate data"),
    ],
)
def test_everything_else_keeps_it_closed(runs: tuple[ReleaseRun, ...], state: str, reason: str) -> None:
    """Each state, named with the run and the gate."""
    found = ruling(*runs)
    assert (found.state, found.opens) == (state, False)
    assert reason in found.reason


@pytest.mark.parametrize(
    "other",
    [
        {"revision": "v1-1-0"},
        {"images": frozenset({OLD})},
        {"images": frozenset({OLD, NEW})},
        {"images": frozenset()},
        {"images": frozenset({"us-docker.pkg.dev/p/r/pipeline:v1.2.0"})},
    ],
)
def test_runs_of_other_code_do_not_count(other: dict[str, object]) -> None:
    """Neither for the release nor against it: the revision and every step's image must be the release's."""
    assert not is_of_release(run("c", **other), "v1-2-0", NEW)
    assert ruling(run("c", **other), *THREE[1:]).state == "too few"
    assert ruling(run("d", **other, state="failed"), *THREE).opens


def test_the_newest_run_of_a_window_speaks_for_it() -> None:
    """A run that failed may be repeated; what it was before, or will be later, does not count."""
    assert ruling(run("a"), run("c"), run("b"), run("a", state="failed")).opens
    assert ruling(run("a", state="failed"), run("c"), run("b"), run("a")).state == "failed"


def test_what_closes_for_good_is_said_before_what_is_waited_for() -> None:
    """In the order of the diagram."""
    failed, stopped = run("a", state="failed"), run("b", answers=STOPPED)
    silent, busy = run("c", answers={}), run("d", state="running")
    for runs, state in (
        ((busy, silent, stopped, failed), "failed"),
        ((busy, silent, stopped), "stopped"),
        ((busy, silent), "no verdict"),
        ((busy,), "under way"),
    ):
        assert ruling(*runs, windows=5).state == state


def test_a_rule_without_windows_or_gates_is_refused() -> None:
    """It would pass everything."""
    with pytest.raises(ValueError, match="0 windows and 2 gates"):
        ruling(*THREE, windows=0)
    with pytest.raises(ValueError, match="3 windows and 0 gates"):
        judge(THREE, (), revision="v1-2-0", image=NEW, windows=3)
