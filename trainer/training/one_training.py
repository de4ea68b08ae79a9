"""Callbacks for a training in which Keras' fit is called once an epoch."""

from __future__ import annotations

import keras


class OneTraining(keras.callbacks.CallbackList):
    """Callbacks that hear once that training begins, and once that it ends.

    Keras would tell them at each call of fit, and each time early stopping would forget what it counted and
    TensorBoard begin another file. Keras' own history and its lines on the terminal are among them.
    """

    def __init__(
        self, callbacks: list[keras.callbacks.Callback], model: keras.Model, epochs: int, steps: int
    ) -> None:
        """Args as Keras' fit passes them on; `steps` are those of an epoch."""
        super().__init__(
            callbacks,
            add_history=True,
            add_progbar=True,
            model=model,
            epochs=epochs,
            steps=steps,
            verbose=2,  # a line an epoch
        )
        self._began = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Tells the callbacks, unless they know."""
        if not self._began:
            self._began = True
            super().on_train_begin(logs)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Tells nobody: another epoch may follow."""

    def end(self) -> None:
        """Tells the callbacks that training ended."""
        super().on_train_end()
