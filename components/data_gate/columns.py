"""What the data gate is told of the columns, in a parameter: trainer/columns.yaml decides it."""

from __future__ import annotations

import dataclasses
import json
from typing import Literal

How = Literal["numbers", "categories", "hours", "nulls"]
# How a day's values of each kind are counted; of texts, days and keys, only whether they are there.
HOW: dict[str, How] = {"number": "numbers", "category": "categories", "clock": "hours", "timestamp": "hours"}
_HOUR = ".hour"


@dataclasses.dataclass(frozen=True)
class GateColumns:
    """The columns as the gate sees them.

    Attributes:
      kinds: name of each column to its kind.
      label: the column that is predicted.
      date: the column of a row's day; empty if there is none.
      key: the column that says whose row it is; empty if there is none.
      crosses: pairs of categories, as the trainer crosses them.
    """

    kinds: dict[str, str]
    label: str
    date: str = ""
    key: str = ""
    crosses: tuple[tuple[str, str], ...] = ()

    def how(self, column: str) -> How:
        """Returns how the values of a column are counted."""
        return "nulls" if column in (self.date, self.key) else HOW.get(self.kinds[column], "nulls")

    @property
    def judged_crosses(self) -> tuple[tuple[str, str], ...]:
        """Crosses of two columns that vary within a day, by the columns' names."""
        pairs = ((a.removesuffix(_HOUR), b.removesuffix(_HOUR)) for a, b in self.crosses)
        return tuple(
            pair
            for pair in pairs
            if all(each in self.kinds and self.how(each) in ("categories", "hours") for each in pair)
        )

    def as_json(self) -> str:
        """Returns the text that a component takes in a parameter."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> GateColumns:
        """Returns the columns that `as_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "crosses": tuple(map(tuple, values["crosses"]))})
