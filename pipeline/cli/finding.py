"""One thing that `evergreen doctor` examined."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Attributes:
      subject: the thing.
      problem: what is wrong with it; None if it is fine.
      fix: what to do about the problem.
      stops_submission: whether a job that was submitted with this problem could not run.
    """

    subject: str
    problem: str | None = None
    fix: str = ""
    stops_submission: bool = False
