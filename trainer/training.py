"""Training: transformed examples in, fitted model and its history out."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.hyperparameters import Hyperparameters
from trainer.model import INPUTS, build_model

EXAMPLES_A_PARSE = 8_192


class TrainingDataError(ValueError):
    """The transformed examples cannot be trained on."""


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


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


def read_rows(file_patterns: list[str], feature_spec: dict[str, Any]) -> Rows:
    """Reads GZIP TFRecord files of transformed tf.Examples into memory.

    Raises:
        TrainingDataError: no file matches, the files hold no example, or a value is not finite.
    """
    paths = sorted(path for pattern in file_patterns for path in tf.io.gfile.glob(pattern))
    if not paths:
        raise TrainingDataError(
            f"No transformed examples: no file matches {file_patterns}; run Transform first."
        )
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(EXAMPLES_A_PARSE)
    batches = list(records.map(lambda some: tf.io.parse_example(some, feature_spec)).as_numpy_iterator())
    if not batches:
        raise TrainingDataError(f"No transformed examples: {len(paths)} files are empty; is the train split?")
    return rows_of({name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]})


def rows_of(transformed: dict[str, np.ndarray]) -> Rows:
    """Checks arrays as preprocessing_fn makes them, and returns them as Rows.

    Raises:
        TrainingDataError: a value is not finite, or only one class is there.
    """
    for name, values in transformed.items():
        if not np.isfinite(values).all():
            raise TrainingDataError(f"The transformed feature {name!r} holds values that are not finite.")
    label = np.reshape(transformed["label"], (-1, 1)).astype(np.float32)
    if len(classes := np.unique(label)) < 2:
        raise TrainingDataError(
            f"The label is {classes.tolist()} in all {len(label)} rows; training needs both."
        )
    return Rows({name: transformed[name] for name in INPUTS}, label, np.reshape(transformed["day"], -1))


def split_by_time(rows: Rows, validation_days: int) -> tuple[Rows, Rows]:
    """Returns the rows before the last `validation_days` days that occur, and the rows of those days.

    Raises:
        TrainingDataError: there are no days left to fit on.
    """
    days = np.unique(rows.day)
    if len(days) <= validation_days:
        raise TrainingDataError(
            f"Train holds {len(days)} days, but stopping needs the last {validation_days} and days before them; "
            "lengthen the window or lower validation_days."
        )
    is_late = rows.day >= days[-validation_days]
    return rows.where(~is_late), rows.where(is_late)


def train(rows: Rows, hyperparameters: Hyperparameters, run_dir: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Fits a model on `rows`, writes TensorBoard logs and history.json into `run_dir`, and returns model and history.

    The number of epochs is chosen on the last days; the weights are those of the best epoch.

    Raises:
        TrainingDataError: too few days.
        DivergedError: the loss is no longer a number.
    """
    early, late = split_by_time(rows, hyperparameters.validation_days)
    keras.utils.set_random_seed(hyperparameters.seed)
    with strategy().scope():
        model = compiled_model(early, hyperparameters)
    watch = LossWatch()
    stop = keras.callbacks.EarlyStopping(patience=hyperparameters.patience_epochs, restore_best_weights=True)
    board = keras.callbacks.TensorBoard(str(run_dir), write_graph=False)
    fitted = model.fit(
        batches(early, hyperparameters.batch_size, shuffle_seed=hyperparameters.seed),
        validation_data=batches(late, EXAMPLES_A_PARSE),
        epochs=hyperparameters.max_epochs,
        callbacks=[watch, stop, board],
        verbose=2,
    )
    history = summary(fitted.history, watch, len(early), len(late))
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "history.json").write_text(json.dumps(history, indent=2) + "\n")
    return model, history


def strategy() -> tf.distribute.Strategy:
    """Returns MirroredStrategy over the GPUs that are there, or the default strategy where there is none."""
    return (
        tf.distribute.MirroredStrategy()
        if tf.config.list_logical_devices("GPU")
        else tf.distribute.get_strategy()
    )


def compiled_model(rows: Rows, hyperparameters: Hyperparameters) -> keras.Model:
    """Builds the model with its optimizer and loss; it begins at the label's mean, not at one half."""
    model = build_model(hyperparameters)
    prior = float(rows.label.mean())
    model.get_layer("deep").bias.assign([math.log(prior / (1 - prior))])
    model.compile(
        optimizer=keras.optimizers.AdamW(
            hyperparameters.learning_rate, weight_decay=hyperparameters.weight_decay
        ),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
    )
    return model


def batches(rows: Rows, batch_size: int, shuffle_seed: int | None = None) -> tf.data.Dataset:
    """Returns batches of (features, label) from memory, in a new order each epoch when `shuffle_seed` is given."""
    features = {name: tf.constant(values) for name, values in rows.features.items()}
    label = tf.constant(rows.label)
    order = tf.data.Dataset.range(len(rows))
    if shuffle_seed is not None:
        order = order.shuffle(len(rows), seed=shuffle_seed, reshuffle_each_iteration=True)

    def gather(index: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        return {name: tf.gather(values, index) for name, values in features.items()}, tf.gather(label, index)

    return order.batch(batch_size).map(gather).prefetch(2)


class LossWatch(keras.callbacks.Callback):
    """Stops training with DivergedError when a loss is not finite, and remembers the loss of the very first batch."""

    first_batch_loss: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Checks the running loss after each batch."""
        if self.first_batch_loss is None:
            self.first_batch_loss = float(logs["loss"])
        self._check(logs["loss"], f"batch {batch}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Checks the validation loss after each epoch."""
        self._check(logs.get("val_loss", 0.0), f"epoch {epoch}, validation")

    def _check(self, loss: float, where: str) -> None:
        if not math.isfinite(loss):
            raise DivergedError(
                f"The loss became {loss} ({where}); lower learning_rate or look for absurd data."
            )


def summary(epochs: dict[str, list[float]], watch: LossWatch, fitted: int, validated: int) -> dict[str, Any]:
    """Returns what history.json holds."""
    best = int(np.argmin(epochs["val_loss"]))
    return {
        "first_batch_loss": watch.first_batch_loss,
        "first_epoch_loss": epochs["loss"][0],
        "best_epoch": best + 1,
        "validation_loss": epochs["val_loss"][best],
        "validation_auc": epochs["val_auc"][best],
        "fitted_rows": fitted,
        "validation_rows": validated,
        "epochs": epochs,
    }
