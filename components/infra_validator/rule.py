"""The rule of the infra gate: can this model be served? Decided on what a running model server did."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import Deciding, Fraction, Section
from components.gates.verdict import Check, Verdict, conclude

_A_DAY_S = 24 * 60 * 60


class InfraGatePolicy(Section):
    """What a model must do on a running model server: the section `infra_gate` of the configuration.

    Attributes:
      requests: batches to send.
      rows_per_request: rows in each batch.
      load_timeout_s: longest time from the server's start until the model is available.
      max_disagreement: largest difference between the answers to tf.Examples and to named columns.
    """

    # load_timeout_s is about the machine: a slower one needs longer for the same model.
    decides_result: ClassVar[Deciding] = frozenset({"requests", "rows_per_request", "max_disagreement"})

    requests: Annotated[int, Field(gt=0, le=100_000)]
    rows_per_request: Annotated[int, Field(gt=0, le=100_000)]
    load_timeout_s: Annotated[float, Field(gt=0, le=_A_DAY_S)]
    max_disagreement: Fraction

    @property
    def rows(self) -> int:
        """Rows in all batches."""
        return self.requests * self.rows_per_request


@dataclasses.dataclass(frozen=True)
class Observed:
    """What a model server did with the requests.

    Attributes:
      error: why the server did not start or did not answer; None when it did.
      rows_sent: rows in all requests.
      rows_answered: rows with a finite answer in every output.
      disagreement: largest difference between the answers by gRPC and by REST; None without both answers.
    """

    error: str | None
    rows_sent: int = 0
    rows_answered: int = 0
    disagreement: float | None = None


def judge(observed: Observed, policy: InfraGatePolicy) -> Verdict:
    """Passes a model that was loaded and answered every row with finite numbers, the same by both ways."""
    served = Check(
        name="served",
        subject="model server",
        measured=int(observed.error is None),
        threshold=1,
        passed=observed.error is None,
        reason=f"the model server could not serve it: {observed.error}",
    )
    if observed.error is not None:
        return conclude("infra", (served,))
    return conclude("infra", (served, _answered(observed, policy), _agreed(observed, policy)))


def _answered(observed: Observed, policy: InfraGatePolicy) -> Check:
    sent_all = observed.rows_sent == policy.rows
    return Check(
        name="rows answered at least",
        subject="model server",
        measured=observed.rows_answered,
        threshold=policy.rows,
        passed=sent_all and observed.rows_answered == policy.rows,
        reason=(
            f"{observed.rows_answered} of {policy.rows} rows got a finite answer "
            f"({observed.rows_sent} were sent)"
        ),
    )


def _agreed(observed: Observed, policy: InfraGatePolicy) -> Check:
    measured = observed.disagreement
    return Check(
        name="signatures differ by at most",
        subject="model server",
        measured=measured,
        threshold=policy.max_disagreement,
        passed=measured is not None and measured <= policy.max_disagreement,
        reason=(
            f"answers to tf.Examples and to named columns differ by {measured}, "
            f"at most {policy.max_disagreement:g} is allowed"
        ),
    )
