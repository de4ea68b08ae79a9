"""Transformed examples in memory: read once, split by time or by hash, handed out in batches."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import tensorflow as tf

from trainer import features
from trainer.fold import FOLDS
from trainer.model import INPUTS
from trainer.preprocessing import NO_CLASS

EXAMPLES_PER_PARSE = 8_192
LABEL, DAY, FOLD = "label", "day", "fold"
Values = np.ndarray | tf.Tensor


class TrainingDataError(ValueError):
    """The transformed examples cannot be trained on."""


class Rows:
    """Transformed examples in memory; the parts that it is split into share it."""

    def __init__(
        self,
        features: dict[str, np.ndarray | tf.Tensor],
        label: np.ndarray,
        day: np.ndarray | None = None,
        fold: np.ndarray | None = None,
    ) -> None:
        """Takes a day for each row, or of a table without dates a fold."""
        with tf.device("CPU:0"):  # they would fill a GPU
            self._tensors = {name: tf.convert_to_tensor(values) for name, values in features.items()}
            self._tensors[LABEL] = tf.convert_to_tensor(label)
        self._day, self._fold, self._positions = day, fold, np.arange(len(label))

    @property
    def features(self) -> dict[str, np.ndarray]:
        """Arrays by name [rows, width]; integers of 32 bits where the values allow it."""
        return {
            name: values.numpy()[self._positions] for name, values in self._tensors.items() if name != LABEL
        }

    @property
    def label(self) -> np.ndarray:
        """The label, float32 [rows, 1]."""
        return self._tensors[LABEL].numpy()[self._positions]

    @property
    def has_days(self) -> bool:
        """Whether each row has a day."""
        return self._day is not None

    @property
    def day(self) -> np.ndarray:
        """Days since 1970-01-01 [rows], where rows have them."""
        return self._day[self._positions]

    @property
    def fold(self) -> np.ndarray:
        """A hash, 0 to FOLDS - 1 [rows], equal for rows that belong together; where rows have no days."""
        return self._fold[self._positions]

    def __len__(self) -> int:
        return len(self._positions)

    def split_by_time(self, last_days: int) -> tuple[Rows, Rows]:
        """Returns the rows before the latest `last_days` days that occur, and the rows of those days.

        Raises:
          TrainingDataError: no day is left before them.
        """
        days = np.unique(self.day)
        if len(days) <= last_days:
            raise TrainingDataError(
                f"Train holds {len(days)} days, but the last {last_days} are held out to stop training, "
                "which leaves none to fit; lengthen the window or lower validation_days."
            )
        held_out = self.day >= days[-last_days]
        return self._part(self._positions[~held_out]), self._part(self._positions[held_out])

    def split_by_fold(self, share: float) -> tuple[Rows, Rows]:
        """Returns the rows to fit, and about a share of the rows; rows that belong together stay together.

        Raises:
          TrainingDataError: one of the two has no row.
        """
        held_out = self.fold < share * FOLDS
        if held_out.all() or not held_out.any():
            which = "all" if held_out.all() else "none"
            raise TrainingDataError(
                f"Of the {len(self)} rows of train, in {len(np.unique(self.fold))} groups of rows that "
                f"belong together, {which} fell into the share of {share:g} that is held out; add "
                f"rows, or {'lower' if held_out.all() else 'raise'} validation_fraction."
            )
        return self._part(self._positions[~held_out]), self._part(self._positions[held_out])

    def steps(self, size: int, replicas: int = 1) -> int:
        """Returns how many batches `batches` hands out."""
        return math.ceil(len(self) / self._batch_size(size, replicas))

    def batches(self, size: int, replicas: int = 1, order: np.ndarray | None = None) -> tf.data.Dataset:
        """Returns batches of (features, label), in the order of the rows or in another one.

        The data set knows how many there are. Otherwise Keras asks for one too many, which under a strategy
        counts as a step, and warns that its input ran out of data.

        Args:
          size: rows of a batch, at most; the last one may have fewer.
          replicas: devices that share each batch. The first one can be divided evenly: Keras (3.12) fails
            when it cannot. Where the last cannot, rows on a device with fewer of them weigh more.
          order: the numbers of the rows in their order, [rows].

        Raises:
          TrainingDataError: there are fewer rows than replicas.
        """
        size = self._batch_size(size, replicas)
        with tf.device("CPU:0"):  # as the tensors
            positions = tf.constant(self._positions if order is None else self._positions[order])
        # One element a batch, not one a row, which costs a third more.
        starts = tf.data.Dataset.range(0, len(self), size)
        return starts.map(lambda start: self._gather(positions[start : start + size])).prefetch(2)

    def _part(self, positions: np.ndarray) -> Rows:
        part = copy.copy(self)
        part._positions = positions
        return part

    def _batch_size(self, size: int, replicas: int) -> int:
        if len(self) < replicas:
            raise TrainingDataError(
                f"{len(self)} rows cannot be shared by {replicas} devices; lengthen the window (or raise "
                "validation_days or validation_fraction, if these are held out), or let "
                "CUDA_VISIBLE_DEVICES name fewer devices."
            )
        return max(min(size, len(self)) // replicas, 1) * replicas

    def _gather(self, positions: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        batch = {name: tf.gather(values, positions) for name, values in self._tensors.items()}
        label = batch.pop(LABEL)
        return batch, label


def read_rows(file_patterns: list[str], feature_spec: dict[str, Any]) -> Rows:
    """Returns the transformed tf.Examples in GZIP TFRecord files as Rows.

    Raises:
      TrainingDataError: no file matches, the files hold no example, or `rows_of` refuses them.
    """
    paths = sorted(path for pattern in file_patterns for path in tf.io.gfile.glob(pattern))
    if not paths:
        raise TrainingDataError(
            f"No transformed examples: no file matches {file_patterns}; run Transform first."
        )
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(EXAMPLES_PER_PARSE)
    parsed = records.map(lambda some: tf.io.parse_example(some, feature_spec))
    with tf.device("CPU:0"):  # they would fill a GPU
        parts = [{name: _narrow(values) for name, values in part.items()} for part in parsed]
        if not parts:
            raise TrainingDataError(
                f"No transformed examples: the {len(paths)} files of the train split are empty."
            )
        # One feature after the other, so that the whole is never held twice.
        return rows_of({name: _joined([part.pop(name) for part in parts]) for name in list(parts[0])})


def rows_of(transformed: dict[str, Values]) -> Rows:
    """Returns arrays, named and shaped as preprocessing_fn makes them, as Rows.

    Raises:
      TrainingDataError: a value is not finite, or the label is the same everywhere, or no known class.
    """
    arrays = {name: np.asarray(values) for name, values in transformed.items()}
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).sum())
            raise TrainingDataError(f"The transformed feature {name!r} has {bad} values that are not finite.")
    label = np.reshape(arrays[LABEL], (-1, 1)).astype(np.float32)
    _check_label(label)
    companion = {name: np.reshape(arrays[name], -1) for name in (DAY, FOLD) if name in arrays}
    return Rows({name: transformed[name] for name in INPUTS}, label, **companion)


def _check_label(label: np.ndarray) -> None:
    if features.TASK.classes and (unknown := int((label == NO_CLASS).sum())):
        raise TrainingDataError(
            f"{unknown} of {len(label)} rows have a label that is none of the classes "
            f"{', '.join(map(str, features.TASK.classes))}; correct them, or add it to `values` of "
            f"{features.LABEL!r} in trainer/columns.yaml."
        )
    if len(values := np.unique(label)) < 2:
        classes = features.TASK.classes
        value = classes[int(values[0])] if classes else f"{values[0]:g}"
        raise TrainingDataError(
            f"The label is {value} in all {len(label)} rows; training needs at least two values."
        )


def _narrow(values: tf.Tensor) -> tf.Tensor:
    """Returns int64 as int32 where that holds every value."""
    if values.dtype != tf.int64 or tf.reduce_any(tf.cast(tf.cast(values, tf.int32), tf.int64) != values):
        return values
    return tf.cast(values, tf.int32)


def _joined(parts: list[tf.Tensor]) -> tf.Tensor:
    """Returns the parts as one tensor, int64 where one of them could not be narrowed."""
    if len({part.dtype for part in parts}) > 1:
        parts = [tf.cast(part, tf.int64) for part in parts]
    return tf.concat(parts, 0)
