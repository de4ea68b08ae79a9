"""A gate's answer: it passes only on checks that were made and that all passed."""

import pytest
from pydantic import ValidationError

from components.gates.override import Override, from_json, to_json
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


def test_a_warning_leaves_the_gate_open_and_is_told():
    warned = Check("distribution", "temp", 0.3, 0.1, False, "temp is unlike the days before", action="warn")
    verdict = conclude("data", (check(True), warned))
    assert verdict.passed
    assert verdict.warnings == (warned,)
    assert verdict.reason == "1 of 2 checks passed; 1 warning"


def test_a_warning_beside_a_stop_closes_the_gate():
    warned = Check("distribution", "temp", 0.3, 0.1, False, "temp is unlike", action="warn")
    assert not conclude("data", (check(False), warned)).passed


def override(**changed: str) -> Override:
    values = {"gate": "data", "check": "AUC at least", "reason": "a sale", "by": "ana"}
    return Override.model_validate({**values, "expires": "2026-12-01", **changed})


def test_an_override_lets_the_named_check_fail_and_stands_in_the_verdict():
    verdict = conclude("data", (check(True), check(False)), overrides=(override(),))
    assert verdict.passed
    (overridden,) = verdict.overridden
    assert overridden.overridden == "a sale (ana, until 2026-12-01)"
    assert verdict.reason == "1 of 2 checks passed; 1 override"


@pytest.mark.parametrize("other", [{"gate": "model"}, {"check": "AUC at most"}, {"subject": "origin=JFK"}])
def test_an_override_of_something_else_lets_nothing_through(other: dict[str, str]):
    verdict = conclude("data", (check(False),), overrides=(override(**other),))
    assert not verdict.passed
    assert not verdict.overridden


def test_an_override_of_one_subject_leaves_the_others_closed():
    elsewhere = Check("AUC at least", "origin=JFK", 0.5, 0.6, False, "AUC is 0.5")
    verdict = conclude("data", (check(False), elsewhere), overrides=(override(subject="overall"),))
    assert [each.closes for each in verdict.checks] == [False, True]
    assert not verdict.passed


@pytest.mark.parametrize("blank", ["reason", "by", "check"])
def test_an_override_without_reason_person_or_check_is_refused(blank: str):
    with pytest.raises(ValidationError, match=blank):
        override(**{blank: " "})


def test_overrides_survive_being_a_parameter():
    given = (override(), override(subject="overall"))
    assert from_json(to_json(given)) == given
    assert to_json(()) == ""
    assert from_json("") == ()


def test_a_verdict_written_before_actions_is_read():
    text = '{"checks": [{"name": "a", "subject": "b", "measured": 1, "threshold": 0, "passed": false,'
    verdict = Verdict.from_json(
        text + ' "reason": "why"}], "gate": "data", "passed": false, "reason": "why"}'
    )
    assert verdict.checks[0].closes


def test_only_what_failed_and_warns_is_a_warning():
    passed = Check("median", "temp", 0.1, 0.2, True, "", action="warn")
    assert conclude("data", (passed, check(False), check(True))).warnings == ()
