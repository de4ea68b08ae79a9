"""Transformed examples in memory: read once, split in time, served in batches."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from trainer.model import INPUTS

EXAMPLES_A_PARSE = 8_192


class TrainingDataError(ValueError):
    """The transformed examples cannot be trained on."""


@dataclass(frozen=True)
class Rows:
    """Transformed examples as arrays: features by name [rows, width], label [rows, 1], day [rows]."""

    features: dict[str, np.ndarray]
    label: np.ndarray
    day: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def where(self, chosen: np.ndarray) -> "Rows":
        """Returns the rows for which `chosen` [rows] is true."""
        features = {name: values[chosen] for name, values in self.features.items()}
        return Rows(features, self.label[chosen], self.day[chosen])

    def split_by_time(self, last_days: int) -> tuple["Rows", "Rows"]:
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
        return self.where(~held_out), self.where(held_out)

    def batches(self, size: int, replicas: int = 1, shuffle_seed: int | None = None) -> tf.data.Dataset:
        """Returns batches of (features, label), in a new order each epoch where a `shuffle_seed` is given.

        The first batch can be shared out evenly among the `replicas`: Keras (3.12) fails when it cannot.
        """
        size = max(min(size, len(self)) // replicas, 1) * replicas
        features = {name: tf.constant(values) for name, values in self.features.items()}
        label = tf.constant(self.label)
        order = tf.data.Dataset.range(len(self))
        if shuffle_seed is not None:
            order = order.shuffle(len(self), seed=shuffle_seed, reshuffle_each_iteration=True)

        def gather(index: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            return {name: tf.gather(values, index) for name, values in features.items()}, tf.gather(
                label, index
            )

        return order.batch(size).map(gather).prefetch(2)


def read_rows(file_patterns: list[str], feature_spec: dict[str, Any]) -> Rows:
    """Reads GZIP TFRecord files of transformed tf.Examples into memory.

    Raises:
        TrainingDataError: no file matches, the files hold no example, or `rows_of` refuses them.
    """
    paths = sorted(path for pattern in file_patterns for path in tf.io.gfile.glob(pattern))
    if not paths:
        raise TrainingDataError(
            f"No transformed examples: no file matches {file_patterns}; run Transform first."
        )
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(EXAMPLES_A_PARSE)
    parts = list(records.map(lambda some: tf.io.parse_example(some, feature_spec)).as_numpy_iterator())
    if not parts:
        raise TrainingDataError(
            f"No transformed examples: the {len(paths)} files of the train split are empty."
        )
    return rows_of({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def rows_of(transformed: dict[str, np.ndarray]) -> Rows:
    """Returns arrays, named and shaped as preprocessing_fn makes them, as Rows.

    Raises:
        TrainingDataError: a value is not finite, or the label is the same everywhere.
    """
    for name, values in transformed.items():
        if not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).sum())
            raise TrainingDataError(f"The transformed feature {name!r} has {bad} values that are not finite.")
    label = np.reshape(transformed["label"], (-1, 1)).astype(np.float32)
    if len(classes := np.unique(label)) < 2:
        raise TrainingDataError(
            f"The label is {classes[0]:g} in all {len(label)} rows; training needs both 0 and 1."
        )
    return Rows({name: transformed[name] for name in INPUTS}, label, np.reshape(transformed["day"], -1))
