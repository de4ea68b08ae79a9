"""Dates, timestamps and times of day, a column at a time; null for a cell that is none."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyarrow import compute

from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.moment_format import EPOCHS, MONTHS, parts_of, pattern_of

_INT = pa.int64()
_NULL = pa.scalar(None, _INT)
_TEXT_NULL = pa.scalar(None, pa.string())
_LAST_DAYS = pa.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], _INT)
_EPOCH_DIGITS = r"^-?[0-9]{1,15}$"
Parts = dict[str, pa.Array]


def dates(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns days written YYYY-MM-DD."""
    return _by_formats(cells, rule, _date)


def timestamps(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns moments written YYYY-MM-DD HH:MM:SS."""
    return _by_formats(cells, rule, _timestamp)


def clocks(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns times of day as whole numbers hhmm."""
    return _by_formats(cells, rule, _clock)


def _by_formats(cells: pa.Array, rule: ColumnRule, made: Callable[[Parts, ColumnRule], pa.Array]) -> pa.Array:
    """Returns what the first format that fits makes of each cell."""
    values = None
    for moment_format in rule.formats:
        found = made(_parts(cells, moment_format, rule.pivot), rule)
        values = found if values is None else compute.coalesce(values, found)
        if values.null_count == cells.null_count:
            break
    assert values is not None, f"a rule of reading {rule.reading} without formats"
    return values


def _date(parts: Parts, _: ColumnRule) -> pa.Array:
    return _joined([_padded(parts["Y"], 4), _padded(parts["m"], 2), _padded(parts["d"], 2)], "-")


def _timestamp(parts: Parts, rule: ColumnRule) -> pa.Array:
    time = [_padded(parts[part], 2) for part in "HMS"]
    return _joined([_date(parts, rule), _joined(time, ":")], " ")


def _clock(parts: Parts, _: ColumnRule) -> pa.Array:
    return compute.add(compute.multiply(parts["H"], 100), parts["M"])


def _parts(cells: pa.Array, moment_format: str, pivot: int) -> Parts:
    """Returns parts of moments, null where a cell is none: Y m d H M S; those it has not are 0, or day 1."""
    if moment_format in EPOCHS:
        return _epoch_parts(cells, EPOCHS[moment_format])
    found = compute.extract_regex(cells, pattern_of(moment_format))
    named = {part: found.field(at) for at, part in enumerate(parts_of(moment_format))}
    parts = {part: _number(texts, found) for part, texts in named.items() if part not in "bp"}
    valid = compute.is_valid(found)
    if "b" in named:
        names = pa.array([*MONTHS], pa.string())
        at = compute.index_in(compute.utf8_lower(named["b"]), value_set=names)
        parts["m"] = compute.if_else(valid, compute.take(pa.array([*MONTHS.values()], _INT), at), _NULL)
    if "q" in parts:
        parts["m"] = compute.subtract(compute.multiply(parts["q"], 3), 2)
    if "y" in parts:
        century = compute.if_else(compute.less_equal(parts["y"], pivot), 2000, 1900)
        parts["Y"] = compute.add(parts["y"], century)
    if "I" in parts:
        parts["H"] = _hour_of_24(parts["I"], named.get("p"))
    zero = compute.if_else(valid, pa.scalar(0, _INT), _NULL)
    absent = {**dict.fromkeys("YmHMS", zero), "d": compute.add(zero, 1)}
    whole = {part: parts.get(part, absent[part]) for part in "YmdHMS"}
    return _valid(whole, has_date="Y" in parts)


def _number(texts: pa.Array, found: pa.Array) -> pa.Array:
    return compute.if_else(compute.is_valid(found), texts, _TEXT_NULL).cast(_INT)


def _hour_of_24(hour: pa.Array, half: pa.Array) -> pa.Array:
    """Returns the hours of a clock of twelve hours; null where it shows none."""
    shown = compute.and_(compute.greater_equal(hour, 1), compute.less_equal(hour, 12))
    hour = compute.if_else(compute.equal(hour, 12), 0, hour)
    is_afternoon = compute.starts_with(compute.utf8_lower(half), "p")
    return compute.if_else(shown, compute.add(hour, compute.if_else(is_afternoon, 12, 0)), _NULL)


def _valid(parts: Parts, *, has_date: bool) -> Parts:
    """Returns the parts, null where there is no such moment: February 31, 24:00, the year 0."""
    limits = {"H": 23, "M": 59, "S": 59}
    fits = [compute.less_equal(parts[part], limit) for part, limit in limits.items()]
    if has_date:
        fits += [compute.greater_equal(parts[part], 1) for part in "Ymd"]
        fits += [compute.less_equal(parts["m"], 12)]
    everything = fits[0]
    for each in fits[1:]:
        everything = compute.and_(everything, each)
    if has_date:
        month = compute.if_else(everything, parts["m"], _NULL)
        last = compute.add(
            compute.take(_LAST_DAYS, compute.subtract(month, 1)),
            compute.if_else(compute.and_(compute.equal(month, 2), _is_leap(parts["Y"])), 1, 0),
        )
        everything = compute.less_equal(parts["d"], last)
    fitting = compute.fill_null(everything, False)
    return {part: compute.if_else(fitting, values, _NULL) for part, values in parts.items()}


def _is_leap(year: pa.Array) -> pa.Array:
    return compute.and_(
        _divisible(year, 4), compute.or_(compute.invert(_divisible(year, 100)), _divisible(year, 400))
    )


def _divisible(year: pa.Array, by: int) -> pa.Array:
    return compute.equal(compute.multiply(compute.divide(year, by), by), year)


def _epoch_parts(cells: pa.Array, units_per_s: int) -> Parts:
    shaped = compute.match_substring_regex(cells, _EPOCH_DIGITS)
    units = compute.if_else(shaped, cells, _TEXT_NULL).cast(_INT)
    seconds = (
        units
        if units_per_s == 1
        else compute.floor(compute.divide(units.cast(pa.float64()), 1000.0)).cast(_INT)
    )
    within = compute.and_(
        compute.greater_equal(seconds, -62135596800), compute.less_equal(seconds, 253402300799)
    )  # years 1 to 9999
    moments = compute.if_else(within, seconds, _NULL).cast(pa.timestamp("s"))
    return {
        "Y": compute.year(moments),
        "m": compute.month(moments),
        "d": compute.day(moments),
        "H": compute.hour(moments),
        "M": compute.minute(moments),
        "S": compute.second(moments),
    }


def _padded(number: pa.Array, width: int) -> pa.Array:
    return compute.utf8_lpad(number.cast(pa.string()), width, "0")


def _joined(texts: list[pa.Array], separator: str) -> pa.Array:
    return compute.binary_join_element_wise(*texts, separator)
