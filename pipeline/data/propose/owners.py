"""Columns that by their name say whom a row belongs to, in a table not split by one of them. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from components.shown import shown
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile

_OWNERS = (
    "customer|client|patient|user|person|subject|member|household|family|account|student|pupil|employee|driver|"
    "player|device|machine|session|visitor|buyer|owner|donor|borrower|applicant|participant|contract|policy|"
    "kunde|kunden|nutzer|konto"
)
_OWNER = re.compile(
    rf"(?:^|[_\W]|(?<=[a-z]))(?:{_OWNERS})s?(?:[_\W]?(?:ids?|no|nr|num|number|key|code|name|hash|uuid|ref))?$",
    re.I,
)
_LEAST_OWNERS = 10
_LEAST_ROWS = 1.1  # of an owner, on average


def on_both_sides(profiles: Mapping[str, ColumnProfile], columns: Iterable[Proposed]) -> list[str]:
    """Returns a warning for each owner whose rows train and judge, in a table split by the hash of a row.

    Args:
      profiles: by the header.
      columns: of the table, none of which it is split by.
    """
    return [
        f"rows of one {column.source} fall on both sides of training and evaluation; if what it did before "
        f"tells what it does: --split-key {shown(column.source)}"
        for column in columns
        if column.role == "feature"
        and not column.left_out
        and column.kind in ("category", "number")
        and column.rule.reading in ("text", "whole")
        and _OWNER.search(column.source)
        and _has_several_rows(profiles[column.source])
    ]


def _has_several_rows(profile: ColumnProfile) -> bool:
    return profile.distinct >= _LEAST_OWNERS and profile.filled >= _LEAST_ROWS * profile.distinct
