"""A release goes on when every gate passed it in its newest windows, and for nothing less."""

from __future__ import annotations

import dataclasses

import pytest

from infra.promotion.gate_rule import Answer, ReleaseRun, Ruling, foreign_images, judge

GATES = ("data", "model")
PASSED = {"data": Answer(True, "fine"), "model": Answer(True, "fine")}
OLD = "sha256:" + "0" * 64
NEW = "sha256:" + "1" * 64
TRAINER = "sha256:" + "2" * 64
IMAGES = {"pipeline": NEW, "dataflow": NEW, "trainer": TRAINER}
OF_RELEASE = frozenset(IMAGES.items())


def run(window: str, **changes: object) -> ReleaseRun:
    """A run of the release that every gate passed."""
    good = ReleaseRun(f"run-{window}", "v1-2-0", OF_RELEASE, window, "succeeded", PASSED)
    return dataclasses.replace(good, **changes)  # type: ignore[arg-type]


def ruling(*runs: ReleaseRun, windows: int = 3, uses: frozenset[str] = frozenset(IMAGES)) -> Ruling:
    """On runs, newest first."""
    return judge(runs, GATES, revision="v1-2-0", images=IMAGES, uses=uses, windows=windows)


THREE = (run("c"), run("b"), run("a"))
STOPPED = {"data": Answer(True, "fine"), "model": Answer(False, "AUC is 0.61 and 0.7 is asked for")}


def test_three_windows_that_every_gate_passed_open() -> None:
    """As many as are asked for; one more than that is not looked at."""
    assert ruling(*THREE) == Ruling("open", "every gate passed in the windows of this release until c, b, a")
    assert ruling(*THREE).opens
    assert ruling(*THREE, run("0", state="failed")).opens
    assert ruling(run("a"), windows=1).opens


@pytest.mark.parametrize(
    ("runs", "state", "reason"),
    [
        ((), "no verdict", "there is no run of this release"),
        (THREE[:2], "too few", "2 of 3 windows were run with this release: until c, b"),
        ((run("a"), run("a"), run("a")), "too few", "1 of 3 windows"),
        ((run("c", state="running"), *THREE[1:]), "under way", "run run-c (until c) is under way"),
        ((*THREE[:2], run("a", state="failed")), "failed", "run run-a (until a) failed"),
        (
            (run("c", answers=STOPPED), *THREE[1:]),
            "stopped",
            "run run-c (until c) was stopped by gate model: AUC is 0.61 and 0.7 is asked for",
        ),
        ((run("c", answers={"data": Answer(False, "no rows")}),), "stopped", "by gate data: no rows"),
        ((run("c", answers={}), *THREE[1:]), "no verdict", "run run-c (until c) has no verdict of gate data"),
        ((run("c", answers={"data": Answer(True, "")}), *THREE[1:]), "no verdict", "of gate model"),
        (
            (run("c", answers=PASSED | {"model": Answer(None, "?")}), *THREE[1:]),
            "no verdict",
            "of gate model",
        ),
        ((run("c", answers={"model": Answer(False, "bad")}), *THREE[1:]), "no verdict", "of gate data"),
        ((run("c"), run(""), run("a")), "no verdict", "run run- (until no day) does not say which window"),
    ],
)
def test_everything_else_keeps_it_closed(runs: tuple[ReleaseRun, ...], state: str, reason: str) -> None:
    """Each state, named with the run and the gate."""
    found = ruling(*runs)
    assert (found.state, found.opens) == (state, False)
    assert reason in found.reason


OTHER_IMAGES = {
    "no image": frozenset[tuple[str, str]](),
    "another image of the steps": frozenset({("pipeline", OLD)}),
    "one step in another": OF_RELEASE | {("pipeline", OLD)},
    "a tag": frozenset({("pipeline", "us-docker.pkg.dev/p/r/pipeline:v1.2.0")}),
    "no image of the steps": frozenset({("dataflow", NEW), ("trainer", TRAINER)}),
    "another trainer": frozenset({("pipeline", NEW), ("trainer", OLD)}),
    "the pipeline's image as trainer": frozenset({("pipeline", NEW), ("trainer", NEW)}),
    "other workers": frozenset({("pipeline", NEW), ("dataflow", OLD)}),
    "another use": OF_RELEASE | {("judge", NEW)},
}


@pytest.mark.parametrize("images", OTHER_IMAGES.values(), ids=OTHER_IMAGES)
def test_runs_in_other_images_do_not_count(images: frozenset[tuple[str, str]]) -> None:
    """Neither for the release nor against it; why there are too few is said."""
    other = run("c", images=images)
    found = ruling(other, *THREE[1:])
    assert (found.state, "; run run-c was not in the release's images" in found.reason) == ("too few", True)
    assert "no run of this release; run run-c was not in" in ruling(other).reason
    assert ruling(run("d", images=images, state="failed"), *THREE).opens


def test_what_a_run_has_not_tried_does_not_open() -> None:
    """Where the next environment trains apart and the earlier one in its step, the trainer is untried."""
    in_steps = [run(day, images=frozenset({("pipeline", NEW)})) for day in "cba"]
    assert ruling(*in_steps, uses=frozenset({"pipeline"})).opens
    assert "not in the release's images (dataflow, trainer)" in ruling(*in_steps).reason
    assert ruling(*THREE, uses=frozenset({"pipeline"})).opens
    wrong = run("c", images=OF_RELEASE | {("trainer", OLD)})
    assert foreign_images(wrong, IMAGES, frozenset({"pipeline"})) == ["trainer"]


def test_runs_of_another_revision_do_not_count() -> None:
    """Nor are their images looked at."""
    other = run("c", revision="v1-1-0", images=OTHER_IMAGES["a tag"])
    assert ruling(other, *THREE[1:]).reason == "2 of 3 windows were run with this release: until b, a"
    assert ruling(run("d", revision="v1-1-0", state="failed"), *THREE).opens


def test_the_newest_windows_are_those_of_the_last_days() -> None:
    """An older window that somebody judged again later is none of them, and one day is one window."""
    assert ruling(run("0", state="failed"), *reversed(THREE)).opens
    assert ruling(run("0", state="failed"), *THREE[:2]).state == "failed"
    assert ruling(run("c"), *THREE[:2]).state == "too few"


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
        judge(THREE, (), revision="v1-2-0", images=IMAGES, uses=frozenset(IMAGES), windows=3)
