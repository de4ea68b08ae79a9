"""How numbers are written: decimal and thousands separators, currencies, percent signs. Pure Python.

Decides on shapes (each digit a 9).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from pipeline.data.infer.units import is_unit
from pipeline.data.rules.number_text import plain_marks

_SIGNS = ("€", "$", "£", "¥", "%", "USD", "EUR", "GBP", "CHF", "US$", "‰")
_GROUPS = (" ", "'")
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-]\s?)?(?P<before>{_SIGN})?\s*(?P<second>[+-]\s?)?"
    rf"(?P<core>(?:9[9.,' ]*|[.,]9+))(?:[eE][+-]?9+)?\s*(?P<after>{_SIGN})?\s*(?P<minus>-)?(?P<close>\))?"
)
_WORDS = re.compile(r"(?P<core>[+-]?9[9.,]*)(?P<blank> ?)(?P<unit>[A-Za-zµ°/²³]{1,6})")


@dataclasses.dataclass(frozen=True)
class NumberForm:
    """How a column writes numbers.

    Attributes:
      decimal: a point or a comma.
      thousands: what stands between groups of three digits; nothing.
      remove: signs around a number.
      parentheses: whether (5) is -5.
      has_decimals: whether some number is written with decimals.
      is_open: whether 1.234 (or 1,234) is a thousand or one and a bit: nothing in the column tells.
    """

    decimal: str = "."
    thousands: str = ""
    remove: tuple[str, ...] = ()
    parentheses: bool = False
    has_decimals: bool = False
    is_open: bool = False

    @property
    def has_unit(self) -> bool:
        """Whether letters stand after the numbers that are no currency."""
        return not set(self.remove) <= set(_SIGNS)

    @property
    def is_plain(self) -> bool:
        """Whether Python would read the numbers as they stand."""
        return self.decimal == "." and not (self.thousands or self.remove or self.parentheses)


def find_form(
    shapes: Mapping[str, int], file_decimal: str | None = None, likely: str = "."
) -> NumberForm | None:
    """Returns how a column writes numbers; None where some value is none.

    Args:
      shapes: shape to rows, of every value but null codes.
      file_decimal: what stands before decimals where the shapes do not tell, if something else tells.
      likely: what is taken for it where nothing tells; the form is open then.
    """
    shapes = {plain_marks(shape): rows for shape, rows in shapes.items()}
    matches = [_NUMBER.fullmatch(shape) for shape in shapes]
    if not matches or not all(matches):
        return _with_unit(shapes, file_decimal, likely)
    cores, signs, parentheses = [], {}, False
    for match in matches:
        assert match
        signs_of_one = [match[each] for each in ("open", "sign", "second", "minus") if match[each]]
        if bool(match["open"]) != bool(match["close"]) or (match["minus"] and len(signs_of_one) > 1):
            return None
        if match["core"].endswith(" ") and match["minus"] and not match["after"]:  # 5 - says no number
            return None
        parentheses = parentheses or bool(match["open"])
        signs.update(dict.fromkeys(sign for sign in (match["before"], match["after"]) if sign))
        cores.append(match["core"].strip())
    form = _separators(cores, file_decimal, likely)
    return form and dataclasses.replace(form, remove=tuple(signs), parentheses=parentheses)


def _with_unit(shapes: Mapping[str, int], file_decimal: str | None, likely: str) -> NumberForm | None:
    """Returns the form of numbers that all bear one unit, as in 12.5 kg."""
    matches = [_WORDS.fullmatch(shape) for shape in shapes]
    if not matches or not all(matches):
        return None
    units = {match["unit"] for match in matches if match}
    if len(units) != 1 or not all(
        is_unit(match["unit"], is_parted=bool(match["blank"])) for match in matches if match
    ):
        return None
    form = _separators([match["core"].lstrip("+-") for match in matches if match], file_decimal, likely)
    return form and dataclasses.replace(form, remove=tuple(units))


def _separators(cores: list[str], file_decimal: str | None, likely: str) -> NumberForm | None:
    groups = {mark for core in cores for mark in _GROUPS if mark in core}
    if len(groups) > 1:
        return None
    group = next(iter(groups), "")
    if group and not all(_grouped(re.split("[.,]", core)[0], group) for core in cores):
        return None
    bare = [core.replace(group, "") if group else core for core in cores]
    point, comma = _evidence(bare, "."), _evidence(bare, ",")
    if point is None or comma is None:
        return None
    if point == "either" and all("." in core for core in bare):  # of thousands, some are below 1.000
        likely = "."
    decimal, is_open = _decimal(point, comma, file_decimal, likely)
    other = "," if decimal == "." else "."
    if not all(_readable(core, decimal, other) for core in bare):
        return None
    thousands = group or (other if any(other in core for core in bare) else "")
    return NumberForm(decimal, thousands, has_decimals=any(decimal in core for core in bare), is_open=is_open)


def _grouped(whole: str, group: str) -> bool:
    return bool(re.fullmatch(rf"9{{1,3}}(?:{re.escape(group)}999)*|9+", whole))


def _evidence(cores: list[str], mark: str) -> str | None:
    """Returns what a mark must be: decimal, thousands, either, or absent; None if it cannot be one thing."""
    found = set()
    other = "," if mark == "." else "."
    for core in (core for core in cores if mark in core):
        if core.count(mark) > 1:
            found.add("thousands")
        elif other in core:
            found.add("decimal" if core.rindex(mark) > core.rindex(other) else "thousands")
        elif re.fullmatch(rf"9{{1,3}}{re.escape(mark)}999", core):
            found.add("either")
        else:
            found.add("decimal")
    if {"decimal", "thousands"} <= found:
        return None
    return next((each for each in ("decimal", "thousands", "either") if each in found), "absent")


def _decimal(point: str, comma: str, file_decimal: str | None, likely: str) -> tuple[str, bool]:
    """Returns what stands before decimals, and whether that is a guess."""
    if "decimal" in (point, comma):
        return ("." if point == "decimal" else ","), False
    if "thousands" in (point, comma):
        return ("," if point == "thousands" else "."), False
    if "either" not in (point, comma):
        return ".", False
    if file_decimal:
        return file_decimal, False
    # 1,234 is a thousand where points are decimal; so is 1.234 one and a bit.
    return likely, True


def _readable(core: str, decimal: str, other: str) -> bool:
    whole, _, rest = core.partition(decimal)
    if other in rest or decimal in rest:
        return False
    return whole == "" or _grouped(whole, other)
