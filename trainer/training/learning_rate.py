"""The learning rate: falls to zero along a cosine, over a number of steps that each fit sets."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("evergreen")
class CosineDecay(keras.optimizers.schedules.CosineDecay):
    """Keras' CosineDecay, whose number of steps is a variable: a graph that was traced sees another one."""

    def __init__(self, initial_learning_rate: float, decay_steps: float = 1.0, **others: Any) -> None:
        super().__init__(initial_learning_rate, decay_steps, **others)
        self.decay_steps = keras.Variable(float(decay_steps), trainable=False, name="decay_steps")

    def get_config(self) -> dict[str, Any]:
        """Returns what Keras makes a copy from, in Python's own types."""
        return {**super().get_config(), "decay_steps": float(keras.ops.convert_to_numpy(self.decay_steps))}
