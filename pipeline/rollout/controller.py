"""One look at a rollout: what is known, what follows from it, and the record of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Callable

from pipeline.config.config import Config
from pipeline.errors import UserError
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import ModelVersion, Move, State
from pipeline.lineage.models import Models
from pipeline.lineage.overtaken import OvertakenError
from pipeline.lineage.release_policy import move_by, plan_by, to_roll_out
from pipeline.lineage.rollout_moves import CONTROLLER
from pipeline.lineage.rollouts import Rollout, running
from pipeline.lineage.state_machine import RefusedMoveError
from pipeline.rollout.doors import Door, Labels
from serving.rollout.evidence import Evidence
from serving.rollout.guards_rule import GuardReading, look
from serving.rollout.step_rule import Decision, Kind, Situation, TrafficPolicy, decide, requests_of

LABELS_EVERY_S = 60.0  # a source of spans may be a bucket or a table


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look found and did.

    Attributes:
      models: after it.
      rollout: that was looked at, as it was before; None where none is under way.
      evidence: of it.
      readings: of the guards.
      decision: None without a rollout.
      moves: that were recorded.
      warning: what could not be done, and does not stop the rest; empty if nothing.
    """

    models: Models
    rollout: Rollout | None = None
    evidence: Evidence = dataclasses.field(default_factory=Evidence)
    readings: tuple[GuardReading, ...] = ()
    decision: Decision | None = None
    moves: tuple[Move, ...] = ()
    warning: str = ""


class Controller:
    """Looks at the rollout of a deployment, and decides by the rules of serving/rollout.

    It keeps nothing that a decision needs: killed at any moment and started again, it decides the same of the
    same evidence, and what it had recorded is known by its id.
    """

    def __init__(
        self,
        config: Config,
        door: Door,
        labels: Labels | None = None,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        """Makes a controller; touches nothing.

        Args:
          config: of the deployment.
          door: to what serves.
          labels: where labels come from; None for nowhere.
          now: the clock.
        """
        self._config = config
        self._door = door
        self._labels = labels
        self._now = now
        self._labels_at = -LABELS_EVERY_S

    def look(self) -> Look:
        """Looks once, and records what follows.

        Raises:
          UserError: the registry or the evidence cannot be read or written.
        """
        models = self._door.follow()
        rollout = running(models)
        if rollout is None:
            return self._begin(models)
        seen = self.see(models, rollout)
        assert seen.decision is not None
        moves = self._moves(models, rollout, seen)
        if not moves:
            return seen
        try:
            return dataclasses.replace(seen, models=self._door.decide(moves, rollout.champion), moves=moves)
        except RefusedMoveError as error:
            return dataclasses.replace(seen, warning=_overtaken(error))

    def see(self, models: Models, rollout: Rollout) -> Look:
        """Returns what is known of a rollout and what the rules say, without recording it.

        Raises:
          UserError: its plan or its evidence cannot be read.
        """
        if rollout.fault:
            raise UserError(rollout.fault)
        evidence, warning = self._door.evidence(rollout), ""
        if self._labels and time.monotonic() - self._labels_at >= LABELS_EVERY_S:
            try:
                evidence = self._with_labels(rollout, evidence, self._labels)
            except UserError as error:
                warning = f"labels are not judged: {error}"
                self._labels_at = time.monotonic()
        readings = look(rollout.plan, evidence)
        decision = decide(self._situation(models, rollout, evidence, readings))
        return Look(models, rollout, evidence, readings, decision, warning=warning)

    def _with_labels(self, rollout: Rollout, evidence: Evidence, labels: Labels) -> Evidence:
        new = labels.new(rollout, evidence.labelled)
        if new:  # there may be more, which the next look judges
            self._door.keep(rollout, new)
        else:
            self._labels_at = time.monotonic()
        return evidence + Evidence(labelled=new)

    def _begin(self, models: Models) -> Look:
        """Lets the policy roll out a candidate that waits; one that serves at once is a run's affair."""
        policy = self._config.release.policy
        move = move_by(policy, models, plan_by(policy, self._config.rollout))
        if move is None or move.rollout is None or models.live is None:
            return Look(models)
        try:
            return Look(self._door.decide([move], models.live), moves=(move,))
        except RefusedMoveError as error:
            return Look(models, warning=_overtaken(error))

    def _situation(
        self, models: Models, rollout: Rollout, evidence: Evidence, readings: tuple[GuardReading, ...]
    ) -> Situation:
        settings, newer = self._config.rollout, self._newer(models, rollout)
        return Situation(
            plan=rollout.plan,
            stage=rollout.stage,
            paused=rollout.paused,
            evidence=evidence,
            readings=readings,
            champion_changed=models.live != rollout.champion,
            newer=newer.version if newer else "",
            on_newer=settings.on_newer,
            now=self._now(),
            stage_since=rollout.stage_since,
            too_little=TrafficPolicy(settings.too_little_traffic.after_h, settings.too_little_traffic.then),
        )

    def _newer(self, models: Models, rollout: Rollout) -> ModelVersion | None:
        """Returns a candidate that the policy would roll out now, were this one not under way."""
        found = to_roll_out(self._config.release.policy, models)
        return found if found and found.number > rollout.version.number else None

    def _moves(self, models: Models, rollout: Rollout, seen: Look) -> tuple[Move, ...]:
        decision = seen.decision
        assert decision is not None
        told = {"reason": decision.reason, "who": CONTROLLER, "evidence": evidence_json(seen)}
        if decision.kind is Kind.ADVANCE:
            return (rollout_moves.stage(models, rollout, rollout.stage + 1, **told),)
        if decision.kind not in _ENDS:
            return ()
        ends = rollout_moves.end(models, rollout, _ENDS[decision.kind], **told)
        newer = self._newer(models, rollout)
        if decision.kind is not Kind.END or newer is None:
            return (ends,)
        policy = self._config.release.policy
        plan = plan_by(policy, self._config.rollout)
        reason = f"it supersedes {rollout.version.version}"
        return ends, rollout_moves.start(models, newer, plan, reason=reason, who=CONTROLLER)


def _overtaken(error: RefusedMoveError) -> str:
    return str(error) if isinstance(error, OvertakenError) else f"another decision came first: {error}"


_ENDS = {Kind.PROMOTE: State.LIVE, Kind.TURN_BACK: State.QUARANTINED, Kind.END: State.CANDIDATE}


def evidence_json(seen: Look) -> str:
    """Returns what a look found, as it is recorded with the decision."""
    assert seen.rollout is not None
    counted, needed = requests_of(seen.rollout.plan, seen.rollout.stage, seen.evidence)
    guards = [dataclasses.asdict(reading) for reading in seen.readings]
    return json.dumps({"stage": seen.rollout.stage, "requests": counted, "needed": needed, "guards": guards})
