"""Data is trained on only if there is enough of it, of both classes, and without blocking anomalies."""

import pytest

from components.data_gate.rule import Anomaly, DataGatePolicy, SplitSummary, judge
from components.gates.verdict import Check, Verdict

POLICY = DataGatePolicy(min_train_rows=100, min_eval_rows=20, block_on="error")
NAN = float("nan")


def summary(rows: int = 1000, label_min: float = 0, label_max: float = 1) -> SplitSummary:
    return SplitSummary(rows, label_min, label_max)


def decide(anomalies=(), policy: DataGatePolicy = POLICY, **splits: SplitSummary) -> Verdict:
    return judge(anomalies, {"train": summary(), "eval": summary(), **splits}, policy)


def failed(verdict: Verdict) -> list[Check]:
    return [check for check in verdict.checks if not check.passed]


def test_good_data_opens_the_gate():
    verdict = decide()
    assert (verdict.gate, verdict.passed, verdict.reason) == ("data", True, "all 5 checks passed")


@pytest.mark.parametrize(("split", "least"), [("train", 100), ("eval", 20)])
@pytest.mark.parametrize(("more", "passed"), [(-1, False), (0, True), (1, True)])
def test_a_split_needs_its_least_number_of_rows(split: str, least: int, more: int, passed: bool):
    verdict = decide(**{split: summary(rows=least + more)})
    assert verdict.passed is passed
    if not passed:
        (check,) = failed(verdict)
        assert (check.subject, check.measured, check.threshold) == (split, least - 1, least)
        assert check.reason == f"{split} has {least - 1} rows, at least {least} are needed"


@pytest.mark.parametrize("missing", ["train", "eval"])
def test_a_missing_split_closes_the_gate(missing: str):
    splits = {name: summary() for name in ("train", "eval") if name != missing}
    verdict = judge((), splits, POLICY)
    assert not verdict.passed
    (check,) = failed(verdict)
    assert check.measured is None
    assert check.reason.startswith(f"{missing} has no rows")


@pytest.mark.parametrize("split", ["train", "eval"])
@pytest.mark.parametrize(
    ("low", "high", "measured", "passed"),
    [(0, 1, 1, True), (0, 0, 0, False), (1, 1, 0, False), (NAN, NAN, None, False)],
)
def test_each_split_needs_both_classes(split, low, high, measured, passed):
    verdict = decide(**{split: summary(label_min=low, label_max=high)})
    key = ("label spread above", split)
    (check,) = [check for check in verdict.checks if (check.name, check.subject) == key]
    assert (check.measured, check.passed, verdict.passed) == (measured, passed, passed)


def test_one_class_is_named_in_the_reason():
    assert decide(eval=summary(label_min=1, label_max=1)).reason == (
        "eval has labels of one class only: 1 to 1"
    )


@pytest.mark.parametrize(
    ("block_on", "severity", "passed"),
    [
        ("error", "unknown", True),
        ("error", "warning", True),
        ("error", "error", False),
        ("warning", "unknown", True),
        ("warning", "warning", False),
        ("warning", "error", False),
    ],
)
def test_anomalies_of_the_blocking_severity_and_above_close_the_gate(block_on, severity, passed):
    anomaly = Anomaly("train", "carrier", severity, "Unexpected string values: ZZ")
    verdict = decide((anomaly,), POLICY.model_copy(update={"block_on": block_on}))
    assert verdict.passed is passed
    assert (verdict.reason == "column 'carrier' of train: Unexpected string values: ZZ") is not passed


def test_each_blocking_anomaly_is_a_check_of_its_own():
    anomalies = (
        Anomaly("train", "carrier", "error", "new value"),
        Anomaly("train", "temp", "warning", "drift"),
        Anomaly("eval", "dest", "error", "column dropped"),
    )
    verdict = decide(anomalies)
    assert [(check.subject, check.measured) for check in failed(verdict)] == [
        ("train/carrier", 1),
        ("eval/dest", 1),
    ]


def test_no_report_of_anomalies_closes_the_gate():
    verdict = decide(None)
    assert (verdict.passed, verdict.reason) == (False, "there is no report of anomalies")


def test_no_data_at_all_closes_the_gate():
    assert not judge(None, {}, POLICY).passed
    assert not judge((), {}, POLICY).passed
