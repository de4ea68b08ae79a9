"""Numbers and words for yes and no, a column at a time; null for a cell that is none."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import compute

from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.number_text import TRAILING_MINUS, number_pattern, replacements
from serving.values import MISSING_INT

# Python's int and Arrow's cast agree up to so many digits; with more the cast is tried on each text.
_SAFE_DIGITS = 18
_LARGEST_FLOAT32 = 3.4028234e38


def wholes(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns whole numbers as int64; the number that stands for a missing one is none."""
    texts = _plain(cells, rule)
    if compute.any(compute.match_substring(texts, ".")).as_py():
        texts = compute.replace_substring_regex(texts, r"\.0+$", "")
    longest = compute.max(compute.binary_length(texts)).as_py() or 0
    if longest > _SAFE_DIGITS:
        return pa.array([_whole(text) for text in texts.to_pylist()], pa.int64())
    return texts.cast(pa.int64())


def numbers(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns numbers as float64; one that 32 bits cannot hold is none."""
    values = _plain(cells, rule).cast(pa.float64())
    fits = compute.less_equal(compute.abs(values), _LARGEST_FLOAT32)
    return compute.if_else(fits, values, pa.scalar(None, pa.float64()))


def booleans(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns 1 and 0 for the words of a rule, in any case."""
    words = compute.utf8_lower(cells)
    is_one = compute.is_in(words, value_set=_lower(rule.ones))
    is_zero = compute.is_in(words, value_set=_lower(rule.zeros))
    known = compute.or_(is_one, is_zero)
    return compute.if_else(known, is_one.cast(pa.int64()), pa.scalar(None, pa.int64()))


def _plain(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns the texts of numbers as Python writes them; null where there is none."""
    shaped = compute.match_substring_regex(cells, number_pattern(rule))
    texts = compute.if_else(shaped, cells, pa.scalar(None, pa.string()))
    for old, new in replacements(rule):
        texts = compute.replace_substring(texts, old, new)
    if compute.any(compute.ends_with(texts, "-")).as_py():
        texts = compute.replace_substring_regex(texts, *TRAILING_MINUS)
    return compute.utf8_ltrim(texts, characters="+")


def _whole(text: str | None) -> int | None:
    value = MISSING_INT if text is None else int(text[:40])
    return value if -(2**63) < value < 2**63 else None


def _lower(words: tuple[str, ...]) -> pa.Array:
    return pa.array([word.lower() for word in words], pa.string())
