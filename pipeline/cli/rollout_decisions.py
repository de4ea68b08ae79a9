"""What the commands about the rollout under way do: find it, decide, record, tell where it is."""

from __future__ import annotations

from collections.abc import Callable

import click

from pipeline.cli.model_decisions import Decider
from pipeline.cli.model_stores import ModelStore
from pipeline.cli.rollout_values import nothing_under_way, standing
from pipeline.errors import UserError
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import Move, State
from pipeline.lineage.models import CHAMPION, Models
from pipeline.lineage.overtaken import OvertakenError
from pipeline.lineage.rollouts import Rollout, running

_ATTEMPTS = 10  # of a person's decision, each after a rule's that came first


def pause_or_resume(models: ModelStore, paused: bool, decider: Decider) -> None:
    """Records that the rollout stays in its stage, or goes on.

    Raises:
      UserError: no rollout is under way, it is so already, or the decision cannot be recorded.
    """

    def decided(known: Models, under_way: Rollout) -> Move:
        if under_way.paused == paused:
            now = "paused" if paused else "running"
            raise UserError(f"the rollout of {under_way.version.version} is {now} already")
        return rollout_moves.pause(known, under_way, paused, reason=decider.reason, who=decider.name)

    _insist(models, decided)


def end(models: ModelStore, to: State, decider: Decider) -> None:
    """Records that the rollout ends, and what its version is afterwards.

    Raises:
      UserError: no rollout is under way, or the decision cannot be recorded.
    """

    def decided(known: Models, under_way: Rollout) -> Move:
        return rollout_moves.end(known, under_way, to, reason=decider.reason, who=decider.name)

    _insist(models, decided)


def of_now(models: ModelStore) -> tuple[Models, Rollout]:
    """Returns the models, and the rollout that is under way.

    Raises:
      UserError: none is.
    """
    known = models.follow()
    found = running(known)
    if found is None:
        raise UserError(
            "no rollout is under way; `evergreen rollout start` begins one, and `evergreen models withdraw "
            "champion` goes back to what served before"
        )
    return known, found


def record(models: ModelStore, known: Models, move: Move) -> None:
    """Records a decision, and prints where the rollout is then.

    Args:
      models: where it is recorded.
      known: what it was decided on.
      move: the decision.

    Raises:
      RefusedMoveError: another decision came first.
      UserError: it cannot be recorded.
    """
    meant = {CHAMPION: known.live} if known.live else {}
    known = models.append(move, meant)
    under_way = running(known)
    click.echo(standing(under_way) if under_way else "\n".join(nothing_under_way(known)))


def _insist(models: ModelStore, decided: Callable[[Models, Rollout], Move]) -> None:
    """Records what a person decides of the rollout under way, whatever stage a rule brings it to by then."""
    for attempt in range(_ATTEMPTS):
        known, under_way = of_now(models)
        try:
            return record(models, known, decided(known, under_way))
        except OvertakenError:
            if attempt + 1 == _ATTEMPTS:
                raise
