"""A baseline: rows as they were at a release, kept as JSON for the runs after it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from monitoring.profiles import Profile, compact


@dataclasses.dataclass(frozen=True)
class Baseline:
    """Rows of some days, and how far single days differed.

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
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
            raise ValueError(f"it is no baseline: {type(error).__name__}: {error}") from error
        if not days or not columns:
            raise ValueError(f"it is no baseline: it has no {'columns' if days else 'days'}")
        return cls(days, columns, ranges)
