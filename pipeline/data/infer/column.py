"""What a column is: type, kind and role, from its profile, each with the reason. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping

from pipeline.data.infer import date_forms, number_forms
from pipeline.data.infer.date_forms import DateForm
from pipeline.data.infer.number_forms import NumberForm
from pipeline.data.profile.column_profile import NULL_CODES, NULL_WORDS, ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule, Reading
from pipeline.data.rules.number_text import python_number

ONES = ("yes", "y", "true", "t", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sim", "1")
ZEROS = ("no", "n", "false", "f", "off", "nein", "falsch", "non", "faux", "não", "0")
_SENTINELS = ("-99", "-999", "-9999", "-99999", "999", "9999", "99999", "999999")
_ID = re.compile(
    r"(?:^|[_\W])(?:id|ids|uuid|guid|key|pk|rowid|index|idx|nr|no|number|serial|hash|token)$|Id$|ID$|"
    r"^(?:id|row)[_\W]",
    re.I,
)
_CODE = re.compile(
    r"(?:^|[_\W])(?:id|code|zip|zipcode|zip_code|plz|postcode|postal|type|class|cat|category|zone|region|store|"
    r"shop|branch|dept|department|cluster|group|segment|model|sku|product|item|station|site|team|flag|status|"
    r"state|county|district|area_code|channel|route|line|carrier|airline|nr|no)$|Id$|ID$|Code$|Type$",
    re.I,
)
_NO_ROW_DAY = re.compile(
    r"birth|dob|expir|due|valid|signup|sign_up|hire|joined|founded|since|updated|modified", re.I
)
_TIME = re.compile(r"time|clock|hour|uhr", re.I)
_EPOCH = re.compile(r"time|date|epoch|unix|_at$|(?:^|_)ts$|created|stamp", re.I)
_EPOCH_YEARS = (631_152_000, 2_524_608_000)  # 1990 to 2050
_MONEY = frozenset({"$", "US$", "£", "¥", "USD", "GBP", "€", "EUR"})
_MOSTLY_NULL = 0.995
_MOST_ODD_VALUES, _MOST_ODD_SHARE = 5, 0.05
_WORDS_OF_TEXT = 2.5


@dataclasses.dataclass(frozen=True)
class Proposed:
    """One column of the raw file, as it is proposed.

    Attributes:
      source: its header.
      rule: how its cells are read; None for a column that is left out.
      kind, role, required, values, unit: as in trainer/columns.yaml.
      reason: why, for the reader of the table.
      left_out: whether spans do without it.
      warnings: sentences on it.
      dates: how it writes days, if it does.
      form: how it writes numbers, if it does.
    """

    source: str
    rule: ColumnRule
    kind: str
    reason: str
    role: str = "feature"
    required: bool = True
    values: tuple[int | str, ...] = ()
    unit: str = ""
    left_out: bool = False
    warnings: tuple[str, ...] = ()
    dates: DateForm | None = None
    form: NumberForm | None = None

    @property
    def name(self) -> str:
        """The column's name in spans."""
        return self.rule.name

    def dropped(self, reason: str) -> Proposed:
        """Returns the column left out."""
        return dataclasses.replace(self, left_out=True, reason=reason)

    def changed(self, **changes: object) -> Proposed:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Context:
    """What is known of the whole file when one of its columns is decided on.

    Attributes:
      decimal: what most columns have before decimals; None if none tells.
      order: day or month first, where the command line says so.
      today: two-digit years after this one's are of the last century.
    """

    decimal: str | None
    order: date_forms.Order | None
    today: dt.date


def file_decimal(profiles: tuple[ColumnProfile, ...]) -> str | None:
    """Returns what stands before decimals in the columns that leave no doubt; None if none does."""
    forms = [number_forms.find_form(profile.shapes) for profile in profiles if profile.shapes]
    sure = [form.decimal for form in forms if form and form.has_decimals and not form.is_open]
    return max(set(sure), key=sure.count) if sure else None


def infer(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    """Returns what a column is, as a feature."""
    proposed = _by_content(profile, name, context)
    proposed = proposed.changed(
        required=profile.filled == profile.rows and not _is_null_in(profile, proposed)
    )
    if profile.filled == 0:
        return proposed.dropped("empty in every row")
    if _different(profile, proposed) == 1 and profile.filled == profile.rows:
        return proposed.dropped(f"constant: {_short(profile.examples[0])} in every row")
    if profile.null_share > _MOSTLY_NULL:
        return proposed.dropped(f"empty in {profile.null_share:.1%} of the rows")
    if is_id(profile, proposed):
        return proposed.dropped("another value in every row: it names the row, and says nothing of a new one")
    return proposed


def is_id(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column only names its row."""
    if proposed.rule.reading not in ("text", "whole") or proposed.kind in ("text", "clock"):
        return False
    if profile.rows < 20 or profile.distinct < 0.97 * profile.filled or profile.null_share > 0.5:
        return False
    if proposed.rule.reading == "text":
        return proposed.kind == "category"
    numbers = profile.point
    if numbers is None:
        return False
    consecutive = numbers.high - numbers.low < 1.05 * profile.rows
    return consecutive or bool(_ID.search(profile.name))


def is_key(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column names whom a row belongs to: many values, each in several rows."""
    if proposed.rule.reading not in ("text", "whole") or proposed.kind == "text" or proposed.left_out:
        return False
    several = profile.distinct < 0.97 * profile.filled
    many = profile.distinct > max(100, profile.rows / 25)
    return bool(_ID.search(profile.name)) and several and many


def may_be_row_day(profile: ColumnProfile, proposed: Proposed) -> bool:
    """Whether a column may say of which day its row is."""
    if proposed.dates is None or proposed.left_out or not proposed.required or profile.filled < profile.rows:
        return False
    return profile.distinct >= 5 and not _NO_ROW_DAY.search(profile.name)


def _by_content(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    for decide in (_as_boolean, _as_dates, _as_epoch, _as_clock, _as_number):
        proposed = decide(profile, name, context)
        if proposed:
            return proposed
    return _as_text(profile, name)


def _codes(profile: ColumnProfile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the null codes of a column, and the words in it that are some in other columns."""
    codes = tuple(code for code in profile.codes if code in NULL_CODES and code)
    return codes, tuple(code for code in profile.codes if code in NULL_WORDS)


def _as_boolean(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    if profile.counts is None or profile.distinct > 8:
        return None
    codes, words = _codes(profile)
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
    reason = f"{_short(ones[0])} is 1, {_short(zeros[0])} is 0"
    return Proposed(profile.name, rule, "category", reason, values=(0, 1))


def _as_dates(profile: ColumnProfile, name: str, context: Context) -> Proposed | None:
    shapes = profile.shapes
    codes, words = _codes(profile)
    form = date_forms.find_form(shapes, profile.heads)
    if form is None or (form.formats == ("%Y%m%d",) and not _near(profile, form)):
        return None
    was_open = form.is_open
    if form.is_open and context.order:
        form = form.ordered(context.order)
    settled = form.ordered("day") if form.is_open else form
    days = [day for head in profile.heads or () if (day := date_forms.parse(head, settled.days_only()))]
    timed = form.timed > 0 and not _at_midnight(profile)
    reading: Reading = "timestamp" if timed else "date"
    rule = ColumnRule(name, profile.name, reading, (*codes, *words), form.formats)
    warnings, rule = _century(days, rule, context)
    days = [_in_century(day, rule) for day in days]
    what = "days" if reading == "date" else "times"
    span = f" from {min(days)} to {max(days)}" if days else ""
    how = (
        f", written {settled.formats[0]}"
        if settled.formats[0] not in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
        else ""
    )
    reason = f"{what}{span}{how}"
    if was_open and context.order:
        reason += f", {context.order} first as you said"
    return Proposed(profile.name, rule, reading, reason, warnings=warnings, dates=form)


def _near(profile: ColumnProfile, form: DateForm) -> bool:
    days = [date_forms.parse(head, form) for head in profile.heads or ()]
    return bool(days) and all(day and 1900 <= day.year <= 2100 for day in days)


def _century(days: list[dt.date], rule: ColumnRule, context: Context) -> tuple[tuple[str, ...], ColumnRule]:
    """Returns warnings on days that are centuries away, and the rule with two-digit years in theirs."""
    this_year = context.today.year
    if any("%y" in form for form in rule.formats):
        pivot = this_year % 100 if any(day.year > this_year for day in days) else rule.pivot
        return (), dataclasses.replace(rule, pivot=pivot)
    far = [day for day in days if not this_year - 130 <= day.year <= this_year + 80]
    if not far:
        return (), rule
    return (
        f"{len(far):,} days are of another century, as {far[0]}; mend them in the file if they are wrong",
    ), rule


def _in_century(day: dt.date, rule: ColumnRule) -> dt.date:
    """Returns a day as the rule reads it, which may be a century before Python's reading."""
    two_digits = any("%y" in form for form in rule.formats)
    if not two_digits or day.year < 2000 or day.year % 100 <= rule.pivot:
        return day
    return day.replace(year=day.year - 100, day=min(day.day, 28))


def _at_midnight(profile: ColumnProfile) -> bool:
    """Whether all times of day that were seen are midnight, as an export writes plain days."""
    cells = profile.counts if profile.counts is not None else profile.examples
    return all(
        re.search(r"(?:[ T]0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?[aA][mM])(?:Z|[+-]00:?00)?$", cell)
        for cell in cells
        if ":" in cell
    )


def _as_epoch(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    """Returns seconds or milliseconds since 1970, in a column whose name says that it holds times."""
    numbers = profile.point
    if not (numbers and numbers.whole and _EPOCH.search(profile.name)):
        return None
    for unit, per_second in (("unix seconds", 1), ("unix milliseconds", 1000)):
        if _EPOCH_YEARS[0] * per_second <= numbers.low and numbers.high <= _EPOCH_YEARS[1] * per_second:
            codes, words = _codes(profile)
            rule = ColumnRule(name, profile.name, "timestamp", (*codes, *words), (unit,))
            return Proposed(profile.name, rule, "timestamp", f"{unit}, by its name and its size")
    return None


def _as_clock(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    shapes = profile.shapes
    codes, words = _codes(profile)
    formats = date_forms.is_clock(shapes) if shapes else ()
    if formats:
        rule = ColumnRule(name, profile.name, "clock", (*codes, *words), formats)
        return Proposed(profile.name, rule, "clock", "times of day, kept as hhmm")
    numbers = profile.point
    if not (numbers and numbers.whole and _TIME.search(profile.name) and profile.counts is not None):
        return None
    values = [value for value in profile.counts if value not in profile.codes]
    if profile.distinct < 15 or numbers.high <= 60 or not all(_is_hhmm(value) for value in values):
        return None
    rule = ColumnRule(name, profile.name, "whole", (*codes, *words))
    return Proposed(profile.name, rule, "clock", "hhmm, by its name and as no minutes are above 59")


def _is_hhmm(value: str) -> bool:
    try:
        number = int(float(value))
    except ValueError:
        return False
    return 0 <= number <= 2400 and number % 100 < 60


def _as_number(profile: ColumnProfile, name: str, context: Context) -> Proposed | None:
    shapes = profile.shapes
    codes, words = _codes(profile)
    form = number_forms.find_form(shapes, context.decimal)
    odd: tuple[str, ...] = ()
    if form is None:
        form, odd = _but_for_odd_values(profile, shapes, context)
    if form is None:
        return None
    if form.is_plain and not form.has_decimals and _has_codes(profile):
        return None
    generous = _generous(form)
    sentinels = _sentinels(profile)
    numbers = profile.comma if form.decimal == "," else profile.point
    rule = ColumnRule(
        *(name, profile.name, "number", (*codes, *words, *odd, *sentinels)),
        decimal=form.decimal,
        thousands=generous.thousands,
        remove=form.remove,
        negative_parentheses=form.parentheses,
    )
    unit = form.remove[0] if form.remove else _unit_of(profile.name)
    warnings = [*_odd_warnings(profile, odd), *_sentinel_warnings(profile, sentinels)]
    if form.is_open and form.thousands:
        warnings.append(
            f"{_short(profile.examples[0])} is read as a thousand; were it a decimal comma, all is wrong"
        )
    whole = not form.has_decimals and not _is_scientific(shapes)
    proposed = Proposed(
        *(profile.name, rule, "number", _number_reason(form, whole)),
        unit=unit,
        warnings=tuple(warnings),
        form=form,
    )
    always_whole = numbers is not None and numbers.whole
    if whole and not (numbers and max(abs(numbers.low), abs(numbers.high)) >= 2**62):
        proposed = proposed.changed(rule=dataclasses.replace(rule, reading="whole"))
    return _category_or_number(profile, proposed, always_whole=always_whole)


def _generous(form: NumberForm) -> NumberForm:
    """Returns a form that also reads tomorrow's first thousand, where the decimal mark is known."""
    if form.thousands or not form.has_decimals or form.is_open:
        return form
    if form.decimal == ",":
        return dataclasses.replace(form, thousands=".")
    return dataclasses.replace(form, thousands=",") if set(form.remove) & _MONEY else form


def _category_or_number(profile: ColumnProfile, proposed: Proposed, *, always_whole: bool) -> Proposed:
    """Returns whole numbers that are names, not amounts, as a category."""
    if not always_whole or proposed.rule.remove:
        return proposed
    few = profile.distinct == 2 and profile.counts is not None
    named = bool(_CODE.search(profile.name)) and profile.distinct > 2
    if not few and not named:
        return proposed
    reading = dataclasses.replace(proposed.rule, reading="whole")
    if few:
        values = sorted(_values(profile, proposed.rule))
        reason = f"only {values[0]} and {values[1]}"
        return proposed.changed(rule=reading, kind="category", reason=reason)
    return proposed.changed(
        rule=reading, kind="category", reason="numbers that are names, by the column's name"
    )


def _values(profile: ColumnProfile, rule: ColumnRule) -> list[int]:
    cells = (value for value in profile.counts or () if value and value not in rule.nulls)
    return [int(float(python_number(value, rule))) for value in cells]


def _unit_of(header: str) -> str:
    """Returns the unit that a header names, as in `size (cm)`."""
    match = re.search(r"[(\[]\s*([^()\[\]]{1,8})\s*[)\]]\s*$", header)
    return match[1] if match else ""


def _has_codes(profile: ColumnProfile) -> bool:
    """Whether digits are codes: some begin with a zero, which a number would lose."""
    return profile.leading_zeros > 0


def _but_for_odd_values(
    profile: ColumnProfile, shapes: Mapping[str, int], context: Context
) -> tuple[NumberForm | None, tuple[str, ...]]:
    """Returns the form of a column's numbers, and a few values among them that are none."""
    odd = [shape for shape in shapes if number_forms.find_form({shape: 1}, context.decimal) is None]
    rows = sum(shapes[shape] for shape in odd)
    rest = {shape: count for shape, count in shapes.items() if shape not in odd}
    if not rest or not odd or len(odd) > _MOST_ODD_VALUES or rows > _MOST_ODD_SHARE * profile.filled:
        return None, ()
    if any("9" in shape for shape in odd):
        return None, ()
    return number_forms.find_form(rest, context.decimal), tuple(odd)


def _odd_warnings(profile: ColumnProfile, odd: tuple[str, ...]) -> list[str]:
    if not odd:
        return []
    rows = sum(profile.shapes[value] for value in odd)
    return [f"{rows:,} cells are no numbers ({', '.join(map(_short, odd))}); they are read as empty"]


def _sentinels(profile: ColumnProfile) -> tuple[str, ...]:
    """Returns numbers that stand for "nothing here": far from all others, and in many rows."""
    if profile.counts is None or profile.distinct < 10:
        return ()
    numbers = {}
    for value, rows in profile.counts.items():
        try:
            numbers[value] = (float(value), rows)
        except ValueError:
            continue
    suspects = {v for v, (number, rows) in numbers.items() if v.split(".")[0] in _SENTINELS and rows >= 3}
    rest = [number for value, (number, _) in numbers.items() if value not in suspects]
    if not rest:
        return ()
    low, high = min(rest), max(rest)
    width = max(high - low, 1e-9)
    return tuple(v for v in suspects if not low - 2 * width <= numbers[v][0] <= high + 2 * width)


def _sentinel_warnings(profile: ColumnProfile, sentinels: tuple[str, ...]) -> list[str]:
    counts = profile.counts or {}
    return [
        f"{value} in {counts[value]:,} rows is read as empty, as no other value is near it"
        for value in sentinels
    ]


def _is_scientific(shapes: Mapping[str, int]) -> bool:
    return any("e" in shape.lower() for shape in shapes)


def _number_reason(form: NumberForm, whole: bool) -> str:
    how = []
    if form.decimal == "," and form.has_decimals:
        how.append("decimal comma")
    if form.thousands:
        how.append(f"thousands parted by {_short(form.thousands)}")
    if form.remove:
        how.append(f"without {' '.join(form.remove)}")
    if form.parentheses:
        how.append("(5) is -5")
    return ", ".join(["whole numbers" if whole else "numbers", *how])


def _as_text(profile: ColumnProfile, name: str) -> Proposed:
    codes, _ = _codes(profile)
    rule = ColumnRule(name, profile.name, "text", codes)
    share = profile.distinct / profile.filled if profile.filled else 0.0
    has_words = profile.counts is None or any(each.isalpha() for value in profile.counts for each in value)
    is_text = (profile.words >= _WORDS_OF_TEXT and share > 0.5) or (profile.words >= 6 and share > 0.2)
    if is_text and has_words:  # +1 555 296 1432 is none
        return Proposed(profile.name, rule, "text", f"free text, {profile.words:.0f} words a cell")
    if _has_codes(profile):
        return Proposed(
            profile.name, rule, "category", "codes: some begin with a zero, which a number would lose"
        )
    proposed = Proposed(profile.name, rule, "category", "")
    if _different(profile, proposed) == 1:
        return proposed.changed(reason="one value, or none")
    different = _about(_different(profile, proposed), exactly=profile.counts is not None)
    return proposed.changed(reason=f"{different} different values")


def _different(profile: ColumnProfile, proposed: Proposed) -> int:
    """Returns the number of different values, words such as None among them where they are no null codes."""
    return profile.distinct + sum(
        code not in NULL_CODES and code not in proposed.rule.nulls for code in profile.codes
    )


def _about(number: int, *, exactly: bool) -> str:
    return f"{number:,}" if exactly else f"about {float(f'{number:.2g}'):,.0f}"


def _is_null_in(profile: ColumnProfile, proposed: Proposed) -> bool:
    return any(profile.codes.get(code, (profile.counts or {}).get(code, 0)) for code in proposed.rule.nulls)


def _short(value: str) -> str:
    return repr(value if len(value) <= 30 else f"{value[:29]}…")
