"""What the gate decides on is measured on the rows and the answers, and nothing of it is lost on the way."""

from types import SimpleNamespace

import numpy as np
import pytest

from components.evaluator import metrics
from components.evaluator.calibration import offset
from components.evaluator.evidence import as_metrics, gather
from components.evaluator.paired import differences
from components.evaluator.policy import CalibrationLimit, Threshold
from components.evaluator.rule import judge
from components.evaluator.slices_rule import Group
from components.task import Task
from tests.components.evaluator.test_paired import sides
from tests.components.evaluator.test_policy import policy

TASK = Task("binary", (0, 1), "probability")
MARGIN = Threshold(metric="AUC", scope="overall", max_worse_than_champion=0.125)
LABELS, CANDIDATE, CHAMPION = sides("binary", 1_000)
DAYS = np.arange(1_000) // 100
PRIOR = np.full(1_000, 0.25)
COLUMNS = {"sex": np.array(["f", "m"] * 500)}


def answers(values: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(values=values, ms_per_row=0.5, model_mb=2.0)


def gathered(champion: np.ndarray | None = CHAMPION, task: Task = TASK, days: np.ndarray | None = DAYS):
    rows = SimpleNamespace(labels=LABELS, columns=COLUMNS)
    beside = None if champion is None else answers(champion)
    return gather(task, policy(MARGIN), rows, answers(CANDIDATE), beside, PRIOR, days)


def test_metrics_with_a_margin_are_compared_by_rows_and_days():
    found = gathered()
    assert found.differences == differences("binary", LABELS, CANDIDATE, CHAMPION, ["AUC"], DAYS)
    assert gathered(champion=None).differences == {}


def test_of_each_slice_the_rows_of_each_class_are_counted():
    women = LABELS[::2]
    assert gathered().groups["sex=f"] == Group(500, (int((women == 0).sum()), int((women == 1).sum())))
    number = Task("regression", (), "prediction")
    assert gathered(champion=None, task=number).groups["sex=m"] == Group(500)


def test_calibration_stands_beside_the_champion_s_or_else_the_prior_s():
    assert gathered().beside == offset("binary", LABELS, CHAMPION)
    assert gathered(champion=None).beside == offset("binary", LABELS, PRIOR)
    assert gathered().offset == offset("binary", LABELS, CANDIDATE)


def test_size_and_time_are_the_candidate_s():
    assert (gathered().cost.model_mb, gathered().cost.ms_per_row) == (2.0, 0.5)


def test_the_evaluation_s_file_holds_each_difference_as_numbers():
    lost = gathered().differences["AUC"]
    assert as_metrics(gathered(), 1_000) == {
        "ExampleCount": 1_000,
        "AUC loss": lost.loss,
        "AUC se": lost.se,
        "AUC se by day": lost.se_by_day,
    }
    assert set(as_metrics(gathered(days=None), 1_000)) == {"ExampleCount", "AUC loss", "AUC se"}


@pytest.mark.parametrize(("factor", "passed"), [(1.0, True), (0.4, False)])
def test_the_whole_gate_from_answers_to_verdict(factor: float, passed: bool):
    """Each part as the Evaluator calls it; a candidate that predicts too little is refused for it alone."""
    candidate = CHAMPION * factor
    asked = policy(MARGIN, calibration=CalibrationLimit(max_off=0.25, max_worse_than_champion=0.125))
    rows = SimpleNamespace(labels=LABELS, columns=COLUMNS)
    found = gather(TASK, asked, rows, answers(candidate), answers(CHAMPION), PRIOR, DAYS)
    ours, theirs = (metrics.by_slice("binary", LABELS, each, COLUMNS) for each in (candidate, CHAMPION))
    verdict = judge(ours, theirs, asked, found)
    assert verdict.passed is passed
    assert [check.name for check in verdict.checks if check.closes] == ["calibration within"] * (not passed)
