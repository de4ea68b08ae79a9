"""Training: rows in, fitted model and its history out."""

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainer.hyperparameters import Hyperparameters
from trainer.model import build_model
from trainer.training.loss_watch import LossWatch
from trainer.training.rows import Rows

VALIDATION_BATCH = 8_192
# Batches that TensorFlow takes before Python, with its callbacks, has its turn. One under MirroredStrategy,
# whose loop over several fails in TensorFlow ("must feed a value for placeholder").
STEPS_A_CALL = 16


def train(rows: Rows, hyperparameters: Hyperparameters, run_dir: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Fits a model and returns it with its history; writes TensorBoard logs and history.json into `run_dir`.

    The last days of `rows` are held out to choose the number of epochs. A new model is then fitted for as
    many epochs on all rows, because the latest days say most about the coming ones.

    Raises:
        TrainingDataError: there are no days before those that are held out.
        DivergedError: the loss is no longer a finite number.
    """
    earlier, held_out = rows.split_by_time(hyperparameters.validation_days)
    watch = LossWatch()
    stop = keras.callbacks.EarlyStopping(patience=hyperparameters.patience_epochs)
    _, epochs = fit(
        earlier, hyperparameters, hyperparameters.max_epochs, run_dir / "stopping", [watch, stop], held_out
    )
    best = int(np.argmin(epochs["val_loss"]))
    model, _ = fit(rows, hyperparameters, best + 1, run_dir / "final", [LossWatch()])
    history = {
        "first_loss": watch.first_loss,
        "first_epoch_loss": epochs["loss"][0],
        "best_epoch": best + 1,
        "validation_loss": epochs["val_loss"][best],
        "validation_auc": epochs["val_auc"][best],
        "validation_rows": len(held_out),
        "rows": len(rows),
        "epochs": epochs,
    }
    (run_dir / "history.json").write_text(json.dumps(history, indent=2) + "\n", encoding="utf-8")
    return model, history


def fit(
    rows: Rows,
    hyperparameters: Hyperparameters,
    epochs: int,
    logs_dir: Path,
    callbacks: list[keras.callbacks.Callback],
    held_out: Rows | None = None,
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Fits a new model on `rows`; returns it with its losses by epoch. Same rows and seed: same weights."""
    keras.utils.set_random_seed(hyperparameters.seed)
    devices = strategy()
    replicas = devices.num_replicas_in_sync
    with devices.scope():
        model = compiled_model(rows, hyperparameters)
    fitted = model.fit(
        rows.batches(hyperparameters.batch_size, replicas, shuffle_seed=hyperparameters.seed),
        validation_data=held_out.batches(VALIDATION_BATCH, replicas) if held_out else None,
        epochs=epochs,
        callbacks=[*callbacks, keras.callbacks.TensorBoard(str(logs_dir), write_graph=False)],
        verbose=2,
    )
    return model, fitted.history


def strategy() -> tf.distribute.Strategy:
    """Returns MirroredStrategy over the GPUs that are there, and the default strategy where there is none."""
    if tf.config.list_logical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def compiled_model(rows: Rows, hyperparameters: Hyperparameters) -> keras.Model:
    """Builds the model, set to predict the mean of `rows`' labels, with its optimizer and loss."""
    model = build_model(hyperparameters)
    mean = float(rows.label.mean())
    model.get_layer("deep_logit").bias.assign([math.log(mean / (1 - mean))])
    steps = hyperparameters.max_epochs * math.ceil(len(rows) / hyperparameters.batch_size)
    learning_rate = keras.optimizers.schedules.CosineDecay(hyperparameters.learning_rate, steps)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=hyperparameters.weight_decay),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(from_logits=True, name="auc")],
        steps_per_execution=1 if tf.distribute.has_strategy() else STEPS_A_CALL,
    )
    return model
