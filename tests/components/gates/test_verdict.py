"""A gate's answer: it passes only on checks that were made and that all passed."""

import pytest

from components.gates.verdict import Check, Verdict, conclude


def check(passed: bool, reason: str = "AUC is 0.5") -> Check:
    return Check("AUC at least", "overall", 0.5, 0.6, passed, reason)


def test_a_gate_with_no_checks_stays_closed():
    verdict = conclude("model", ())
    assert not verdict.passed
    assert verdict.reason == "nothing was checked, and an unchecked gate stays closed"


@pytest.mark.parametrize(
    ("answers", "passed"),
    [
        ((True,), True),
        ((True, True), True),
        ((False,), False),
        ((True, False), False),
        ((False, True), False),
    ],
)
def test_one_failed_check_closes_the_gate(answers: tuple[bool, ...], passed: bool):
    assert conclude("model", tuple(map(check, answers))).passed is passed


def test_an_open_gate_says_how_many_checks_passed():
    assert conclude("model", (check(True), check(True))).reason == "all 2 checks passed"


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        (1, "reason 0"),
        (3, "reason 0; reason 1; reason 2"),
        (4, "reason 0; reason 1; reason 2; and 1 more"),
        (6, "reason 0; reason 1; reason 2; and 3 more"),
    ],
)
def test_a_closed_gate_names_the_first_three_reasons_and_counts_the_rest(failed: int, reason: str):
    passed = check(True, "this one is fine")
    checks = (passed, *(check(False, f"reason {number}") for number in range(failed)))
    assert conclude("model", checks).reason == reason


@pytest.mark.parametrize("passed", [True, False])
def test_a_note_is_told_and_decides_nothing(passed: bool):
    verdict = conclude("model", (check(passed),), notes=("the champion was not compared: overlap",))
    assert verdict.passed is passed
    assert verdict.reason.endswith("; the champion was not compared: overlap")


@pytest.mark.parametrize(
    "verdict",
    [
        conclude("data", ()),
        conclude("model", (check(True), check(False))),
        Verdict("infra", False, 'says "no" …', (Check("served", "server", None, None, False, "line\nline"),)),
    ],
)
def test_a_verdict_survives_being_written_and_read(verdict: Verdict):
    text = verdict.as_json()
    assert "\n" not in text
    assert Verdict.from_json(text) == verdict
