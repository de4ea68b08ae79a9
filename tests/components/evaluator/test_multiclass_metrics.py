"""Metrics of several classes are scikit-learn's, and worked out by hand where it has none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.evaluator.metric_table import MULTICLASS, of_task
from components.evaluator.metrics import by_slice, compute

CLASSES = 4
MANY = settings(deadline=None, max_examples=100, derandomize=True, database=None)
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int, *, every_class: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Returns labels and probabilities, many of them equal."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, random.integers(2, 40))
    labels = np.concatenate([np.arange(CLASSES), labels]) if every_class else labels
    weights = random.integers(0, 5, (len(labels), CLASSES)) + 0.25
    return labels, weights / weights.sum(axis=1, keepdims=True)


@MANY
@given(SEEDS)
def test_every_metric_equals_scikit_learns(seed: int):
    labels, probabilities = drawn(seed)
    found = compute(MULTICLASS, labels, probabilities)
    every = range(CLASSES)
    predicted = probabilities.argmax(axis=1)
    expected = {
        "ExampleCount": len(labels),
        "AUC": reference.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"),
        "SparseCategoricalCrossentropy": reference.log_loss(labels, probabilities, labels=every),
        "SparseCategoricalAccuracy": reference.accuracy_score(labels, predicted),
        "F1Score": reference.f1_score(labels, predicted, average="macro"),
    }
    assert found == pytest.approx(expected, abs=1e-9)
    assert [*found] == [metric.name for metric in of_task(MULTICLASS)]


@MANY
@given(SEEDS)
def test_f1_of_rows_that_lack_a_class_equals_scikit_learns(seed: int):
    """A slice may lack classes; one that is neither there nor predicted does not count."""
    labels, probabilities = drawn(seed, every_class=False)
    expected = reference.f1_score(labels, probabilities.argmax(axis=1), average="macro", zero_division=0)
    assert compute(MULTICLASS, labels, probabilities)["F1Score"] == pytest.approx(expected, abs=1e-9)


def test_the_auc_is_the_mean_over_the_classes_that_the_rows_have():
    labels = np.array([0, 0, 1, 1])
    probabilities = np.array([[0.6, 0.4, 0], [0.3, 0.7, 0], [0.5, 0.5, 0], [0.2, 0.8, 0]])
    assert compute(MULTICLASS, labels, probabilities)["AUC"] == pytest.approx(0.75)


def test_the_auc_of_one_class_is_not_a_number():
    found = compute(MULTICLASS, np.array([2, 2]), np.full((2, 3), 1 / 3))
    assert math.isnan(found["AUC"])
    assert found["SparseCategoricalCrossentropy"] == pytest.approx(math.log(3))


def test_a_certain_and_wrong_answer_costs_as_much_as_in_keras_and_not_infinity():
    found = compute(MULTICLASS, np.array([1]), np.array([[1.0, 0.0, 0.0]]))
    assert found["SparseCategoricalCrossentropy"] == pytest.approx(-math.log(1e-7))


def test_of_equally_probable_classes_the_first_is_predicted():
    labels, probabilities = np.array([0, 1]), np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2]])
    assert compute(MULTICLASS, labels, probabilities)["SparseCategoricalAccuracy"] == 0.5


def test_a_slice_has_the_metrics_of_its_own_rows():
    labels, probabilities = drawn(7)
    side = np.where(np.arange(len(labels)) % 2, "odd", "even")
    found = by_slice(MULTICLASS, labels, probabilities, {"side": side})
    assert set(found) == {"overall", "side=odd", "side=even"}
    assert found["side=odd"] == compute(MULTICLASS, labels[1::2], probabilities[1::2])
