"""Books that a server turned the candidate of a rollout back."""

from __future__ import annotations

import json

from pipeline.lineage import rollout_moves
from pipeline.lineage.events import State
from pipeline.lineage.registry import Registry
from pipeline.lineage.rollouts import running


def book_turned_back(registry: Registry, rollout: str, guard: str, text: str) -> None:
    """Quarantines the candidate of a rollout; does nothing where that rollout is over.

    Several servers and the controller may book the same: it is recorded once.

    Args:
      registry: of the deployment.
      rollout: its id.
      guard: that fired.
      text: what it read, one line.

    Raises:
      UserError: the registry cannot be read or written, or somebody decided otherwise at this moment.
    """
    models = registry.read()
    under_way = running(models)
    if under_way is None or under_way.id != rollout:
        return
    read = {"stage": under_way.stage, "guards": [{"name": guard, "fired": True, "text": text}]}
    told = {"reason": f"{guard}: {text}", "who": rollout_moves.SERVER, "evidence": json.dumps(read)}
    registry.append(rollout_moves.end(models, under_way, State.QUARANTINED, **told))
