"""Remembers the loss that training started from."""

from __future__ import annotations

import keras


class FirstLoss(keras.callbacks.Callback):
    """Keeps the mean loss of the first batches, or of the first epoch where that has fewer.

    Keras reports the mean of the epoch so far, after each batch or after several ("steps_per_execution").

    Attributes:
      value: the mean loss; None before training.
    """

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.value: float | None = None
        self._batches, self._complete = batches, False

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        """Keeps the loss until it is that of all the first batches."""
        if not self._complete:
            self.value = float(logs["loss"])
            self._complete = batch + 1 >= self._batches

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002 - Keras' interface
        """Keeps what there is: the mean begins anew."""
        self._complete = True
