"""Fits one model on rows in memory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import keras
import tensorflow as tf

from trainer.heads import ClassWeights, Head
from trainer.hyperparameters import Hyperparameters
from trainer.model import LAST_LAYER, build_model
from trainer.training.first_loss import FirstLoss
from trainer.training.non_finite_loss import RaiseOnNonFiniteLoss
from trainer.training.one_training import OneTraining
from trainer.training.order import order
from trainer.training.rows import Rows

VALIDATION_BATCH = 8_192
# Batches that TensorFlow takes before Python, with its callbacks, has its turn. One under MirroredStrategy,
# whose loop over several fails in TensorFlow ("must feed a value for placeholder").
STEPS_PER_CALL = 16


@dataclasses.dataclass(frozen=True)
class FitResult:
    """A fitted model and its losses.

    Attributes:
      first_loss: the mean loss of the first STEPS_PER_CALL batches, or of an epoch that has fewer.
      epochs: the value of each metric after each epoch, by the metric's name.
    """

    model: keras.Model
    first_loss: float
    epochs: dict[str, list[float]]


def fit(
    rows: Rows,
    head: Head,
    hyperparameters: Hyperparameters,
    epochs: int,
    logs_dir: Path,
    held_out: Rows | None = None,
) -> FitResult:
    """Returns a new model fitted on `rows`; the same rows and seed give the same weights.

    Args:
      rows: what the model is fitted on.
      head: what it ends in.
      hyperparameters: how it is built and fitted.
      epochs: how often it sees `rows`, at most.
      logs_dir: folder to write TensorBoard logs into.
      held_out: rows that it is validated on after each epoch; fitting stops early when they no longer gain.

    Raises:
      DivergedError: the loss is no longer a finite number.
    """
    keras.utils.set_random_seed(hyperparameters.seed)
    devices = strategy()
    replicas = devices.num_replicas_in_sync
    with devices.scope():
        model = compiled_model(rows, head, hyperparameters)

    def targets(inputs: dict[str, tf.Tensor], label: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        return inputs, head.targets(label)

    first_loss = FirstLoss(STEPS_PER_CALL)
    callbacks = OneTraining(
        [first_loss, *_callbacks(hyperparameters, logs_dir, stop_early=held_out is not None)],
        model,
        epochs,
        rows.steps(hyperparameters.batch_size, replicas),
    )
    validation_data = held_out.batches(VALIDATION_BATCH, replicas).map(targets) if held_out else None
    for epoch in range(epochs):
        # A call of Keras' fit for each: whatever it reads ahead, or twice, is of this epoch.
        in_order = order(len(rows), hyperparameters.seed, epoch)
        model.fit(
            rows.batches(hyperparameters.batch_size, replicas, in_order).map(targets),
            validation_data=validation_data,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,  # the rows come shuffled
            class_weight=_class_weights(rows, head, hyperparameters),
            callbacks=callbacks,
        )
        if model.stop_training:
            break
    callbacks.end()
    return FitResult(model, first_loss.value, model.history.history)


def _callbacks(
    hyperparameters: Hyperparameters, logs_dir: Path, stop_early: bool
) -> list[keras.callbacks.Callback]:
    callbacks = [
        RaiseOnNonFiniteLoss(),
        keras.callbacks.TensorBoard(str(logs_dir), write_graph=False),
    ]
    if stop_early:
        callbacks.append(keras.callbacks.EarlyStopping(patience=hyperparameters.patience_epochs))
    return callbacks


def strategy() -> tf.distribute.Strategy:
    """Returns MirroredStrategy over this machine's GPUs, and the default strategy where it has none."""
    if tf.config.list_logical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def _class_weights(rows: Rows, head: Head, hyperparameters: Hyperparameters) -> ClassWeights | None:
    return head.balanced(rows.label) if hyperparameters.class_weights == "balanced" else None


def compiled_model(rows: Rows, head: Head, hyperparameters: Hyperparameters) -> keras.Model:
    """Returns a model that predicts what all `rows`' labels have in common, with its optimizer and loss."""
    model = build_model(hyperparameters, head.units)
    bias = head.initial_bias(rows.label, _class_weights(rows, head, hyperparameters))
    model.get_layer(LAST_LAYER).bias.assign(bias)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    steps = hyperparameters.max_epochs * rows.steps(hyperparameters.batch_size, replicas)
    learning_rate = keras.optimizers.schedules.CosineDecay(hyperparameters.learning_rate, steps)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=hyperparameters.weight_decay),
        loss=head.loss(),
        metrics=head.metrics(),
        steps_per_execution=1 if tf.distribute.has_strategy() else STEPS_PER_CALL,
    )
    return model
