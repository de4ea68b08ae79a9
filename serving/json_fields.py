"""Fields of JSON objects, read strictly: a wrong one is named in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class FieldError(ValueError):
    """A field that is missing, unknown, or of another type or range: one sentence."""


def fields(
    values: object, what: str, *names: str, optional: Mapping[str, Any] = MappingProxyType({})
) -> list[Any]:
    """Returns the values of an object that has exactly these names, and then of those that it may lack.

    Args:
      values: to be read.
      what: it is, for messages.
      names: that it has to have.
      optional: names that were added later, each with what an older object means by lacking it.

    Raises:
      FieldError: it is no object, one is missing, or there is another.
    """
    if not isinstance(values, Mapping):
        raise FieldError(f"{what} is {values!r:.40}, not an object")
    for name in names:
        if name not in values:
            raise FieldError(f"{what} has no {name}")
    for name in values:
        if name not in names and name not in optional:
            raise FieldError(f"{what} has {name!r:.40}, which this reader does not know")
    return [*(values[name] for name in names), *(values.get(name, optional[name]) for name in optional)]


def text(value: object, what: str, *, empty: bool = False) -> str:
    """Returns a text.

    Raises:
      FieldError: it is none, or an empty one where that is not allowed.
    """
    if not isinstance(value, str) or not (value or empty):
        raise FieldError(f"{what} is {value!r:.40}, not text")
    return value


def number(value: object, what: str, least: float, most: float) -> float:
    """Returns a number of a range.

    Raises:
      FieldError: it is none, or outside.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise FieldError(f"{what} is {value!r:.40}, not a number from {least:g} to {most:g}")
    return float(value)


def whole(value: object, what: str, least: int, most: int | None = None) -> int:
    """Returns a whole number of a range, which may have no end.

    Raises:
      FieldError: it is none, or outside.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= (most or value):
        limit = "" if most is None else f" to {most}"
        raise FieldError(f"{what} is {value!r:.40}, not a whole number from {least}{limit}")
    return value


def flag(value: object, what: str) -> bool:
    """Returns true or false.

    Raises:
      FieldError: it is neither.
    """
    if not isinstance(value, bool):
        raise FieldError(f"{what} is {value!r:.40}, not true or false")
    return value


def listed(value: object, what: str) -> list[Any]:
    """Returns a list.

    Raises:
      FieldError: it is none.
    """
    if not isinstance(value, list):
        raise FieldError(f"{what} is {value!r:.40}, not a list")
    return value
