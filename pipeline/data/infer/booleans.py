"""Columns of words for yes and no, in the languages that tables come in. Pure Python."""

from __future__ import annotations

from pipeline.data.infer.proposed import Context, Proposed, null_codes, short
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule

ONES = ("yes", "y", "true", "t", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sim", "1")
ZEROS = ("no", "n", "false", "f", "off", "nein", "falsch", "non", "faux", "não", "0")


def as_boolean(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    """Returns a column of words for yes and no, or of 0 and 1; None if it is none."""
    if profile.counts is None or profile.distinct > 8:
        return None
    codes, words = null_codes(profile)
    values = [value for value in profile.counts if value not in codes and value]
    kept = [value for value in values if value not in words]
    by_word: dict[str, list[str]] = {}
    for value in kept:
        by_word.setdefault(value.lower(), []).append(value)
    ones = [word for word in by_word if word in ONES]
    zeros = [word for word in by_word if word in ZEROS]
    if not ones or not zeros or len(ones) + len(zeros) < len(by_word) or len(by_word) > 4:
        return None
    nulls = (*codes, *words)
    if set(by_word) == {"0", "1"}:
        rule = ColumnRule(name, profile.name, "whole", nulls)
        return Proposed(profile.name, rule, "category", "only 0 and 1", values=(0, 1))
    rule = ColumnRule(name, profile.name, "boolean", nulls, ones=tuple(ones), zeros=tuple(zeros))
    reason = f"{short(ones[0])} is 1, {short(zeros[0])} is 0"
    return Proposed(profile.name, rule, "category", reason, values=(0, 1))
