"""What the model predicts, as a component is told in a parameter; trainer/task.py decides it."""

from __future__ import annotations

import dataclasses
import json
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Task:
    """The kind of answer that the model gives.

    Attributes:
      kind: binary: one of two classes; multiclass: one of more; regression: a number.
      classes: values of the label in the order of their ids; of two, the second is the positive one. Empty
        for regression.
      answer: the model's output that metrics are taken from: of binary, the positive class' probability
        [rows]; of multiclass, each class' [rows, classes]; of regression, the number [rows].
    """

    kind: Literal["binary", "multiclass", "regression"]
    classes: tuple[int | str, ...]
    answer: str

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Returns the task that the trainer's `Task.as_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "classes": tuple(values["classes"])})
