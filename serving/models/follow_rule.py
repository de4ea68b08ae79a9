"""What to load, to free and to serve: given what is asked for, what is loaded, and what failed and when."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from serving.models.wish import Wanted, Wish

LONGEST_PAUSE_S = 60


@dataclass(frozen=True)
class Failure:
    """A version that failed to load.

    Attributes:
      passing: whether it may load from the same files later (a disk, memory, files that are not there yet).
      circumstances: its files, and the revision of the wish; another value once any of these changed.
      at_s: when, by the server's clock.
      attempts: failures in a row in these circumstances.
    """

    passing: bool
    circumstances: Hashable
    at_s: float
    attempts: int = 1

    @property
    def pause_s(self) -> float:
        """How long it is left alone: 1, 2, 4 … 60 s; for ever if it failed for good."""
        return min(2.0 ** min(self.attempts - 1, 10), LONGEST_PAUSE_S) if self.passing else float("inf")

    def is_due(self, circumstances: Hashable, now_s: float) -> bool:
        """Returns whether it should be tried again: its pause is over, or circumstances changed."""
        return circumstances != self.circumstances or now_s >= self.at_s + self.pause_s


def failed(before: Failure | None, passing: bool, circumstances: Hashable, now_s: float) -> Failure:
    """Returns the record of a failure that came after another one, if there was one."""
    again = before is not None and before.circumstances == circumstances
    return Failure(passing, circumstances, now_s, before.attempts + 1 if before and again else 1)


def to_serve(wish: Wish, loaded: Collection[Wanted], served: Wanted | None) -> Wanted | None:
    """Returns what answers the requests that name no version.

    Args:
      wish: what is asked for.
      loaded: what can answer.
      served: what answered until now.
    """
    first = next((wanted for wanted in wish.default if wanted in loaded), None)
    return served if first is None and wish.default and served in loaded else first


def to_answer(wish: Wish, loaded: Collection[Wanted], served: Wanted | None) -> list[Wanted]:
    """Returns what answers who asks for its number: never one that is not asked for."""
    asked = {*wish.kept, served} if served in wish.default else {*wish.kept}
    return [wanted for wanted in loaded if wanted in asked]


def to_try(wish: Wish, loaded: Collection[Wanted], served: Wanted | None) -> Wanted | None:
    """Returns the candidate of a rollout that may be asked now; None if there is none.

    It is loaded, and it is compared with the version that the rollout began beside, and with no other that
    serves because that one cannot be loaded.
    """
    if wish.rollout is None or served is None or served != wish.default[0]:
        return None
    number = wish.rollout.candidate
    return next((each for each in wish.kept if each.number == number and each in loaded), None)


def to_label(
    wish: Wish, answering: Collection[int], served: Wanted | None, before: Mapping[str, int]
) -> dict[str, int]:
    """Returns numbers by label: until its new version answers, a label names the one that does its work.

    For the label of what should serve, such as `champion`, that is what serves; for another, the version that
    it named before. So nobody who asks for one waits for a load. Where there is no such version, it names the
    new one.

    Args:
      wish: what is asked for.
      answering: numbers that answer.
      served: what answers the requests that name no version (see `to_serve`).
      before: numbers by label until now.
    """
    return {
        label: number
        if number in answering
        else _stand_in(wish, number, served, before.get(label), answering)
        for label, number in wish.labels.items()
    }


def _stand_in(
    wish: Wish, number: int, served: Wanted | None, before: int | None, answering: Collection[int]
) -> int:
    if served is not None and number == wish.default[0].number:
        return served.number
    return before if before in answering and before is not None else number


def to_free(wish: Wish, loaded: Collection[Wanted], served: Wanted | None) -> list[Wanted]:
    """Returns what is loaded for nothing."""
    return [wanted for wanted in loaded if wanted != served and wanted not in wish.kept]


def to_load(wish: Wish, loaded: Collection[Wanted], left_alone: Collection[Wanted]) -> Wanted | None:
    """Returns what to load next: first what would serve, then what is kept besides; None if all is done.

    Args:
      wish: what is asked for.
      loaded: what need not be loaded.
      left_alone: what failed and is not due (see `Failure.is_due`).
    """
    for wanted in wish.default:
        if wanted in loaded:
            break
        if wanted not in left_alone:
            return wanted
    return next((each for each in wish.kept if each not in loaded and each not in left_alone), None)
