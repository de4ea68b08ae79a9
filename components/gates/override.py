"""Overrides: a named person lets one check of a gate fail, for a reason and until a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from components.config_section import EVERY_FIELD, Deciding, Section
from components.one_line_text import is_one_line
from components.shown import shown
from components.spans.span_ref import iso_day


def _line(text: str) -> str:
    if not is_one_line(text.strip()):
        raise ValueError(f"{shown(text)} has a control character in it; write one line of text")
    return text.strip()


def _words(text: str) -> str:
    if not text:
        raise ValueError("it is blank; write a few words")
    return text


def _day(value: object) -> dt.date:
    """Returns the day that is given as such or written YYYY-MM-DD; a number or a time of day is none."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return iso_day(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(
            f"got {shown(value)}, expected a day of the calendar written YYYY-MM-DD, as in 2026-01-06"
        ) from None


Line = Annotated[str, AfterValidator(_line)]
Words = Annotated[Line, AfterValidator(_words)]


class Override(Section):
    """One item of `overrides` in the configuration.

    Attributes:
      gate: whose check it is.
      check: the check's name, as the verdict and the summary write it.
      subject: where it may fail: a day, a column, a slice; empty for everywhere.
      reason: why it is right to go on.
      by: who says so.
      expires: last day, YYYY-MM-DD, on which a run may be started with it.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    gate: Literal["data", "model", "infra"]
    check: Words
    subject: Line = ""
    reason: Words
    by: Words
    expires: Annotated[dt.date, BeforeValidator(_day), Field(strict=False)]

    def __str__(self) -> str:
        return f"{self.reason} ({self.by}, until {self.expires})"

    def covers(self, gate: str, check: str, subject: str) -> bool:
        """Returns whether a check may fail."""
        return (self.gate, self.check) == (gate, check) and self.subject in ("", subject)


def to_json(overrides: Iterable[Override]) -> str:
    """Returns overrides as the text that a component takes in a parameter; empty for none."""
    values = [override.model_dump(mode="json") for override in overrides]
    return json.dumps(values, sort_keys=True) if values else ""


def from_json(text: str) -> tuple[Override, ...]:
    """Returns the overrides that `to_json` wrote."""
    return tuple(Override.model_validate(values) for values in json.loads(text or "[]"))
