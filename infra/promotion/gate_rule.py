"""Whether a release may go on, by the verdicts of its runs: decided on plain values.

       fewer windows than asked for ─► too few
       the newest run of one of them:
         ended otherwise than well  ─► failed
         a gate answered no         ─► stopped
         a gate has no answer       ─► no verdict
         has not ended              ─► under way
       none of these                ─► open

What closes the way for good is said before what a person only waits for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

RunState = Literal["succeeded", "failed", "running"]
State = Literal["open", "failed", "stopped", "no verdict", "under way", "too few"]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a gate recorded.

    Attributes:
      passed: whether it let the run go on; None where what it recorded says neither.
      reason: in one line.
    """

    passed: bool | None
    reason: str


@dataclasses.dataclass(frozen=True)
class ReleaseRun:
    """A run in the earlier environment.

    Attributes:
      id: its name, for people.
      revision: label of the code that it was started from.
      images: digests of the images of its steps, `sha256:...`.
      window: fingerprint of its window's data.
      state: how it ended; a run in which a gate said no has succeeded.
      answers: gate to what it recorded.
    """

    id: str
    revision: str
    images: frozenset[str]
    window: str
    state: RunState
    answers: Mapping[str, Answer]


@dataclasses.dataclass(frozen=True)
class Ruling:
    """Whether the release may go on, and why or why not in one sentence."""

    state: State
    reason: str

    @property
    def opens(self) -> bool:
        """Whether the release may go on."""
        return self.state == "open"


def is_of_release(run: ReleaseRun, revision: str, image: str) -> bool:
    """Returns whether a run shows what the release does: started from its code, every step in its image.

    Args:
      run: of the earlier environment.
      revision: the release's label.
      image: digest of the release's image, `sha256:...`.
    """
    return run.revision == revision and run.images == {image}


def judge(
    runs: Sequence[ReleaseRun], gates: Sequence[str], *, revision: str, image: str, windows: int
) -> Ruling:
    """Rules on a release by the newest run of each of its newest windows.

    Args:
      runs: of the earlier environment, newest first, of any revision.
      gates: all that must have let a run pass, in their order.
      revision: the release's label.
      image: digest of the release's image, `sha256:...`.
      windows: how many windows must have passed; one at least.

    Raises:
      ValueError: without a window or a gate, everything would pass.
    """
    if windows < 1 or not gates:
        raise ValueError(
            f"{windows} windows and {len(gates)} gates; a release is judged by one of each at least"
        )
    newest: dict[str, ReleaseRun] = {}
    for run in runs:
        if is_of_release(run, revision, image):
            newest.setdefault(run.window, run)
    judged = [*newest.values()][:windows]
    found = [_ruling_on(run, gates) for run in judged]
    for state in ("failed", "stopped", "no verdict", "under way"):
        for ruling in found:
            if ruling.state == state:
                return ruling
    if len(judged) < windows:
        return Ruling("too few", f"{len(judged)} of {windows} windows have been run with this release")
    return Ruling("open", f"every gate passed in the newest {windows} windows of this release")


def _ruling_on(run: ReleaseRun, gates: Sequence[str]) -> Ruling:
    if run.state == "running":
        return Ruling("under way", f"run {run.id} is under way")
    if run.state == "failed":
        return Ruling("failed", f"run {run.id} failed")
    for gate in gates:
        answer = run.answers.get(gate)
        if answer is None or answer.passed is None:
            return Ruling("no verdict", f"run {run.id} has no verdict of gate {gate}")
        if not answer.passed:
            return Ruling("stopped", f"run {run.id} was stopped by gate {gate}: {answer.reason}")
    return Ruling("open", f"every gate passed in run {run.id}")
