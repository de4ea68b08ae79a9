"""Columns that cannot be a label, whatever their values. Pure Python."""

from __future__ import annotations

from components.shown import shown
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.errors import DataError


def refuse(profile: ColumnProfile, feature: Proposed) -> None:
    """Ends the command where a column is none to predict.

    Raises:
      DataError: one line that says why.
    """
    name = shown(profile.name)
    if feature.kind in ("date", "timestamp", "clock"):
        raise DataError(
            f"the label {name} holds {feature.kind}s; expected classes or numbers; choose another --label"
        )
    if feature.mixed:
        raise DataError(f"the label {name}: {feature.mixed}; expected one unit; write one in the file")
