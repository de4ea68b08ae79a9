"""How days and times are written: which formats a column has, and whether the day or the month comes first.

Pure Python; decides on shapes (each digit a 9) and on values without their time of day.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from pipeline.data.profile import column_profile
from pipeline.data.rules.moment_format import EPOCHS

Order = Literal["day", "month"]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)"
_LONG_MONTH = r"(?:january|february|march|april|june|july|august|september|october|november|december)"
_TIME = (
    r"(?P<time>[ T]+9{1,2}:99(?::99(?:[.,]9+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
    r"(?P<zone> ?(?:Z|UTC|[+-]99:?(?:99)?))?"
)
# Shape of a day to its format; of an open order both stand for {}.
_DAYS: tuple[tuple[str, str], ...] = (
    (r"9999(?P<s>[-/.])9{1,2}(?P=s)9{1,2}", "%Y{s}%m{s}%d"),
    (r"9{1,2}(?P<s>[-/.])9{1,2}(?P=s)9999", "{a}{s}{b}{s}%Y"),
    (r"9{1,2}(?P<s>[-/.])9{1,2}(?P=s)99", "{a}{s}{b}{s}%y"),
    (rf"9{{1,2}}(?P<s>[- ./]){_MONTH}(?P=s)9999", "%d{s}%b{s}%Y"),
    (rf"9{{1,2}}(?P<s>[- ./]){_MONTH}(?P=s)99", "%d{s}%b{s}%y"),
    (rf"9{{1,2}}(?P<s>[- ]){_LONG_MONTH}(?P=s)9999", "%d{s}%B{s}%Y"),
    (rf"(?P<s>){_MONTH} 9{{1,2}}, 9999", "%b %d, %Y"),
    (rf"(?P<s>){_LONG_MONTH} 9{{1,2}}, 9999", "%B %d, %Y"),
    (rf"(?P<s>){_MONTH} 9{{1,2}} 9999", "%b %d %Y"),
    (r"(?P<s>)99999999", "%Y%m%d"),
)
_MONTHS = (
    (r"9999(?P<s>[-/])9{1,2}", "%Y{s}%m"),
    (r"9{1,2}(?P<s>[-/])9999", "%m{s}%Y"),
    (rf"{_MONTH}(?P<s>[-/ ])9999", "%b{s}%Y"),
    (rf"{_LONG_MONTH}(?P<s>[-/ ])9999", "%B{s}%Y"),
    (r"9999(?P<s>[-/ ]?)Q9", "%Y{s}%q"),
    (r"Q9(?P<s>[-/ ]?)9999", "%q{s}%Y"),
)
_PATTERNS_OF_MONTHS = tuple((re.compile(pattern, re.IGNORECASE), form) for pattern, form in _MONTHS)
_PATTERNS = tuple((re.compile(pattern + _TIME, re.IGNORECASE), form) for pattern, form in _DAYS)
_CLOCK = re.compile(r"9{1,2}:99(?P<seconds>:99)?(?P<half> ?[AaPp]\.?[Mm]\.?)?")
TIME_OF_DAY = re.compile(column_profile.TIME_OF_DAY)
_YEARS = (1800, 2200)


@dataclasses.dataclass(frozen=True)
class DateForm:
    """How a column writes days.

    Attributes:
      formats: as for strptime; in one with an open order, {a} and {b} stand for day and month.
      is_open: whether day or month first is still open.
      timed: share of rows with a time of day.
    """

    formats: tuple[str, ...]
    is_open: bool
    timed: float

    def ordered(self, order: Order) -> DateForm:
        """Returns the formats with day or month first."""
        a, b = ("%d", "%m") if order == "day" else ("%m", "%d")
        formats = tuple(form.replace("{a}", a).replace("{b}", b) for form in self.formats)
        return dataclasses.replace(self, formats=formats, is_open=False)

    @property
    def of_months(self) -> bool:
        """Whether no day is written, so that each month is its first."""
        return not any("%d" in form or "{a}" in form or form in EPOCHS for form in self.formats)

    def days_only(self) -> DateForm:
        """Returns the formats without the time of day."""
        formats = dict.fromkeys(re.split(r"[ T]+%[HI]", form)[0] for form in self.formats)
        return dataclasses.replace(self, formats=tuple(formats), timed=0.0)


def find_form(shapes: Mapping[str, int], heads: Iterable[str] | None) -> DateForm | None:
    """Returns how a column writes days; None where its values are no days.

    Args:
      shapes: shape to rows, of every value but null codes.
      heads: every value without its time of day; None where there were too many.
    """
    if not shapes or len(shapes) > 1_000:
        return None
    found = {shape: _form_of(shape) for shape in shapes}
    forms = {shape: form for shape, form in found.items() if form}
    if len(forms) < len(shapes):
        return None
    formats = tuple(dict.fromkeys(forms.values()))
    with_day = ["%d" in each or "{a}" in each for each in formats]
    if any(with_day) != all(with_day) or (not any(with_day) and _are_seasons(heads)):
        return None
    timed = sum(rows for shape, rows in shapes.items() if ":" in shape) / sum(shapes.values())
    form = DateForm(formats, any("{a}" in each for each in formats), timed)
    return _settled(form, [*(heads or ())])


def _settled(form: DateForm, heads: list[str]) -> DateForm | None:
    """Returns the form, its order settled if the values tell; None if some value is no day by any order."""
    orders: list[Order] = ["day", "month"]
    forms: list[DateForm] = [form.ordered(order) for order in orders] if form.is_open else [form]
    fitting = [each for each in forms if all(parse(head, each) for head in heads)]
    if not fitting:
        return None
    if len(fitting) == len(forms):
        dotted = form.is_open and all("." in each for each in form.formats if "{a}" in each)
        return form.ordered("day") if dotted else form
    return fitting[0]


def _are_seasons(heads: Iterable[str] | None) -> bool:
    """Whether values are a year and the next one, as 2004/05, and no months."""
    parts = [re.fullmatch(r"([0-9]{4})[-/]([0-9]{2})", head) for head in heads or ()]
    return len(parts) > 1 and all(part and (int(part[1]) + 1) % 100 == int(part[2]) for part in parts)


def _form_of(shape: str) -> str | None:
    for pattern, form in _PATTERNS_OF_MONTHS:
        match = pattern.fullmatch(shape)
        if match:
            return form.replace("{s}", match["s"])
    for pattern, form in _PATTERNS:
        match = pattern.fullmatch(shape)
        if match and not (form == "%Y%m%d" and match["time"] is None and match["zone"]):
            return form.replace("{s}", match["s"]) + _time_format(match["time"] or "", match["zone"] or "")
    return None


def _time_format(time: str, zone: str) -> str:
    if not time:
        return ""
    before = "T" if time.startswith("T") else " "
    hour = "%I" if time.rstrip(". ").lower().endswith("m") else "%H"
    seconds = ":%S" if time.count(":") == 2 else ""
    mark = next((each for each in ".," if f"{each}9" in time), "")
    half = "" if hour == "%H" else " %p" if " " in time.strip() else "%p"
    blank = " " if zone.startswith(" ") else ""
    return f"{before}{hour}:%M{seconds}{mark + '%f' if mark else ''}{half}{blank + '%z' if zone else ''}"


def parse(text: str, form: DateForm) -> dt.date | None:
    """Returns the day that a value says, if no time of day stands after it; None if it says none."""
    day = parse_any(text, form)
    return day if day and is_known_year(day) else None


def parse_any(text: str, form: DateForm) -> dt.date | None:
    """Returns the day that a value says, of whatever year."""
    for each in form.days_only().formats:
        try:
            if each in EPOCHS:
                return dt.datetime.fromtimestamp(int(text) // EPOCHS[each], dt.timezone.utc).date()
            return dt.datetime.strptime(*_of_quarters(text, each)).date()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _of_quarters(text: str, form: str) -> tuple[str, str]:
    """Returns a text and its format, a quarter in it as its first month."""
    if "%q" not in form:
        return text, form
    months = re.sub("[qQ]([1-4])", lambda found: f"{3 * int(found[1]) - 2:02}", text)
    return months, form.replace("%q", "%m")


def is_known_year(day: dt.date) -> bool:
    """Whether a day is of a year that data can be of."""
    return _YEARS[0] <= day.year <= _YEARS[1]


def is_clock(shapes: Iterable[str]) -> tuple[str, ...]:
    """Returns the formats of times of day, as 13:05 or 1:05 PM; none if something else is among them."""
    formats: dict[str, None] = {}
    for shape in shapes:
        match = _CLOCK.fullmatch(shape)
        if not match:
            return ()
        seconds = ":%S" if match["seconds"] else ""
        formats[f"%I:%M{seconds} %p" if match["half"] else f"%H:%M{seconds}"] = None
    return tuple(formats)
