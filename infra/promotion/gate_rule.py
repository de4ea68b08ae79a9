"""Whether a release may go on, by the verdicts of its runs: decided on plain values.

       no run of the release        ─► no verdict
       fewer windows than asked for ─► too few
       the newest run of one of them:
         ended otherwise than well  ─► failed
         a gate answered no         ─► stopped
         a gate has no answer, or the run no window ─► no verdict
         has not ended              ─► under way
       none of these                ─► open

What closes the way for good is said before what a person only waits for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
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
      images: use (pipeline, dataflow, trainer) and digest, for each place in which the job names an image.
      last_day: of its window, as an ISO date; empty where it names none.
      state: how it ended; a run in which a gate said no has succeeded.
      answers: gate to what it recorded.
    """

    id: str
    revision: str
    images: frozenset[tuple[str, str]]
    last_day: str
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


def foreign_images(run: ReleaseRun, images: Mapping[str, str], uses: Set[str]) -> list[str]:
    """Returns the uses in which a run was in another image than the release's, or in none that it names.

    Args:
      run: of the earlier environment.
      images: use to the digest of the release's image.
      uses: for which the environment that is promoted to has an image: a run without it has not tried it.
    """
    named = {use for use, _ in run.images}
    wrong = {use for use, image in run.images if images.get(use) != image}
    return sorted(wrong | uses - named)


def judge(
    runs: Sequence[ReleaseRun],
    gates: Sequence[str],
    *,
    revision: str,
    images: Mapping[str, str],
    uses: Set[str],
    windows: int,
) -> Ruling:
    """Rules on a release by the newest run of each of its newest windows.

    A run shows what the release does if it was started from its code and ran in its images. A window is known
    by its last day: a day that was written anew is no further window.

    Args:
      runs: of the earlier environment, newest first, of any revision.
      gates: all that must have let a run pass, in their order.
      revision: the release's label.
      images: use to the digest of the release's image.
      uses: for which the environment that is promoted to has an image.
      windows: how many windows must have passed; one at least.

    Raises:
      ValueError: without a window or a gate, everything would pass.
    """
    if windows < 1 or not gates:
        raise ValueError(
            f"{windows} windows and {len(gates)} gates; a release is judged by one of each at least"
        )
    started = [run for run in runs if run.revision == revision]
    judged = _newest([run for run in started if not foreign_images(run, images, uses)])[:windows]
    found = [_ruling_on(run, gates) for run in judged]
    for state in ("failed", "stopped", "no verdict", "under way"):
        for ruling in found:
            if ruling.state == state:
                return ruling
    days = ", ".join(run.last_day for run in judged)
    if len(judged) == windows:
        return Ruling("open", f"every gate passed in the windows of this release until {days}")
    why = _in_other_images(started, images, uses)
    if not judged:
        return Ruling("no verdict", f"there is no run of this release{why}")
    return Ruling(
        "too few", f"{len(judged)} of {windows} windows were run with this release: until {days}{why}"
    )


def _newest(runs: Sequence[ReleaseRun]) -> list[ReleaseRun]:
    """Returns the newest run of each window, the newest window first."""
    by_day: dict[str, ReleaseRun] = {}
    for run in runs:
        by_day.setdefault(run.last_day, run)
    return [by_day[day] for day in sorted(by_day, reverse=True)]


def _in_other_images(runs: Sequence[ReleaseRun], images: Mapping[str, str], uses: Set[str]) -> str:
    for run in runs:
        if other := foreign_images(run, images, uses):
            return f"; run {run.id} was not in the release's images ({', '.join(other)})"
    return ""


def _ruling_on(run: ReleaseRun, gates: Sequence[str]) -> Ruling:
    name = f"run {run.id} (until {run.last_day or 'no day'})"
    if run.state == "running":
        return Ruling("under way", f"{name} is under way")
    if run.state == "failed":
        return Ruling("failed", f"{name} failed")
    if not run.last_day:
        return Ruling("no verdict", f"{name} does not say which window it judged")
    for gate in gates:
        answer = run.answers.get(gate)
        if answer is None or answer.passed is None:
            return Ruling("no verdict", f"{name} has no verdict of gate {gate}")
        if not answer.passed:
            return Ruling("stopped", f"{name} was stopped by gate {gate}: {answer.reason}")
    return Ruling("open", f"every gate passed in {name}")
