"""Columns of words: categories, codes and free text. Pure Python."""

from __future__ import annotations

from pipeline.data.infer.numbers import has_leading_zeros
from pipeline.data.infer.proposed import Proposed, null_codes
from pipeline.data.profile.column_profile import NULL_CODES, ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule

_WORDS_OF_TEXT = 2.5


def as_words(profile: ColumnProfile, name: str) -> Proposed:
    """Returns a column that is neither numbers nor times: free text, codes or a category."""
    codes, _ = null_codes(profile)
    rule = ColumnRule(name, profile.name, "text", codes)
    share = profile.distinct / profile.filled if profile.filled else 0.0
    has_words = profile.counts is None or any(each.isalpha() for value in profile.counts for each in value)
    is_text = (profile.words >= _WORDS_OF_TEXT and share > 0.5) or (profile.words >= 6 and share > 0.2)
    if is_text and has_words:  # +1 555 296 1432 is none
        return Proposed(profile.name, rule, "text", f"free text, {profile.words:.0f} words a cell")
    if has_leading_zeros(profile):
        return Proposed(
            profile.name, rule, "category", "codes: some begin with a zero, which a number would lose"
        )
    proposed = Proposed(profile.name, rule, "category", "")
    if different(profile, proposed) == 1:
        return proposed.changed(reason="one value, or none")
    number = _about(different(profile, proposed), exactly=profile.counts is not None)
    return proposed.changed(reason=f"{number} different values")


def different(profile: ColumnProfile, proposed: Proposed) -> int:
    """Returns the number of different values, words such as None among them where they are no null codes."""
    return profile.distinct + sum(
        code not in NULL_CODES and code not in proposed.rule.nulls for code in profile.codes
    )


def _about(number: int, *, exactly: bool) -> str:
    return f"{number:,}" if exactly else f"about {float(f'{number:.2g}'):,.0f}"
