"""The rule of the infra gate: can this model be served? Decided on what a running model server did."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import Deciding, Fraction, Section
from components.gates.override import Override
from components.gates.verdict import Check, Verdict, conclude
from components.load_check import rule as load_rule
from components.load_check.rule import DrivenBoth, LoadPolicy

_A_DAY_S = 24 * 60 * 60


class InfraGatePolicy(Section):
    """What a model must do on a running model server: the section `infra_gate` of the configuration.

    Attributes:
      requests: batches to send; fewer if the eval rows do not suffice.
      rows_per_request: rows in each batch; the last one has what is left.
      load_timeout_s: longest time from the server's start until the model is available.
      max_disagreement: largest difference between the answers to tf.Examples and to named columns, as a
        share of the largest answer; of 1 where that is smaller, as with probabilities. Texts must be equal.
      load: how it is driven, and its limits then.
    """

    # load_timeout_s is about the machine: a slower one needs longer for the same model.
    decides_result: ClassVar[Deciding] = frozenset(
        {"requests", "rows_per_request", "max_disagreement", "load"}
    )

    requests: Annotated[int, Field(gt=0, le=100_000)]
    rows_per_request: Annotated[int, Field(gt=0, le=100_000)]
    load_timeout_s: Annotated[float, Field(gt=0, le=_A_DAY_S)]
    max_disagreement: Fraction
    load: LoadPolicy

    @property
    def rows(self) -> int:
        """Rows in all batches, if there are so many."""
        return self.requests * self.rows_per_request


@dataclasses.dataclass(frozen=True)
class Observed:
    """What a model server did with the requests.

    Attributes:
      error: why the server did not start or did not answer; None when it did.
      rows_sent: rows in all requests.
      rows_answered: rows with a finite answer in every output that is a number.
      disagreement: largest difference between the answers by gRPC and by REST, as a share of the largest one
        or of 1; None without both answers, where they have other shapes, and where texts differ.
      driven: what it did under load; None if it was not driven.
    """

    error: str | None
    rows_sent: int = 0
    rows_answered: int = 0
    disagreement: float | None = None
    driven: DrivenBoth | None = None


def judge(
    observed: Observed,
    policy: InfraGatePolicy,
    *,
    on_first_run: str = "",
    overrides: Sequence[Override] = (),
) -> Verdict:
    """Passes a model that was loaded and answered every row with finite numbers, the same by both ways.

    Where it was driven, it has to keep the limits of `infra_gate.load` too.

    Args:
      observed: what a model server did.
      policy: the limits.
      on_first_run: `allow` or `block` a candidate without a champion to be held against under load.
      overrides: of checks that may fail.
    """
    served = Check(
        name="served",
        subject="model server",
        measured=int(observed.error is None),
        threshold=1,
        passed=observed.error is None,
        reason=f"the model server could not serve it: {observed.error}",
    )
    if observed.error is not None:
        return conclude("infra", (served,), overrides=overrides)
    checks: tuple[Check, ...] = (served, _answered(observed, policy), _agreed(observed, policy))
    notes = _notes(observed, policy)
    if observed.driven is not None:
        checks = (*checks, *load_rule.checks(observed.driven, policy.load, on_first_run))
        notes = (*notes, *load_rule.notes(observed.driven, policy.load))
    return conclude("infra", checks, notes=notes, overrides=overrides)


def _answered(observed: Observed, policy: InfraGatePolicy) -> Check:
    sent_some = 1 <= observed.rows_sent <= policy.rows
    return Check(
        name="rows answered at least",
        subject="model server",
        measured=observed.rows_answered,
        threshold=observed.rows_sent,
        passed=sent_some and observed.rows_answered == observed.rows_sent,
        reason=(
            f"{observed.rows_answered} of {observed.rows_sent} rows that were sent got a finite answer"
            if observed.rows_sent
            else "there was no row to send"
        ),
    )


def _notes(observed: Observed, policy: InfraGatePolicy) -> tuple[str, ...]:
    if observed.rows_sent >= policy.rows:
        return ()
    return (f"{observed.rows_sent} rows were sent, as eval has no more; infra_gate asks for {policy.rows}",)


def _agreed(observed: Observed, policy: InfraGatePolicy) -> Check:
    measured = observed.disagreement
    return Check(
        name="signatures differ by at most",
        subject="model server",
        measured=measured,
        threshold=policy.max_disagreement,
        passed=measured is not None and measured <= policy.max_disagreement,
        reason=(
            f"answers to tf.Examples and to named columns differ {_by(measured)}, "
            f"at most {policy.max_disagreement:g} of their size is allowed"
        ),
    )


def _by(disagreement: float | None) -> str:
    return (
        "in shape, in a text or in what is no number"
        if disagreement is None
        else f"by {disagreement:g} of their size"
    )
