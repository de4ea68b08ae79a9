"""What the network ends in, as the label's task asks for: the one place of training where tasks differ."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod

import keras
import numpy as np
import tensorflow as tf

from trainer.task import Task

ClassWeights = dict[int, float]

# A class that no training row has is given the share of half a row, so that its logit is finite.
_UNSEEN_ROWS = 0.5
# A label further from the quartiles than so many interquartile ranges does not move mean and deviation.
_FENCE = 10.0
# In deviations: an error beyond it counts by its size, and not by its square, so that a far outlier, which
# may be a slip of a keyboard, does not decide every weight.
_HUBER_DELTA = 5.0
_FARTHEST = 1_000.0  # deviations that a label can have, so that no loss is infinite


@dataclasses.dataclass(frozen=True)
class Head(ABC):
    """The last layer, its loss, and what a served model says.

    `logits` are float32 [batch, units], labels as preprocessing.py makes them, float32 [batch, 1].

    Attributes:
      task: what is predicted.
    """

    task: Task

    @property
    def units(self) -> int:
        """How many logits a row has."""
        return 1

    @abstractmethod
    def initial_bias(self, label: np.ndarray, weights: ClassWeights | None = None) -> np.ndarray:
        """Returns the bias [units] by which an untrained model predicts the labels' mean, or their shares.

        Args:
          label: of the training rows.
          weights: of the classes; None for the same for all.
        """

    def targets(self, label: tf.Tensor) -> tf.Tensor:
        """Returns what logits are fitted to, float32 [batch, 1]; of classes, their numbers as they are."""
        return label

    @abstractmethod
    def loss(self) -> keras.losses.Loss:
        """Returns the loss of targets and logits."""

    @abstractmethod
    def metrics(self) -> list[keras.metrics.Metric]:
        """Returns what else is watched in training."""

    @abstractmethod
    def answers(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the outputs of a served model by name, each [batch, ...]."""

    def balanced(self, label: np.ndarray) -> ClassWeights:
        """Returns the weight of each class by which all together weigh as much as any other; 1 on average."""
        counts = _class_rows(label, len(self.task.classes))
        return {number: len(label) / (len(counts) * max(rows, 1.0)) for number, rows in enumerate(counts)}


class BinaryHead(Head):
    """One of two classes: `probability` float32 [batch], of the second one."""

    def initial_bias(self, label: np.ndarray, weights: ClassWeights | None = None) -> np.ndarray:
        """Returns the log odds of the second class, [1]."""
        first, second = _shares(label, 2, weights)
        return np.array([math.log(second / first)])

    def loss(self) -> keras.losses.Loss:
        """Returns the binary cross-entropy."""
        return keras.losses.BinaryCrossentropy(from_logits=True)

    def metrics(self) -> list[keras.metrics.Metric]:
        """Returns the AUC."""
        return [keras.metrics.AUC(from_logits=True, name="auc")]

    def answers(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns `probability`."""
        return {self.task.answer: tf.sigmoid(logits)[:, 0]}


class MulticlassHead(Head):
    """One of several classes, in the order of columns.yaml.

    `probabilities` float32 [batch, classes]; `classes` string [batch, classes], the same in every row, as
    TensorFlow Serving's classifiers name them; `prediction` string [batch], the most probable one.
    """

    @property
    def units(self) -> int:
        """One logit a class."""
        return len(self.task.classes)

    def initial_bias(self, label: np.ndarray, weights: ClassWeights | None = None) -> np.ndarray:
        """Returns the logarithm of each class' share, [classes]."""
        return np.log(_shares(label, self.units, weights))

    def loss(self) -> keras.losses.Loss:
        """Returns the categorical cross-entropy of ids."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self) -> list[keras.metrics.Metric]:
        """Returns the accuracy."""
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def answers(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns `probabilities`, `classes` and `prediction`."""
        classes = tf.constant([str(each) for each in self.task.classes])
        return {
            self.task.answer: tf.nn.softmax(logits),
            "classes": tf.repeat(classes[tf.newaxis], tf.shape(logits)[0], axis=0),
            "prediction": tf.gather(classes, tf.argmax(logits, axis=1)),
        }


@dataclasses.dataclass(frozen=True)
class RegressionHead(Head):
    """A number: `prediction` float32 [batch], in the label's unit.

    Inside, logits count deviations from the mean, so that one learning rate does for any unit.

    Attributes:
      mean, deviation: of the training labels; both are constants of the served graph.
    """

    mean: float = 0.0
    deviation: float = 1.0

    def initial_bias(self, label: np.ndarray, weights: ClassWeights | None = None) -> np.ndarray:
        """Returns 0, [1]: logits count from the mean."""
        del label, weights
        return np.zeros(1)

    def targets(self, label: tf.Tensor) -> tf.Tensor:
        """Returns labels as deviations from the mean, cut off where it no longer matters."""
        return tf.clip_by_value((label - self.mean) / self.deviation, -_FARTHEST, _FARTHEST)

    def loss(self) -> keras.losses.Loss:
        """Returns the mean Huber loss: half the square of an error, and of a large one less."""
        return keras.losses.Huber(delta=_HUBER_DELTA)

    def metrics(self) -> list[keras.metrics.Metric]:
        """Returns nothing: the loss says it all."""
        return []

    def answers(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns `prediction`."""
        return {self.task.answer: logits[:, 0] * self.deviation + self.mean}


def head_of(task: Task, label: np.ndarray) -> Head:
    """Returns the head of a task; of a regression it knows the training labels' mean and deviation."""
    if task.kind == "binary":
        return BinaryHead(task)
    if task.kind == "multiclass":
        return MulticlassHead(task)
    return RegressionHead(task, *_mean_and_deviation(label))


def _mean_and_deviation(label: np.ndarray) -> tuple[float, float]:
    """Returns both of the labels, each drawn to the fence that it lies beyond."""
    label = label.astype(np.float64)
    low, high = np.quantile(label, [0.25, 0.75])
    reach = _FENCE * (high - low)
    inner = np.clip(label, low - reach, high + reach) if reach else label
    return float(inner.mean()), float(inner.std()) or 1.0


def _shares(label: np.ndarray, classes: int, weights: ClassWeights | None) -> np.ndarray:
    """Returns the share of each class in the rows, [classes], by its weight and never 0."""
    counts = np.maximum(_class_rows(label, classes), _UNSEEN_ROWS)
    if weights:
        counts = counts * np.array([weights[number] for number in range(classes)])
    return counts / counts.sum()


def _class_rows(label: np.ndarray, classes: int) -> np.ndarray:
    return np.bincount(label.astype(int).ravel(), minlength=classes).astype(np.float64)
