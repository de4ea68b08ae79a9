"""The data profile of a run: what a later run compares its window with. Kept beside the verdict as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from components.data_gate.changes_rule import natural_range
from components.data_gate.day import Day
from monitoring.crosses import BETWEEN
from monitoring.profiles import Profile, compact, merged

FILE = "profile.json"


@dataclasses.dataclass(frozen=True)
class Baseline:
    """A window as it was judged.

    Attributes:
      days: each day, YYYY-MM-DD, to the identity of its rows.
      columns: name of each column to the profile of all its rows.
      ranges: name of each column to the largest divergence of one day from the others; NaN where unknown.
    """

    days: Mapping[str, str]
    columns: Mapping[str, Profile]
    ranges: Mapping[str, float]

    @property
    def span(self) -> str:
        """The first and the last day, for people."""
        return f"{min(self.days)} … {max(self.days)}"

    def as_json(self) -> str:
        """Returns the text that is kept."""
        columns = {name: compact(profile).as_values() for name, profile in self.columns.items()}
        return json.dumps({"days": dict(self.days), "columns": columns, "ranges": dict(self.ranges)})

    @classmethod
    def from_json(cls, text: str) -> Baseline:
        """Returns the baseline that `as_json` wrote.

        Raises:
          ValueError: it is none.
        """
        try:
            values = json.loads(text)
            columns = {name: Profile.from_values(each) for name, each in values["columns"].items()}
            days = {str(day): str(identity) for day, identity in values["days"].items()}
            ranges = {name: float(each) for name, each in values["ranges"].items()}
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"it is no data profile: {type(error).__name__}: {error}") from error
        if not days:
            raise ValueError("it is no data profile: it has no days")
        return cls(days, columns, ranges)


def baseline_of(days: Sequence[Day]) -> Baseline:
    """Returns what a later run compares its window with."""
    names = [name for name in days[0].profile.columns if BETWEEN not in name]
    columns = {name: [day.profile.columns[name] for day in days] for name in names}
    return Baseline(
        days={day.first.isoformat(): day.profile.identity for day in days},
        columns={name: merged(profiles) for name, profiles in columns.items()},
        ranges={name: natural_range(profiles) for name, profiles in columns.items()},
    )
