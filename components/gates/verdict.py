"""Verdict: a gate's answer, a value that can be computed, compared and printed without TFX."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, Literal

from components.gates.override import Override

Action = Literal["stop", "warn"]
Reaction = Literal["stop", "warn", "ignore"]  # what a check is told to do when it fails


@dataclasses.dataclass(frozen=True)
class Check:
    """One condition of a gate.

    Attributes:
      name: what was checked, such as `AUC at least` or `anomaly`.
      subject: where: `overall`, `origin=JFK`, a column, a split, a day.
      measured: None when there is no value, which never passes.
      threshold: the value it was compared with.
      passed: whether the condition holds.
      reason: one sentence on why it failed; empty once a verdict has recorded that it passed.
      action: what its failure does: stop the run, or only warn.
      overridden: why, by whom and until when a person lets it fail; empty if nobody does.
    """

    name: str
    subject: str
    measured: float | None
    threshold: float | None
    passed: bool
    reason: str
    action: Action = "stop"
    overridden: str = ""

    @property
    def closes(self) -> bool:
        """Whether it closes its gate."""
        return not self.passed and self.action == "stop" and not self.overridden


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a gate decided and why; it passed only if there were checks and none closes it.

    Attributes:
      gate: its name.
      passed: whether the run goes on.
      reason: in one line, notes included.
      checks: all that were made.
      notes: sentences that a reader must know and that decide nothing, such as what was not judged.
    """

    gate: str
    passed: bool
    reason: str
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[Check, ...]:
        """Checks that failed and only warn."""
        return tuple(check for check in self.checks if not check.passed and check.action == "warn")

    @property
    def overridden(self) -> tuple[Check, ...]:
        """Checks that failed and that a person lets fail."""
        return tuple(check for check in self.checks if check.overridden)

    def as_json(self) -> str:
        """Returns the verdict as one line of JSON."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Returns the verdict that `as_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        checks = tuple(Check(**check) for check in values.pop("checks"))
        return cls(checks=checks, notes=tuple(values.pop("notes", ())), **values)


def conclude(
    gate: str, checks: tuple[Check, ...], *, notes: tuple[str, ...] = (), overrides: Sequence[Override] = ()
) -> Verdict:
    """Returns a verdict that passed only if there are checks and none of them closes the gate.

    Args:
      gate: its name.
      checks: all that it made.
      notes: sentences that a reader of the verdict must know and that decide nothing.
      overrides: of this moment; only those of this gate are used.
    """
    checks = tuple(_recorded(gate, check, overrides) for check in checks)
    closing = [check for check in checks if check.closes]
    passed = bool(checks) and not closing
    told = (_why_closed(closing) if closing else _why_open(checks), *_let_through(checks), *notes)
    return Verdict(gate=gate, passed=passed, reason="; ".join(told), checks=checks, notes=notes)


def _recorded(gate: str, check: Check, overrides: Sequence[Override]) -> Check:
    if check.passed:
        return dataclasses.replace(check, reason="")
    found = next((each for each in overrides if each.covers(gate, check.name, check.subject)), None)
    return dataclasses.replace(check, overridden=str(found)) if found and check.action == "stop" else check


def _why_closed(closing: Sequence[Check]) -> str:
    more = f"; and {len(closing) - 3} more" if len(closing) > 3 else ""
    return "; ".join(check.reason for check in closing[:3]) + more


def _why_open(checks: Sequence[Check]) -> str:
    passed = sum(check.passed for check in checks)
    if not checks:
        return "nothing was checked, and an unchecked gate stays closed"
    return (
        f"all {passed} checks passed" if passed == len(checks) else f"{passed} of {len(checks)} checks passed"
    )


def _let_through(checks: Sequence[Check]) -> list[str]:
    """Returns how many checks failed without closing the gate."""
    warned = sum(not check.passed and check.action == "warn" for check in checks)
    overridden = sum(bool(check.overridden) for check in checks)
    counted = ((warned, "warning"), (overridden, "override"))
    return [f"{number} {what}{'s' * (number > 1)}" for number, what in counted if number]
