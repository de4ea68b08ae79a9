"""Overrides: a named person lets one check of a gate fail, for a reason and until a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from components.config_section import EVERY_FIELD, Deciding, Section


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("it is blank; write a few words")
    return text


Words = Annotated[str, AfterValidator(_words)]


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
    subject: str = ""
    reason: Words
    by: Words
    expires: Annotated[dt.date, Field(strict=False)]

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
