"""What only a person can know: asked on a terminal, answered by flags, or left at its default."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.data.infer.date_forms import Order
from pipeline.errors import ConfigError

NONE = "none"


@dataclasses.dataclass(frozen=True)
class Answers:
    """What the command line says.

    Attributes:
      positive: the positive class.
      date: header of the column of the row's day; NONE for a table without one.
      order: day or month first, where a column leaves it open.
      split_key: header of the column that says who a row belongs to; NONE.
      keep, leave_out: headers of columns.
    """

    positive: str | None = None
    date: str | None = None
    order: Order | None = None
    split_key: str | None = None
    keep: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Question:
    """Something that the data leaves open.

    Attributes:
      text: the question.
      choices: its answers, the default first.
      flags: the flag that gives each answer, as `--positive yes`.
      columns: headers of the columns that it is about.
    """

    text: str
    choices: tuple[str, ...]
    flags: tuple[str, ...]
    columns: tuple[str, ...] = ()


class Asks(Protocol):
    """Who answers questions."""

    def answer(self, question: Question) -> str:
        """Returns one of the choices."""
        ...


class Defaults:
    """Takes the default of every question."""

    def answer(self, question: Question) -> str:
        """Returns the first choice."""
        return question.choices[0]


class Terminal:
    """Asks a person, by a function from text, choices and default to one of the choices.

    What is known of the columns is shown before the question.
    """

    def __init__(
        self, ask: Callable[[str, Sequence[str], str], str], show: Callable[[Sequence[str]], None]
    ) -> None:
        self._ask, self._show = ask, show

    def answer(self, question: Question) -> str:
        """Returns what the person chose."""
        self._show(question.columns)
        return self._ask(question.text, question.choices, question.choices[0])


class Nobody:
    """Notes what is open where nobody can be asked; `refuse` says which flags are missing."""

    def __init__(self) -> None:
        self._open: list[Question] = []

    def answer(self, question: Question) -> str:
        """Returns the default, for now."""
        self._open.append(question)
        return question.choices[0]

    def refuse(self) -> None:
        """Ends the command if something was open.

        Raises:
          ConfigError: which flags answer it.
        """
        if self._open:
            flags = "; ".join(" or ".join(question.flags) for question in self._open)
            count = len(self._open)
            raise ConfigError(
                f"{count} question{'s are' if count > 1 else ' is'} open, and this is no terminal; "
                f"give {flags}"
                "; or --yes for the defaults"
            )
