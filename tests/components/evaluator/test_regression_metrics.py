"""Metrics of predicted numbers are scikit-learn's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.evaluator.metric_table import REGRESSION, of_task
from components.evaluator.metrics import compute


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e6]))
def test_every_metric_equals_scikit_learns(seed: int, unit: float):
    random = np.random.default_rng(seed)
    labels = random.normal(3, 1, random.integers(2, 50)) * unit
    predictions = labels + random.normal(0, 1, len(labels)) * unit
    found = compute(REGRESSION, labels, predictions)
    expected = {
        "ExampleCount": len(labels),
        "RootMeanSquaredError": reference.mean_squared_error(labels, predictions) ** 0.5,
        "MeanAbsoluteError": reference.mean_absolute_error(labels, predictions),
        "R2Score": reference.r2_score(labels, predictions),
        "Calibration": predictions.mean() / labels.mean(),
        "MeanLabel": labels.mean(),
        "MeanPrediction": predictions.mean(),
    }
    assert found == pytest.approx(expected, rel=1e-9)
    assert [*found] == [metric.name for metric in of_task(REGRESSION)]


def test_r2_of_the_mean_is_nothing_of_a_worse_answer_less_and_of_equal_labels_no_number():
    labels = np.array([1.0, 2.0, 3.0])
    assert compute(REGRESSION, labels, np.full(3, 2.0))["R2Score"] == 0
    assert compute(REGRESSION, labels, labels[::-1])["R2Score"] == -3
    assert math.isnan(compute(REGRESSION, np.ones(3), labels)["R2Score"])
