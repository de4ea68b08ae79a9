"""Whether a run may go on to training beside its champion, decided on plain values."""

from __future__ import annotations

import dataclasses

from components.gates.verdict import Check

NAME, SUBJECT = "champion answers", "champion"
WAY_OUT = (
    "start the run with --ignore-champion REASON, or give it up as a comparison with `evergreen "
    "champion reset --reason REASON`"
)


@dataclasses.dataclass(frozen=True)
class Probed:
    """What became of asking the champion.

    Attributes:
      unlike: why a comparison with it would mean nothing, as it predicts something else; None if it would.
      fault: why it cannot be asked; None if it answered.
    """

    unlike: str | None = None
    fault: str | None = None


def judge(probed: Probed, on_first_run: str) -> tuple[Check, tuple[str, ...]]:
    """Returns the check on the champion, and sentences that a reader of the verdict must know.

    One that cannot be asked stops the run: after the training, nothing could be compared. One that predicts
    something else is as good as none.

    Args:
      probed: what became of asking it.
      on_first_run: `allow` or `block` a candidate that has no champion, as the model gate would.
    """
    if probed.fault:
        reason = f"the champion cannot be compared with: {probed.fault}; {WAY_OUT}"
        return Check(NAME, SUBJECT, None, None, False, reason), ()
    if not probed.unlike:
        return Check(NAME, SUBJECT, 1, 1, True, ""), ()
    blocked = f"{probed.unlike}, so it is as good as none, and model_gate.on_first_run is {on_first_run}"
    passed = on_first_run == "allow"
    notes = (f"the candidate will not be compared: {probed.unlike}",) if passed else ()
    return Check(NAME, SUBJECT, 0, None, passed, f"{blocked}; {WAY_OUT}"), notes
