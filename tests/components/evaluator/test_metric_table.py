"""Everything that knows of a metric reads one table."""

import json
import math

import numpy as np
import pytest

from components.evaluator import metric_table, metrics, rule
from components.evaluator.metric_table import BY_NAME, METRICS, Metric
from pipeline.config.load import load
from pipeline.errors import ConfigError

LABELS, PROBABILITIES = np.array([0, 1, 1, 0]), np.array([0.2, 0.7, 0.4, 0.1])


def test_every_row_has_its_function_and_its_range():
    computed = metrics.compute(LABELS, PROBABILITIES)
    assert [*computed] == [metric.name for metric in METRICS]
    for metric in METRICS:
        lowest, highest = metric.range
        assert lowest <= computed[metric.name] <= highest


def test_names_are_said_once():
    assert len(BY_NAME) == len({metric.tfma_name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_better_of_two_models_has_the_better_value(metric: Metric):
    """The direction in the table is the one that the function has."""
    if metric.lower_is_better is None:
        return
    good, bad = (
        metrics.compute(LABELS, scores)[metric.name] for scores in (PROBABILITIES, 1 - PROBABILITIES)
    )
    assert (good < bad) is metric.lower_is_better


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_configuration_takes_what_can_be_judged_within_its_range(metric: Metric):
    def threshold(limit: float) -> None:
        conditions = [{"metric": metric.name, "scope": "overall", "at_least": limit}]
        load("local", {"model_gate.thresholds": json.dumps(conditions)})

    if metric.lower_is_better is None:
        with pytest.raises(ConfigError, match=f"'{metric.name}' is no metric that can be judged"):
            threshold(0.5)
        return
    threshold(metric.range[0])
    with pytest.raises(ConfigError, match=f"{metric.name} lies between"):
        threshold(-0.1)
    if math.isfinite(metric.range[1]):
        with pytest.raises(ConfigError, match=f"{metric.name} lies between"):
            threshold(metric.range[1] + 0.1)


@pytest.mark.parametrize("metric", [each for each in METRICS if each.lower_is_better is not None])
def test_the_gate_takes_the_direction_from_the_table(metric: Metric):
    lower = metric.lower_is_better
    champion = {"overall": {"ExampleCount": 10.0, metric.name: 0.5}}
    allowed = rule.Threshold(metric=metric.name, scope="overall", max_worse_than_champion=0.125)
    policy = rule.ModelGatePolicy(
        slices=(), thresholds=(allowed,), min_slice_rows=1, on_first_run="allow", on_overlap="allow"
    )
    for value, passed in ((0.25, lower), (0.75, not lower)):
        candidate = {"overall": {"ExampleCount": 10.0, metric.name: value}}
        assert rule.judge(candidate, champion, policy).passed is passed


def test_a_new_metric_is_a_row_and_its_function(monkeypatch: pytest.MonkeyPatch):
    row = Metric("Brier", "brier", "brier", (0.0, 1.0), lower_is_better=True)
    monkeypatch.setattr(metrics, "METRICS", (*METRICS, row))
    monkeypatch.setattr(
        metrics, "brier", lambda labels, scores: float(((labels - scores) ** 2).mean()), raising=False
    )
    assert metrics.compute(LABELS, PROBABILITIES)["Brier"] == pytest.approx(0.125)


def test_the_summary_shows_metrics_that_there_are():
    assert set(metric_table.SUMMARISED) <= set(metric_table.JUDGED)
