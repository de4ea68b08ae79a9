"""Whether a schedule is one that Cloud Scheduler takes, and that ever comes: unix cron and a time zone.

https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules, read in November 2026. Only what that
page describes is taken: a step behind `*` or a range, names of three capitals, ranges that do not wrap.
Terraform's variable `schedules` has the same rule, without the sentences (infra/terraform/cron.tf); a table
of cases in the tests holds both to the same answers.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_NUMBER = re.compile(r"[0-9]{1,2}")
_PART = re.compile(r"(?:\*|(?P<first>[A-Za-z0-9]+)(?:-(?P<last>[A-Za-z0-9]+))?)(?:/(?P<step>[0-9]+))?")
_NOT_PLAIN = re.compile(r"[^ -~]")
_TIME_ZONES = Path(__file__).parents[2] / "infra" / "terraform" / "time_zones.txt"


@dataclasses.dataclass(frozen=True)
class _Field:
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """Returns what a number or a name stands for; None for what is neither, or out of range."""
        if text in self.names:
            return self.names.index(text) + self.first
        return int(text) if _NUMBER.fullmatch(text) and self.first <= int(text) <= self.last else None

    @property
    def range(self) -> str:
        """What may stand in the field."""
        names = f", or {self.names[0]} to {self.names[-1]} in capitals" if self.names else ""
        return f"{self.first} to {self.last}{names}"


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


def cron_faults(cron: str) -> Iterator[str]:
    """Yields what is wrong with a cron expression, in the order of its fields."""
    strange = _NOT_PLAIN.search(cron)
    if strange:
        where = f"cron {cron!r} has the character {strange.group()!r}"
        yield f"{where}; type it anew in plain digits, letters and spaces"
        return
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        yield f"cron {cron!r} has {len(fields)} fields; it needs {len(_FIELDS)}: {names}"
        return
    if cron != " ".join(fields):
        yield f"cron {cron!r} has more than one space in a row, or one at an end; write {' '.join(fields)!r}"
        return
    faults = [fault for field, text in zip(_FIELDS, fields, strict=True) for fault in _faults(field, text)]
    yield from faults
    if not faults and "*" in fields[4] and not _has_a_day(fields[2], fields[3]):
        yield f"cron {cron!r} never comes: no month that it names has such a day"


def time_zone_fault(name: str) -> str | None:
    """Returns what is wrong with the name of a time zone; None for one of the IANA database.

    Names without a place, as `EST`, are refused but for `UTC`: they are links or fixed offsets, kept for old
    programs, and `localtime` is only this machine's.
    """
    if name in _time_zones():
        return None
    return (
        f"time zone {name!r} is not a place of the IANA database; write one such as Europe/Berlin or Etc/UTC"
    )


@functools.cache
def _time_zones() -> frozenset[str]:
    """Returns the names that Terraform takes, which do not depend on this machine's database."""
    return frozenset(_TIME_ZONES.read_text(encoding="utf-8").split())


def _faults(field: _Field, text: str) -> Iterator[str]:
    for part in text.split(","):
        parsed = _PART.fullmatch(part)
        if parsed is None:
            yield f"{field.name} {part!r} is none of *, a number, a range as 1-5, or a step as */15"
            continue
        first, last, step = parsed.group("first", "last", "step")
        ends = [field.number(each) for each in (first, last) if each is not None]
        if None in ends:
            yield f"{field.name} {part!r} is out of range; it is {field.range}"
        elif len(ends) == 2 and ends[0] > ends[1]:  # type: ignore[operator]
            yield f"{field.name} {part!r} ends before it begins"
        elif step is not None and len(ends) == 1:
            yield f"{field.name} {part!r} steps from a number; write {first}-{field.last}/{step}"
        elif step is not None and not (_NUMBER.fullmatch(step) and 1 <= int(step) <= field.last):
            yield f"{field.name} {part!r} has the step {step}; it is 1 to {field.last}"


def _has_a_day(days: str, months: str) -> bool:
    """Returns whether one of the months is as long as the earliest of the days."""
    if "*" in days:
        return True
    earliest = min(int(part.partition("-")[0]) for part in days.split(","))
    numbers = [number for part in months.split(",") for number in _months(part)]
    return any(earliest <= _LONGEST_MONTHS.get(number, 31) for number in numbers)


def _months(part: str) -> Iterator[int]:
    written, _, step = part.partition("/")
    month = _FIELDS[3]
    first, _, last = written.partition("-")
    begin = month.first if first == "*" else month.number(first) or month.first
    end = month.last if first == "*" else month.number(last or first) or month.last
    yield from range(begin, end + 1, int(step or 1))
