"""Which message a run's end makes, and which notifier takes it."""

from typing import Any

import pytest

from monitoring.notify.message import Message
from monitoring.notify.rule import Ending, is_wanted, message_of, window_text

OPEN = {"gate": "model", "passed": True, "reason": "all 3 checks passed", "checks": []}
CLOSED = {"gate": "data", "passed": False, "reason": "3 rows are too few", "checks": []}
RELEASE_CLOSED = {"gate": "release", "passed": False, "reason": "it was not pushed", "checks": []}


def check(**values: Any) -> dict[str, Any]:
    return {"passed": False, "reason": "temp moved", "action": "stop", "overridden": "", **values}


def verdict(*checks: dict[str, Any], gate: str = "data") -> dict[str, Any]:
    return {"gate": gate, "passed": True, "reason": "passed", "checks": list(checks)}


def ended(state: str, **values: Any) -> Message:
    return message_of(Ending("flights", state, **values))


def test_a_released_model_is_told_as_information():
    message = ended("succeeded", released="1.0.2", run="r1", window="a … b", verdicts=[OPEN], log="/log")
    assert (message.kind, message.severity, message.log) == ("run-finished", "info", "/log")
    assert message.title == "flights: the run released version 1.0.2"
    assert message.text == "Every gate passed."
    assert message.details == {"run": "r1", "window": "a … b", "released": "1.0.2"}


def test_a_candidate_that_waits_is_not_told_as_released():
    message = ended("succeeded", released="1.0.2", waits=True, verdicts=[OPEN])
    assert message.title == "flights: the run registered version 1.0.2, which waits for approval"


def test_a_run_without_a_release_says_so():
    assert ended("succeeded").title == "flights: the run released nothing"


def test_a_closed_gate_is_told_with_its_reason():
    message = ended("stopped", error="DataGate: 3 rows", verdicts=[CLOSED, OPEN])
    assert (message.kind, message.severity) == ("run-stopped", "warning")
    assert message.text == "data gate: 3 rows are too few"


def test_the_record_of_the_release_repeats_no_gate():
    assert ended("stopped", verdicts=[CLOSED, RELEASE_CLOSED]).text == "data gate: 3 rows are too few"
    assert ended("stopped", verdicts=[OPEN, RELEASE_CLOSED]).text == "release gate: it was not pushed"


def test_a_stop_without_a_verdict_is_told_as_it_was_recorded():
    assert ended("stopped", error="closed").text == "closed"
    assert ended("stopped").text == "Nothing was recorded of why; the log may say more."


def test_a_failure_is_an_error_with_its_cause():
    message = ended("failed", error="Trainer: out of memory", verdicts=[OPEN])
    assert (message.kind, message.severity, message.title) == (
        "run-failed",
        "error",
        "flights: the run failed",
    )
    assert message.text == "Trainer: out of memory"


def test_a_failed_run_s_closed_gate_is_not_its_cause():
    assert ended("failed", error="disk full", verdicts=[CLOSED]).text == "disk full"


def test_a_warning_makes_a_finished_run_one_with_warnings():
    warned = verdict(check(action="warn"))
    message = ended("succeeded", released="1.0.2", verdicts=[warned, OPEN])
    assert (message.kind, message.severity) == ("run-warned", "warning")
    assert message.title == "flights: the run released version 1.0.2, with warnings"
    assert message.text == "Warning of the data gate: temp moved"


@pytest.mark.parametrize("each", [check(action="warn", passed=True), check(action="stop"), {"passed": True}])
def test_what_passed_and_what_stops_is_no_warning(each: dict[str, Any]):
    assert ended("succeeded", verdicts=[verdict(each)]).kind == "run-finished"


def test_a_stopped_run_s_warnings_are_told_too():
    message = ended("stopped", verdicts=[CLOSED, verdict(check(action="warn"), gate="model")])
    assert message.kind == "run-stopped"
    assert message.text == "data gate: 3 rows are too few\nWarning of the model gate: temp moved"


def test_of_many_warnings_the_first_are_told_and_the_others_counted():
    ten = ended("succeeded", verdicts=[verdict(*[check(action="warn")] * 10)]).text.splitlines()
    assert ten == ["Warning of the data gate: temp moved"] * 10
    twelve = ended("succeeded", verdicts=[verdict(*[check(action="warn")] * 12)]).text.splitlines()
    assert twelve == [*ten, "And 2 more warnings."]


def test_an_override_is_told_with_its_reason_and_person():
    let = verdict(check(overridden="a strike (Ada, until 2013-04-01)"))
    told = "Let through at the data gate: temp moved (a strike (Ada, until 2013-04-01))"
    assert ended("succeeded", verdicts=[let]).text == told


def test_a_verdict_of_an_earlier_version_has_neither_actions_nor_overrides():
    old = verdict({"passed": False, "reason": "x"}, {"passed": True, "reason": ""})
    assert (
        ended("succeeded", verdicts=[old, {"gate": "g", "passed": True, "reason": ""}]).kind == "run-finished"
    )


def test_a_window_is_told_by_its_first_and_last_day():
    assert window_text({"train_first": "2013-01-01", "eval_last": "2013-03-31"}) == "2013-01-01 … 2013-03-31"
    assert window_text({}) == ""


@pytest.mark.parametrize(
    ("kinds", "lowest", "wanted"),
    [
        ((), "info", True),
        ((), "warning", True),
        ((), "error", False),
        (("run-stopped", "run-failed"), "info", True),
        (("run-failed",), "info", False),
        (("run-stopped",), "error", False),
    ],
)
def test_a_notifier_takes_its_kinds_from_its_severity_on(kinds: tuple[str, ...], lowest: Any, wanted: bool):
    assert is_wanted(ended("stopped", verdicts=[CLOSED]), kinds, lowest) == wanted


def test_a_test_goes_to_every_notifier():
    assert is_wanted(Message("test", "info", "t", ""), ("run-failed",), "error")
