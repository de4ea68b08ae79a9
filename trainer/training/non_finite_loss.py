"""Stops training whose loss is no longer a finite number."""

from __future__ import annotations

import math

import keras


class DivergedError(RuntimeError):
    """The loss is no longer a finite number."""


class RaiseOnNonFiniteLoss(keras.callbacks.Callback):
    """Raises DivergedError at the first loss that is NaN or infinite, in training or in validation.

    The locked Keras (3.12) has `keras.callbacks.TerminateOnNaN`, which ends training without an error. From
    Keras 3.13 on, `TerminateOnNaN(raise_error=True)` raises one, but watches the loss of training only.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Checks the epoch's mean loss up to this batch, which stays NaN once a batch was."""
        self._check(logs["loss"], f"training batch {batch}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Checks the validation loss, where there is one."""
        self._check(logs.get("val_loss", 0.0), f"validation after epoch {epoch + 1}")

    def _check(self, loss: float, where: str) -> None:
        if not math.isfinite(loss):
            raise DivergedError(
                f"The loss became {loss} at {where}; lower learning_rate, or look for absurd values."
            )
