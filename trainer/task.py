"""What a model predicts, as its label says. Pure Python."""

from __future__ import annotations

import dataclasses
import json
from typing import Literal

from trainer.column import Column

TaskKind = Literal["binary", "multiclass", "regression"]
# The output of a served model that metrics are taken from; there may be others beside it.
ANSWERS: dict[TaskKind, str] = {
    "binary": "probability",
    "multiclass": "probabilities",
    "regression": "prediction",
}


@dataclasses.dataclass(frozen=True)
class Task:
    """What kind of answer the model gives.

    Attributes:
      kind: binary: one of two classes; multiclass: one of more; regression: a number.
      classes: values of the label in the order of their ids, which never changes with the data; of two, the
        second is the positive one. Empty for regression.
    """

    kind: TaskKind
    classes: tuple[int | str, ...] = ()

    @classmethod
    def of(cls, label: Column) -> Task:
        """Returns the task of a label that column_rule.py accepts."""
        if label.kind == "number":
            return cls("regression")
        return cls("binary" if len(label.values) == 2 else "multiclass", label.values)

    @property
    def answer(self) -> str:
        """The output of the served model that metrics are taken from."""
        return ANSWERS[self.kind]

    def as_json(self) -> str:
        """Returns the task as components take it (components/task.py)."""
        return json.dumps({**dataclasses.asdict(self), "answer": self.answer})
