"""The states of a deployment's models, and the ways between them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from pipeline.errors import UserError
from pipeline.lineage.events import ModelVersion, Move, RolloutStep, State


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
      rollout: what the decision means for the version's rollout; None outside of one, and where it ended by
        a decision on another version.
    """

    version: ModelVersion
    before: State
    to: State
    share: float
    reason: str
    who: str
    at: dt.datetime
    move: str
    rollout: RolloutStep | None = None


ROLLING = (State.SHADOW, State.CANARY)  # beside the live version, in a rollout

# What a version may become, other than by a decision on another version.
_WAYS: Mapping[State, tuple[State, ...]] = {
    State.CANDIDATE: (*ROLLING, State.LIVE, State.WITHDRAWN, State.QUARANTINED),
    State.SHADOW: (*ROLLING, State.LIVE, State.CANDIDATE, State.WITHDRAWN, State.QUARANTINED),
    State.CANARY: (*ROLLING, State.LIVE, State.CANDIDATE, State.WITHDRAWN, State.QUARANTINED),
    State.LIVE: (State.WITHDRAWN, State.QUARANTINED),
    State.RETIRED: (State.LIVE, State.WITHDRAWN, State.QUARANTINED),
    State.WITHDRAWN: (State.LIVE, State.QUARANTINED),
    State.QUARANTINED: (State.LIVE,),
}


class StateMachine:
    """What a sequence of moves makes of versions.

                  ┌────────────── superseded or cancelled ──────────────┐
                  ▼                                                     │
        candidate ┬─▶ shadow ──▶ canary, a share ──▶ canary, a larger share
                  │     │          │                    │
                  └─────┴──────────┴────────────────────┴─▶ live ◀──▶ retired

        candidate, shadow, canary, live, retired ──▶ withdrawn ──▶ live
        candidate, shadow, canary, live, retired, withdrawn ──▶ quarantined
        quarantined ──▶ live, by a person's explicit word only

    At most one version is live, and at most one beside it is in shadow or canary: that is a rollout. It is
    paused, and goes on, by a decision for the state that its version has. Three changes follow from others
    and are no moves of their own: making a version live retires the one that was; withdrawing or quarantining
    the live one makes the one that was live last before it, and is retired, live again (where there is none,
    nothing serves); and when the live version becomes another one, the rollout beside it ends, and its
    version is a candidate again.

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
        self._step(version, move.to, move, move.reason, move.rollout)
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
        if self.live != was_live:
            self._end_rollout(move)

    def previous(self) -> ModelVersion | None:
        """Returns the version that was live last and is retired."""
        were_live = (live for _, live in reversed(self.lives) if live)
        return next((each for each in were_live if self.states[each] is State.RETIRED), None)

    @property
    def rolling(self) -> ModelVersion | None:
        """The version that is in shadow or canary."""
        return next((each for each, state in self.states.items() if state in ROLLING), None)

    def _end_rollout(self, move: Move) -> None:
        rolling = self.rolling
        if rolling:
            now = f"{self.live.version} became live" if self.live else "nothing is live any more"
            self._step(rolling, State.CANDIDATE, move, f"its rollout ended: {now}")

    def _goes_live(self, version: ModelVersion | None, at: dt.datetime) -> None:
        self.live = version
        self.lives.append((at, version))

    def _step(
        self, version: ModelVersion, to: State, move: Move, reason: str, rollout: RolloutStep | None = None
    ) -> None:
        before = self.states.get(version, State.CANDIDATE)
        self.states[version] = to
        share = move.share if to in (State.LIVE, State.CANARY) else 0.0
        self.steps.append(Step(version, before, to, share, reason, move.who, move.at, move.id, rollout))

    def _check(self, version: ModelVersion, move: Move) -> None:
        now = self.states.get(version, State.CANDIDATE)
        if move.to is now and now not in ROLLING:
            raise RefusedMoveError(f"{version.version} is {now.value} already{self._since(version)}")
        if move.to not in _WAYS[now]:
            raise RefusedMoveError(f"{version.version} is {now.value}, and {_why_not(now, move.to)}")
        if move.to in ROLLING:
            self._check_rollout(version, move)
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

    def _check_rollout(self, version: ModelVersion, move: Move) -> None:
        """Refuses a rollout that has no plan, nobody beside it, or another one beside it."""
        step, name = move.rollout, version.version
        if step is None:
            raise RefusedMoveError(
                f"{name} becomes {move.to.value} in a rollout only (`evergreen rollout start`)"
            )
        begins = self.states.get(version, State.CANDIDATE) not in ROLLING
        if begins and not step.plan:
            raise RefusedMoveError(f"the rollout {step.rollout} of {name} has not begun")
        if self.live is None:
            raise RefusedMoveError(f"{name} has no live version to be rolled out beside; approve it")
        if self.live.model_name != version.model_name:
            raise RefusedMoveError(
                f"{version.address} cannot be rolled out beside {self.live.address}: they are asked for by "
                "other names; approve it"
            )
        rolling = self.rolling
        if rolling not in (None, version):
            raise RefusedMoveError(
                f"{rolling.version} is being rolled out{self._since(rolling)}; {name} can be once that ended"
            )
        if move.to is State.CANARY and not 0 < move.share < 1:
            raise RefusedMoveError(
                f"a canary answers a share between 0 and 1 of the requests, not {move.share:g}"
            )

    def _since(self, version: ModelVersion) -> str:
        last = next((step for step in reversed(self.steps) if step.version == version), None)
        return f", since {last.at:%Y-%m-%d %H:%M} UTC by {last.who}: {last.reason}" if last else ""


def _why_not(now: State, to: State) -> str:
    if to is State.RETIRED:
        return "a version is retired by making another one live"
    ways = " or ".join(way.value for way in _WAYS[now])
    return f"from there it can become {ways}, not {to.value}"
