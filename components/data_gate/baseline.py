"""The data profile of a run: what a later run compares its window with. Kept beside the verdict as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from components.data_gate.day import Day
from monitoring.baseline import Baseline
from monitoring.crosses import BETWEEN
from monitoring.history import natural_range
from monitoring.profiles import merged

FILE = "profile.json"


def baseline_of(days: Sequence[Day]) -> Baseline:
    """Returns what a later run compares its window with."""
    names = [name for name in days[0].profile.columns if BETWEEN not in name]
    columns = {name: [day.profile.columns[name] for day in days] for name in names}
    return Baseline(
        days={day.first.isoformat(): day.profile.identity for day in days},
        columns={name: merged(profiles) for name, profiles in columns.items()},
        ranges={name: natural_range(profiles) for name, profiles in columns.items()},
    )
