"""Remembers the loss that training started from."""

from __future__ import annotations

import keras


class FirstLoss(keras.callbacks.Callback):
    """Keeps the first loss that Keras reports.

    Keras reports once per `steps_per_execution` batches, so it is the mean loss of that many.

    Attributes:
      value: the first loss; None before training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.value: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:  # noqa: ARG002 - Keras' interface
        """Keeps the loss, unless there is one already."""
        if self.value is None:
            self.value = float(logs["loss"])
