"""Which import rules contradict themselves. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.data.rules.import_rules import LAST_YEAR_OF_2000S, ColumnRule, ImportRules
from pipeline.data.rules.moment_format import EPOCHS, FormatError, lacks, parts_of, pattern_of

MOMENTS = ("date", "timestamp", "clock")
NUMBERS = ("whole", "number")
_OF_NUMBERS = frozenset("+-.,'()eE ")
_DECIMALS, _THOUSANDS = (".", ","), ("", ".", ",", "'", " ")


def column_fault(rule: ColumnRule) -> str | None:
    """Returns what is wrong with one column's rule; None if nothing is."""
    return next((fault for fault in _column_faults(rule) if fault), None)


def table_fault(rules: ImportRules) -> str | None:
    """Returns what is wrong with the columns together; None if nothing is."""
    names = [rule.name for rule in rules.columns]
    sources = {rule.source for rule in rules.columns}
    for at, name in enumerate(names):
        if name in names[:at]:
            return f"the column {name!r} stands twice; give each a name of its own"
    seen: set[str] = set()
    for each in rules.left_out:
        if each.source in sources:
            return f"the column {each.source!r} is under columns and under left_out; remove one"
        if each.source in seen:
            return f"the column {each.source!r} stands twice under left_out; remove one"
        seen.add(each.source)
    return _date_fault(rules)


def _date_fault(rules: ImportRules) -> str | None:
    if rules.grain == "file":
        return None if rules.date is None else "grain: file has rows without dates; remove `date`"
    if rules.date is None:
        return f"grain: {rules.grain} needs `date`, the column that rows are grouped by; or set grain: file"
    readings = {rule.name: rule.reading for rule in rules.columns}
    if rules.date not in readings:
        return f"date: {rules.date!r} is no name of a column; the columns are {', '.join(readings)}"
    if readings[rules.date] != "date":
        return f"date: {rules.date!r} is read as {readings[rules.date]}; set `as: date` in its line"
    return None


def _column_faults(rule: ColumnRule) -> Iterator[str | None]:
    yield _moment_fault(rule)
    yield _number_fault(rule)
    yield _boolean_fault(rule)
    if any(null != null.strip() for null in rule.nulls):
        yield "nulls: blanks around cells are cut off before they are compared; write them without"


def _moment_fault(rule: ColumnRule) -> str | None:
    if rule.reading not in MOMENTS:
        if rule.formats:
            return (
                f"format: is of {', '.join(MOMENTS)}, and this is {rule.reading}; remove it, or change `as`"
            )
        return None if rule.pivot == LAST_YEAR_OF_2000S else "pivot: is of dates and timestamps; remove it"
    if not rule.formats:
        return f"a {rule.reading} needs `format`, as in '%Y-%m-%d'"
    for each in rule.formats:
        fault = _format_fault(each, rule.reading)
        if fault:
            return fault
    if not 0 <= rule.pivot <= 99:
        return f"pivot: {rule.pivot} is no year of two digits; expected 0 to 99"
    if rule.pivot != LAST_YEAR_OF_2000S and not any("y" in parts_of(each) for each in rule.formats):
        return "pivot: is for years of two digits, %y, and no format has one; remove it"
    return None


def _format_fault(moment_format: str, reading: str) -> str | None:
    if moment_format in EPOCHS:
        return None if reading != "clock" else f"format: {moment_format!r} is no format of a clock"
    try:
        pattern_of(moment_format)
    except FormatError as error:
        return f"format: {moment_format!r}: {error}"
    lacking = lacks(moment_format, date=reading != "clock", clock=reading == "clock")
    return f"format: {moment_format!r} lacks {lacking}" if lacking else None


def _number_fault(rule: ColumnRule) -> str | None:
    if rule.reading not in NUMBERS:
        given = (rule.decimal != ".", rule.thousands, rule.remove, rule.negative_parentheses)
        names = ("decimal", "thousands", "remove", "negative_parentheses")
        for name, is_given in zip(names, given, strict=True):
            if is_given:
                return f"{name}: is of {' and '.join(NUMBERS)}, and this is {rule.reading}; remove it"
        return None
    return _signs_fault(rule) or _words_fault(rule)


def _signs_fault(rule: ColumnRule) -> str | None:
    if rule.decimal not in _DECIMALS:
        return f"decimal: {rule.decimal!r} is neither '.' nor ','"
    if rule.thousands not in _THOUSANDS:
        return f"thousands: {rule.thousands!r} is none of '.', ',', \"'\", ' '"
    if rule.thousands == rule.decimal:
        return f"thousands and decimal are both {rule.decimal!r}; they must differ"
    return None


def _words_fault(rule: ColumnRule) -> str | None:
    for word in rule.remove:
        if not word.strip() or any(each.isdigit() for each in word) or not set(word) - _OF_NUMBERS:
            return f"remove: {word!r} may be part of a number; write a currency, a unit or '%'"
    return None


def _boolean_fault(rule: ColumnRule) -> str | None:
    if rule.reading != "boolean":
        for name, words in (("ones", rule.ones), ("zeros", rule.zeros)):
            if words:
                return f"{name}: is of boolean, and this is {rule.reading}; remove it, or set `as: boolean`"
        return None
    if not rule.ones or not rule.zeros:
        return "a boolean needs `ones` and `zeros`, the words for 1 and 0"
    both = {word.lower() for word in rule.ones} & {word.lower() for word in rule.zeros}
    return f"{min(both)!r} stands under ones and under zeros; remove one" if both else None
