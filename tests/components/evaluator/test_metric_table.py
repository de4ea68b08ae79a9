"""Everything that knows of a metric reads one table."""

import json
import math

import numpy as np
import pytest

from components.evaluator import metric_table, metrics, rule
from components.evaluator.metric_table import (
    BINARY,
    BY_NAME,
    METRICS,
    MULTICLASS,
    REGRESSION,
    Metric,
    of_task,
)
from components.evaluator.paired import differences
from components.evaluator.policy import Threshold
from pipeline.config.load import load
from pipeline.errors import ConfigError
from tests.components.evaluator.test_policy import POLICY

TASKS = (BINARY, MULTICLASS, REGRESSION)
LABELS = {
    BINARY: np.array([0, 1, 1, 0]),
    MULTICLASS: np.array([0, 1, 2, 0]),
    REGRESSION: np.array([1.0, 2.0, 4.0, -1.0]),
}
PROBABILITIES = np.array([0.2, 0.7, 0.4, 0.1])
SHARES = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
GOOD = {BINARY: PROBABILITIES, MULTICLASS: SHARES, REGRESSION: LABELS[REGRESSION] + 0.125}
BAD = {BINARY: 1 - PROBABILITIES, MULTICLASS: SHARES[:, ::-1], REGRESSION: -LABELS[REGRESSION]}
OF_TASKS = [(kind, metric) for kind in TASKS for metric in of_task(kind)]


@pytest.mark.parametrize("kind", TASKS)
def test_every_row_has_its_function_and_its_range(kind: str):
    computed = metrics.compute(kind, LABELS[kind], GOOD[kind])
    assert [*computed] == [metric.name for metric in of_task(kind)]
    for metric in of_task(kind):
        lowest, highest = metric.range
        assert lowest <= computed[metric.name] <= highest


def test_names_are_said_once():
    assert len(BY_NAME) == len({metric.tfma_name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("kind", TASKS)
def test_each_task_can_be_judged_and_is_summarised(kind: str):
    assert metric_table.judged_of(kind)
    assert {metric.name for metric in of_task(kind)} & set(metric_table.SUMMARISED)


@pytest.mark.parametrize(("kind", "metric"), OF_TASKS)
def test_the_better_of_two_models_has_the_better_value(kind: str, metric: Metric):
    """The direction in the table is the one that the function has."""
    if metric.lower_is_better is None:
        return
    good, bad = (metrics.compute(kind, LABELS[kind], answers[kind])[metric.name] for answers in (GOOD, BAD))
    assert (good < bad) is metric.lower_is_better


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_threshold_takes_what_can_be_judged_within_its_range(metric: Metric):
    def threshold(limit: float) -> None:
        Threshold(metric=metric.name, scope="overall", at_least=limit)

    lowest, highest = metric.range
    if metric.lower_is_better is None:
        with pytest.raises(ValueError, match=f"'{metric.name}' is no metric that can be judged"):
            threshold(0.5)
        return
    threshold(0.5)
    for limit, beyond in ((lowest, lowest - 0.1), (highest, highest + 0.1)):
        if math.isfinite(limit):
            threshold(limit)
            with pytest.raises(ValueError, match=f"{metric.name} lies between"):
                threshold(beyond)


@pytest.mark.parametrize("name", metric_table.JUDGED)
def test_the_configuration_takes_metrics_of_the_labels_task(name: str):
    """The label of these tests is one of two classes."""
    conditions = json.dumps([{"metric": name, "scope": "overall", "at_most": 0.5}])
    if BINARY in BY_NAME[name].tasks:
        assert load("local", {"model_gate.thresholds": conditions}).model_gate.thresholds[0].metric == name
        return
    with pytest.raises(ConfigError, match=rf"^--set: model_gate.thresholds.0.metric: {name} is a metric of"):
        load("local", {"model_gate.thresholds": conditions})


@pytest.mark.parametrize("metric", [each for each in METRICS if each.lower_is_better is not None])
def test_the_gate_takes_the_direction_from_the_table(metric: Metric):
    kind = metric.tasks[0]
    labels, good, bad = LABELS[kind], GOOD[kind], BAD[kind]
    for ours, theirs in ((good, bad), (bad, good)):
        found = differences(kind, labels, ours, theirs, [metric.name])[metric.name]
        assert (found.loss < 0) is (ours is good)


@pytest.mark.parametrize("metric", [each for each in METRICS if each.lower_is_better is not None])
def test_the_gate_takes_the_direction_of_slices_from_the_table(metric: Metric):
    allowed = Threshold(metric=metric.name, scope="slices", max_worse_than_champion=0.125)
    policy = POLICY.model_copy(
        update={"slices": ("sex",), "thresholds": (*POLICY.thresholds, allowed), "min_slice_rows": 1}
    )
    whole = {"overall": {"ExampleCount": 10.0, "AUC": 0.75}}
    champion = {**whole, "sex=f": {"ExampleCount": 10.0, metric.name: 0.5}}
    for value, passed in ((0.25, metric.lower_is_better), (0.75, not metric.lower_is_better)):
        candidate = {**whole, "sex=f": {"ExampleCount": 10.0, metric.name: value}}
        assert rule.judge(candidate, champion, policy).passed is passed


def test_a_new_metric_is_a_row_and_its_function(monkeypatch: pytest.MonkeyPatch):
    row = Metric("Brier", "brier", "brier", (0.0, 1.0), lower_is_better=True)
    monkeypatch.setattr(metric_table, "METRICS", (*METRICS, row))
    monkeypatch.setattr(
        metrics.FUNCTIONS[BINARY],
        "brier",
        lambda labels, scores: float(((labels - scores) ** 2).mean()),
        raising=False,
    )
    assert metrics.compute(BINARY, LABELS[BINARY], PROBABILITIES)["Brier"] == pytest.approx(0.125)


def test_the_summary_shows_metrics_that_there_are():
    assert set(metric_table.SUMMARISED) <= set(metric_table.JUDGED)
