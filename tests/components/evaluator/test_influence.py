"""The standard error of a metric, and of a difference, comes from how much each row moves it."""

import itertools

import numpy as np
import pytest

from components.evaluator import influence
from components.evaluator.influence import INFLUENCES
from components.evaluator.metric_table import BINARY, BY_NAME, JUDGED, MULTICLASS, REGRESSION
from components.evaluator.metrics import FUNCTIONS

KINDS = (BINARY, MULTICLASS, REGRESSION)
KIND_AND_NAME = sorted(INFLUENCES)


def rows(kind: str, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and answers of a model that knows something; scores of two classes have ties."""
    random = np.random.default_rng(seed)
    if kind == MULTICLASS:
        labels = random.choice(3, count, p=[0.5, 0.3, 0.2])
        logits = random.normal(size=(count, 3)) + 1.5 * np.eye(3)[labels]
        return labels.astype(float), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    signal = random.normal(size=count)
    if kind == REGRESSION:
        return signal * 3 + 5, signal * 2 + 5 + random.normal(size=count)
    labels = (random.random(count) < 1 / (1 + np.exp(-signal))).astype(float)
    return labels, np.round(1 / (1 + np.exp(-signal - random.normal(size=count) / 2)), 2)


def error(kind: str, name: str, labels: np.ndarray, answers: np.ndarray) -> float:
    return float(np.sqrt((INFLUENCES[kind, name](labels, answers) ** 2).sum()))


def test_every_metric_that_the_template_judges_has_its_influence():
    """A fork's own may have none: then rows are drawn anew (test_paired.py)."""
    assert set(INFLUENCES) <= {(kind, name) for name in JUDGED for kind in BY_NAME[name].tasks}
    assert len(INFLUENCES) == 11


@pytest.mark.parametrize(("kind", "name"), KIND_AND_NAME)
def test_it_is_what_leaving_a_row_out_moves(kind: str, name: str):
    """The jackknife: what the metric loses without a row, beside what it loses without others."""
    labels, answers = rows(kind, 400)
    metric = getattr(FUNCTIONS[kind], BY_NAME[name].function)
    keep = ~np.eye(len(labels), dtype=bool)
    without = np.array([metric(labels[one], answers[one]) for one in keep])
    moved = without.mean() - without
    ours = INFLUENCES[kind, name](labels, answers)
    assert ours.sum() == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(ours, moved)[0, 1] > 0.999
    assert np.sqrt((ours**2).sum()) == pytest.approx(np.sqrt((moved**2).sum() * 399 / 400), rel=0.01)


@pytest.mark.parametrize(("kind", "name"), KIND_AND_NAME)
def test_its_error_is_that_of_rows_drawn_anew(kind: str, name: str):
    labels, answers = rows(kind, 1_000, seed=1)
    metric = getattr(FUNCTIONS[kind], BY_NAME[name].function)
    random = np.random.default_rng(2)
    drawn = [metric(labels[each], answers[each]) for each in random.integers(0, 1_000, (400, 1_000))]
    assert error(kind, name, labels, answers) == pytest.approx(np.std(drawn), rel=0.15)


def test_of_auc_it_is_delong_s_covariance_exactly():
    """Slowly, by every pair of a positive and a negative row (DeLong and others 1988, equations 4 and 6)."""
    labels, ours = rows(BINARY, 60)
    theirs = rows(BINARY, 60, seed=3)[1]
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)

    def wins(scores: np.ndarray) -> np.ndarray:
        cells = [
            1.0 if scores[one] > scores[other] else 0.5 if scores[one] == scores[other] else 0.0
            for one, other in itertools.product(positive, negative)
        ]
        return np.reshape(cells, (len(positive), len(negative)))

    cells = wins(ours) - wins(theirs)
    exact = cells.mean(axis=1).var(ddof=1) / len(positive) + cells.mean(axis=0).var(ddof=1) / len(negative)
    difference = influence.auc(labels, ours) - influence.auc(labels, theirs)
    assert (difference**2).sum() == pytest.approx(exact, rel=1e-12)
    assert len(np.unique(ours)) < len(ours)  # there are ties


@pytest.mark.parametrize(
    ("kind", "name", "labels"),
    [
        (BINARY, "AUC", [1, 0, 0, 0]),
        (BINARY, "AUC", [1, 1, 1, 1]),
        (BINARY, "AUCPrecisionRecall", [1, 0, 0, 0]),
        (BINARY, "BinaryCrossentropy", [1]),
        (MULTICLASS, "AUC", [1, 1, 1]),
        (MULTICLASS, "F1Score", [1]),
        (REGRESSION, "R2Score", [2, 2, 2]),
        (REGRESSION, "MeanAbsoluteError", [2]),
    ],
)
def test_rows_that_say_nothing_of_chance_have_an_undefined_one(kind: str, name: str, labels: list[int]):
    answers = np.full((len(labels), 3), 1 / 3) if kind == MULTICLASS else np.linspace(0, 1, len(labels))
    assert np.isnan(INFLUENCES[kind, name](np.array(labels, dtype=float), answers)).all()


def test_a_perfect_model_has_no_error():
    labels = np.array([1.0, 2.0, 4.0])
    assert error(REGRESSION, "RootMeanSquaredError", labels, labels) == 0
