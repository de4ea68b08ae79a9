"""Data is trained on only if there is enough of it, of every class, and without blocking anomalies."""

import pytest

from components.data_gate.policy import DataGatePolicy
from components.data_gate.rule import Anomaly, SplitSummary, checks
from components.gates.verdict import Check, Verdict, conclude
from tests.components.data_gate.days import POLICY as SHIPPED

POLICY = SHIPPED.model_copy(update={"min_train_rows": 100, "min_eval_rows": 20, "min_class_rows": 3})
NAN, INF = float("nan"), float("inf")


def summary(rows: int = 1000, **class_rows: int) -> SplitSummary:
    return SplitSummary(rows, class_rows or {"no": 900, "yes": 100})


def numbers(low: float, high: float) -> SplitSummary:
    return SplitSummary(1000, label_min=low, label_max=high)


def decide(anomalies=(), policy: DataGatePolicy = POLICY, **splits: SplitSummary) -> Verdict:
    return conclude("data", checks(anomalies, {"train": summary(), "eval": summary(), **splits}, policy))


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
    verdict = conclude("data", checks((), splits, POLICY))
    assert not verdict.passed
    (check,) = failed(verdict)
    assert check.measured is None
    assert check.reason.startswith(f"{missing} has no rows")


@pytest.mark.parametrize("split", ["train", "eval"])
@pytest.mark.parametrize(("rows", "passed"), [(0, False), (2, False), (3, True), (4, True)])
def test_each_split_needs_rows_of_every_class(split: str, rows: int, passed: bool):
    verdict = decide(**{split: summary(a=500, b=rows, c=500)})
    key = ("rows of each class at least", split)
    (check,) = [check for check in verdict.checks if (check.name, check.subject) == key]
    assert (check.measured, check.threshold, check.passed) == (rows, 3, passed)
    assert verdict.passed is passed


@pytest.mark.parametrize(
    ("class_rows", "reason"),
    [
        ({"a": 0, "b": 9}, "eval has no rows of the class 'a', at least 3 of each are needed"),
        (
            {"a": 1, "b": 2, "c": 9},
            "eval has 1 row of the class 'a', 2 rows of the class 'b', at least 3 of each are needed",
        ),
        (
            dict.fromkeys("abcde", 0),
            "eval has no rows of the class 'a', no rows of the class 'b', no rows of the class 'c' and too "
            "few of 2 more classes, at least 3 of each are needed",
        ),
        (
            dict.fromkeys("abc", 0),
            "eval has no rows of the class 'a', no rows of the class 'b', no rows of the class 'c', at least "
            "3 of each are needed",
        ),
    ],
)
def test_the_classes_that_lack_rows_are_named(class_rows: dict[str, int], reason: str):
    assert decide(eval=summary(**class_rows)).reason == reason


@pytest.mark.parametrize("split", ["train", "eval"])
@pytest.mark.parametrize(
    ("low", "high", "measured", "reason"),
    [
        (-1.0, 2.5, 3.5, ""),
        (2.0, 2.0, 0.0, "{} has the label 2 in every row, so there is nothing to learn"),
        (NAN, NAN, None, "{} has no labels"),
        (NAN, 1.0, None, "{} has no labels"),
        (0.0, NAN, None, "{} has no labels"),
        (0.0, INF, None, "{} has a label that is no finite number: they go from 0 to inf"),
        (-INF, 0.0, None, "{} has a label that is no finite number: they go from -inf to 0"),
    ],
)
def test_labels_that_are_numbers_have_to_differ_and_to_be_finite(split, low, high, measured, reason):
    verdict = decide(**{split: numbers(low, high)})
    (check,) = [check for check in verdict.checks if check.name == "largest label less the smallest above"]
    assert (check.subject, check.measured, check.threshold) == (split, measured, 0)
    assert (check.passed, check.reason) == (not reason, reason.format(split))
    assert verdict.passed is (not reason)


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
    assert (verdict.reason == "Unexpected string values: ZZ") is not passed


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
    assert not conclude("data", checks(None, {}, POLICY)).passed
    assert not conclude("data", checks((), {}, POLICY)).passed
