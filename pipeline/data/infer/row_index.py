"""A table's index, written along as a column: it numbers the rows. Pure Python."""

from __future__ import annotations

import re

from components.shown import shown
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.rules.unnamed import is_unnamed

_OF_PARQUET = re.compile(r"__index_level_\d+__")  # as pandas names an index without a name there
_DIFFERENT = 0.97  # of many rows the number of different values is known to 2 %


def is_index(profile: ColumnProfile) -> bool:
    """Returns whether a column without a name of its own has another whole number in every row."""
    if not _is_nameless(profile) or profile.filled < profile.rows or profile.point is None:
        return False
    return profile.point.whole and profile.distinct >= _DIFFERENT * profile.rows


def with_doubt_of_its_name(profile: ColumnProfile, proposed: Proposed) -> Proposed:
    """Returns a column with a warning where it has no name of its own, and cells."""
    if not _is_nameless(profile):
        return proposed
    warning = (
        f"has cells, and no name in the header; name it in the file, or --leave-out {shown(profile.name)}"
    )
    return proposed.warned(warning)


def _is_nameless(profile: ColumnProfile) -> bool:
    return is_unnamed(profile.name) or bool(_OF_PARQUET.fullmatch(profile.name))
