"""Null codes that are classes of a label: NA beside EU, - beside +, ? beside !. Pure Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from components.shown import shown
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import NULL_CODES, ColumnProfile

_LEAST_SHARE = 0.01
_FEW_CLASSES = 20


def with_classes(profile: ColumnProfile, feature: Proposed) -> tuple[ColumnProfile, Proposed]:
    """Returns a label's profile and column with the null codes as values that are classes of it.

    A code is a class if it is in 1 % of the rows and all values are few words. In numbers, and in words for
    yes and no, it says that nothing is known, unless they are one value only.
    """
    codes = _classes(profile, feature)
    if not codes:
        return profile, feature
    rest = {code: rows for code, rows in profile.codes.items() if code not in codes}
    changed = dataclasses.replace(profile, codes=rest, distinct=profile.distinct + len(codes))
    nulls = tuple(code for code in feature.rule.nulls if code not in codes)
    rule = dataclasses.replace(feature.rule, reading="text", nulls=nulls, ones=(), zeros=(), remove=())
    warnings = tuple(
        f"{shown(code)} in {rows:,} rows is a class, and not an empty cell; were it one, add it to `nulls` "
        "in import.yaml"
        for code, rows in codes.items()
    )
    return changed, feature.changed(rule=rule, kind="category", form=None, warnings=warnings)


def _classes(profile: ColumnProfile, feature: Proposed) -> Mapping[str, int]:
    if profile.counts is None or feature.dates or feature.kind in ("text", "clock", "timestamp"):
        return {}
    values = [value for value in profile.counts if value not in NULL_CODES]
    if feature.rule.reading != "text" and len(values) > 1:
        return {}
    codes = {
        code: rows
        for code, rows in profile.codes.items()
        if code and code in NULL_CODES and rows >= _LEAST_SHARE * profile.rows
    }
    return codes if values and len(values) + len(codes) <= _FEW_CLASSES else {}


def of_codes(profile: ColumnProfile) -> str:
    """Returns which null codes are among a column's empty cells, for a message; nothing if none is."""
    codes = [
        f"{shown(code)} in {rows:,}" for code, rows in profile.codes.items() if code and code in NULL_CODES
    ]
    return f" (read as empty: {', '.join(codes)})" if codes else ""
