"""What a column is: type, kind and role, from its profile, each with the reason. Pure Python."""

from __future__ import annotations

import re

from pipeline.data.infer import booleans, clocks, dates, day_doubts, epochs, mixed_marks, numbers, words
from pipeline.data.infer.day_names import is_of_another_day
from pipeline.data.infer.proposed import Context, Proposed, short
from pipeline.data.infer.row_index import is_index, with_doubt_of_its_name
from pipeline.data.profile.column_profile import ColumnProfile

_ID = re.compile(
    r"(?:^|[_\W])(?:id|ids|uuid|guid|key|pk|rowid|index|idx|nr|no|number|serial|hash|token)$|Id$|ID$|"
    r"^(?:id|row)[_\W]",
    re.I,
)
_MOSTLY_NULL = 0.995
# Share of different values from which on they name rows; an estimate of their number is wrong by 2 %, seldom
# by twice that.
_UNIQUE, _ABOUT_UNIQUE = 0.97, 0.93


def infer(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    """Returns what a column is, as a feature."""
    proposed = _by_content(profile, name, context)
    proposed = proposed.changed(
        required=profile.filled == profile.rows and not _is_null_in(profile, proposed)
    )
    if profile.filled == 0:
        return proposed.dropped("empty in every row")
    if is_index(profile):
        return proposed.dropped("an index: it numbers the rows, and says nothing of a new one")
    if words.different(profile, proposed) == 1 and profile.filled == profile.rows:
        return proposed.dropped(f"constant: {short(profile.examples[0])} in every row")
    if profile.null_share > _MOSTLY_NULL:
        return proposed.dropped(f"empty in {profile.null_share:.1%} of the rows")
    mixed = mixed_marks.mixture(profile) if proposed.form and proposed.form.remove else ""
    if mixed:
        return proposed.changed(mixed=mixed).dropped(mixed)
    if is_id(profile, proposed):
        rows = "every row" if profile.distinct >= profile.filled else "nearly every row"
        why = f"another value in {rows}: it names the row, and says nothing of a new one"
        return proposed.dropped("; ".join([why, *proposed.warnings]))
    return with_doubt_of_its_name(profile, proposed)


def is_id(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column only names its row."""
    if proposed.rule.reading not in ("text", "whole") or proposed.kind in ("text", "clock"):
        return False
    if profile.rows < 20 or not _differs(profile) or profile.null_share > 0.5:
        return False
    if proposed.rule.reading == "text":
        return proposed.kind == "category"
    span = profile.comma if proposed.rule.decimal == "," else profile.point
    if span is None or not span.whole:
        return False
    consecutive = span.high - span.low < 1.05 * profile.rows
    return consecutive or bool(_ID.search(profile.name))


def _differs(profile: ColumnProfile) -> bool:
    """Whether nearly every row has another value."""
    unique = _UNIQUE if profile.counts is not None else _ABOUT_UNIQUE
    return profile.distinct >= unique * profile.filled


def is_key(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column names whom a row belongs to: many values, each in several rows."""
    if proposed.rule.reading not in ("text", "whole") or proposed.kind == "text" or proposed.left_out:
        return False
    several = not _differs(profile)
    many = profile.distinct > max(100, profile.rows / 25)
    return bool(_ID.search(profile.name)) and several and many


def may_be_row_day(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column may say of which day its row is."""
    if proposed.dates is None or proposed.left_out or not proposed.required or profile.filled < profile.rows:
        return False
    return profile.distinct >= 5 and not is_of_another_day(profile.name)


def _by_content(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    suspicion = epochs.suspicion(profile) or day_doubts.serial_days(profile)
    for decide in (
        booleans.as_boolean,
        dates.as_dates,
        epochs.as_epoch,
        clocks.as_clock,
        numbers.as_number,
    ):
        proposed = decide(profile, name, context)
        if proposed and suspicion and proposed.kind == "number" and not proposed.rule.remove:
            return proposed.warned(suspicion)
        if proposed:
            return proposed
    return words.as_words(profile, name)


def _is_null_in(profile: ColumnProfile, proposed: Proposed) -> bool:
    return any(profile.codes.get(code, (profile.counts or {}).get(code, 0)) for code in proposed.rule.nulls)
