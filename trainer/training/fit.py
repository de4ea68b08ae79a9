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
from trainer.training.learning_rate import CosineDecay
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


class Fitter:
    """Fits one model, as often as it is asked to, each time as if it were a new one.

    TensorFlow traces it once: that takes longer than an epoch of some ten thousand rows.
    """

    def __init__(self, head: Head, hyperparameters: Hyperparameters) -> None:
        """Builds the model; `head` is what it ends in."""
        self._head, self._hyperparameters = head, hyperparameters
        keras.utils.set_random_seed(hyperparameters.seed)
        self._devices = strategy()
        with self._devices.scope():
            self._learning_rate = CosineDecay(hyperparameters.learning_rate)
            self.model = compiled_model(head, hyperparameters, self._learning_rate)
            self.model.optimizer.build(self.model.trainable_variables)
        self._beginning = [keras.ops.convert_to_numpy(variable) for variable in self._variables()]

    def fit(self, rows: Rows, epochs: int, logs_dir: Path, held_out: Rows | None = None) -> FitResult:
        """Fits the model on `rows`; the same rows and seed give the same weights.

        Args:
          rows: what the model is fitted on.
          epochs: how often it sees `rows`, at most.
          logs_dir: folder to write TensorBoard logs into.
          held_out: rows that it is validated on after each epoch; fitting stops early when they no
            longer gain.

        Raises:
          DivergedError: the loss is no longer a finite number.
        """
        self.reset(rows)
        hyperparameters, replicas = self._hyperparameters, self._devices.num_replicas_in_sync
        first_loss = FirstLoss(STEPS_PER_CALL)
        callbacks = OneTraining(
            [first_loss, *_callbacks(hyperparameters, logs_dir, stop_early=held_out is not None)],
            self.model,
            epochs,
            rows.steps(hyperparameters.batch_size, replicas),
        )
        validation_data = (
            held_out.batches(VALIDATION_BATCH, replicas).map(self._targets) if held_out else None
        )
        for epoch in range(epochs):
            # A call of Keras' fit for each: whatever it reads ahead, or twice, is of this epoch.
            in_order = order(len(rows), hyperparameters.seed, epoch)
            self.model.fit(
                rows.batches(hyperparameters.batch_size, replicas, in_order).map(self._targets),
                validation_data=validation_data,
                initial_epoch=epoch,
                epochs=epoch + 1,
                shuffle=False,  # the rows come shuffled
                class_weight=self._class_weights(rows),
                callbacks=callbacks,
            )
            if self.model.stop_training:
                break
        callbacks.end()
        return FitResult(self.model, first_loss.value, self.model.history.history)

    def reset(self, rows: Rows) -> None:
        """Gives the model what it had when it was built, with what all the rows' labels have in common."""
        for variable, value in zip(self._variables(), self._beginning, strict=True):
            variable.assign(value)
        bias = self._head.initial_bias(rows.label, self._class_weights(rows))
        self.model.get_layer(LAST_LAYER).bias.assign(bias)
        steps = rows.steps(self._hyperparameters.batch_size, self._devices.num_replicas_in_sync)
        self._learning_rate.decay_steps.assign(self._hyperparameters.max_epochs * steps)

    def _variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _class_weights(self, rows: Rows) -> ClassWeights | None:
        balanced = self._hyperparameters.class_weights == "balanced"
        return self._head.balanced(rows.label) if balanced else None

    def _targets(
        self, inputs: dict[str, tf.Tensor], label: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        return inputs, self._head.targets(label)


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


def compiled_model(head: Head, hyperparameters: Hyperparameters, learning_rate: CosineDecay) -> keras.Model:
    """Returns a new model with its optimizer and loss."""
    model = build_model(hyperparameters, head.units)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=hyperparameters.weight_decay),
        loss=head.loss(),
        metrics=head.metrics(),
        steps_per_execution=1 if tf.distribute.has_strategy() else STEPS_PER_CALL,
    )
    return model
