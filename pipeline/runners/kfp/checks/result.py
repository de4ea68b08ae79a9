"""What a check of a compiled job says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault of a compiled job.

    Attributes:
      where: the task, executor or field.
      what: what is wrong, naming the thing that is missing.
    """

    where: str
    what: str


@dataclasses.dataclass(frozen=True)
class CheckResult:
    """The faults that one check found.

    Attributes:
      check: its name.
      looked_at: how many things were checked; a check that looked at nothing has not passed.
      faults: in the order of the job.
    """

    check: str
    looked_at: int
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> bool:
        """Whether it looked at something and found no fault."""
        return self.looked_at > 0 and not self.faults


def as_lines(results: Sequence[CheckResult]) -> Iterator[str]:
    """Yields a line for every check and every fault."""
    for result in results:
        state = "passed" if result.passed else "FAULTY" if result.faults else "NOTHING TO CHECK"
        yield f"  {result.check:<12}{result.looked_at:>5} checked  {state}"
        for fault in result.faults:
            yield f"  {'':<12}{fault.where}: {fault.what}"


def as_values(results: Sequence[CheckResult]) -> list[dict[str, Any]]:
    """Returns the results as JSON values."""
    return [
        {
            "check": result.check,
            "checked": result.looked_at,
            "passed": result.passed,
            "faults": [{"where": fault.where, "what": fault.what} for fault in result.faults],
        }
        for result in results
    ]
