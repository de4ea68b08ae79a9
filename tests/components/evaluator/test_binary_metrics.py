"""Metrics agree with scikit-learn and with values worked out by hand, ties and one-class slices included."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.evaluator import binary_metrics as metrics
from components.evaluator.metric_table import BINARY
from components.evaluator.metrics import by_slice, compute

# Scores on a coarse grid have many ties.
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 16)), min_size=1, max_size=30)
# One row of each class is always there.
BOTH_CLASSES = st.tuples(ROWS, st.integers(0, 16), st.integers(0, 16)).map(
    lambda drawn: arrays(*((label, step / 16) for label, step in [*drawn[0], (0, drawn[1]), (1, drawn[2])]))
)
MANY = settings(deadline=None, max_examples=100, derandomize=True, database=None)


def arrays(*pairs: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = zip(*pairs, strict=True)
    return np.array(labels), np.array(scores, dtype=np.float32)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 0.1), (1, 0.9)], 1.0),
        ([(1, 0.1), (0, 0.9)], 0.0),
        ([(0, 0.5), (1, 0.5)], 0.5),
        ([(0, 0.1), (1, 0.4), (0, 0.6), (1, 0.8)], 0.75),
        ([(0, 0.2), (1, 0.2), (1, 0.9)], 0.75),
        ([(0, 0.3), (0, 0.5), (1, 0.5), (1, 0.5)], 0.75),
    ],
)
def test_auc_is_the_share_of_ordered_pairs_with_ties_counted_half(rows, expected: float):
    assert metrics.auc(*arrays(*rows)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 0.1), (1, 0.9)], 1.0),
        ([(1, 0.1), (0, 0.9)], 0.5),
        ([(0, 0.5), (1, 0.5)], 0.5),
        ([(1, 0.9), (0, 0.8), (1, 0.7), (0, 0.1)], 1 / 2 * 1 + 1 / 2 * 2 / 3),
        ([(1, 0.5), (0, 0.5), (0, 0.5), (1, 0.1)], 1 / 2 * 1 / 3 + 1 / 2 * 2 / 4),
    ],
)
def test_average_precision_is_precision_weighted_by_steps_of_recall(rows, expected: float):
    assert metrics.auc_precision_recall(*arrays(*rows)) == pytest.approx(expected, abs=1e-12)


def test_log_loss_is_in_nats():
    labels, probabilities = np.array([1, 0]), np.array([0.8, 0.4])
    assert metrics.log_loss(labels, probabilities) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)


@pytest.mark.parametrize("label", [0, 1])
def test_a_certain_and_wrong_answer_costs_as_much_as_in_keras_and_not_infinity(label: int):
    assert metrics.log_loss(np.array([label]), np.array([1.0 - label])) == pytest.approx(-math.log(1e-7))


@MANY
@given(BOTH_CLASSES)
def test_every_metric_equals_scikit_learns(pair):
    labels, scores = pair
    clipped = np.clip(scores.astype(np.float64), 1e-7, 1 - 1e-7)
    found = compute(BINARY, labels, scores)
    assert found["AUC"] == pytest.approx(reference.roc_auc_score(labels, scores), abs=1e-9)
    assert found["AUCPrecisionRecall"] == pytest.approx(
        reference.average_precision_score(labels, scores), abs=1e-9
    )
    assert found["BinaryCrossentropy"] == pytest.approx(reference.log_loss(labels, clipped), abs=1e-9)
    assert found["BinaryAccuracy"] == pytest.approx(reference.accuracy_score(labels, scores > 0.5))
    assert found["ExampleCount"] == len(labels)
    assert found["MeanLabel"] == pytest.approx(labels.mean())
    assert found["MeanPrediction"] == pytest.approx(scores.mean(), abs=1e-6)
    assert found["Calibration"] == pytest.approx(scores.mean() / labels.mean(), rel=1e-6)


@MANY
@given(BOTH_CLASSES, st.sampled_from([lambda x: 2 * x + 1, np.exp, lambda x: x**3, np.arctan]))
def test_ranking_metrics_see_only_the_order_of_the_scores(pair, monotone):
    labels, scores = pair[0], pair[1].astype(np.float64)
    assert metrics.auc(labels, monotone(scores)) == pytest.approx(metrics.auc(labels, scores), abs=1e-12)
    assert metrics.auc_precision_recall(labels, monotone(scores)) == pytest.approx(
        metrics.auc_precision_recall(labels, scores), abs=1e-12
    )


@MANY
@given(BOTH_CLASSES)
def test_reversing_the_scores_mirrors_the_auc(pair):
    labels, scores = pair
    assert metrics.auc(labels, -scores) == pytest.approx(1 - metrics.auc(labels, scores), abs=1e-12)


@MANY
@given(BOTH_CLASSES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(pair, random):
    labels, scores = pair
    order = random.sample(range(len(labels)), len(labels))
    before, after = compute(BINARY, labels, scores), compute(BINARY, labels[order], scores[order])
    assert after == pytest.approx(before, abs=1e-9)


@pytest.mark.parametrize("label", [0, 1])
def test_the_auc_of_one_class_is_not_a_number(label: int):
    found = compute(BINARY, np.full(3, label), np.array([0.1, 0.5, 0.9]))
    assert math.isnan(found["AUC"])
    assert math.isfinite(found["BinaryCrossentropy"])


def test_without_a_positive_row_precision_and_calibration_are_not_numbers():
    found = compute(BINARY, np.zeros(3), np.array([0.1, 0.5, 0.9]))
    assert math.isnan(found["AUCPrecisionRecall"])
    assert math.isnan(found["Calibration"])


def test_a_probability_of_one_half_predicts_the_negative_class():
    assert compute(BINARY, *arrays((0, 0.5), (1, 0.5)))["BinaryAccuracy"] == 0.5
    assert compute(BINARY, *arrays((0, 0.5), (1, 0.51)))["BinaryAccuracy"] == 1.0


def test_a_slice_has_the_metrics_of_its_own_rows():
    labels, scores = arrays((0, 0.1), (1, 0.9), (1, 0.1), (0, 0.9), (1, 0.5))
    columns = {"carrier": np.array(["AA", "AA", "UA", "UA", ""]), "origin": np.array(["JFK"] * 5)}
    found = by_slice(BINARY, labels, scores, columns)
    assert set(found) == {"overall", "carrier=", "carrier=AA", "carrier=UA", "origin=JFK"}
    assert (found["carrier=AA"]["AUC"], found["carrier=UA"]["AUC"]) == (1.0, 0.0)
    assert found["carrier=AA"] == compute(BINARY, labels[:2], scores[:2])
    assert found["origin=JFK"] == found["overall"]
    assert math.isnan(found["carrier="]["AUC"])


def test_without_slicing_columns_there_is_only_the_whole():
    assert set(by_slice(BINARY, *arrays((0, 0.1), (1, 0.9)), {})) == {"overall"}
