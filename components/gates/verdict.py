"""Verdict: a gate's answer, a value that can be computed, compared and printed without TFX."""

from __future__ import annotations

import dataclasses
import json
from typing import Any


@dataclasses.dataclass(frozen=True)
class Check:
    """One condition of a gate.

    Attributes:
      name: what was checked, such as `AUC at least` or `anomaly`.
      subject: where: `overall`, `origin=JFK`, a column, a split.
      measured: None when there is no value, which never passes.
      threshold: the value it was compared with.
      passed: whether the condition holds.
      reason: one sentence on why it failed; empty once a verdict has recorded that it passed.
    """

    name: str
    subject: str
    measured: float | None
    threshold: float | None
    passed: bool
    reason: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a gate decided and why; it passed only if there were checks and every one passed."""

    gate: str
    passed: bool
    reason: str
    checks: tuple[Check, ...] = ()

    def as_json(self) -> str:
        """Returns the verdict as one line of JSON."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Verdict:
        """Returns the verdict that `as_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        checks = tuple(Check(**check) for check in values.pop("checks"))
        return cls(checks=checks, **values)


def conclude(gate: str, checks: tuple[Check, ...], *, notes: tuple[str, ...] = ()) -> Verdict:
    """Returns a verdict that passed only if there are checks and all of them passed.

    Args:
      gate: its name.
      checks: all that it made.
      notes: sentences that a reader of the verdict must know and that decide nothing.
    """
    failed = [check for check in checks if not check.passed]
    if not checks:
        reason = "nothing was checked, and an unchecked gate stays closed"
    elif failed:
        reason = "; ".join(check.reason for check in failed[:3])
        reason += f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
    else:
        reason = f"all {len(checks)} checks passed"
    recorded = tuple(dataclasses.replace(check, reason="") if check.passed else check for check in checks)
    return Verdict(
        gate=gate, passed=bool(checks) and not failed, reason="; ".join((reason, *notes)), checks=recorded
    )
