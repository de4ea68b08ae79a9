"""What the network ends in, task by task: where it begins, what it is fitted to, what it answers."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.default_hyperparameters import small_hyperparameters
from tests.trainer.random_inputs import BINARY, random_inputs
from trainer import features, preprocessing
from trainer.column import Column, ColumnTable
from trainer.heads import BinaryHead, MulticlassHead, RegressionHead, head_of
from trainer.task import Task
from trainer.training.fit import Fitter, compiled_model
from trainer.training.learning_rate import CosineDecay
from trainer.training.rows import Rows, TrainingDataError, rows_of

SEVERAL = MulticlassHead(Task("multiclass", ("a", "b", "c", "d")))


def column(*labels: float) -> np.ndarray:
    return np.array(labels, np.float32)[:, np.newaxis]


@pytest.mark.parametrize(
    ("task", "head"),
    [
        (Task("binary", (0, 1)), BinaryHead),
        (Task("multiclass", (3, 1, 2)), MulticlassHead),
        (Task("regression"), RegressionHead),
    ],
)
def test_each_task_has_its_head(task: Task, head: type):
    assert type(head_of(task, column(0, 1, 2))) is head
    assert head_of(task, column(0, 1, 2)).task == task


def test_an_untrained_model_predicts_the_shares_of_the_classes():
    label = column(*[0] * 5, *[1] * 3, *[2] * 2)
    bias = SEVERAL.initial_bias(label)
    shares = np.exp(bias) / np.exp(bias).sum()
    np.testing.assert_allclose(
        shares, np.array([5, 3, 2, 0.5]) / 10.5
    )  # one that no row has is not impossible
    model = compiled_model(SEVERAL, small_hyperparameters(), CosineDecay(0.01))
    assert model.output_shape == (None, 4)
    assert BINARY.initial_bias(column(0, 0, 0, 1)) == pytest.approx([math.log(1 / 3)])
    assert np.isfinite(BINARY.initial_bias(column(0, 0))).all()


def test_balanced_weights_let_every_class_weigh_as_much():
    weights = BINARY.balanced(column(*[0] * 99, 1))
    assert weights == pytest.approx({0: 100 / (2 * 99), 1: 50})
    assert 99 * weights[0] == pytest.approx(weights[1])
    assert BINARY.initial_bias(column(*[0] * 99, 1), weights) == pytest.approx([0])
    assert SEVERAL.balanced(column(0, 1, 2))[3] == pytest.approx(3 / 4)  # nothing is divided by no rows


def test_several_classes_are_answered_with_probabilities_classes_and_the_most_probable():
    answers = SEVERAL.answers(tf.constant([[0.0, 1.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]))
    assert set(answers) == {"probabilities", "classes", "prediction"}
    np.testing.assert_allclose(answers["probabilities"].numpy().sum(axis=1), 1, rtol=1e-6)
    assert answers["classes"].numpy().tolist() == [[b"a", b"b", b"c", b"d"]] * 2
    assert answers["prediction"].numpy().tolist() == [b"b", b"a"]
    numbered = MulticlassHead(Task("multiclass", (3, 1, 2))).answers(tf.constant([[0.0, 1.0, 0.0]]))
    assert numbered["prediction"].numpy().tolist() == [b"1"]


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_number_is_fitted_in_deviations_and_answered_in_its_unit(unit: float):
    label = column(*(np.arange(101) * unit))
    head = head_of(Task("regression"), label)
    targets = head.targets(tf.constant(label)).numpy()
    assert (targets.mean(), targets.std()) == pytest.approx((0, 1), abs=1e-5)
    np.testing.assert_allclose(
        head.answers(tf.constant(targets))["prediction"], label[:, 0], rtol=1e-5, atol=unit / 1e4
    )
    assert head.initial_bias(label) == [0]


def test_one_absurd_label_moves_neither_mean_nor_deviation_nor_makes_the_loss_infinite():
    usual, absurd = np.arange(101.0), 3e38
    plain, with_slip = (head_of(Task("regression"), column(*values)) for values in (usual, [*usual, absurd]))
    assert abs(with_slip.mean - plain.mean) < 0.5 * plain.deviation
    assert with_slip.deviation < 3 * plain.deviation
    loss = with_slip.loss()(with_slip.targets(column(absurd)), tf.constant([[0.0]]))
    assert np.isfinite(loss)


def test_labels_of_which_most_are_equal_still_have_a_deviation():
    head = head_of(Task("regression"), column(*[0] * 98, 10, 20))
    assert head.mean == pytest.approx(0.3)
    assert head.deviation > 1
    assert head_of(Task("regression"), column(7, 7)).deviation == 1


def test_balanced_weights_find_more_of_a_rare_class_at_the_price_of_calibration(tmp_path):
    """Of 1 in 100 rows: none is called at one half without weights; with them probabilities are too high."""
    random = np.random.default_rng(1)
    label = (random.random((2_000, 1)) < 0.01).astype(np.float32)
    inputs = random_inputs(2_000, 2).features
    inputs["numbers"][:, 0] = 2 * label[:, 0] + random.normal(0, 0.7, 2_000)
    rows = Rows(inputs, label, np.zeros(2_000, int))
    recall, mean = {}, {}
    for weights in ("none", "balanced"):
        parameters = small_hyperparameters(
            max_epochs=2, batch_size=200, learning_rate=0.02, class_weights=weights
        )
        fitted = Fitter(BINARY, parameters).fit(rows, 2, tmp_path / weights).model
        probability = 1 / (1 + np.exp(-fitted(rows.features, training=False).numpy()))
        recall[weights] = (probability[label == 1] > 0.5).mean()
        mean[weights] = probability.mean()
    assert recall["balanced"] > recall["none"] + 0.3
    assert mean["none"] == pytest.approx(label.mean(), abs=0.01)
    assert mean["balanced"] > 3 * label.mean()


@pytest.mark.parametrize(
    ("dtype", "classes", "values"),
    [
        ("int64", (3, 1, 2), [1, 2, 3, 0, -1]),
        ("string", ("no", "yes", "ä"), [b"yes", "ä".encode(), b"no", b"No", b""]),
    ],
)
def test_the_number_of_a_class_is_its_place_in_the_columns_file(monkeypatch, dtype, classes, values):
    """Whatever the data holds: a vocabulary's order would change with it."""
    label = Column("y", dtype, "category", role="label", values=classes)
    monkeypatch.setattr(features, "TABLE", ColumnTable((label,)))
    monkeypatch.setattr(features, "TASK", Task.of(label))
    numbers = (
        preprocessing._class_table()
        .lookup(tf.constant(values, tf.string if dtype == "string" else tf.int64))
        .numpy()
    )
    assert numbers.tolist() == [1, 2, 0, preprocessing.NO_CLASS, preprocessing.NO_CLASS]


def test_a_label_that_is_no_class_stops_training():
    rows = random_inputs(4, 1)
    transformed = {
        **rows.features,
        "label": column(0, 1, preprocessing.NO_CLASS, 1),
        "day": np.zeros((4, 1), int),
    }
    with pytest.raises(
        TrainingDataError, match=r"1 of 4 rows have a label that is none of the classes 0, 1;"
    ):
        rows_of(transformed)
