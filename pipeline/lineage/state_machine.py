"""The states of a deployment's models, and the ways between them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from pipeline.errors import UserError
from pipeline.lineage.events import ModelVersion, Move, State


class RefusedMoveError(UserError):
    """A change of state that there is no way for. Exit code 1."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One change of one version's state, decided or following from a decision on another version.

    Attributes:
      version: whose state changed.
      before, to: the states.
      share: of the requests, after it.
      reason, who, at: of the decision.
      move: id of the decision.
    """

    version: ModelVersion
    before: State
    to: State
    share: float
    reason: str
    who: str
    at: dt.datetime
    move: str


# What a version may become, other than live again by the withdrawal of the one that is.
_WAYS: Mapping[State, tuple[State, ...]] = {
    State.CANDIDATE: (State.LIVE, State.WITHDRAWN, State.QUARANTINED),
    State.LIVE: (State.WITHDRAWN, State.QUARANTINED),
    State.RETIRED: (State.LIVE, State.WITHDRAWN, State.QUARANTINED),
    State.WITHDRAWN: (State.LIVE, State.QUARANTINED),
    State.QUARANTINED: (State.LIVE,),
}


class StateMachine:
    """What a sequence of moves makes of versions.

        candidate ──▶ live ◀──▶ retired           candidate, live, retired ──▶ withdrawn ──▶ live
                                                  candidate, live, retired, withdrawn ──▶ quarantined
                                                  quarantined ──▶ live, by a person's explicit word only

    At most one version is live. Two changes follow from others and are no moves of their own: making a
    version live retires the one that was; and withdrawing or quarantining the live one makes the one that was
    live last before it, and is retired, live again. Where there is none, nothing serves.

    Attributes:
      states: of all versions that were moved; the others are candidates.
      live: the version that is live.
      steps: all changes of states, in order.
      lives: from when on which version was live, in order.
    """

    def __init__(self) -> None:
        self.states: dict[ModelVersion, State] = {}
        self.live: ModelVersion | None = None
        self.steps: list[Step] = []
        self.lives: list[tuple[dt.datetime, ModelVersion | None]] = []

    def tell(self, version: ModelVersion, move: Move) -> None:
        """Applies a decision, and what follows from it.

        Raises:
          RefusedMoveError: there is no way from the version's state to that one.
        """
        self._check(version, move)
        was_live = self.live
        self._step(version, move.to, move, move.reason)
        if move.to is State.LIVE:
            if was_live:
                self._step(was_live, State.RETIRED, move, f"{version.version} became live")
            self._goes_live(version, move.at)
        elif version == was_live:
            previous = self.previous()
            if previous:
                self._step(
                    previous, State.LIVE, move, f"{version.version} was {move.to.value}: {move.reason}"
                )
            self._goes_live(previous, move.at)

    def previous(self) -> ModelVersion | None:
        """Returns the version that was live last and is retired."""
        were_live = (live for _, live in reversed(self.lives) if live)
        return next((each for each in were_live if self.states[each] is State.RETIRED), None)

    def _goes_live(self, version: ModelVersion | None, at: dt.datetime) -> None:
        self.live = version
        self.lives.append((at, version))

    def _step(self, version: ModelVersion, to: State, move: Move, reason: str) -> None:
        before = self.states.get(version, State.CANDIDATE)
        self.states[version] = to
        share = move.share if to is State.LIVE else 0.0
        self.steps.append(Step(version, before, to, share, reason, move.who, move.at, move.id))

    def _check(self, version: ModelVersion, move: Move) -> None:
        now = self.states.get(version, State.CANDIDATE)
        if move.to is now:
            raise RefusedMoveError(f"{version.version} is {now.value} already{self._since(version)}")
        if move.to not in _WAYS[now]:
            raise RefusedMoveError(f"{version.version} is {now.value}, and {_why_not(now, move.to)}")
        if move.to is State.LIVE:
            if now is State.QUARANTINED and not move.allow_quarantined:
                raise RefusedMoveError(
                    f"{version.version} is quarantined{self._since(version)}; it serves again only by a "
                    "person's explicit word (`evergreen models restore --allow-quarantined`)"
                )
            if move.share != 1:
                raise RefusedMoveError(
                    f"{version.version} cannot be live for the share {move.share:g} of the requests: a live "
                    "version answers all of them"
                )

    def _since(self, version: ModelVersion) -> str:
        last = next((step for step in reversed(self.steps) if step.version == version), None)
        return f", since {last.at:%Y-%m-%d %H:%M} UTC by {last.who}: {last.reason}" if last else ""


def _why_not(now: State, to: State) -> str:
    if to is State.RETIRED:
        return "a version is retired by making another one live"
    ways = " or ".join(way.value for way in _WAYS[now])
    return f"from there it can become {ways}, not {to.value}"
