"""The guard against training that has gone numerically wrong."""

import math

import keras


class DivergedError(RuntimeError):
    """The loss is no longer a finite number."""


class LossWatch(keras.callbacks.Callback):
    """Raises DivergedError at the first loss that is not finite; keeps the first loss there was."""

    def __init__(self) -> None:
        super().__init__()
        self.first_loss: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Checks the epoch's mean loss up to this batch, which stays NaN once a batch was.

        Keras calls it once for `steps_per_execution` batches; the first loss is the mean of so many.
        """
        if self.first_loss is None:
            self.first_loss = float(logs["loss"])
        self._check(logs["loss"], f"training batch {batch}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Checks the validation loss, where there is one."""
        self._check(logs.get("val_loss", 0.0), f"validation after epoch {epoch + 1}")

    def _check(self, loss: float, where: str) -> None:
        if not math.isfinite(loss):
            raise DivergedError(
                f"The loss became {loss} at {where}; lower learning_rate, or look for absurd values."
            )
