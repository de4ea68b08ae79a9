"""The shape of one value: each digit becomes a 9. Pure Python; shapes.py has those of a column."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from pipeline.data.profile.column_profile import ColumnProfile

_NINES = str.maketrans("012345678", "9" * 9)


def shape(value: str) -> str:
    """Returns the shape of one value."""
    return value.translate(_NINES)


def without_cells(profile: ColumnProfile, cells: Mapping[str, int]) -> ColumnProfile:
    """Returns the profile as if some cells were not there.

    Args:
      profile: of a column.
      cells: value to its rows, of values in `counts`; of those in `heads`, where nothing else is counted.
    """
    shapes = dict(profile.shapes)
    for value, rows in cells.items():
        shapes[shape(value)] = shapes.get(shape(value), 0) - rows
    return dataclasses.replace(
        profile,
        counts=profile.counts and {value: n for value, n in profile.counts.items() if value not in cells},
        shapes={written: rows for written, rows in shapes.items() if rows > 0},
        distinct=profile.distinct - len(cells),
    )
