"""The state of a rollout, for people and monitoring."""

from __future__ import annotations

import dataclasses
from typing import Any

from serving.models.versions import ModelVersions
from serving.rollout.guards_rule import look
from serving.traffic.division import Division


def rollout_state(versions: ModelVersions[Any], division: Division | None) -> dict[str, Any]:
    """Returns what this server knows of a rollout, as values for JSON.

    Args:
      versions: of the model.
      division: of its requests; None where they are not divided.
    """
    live = division.current() if division else None
    if division is None or live is None:
        return {"rollout": None}
    evidence = live.counts.evidence()
    stage = evidence.stage(live.stage)
    turned_back = live.counts.turned_back
    return {
        "rollout": {
            "id": live.plan.id,
            "kind": live.plan.kind,
            "candidate": live.number,
            "champion": live.champion.number if live.champion else None,
            "candidate_loaded": live.candidate is not None,
            "candidate_error": versions.failure(live.number),
            "stage": live.stage + 1,
            "stages": len(live.plan.stages),
            "share": 0.0 if turned_back else live.share,
            "paused": live.paused,
            "requests": dict(stage.requests),
            "slow_over_ms": stage.slow_over_ms,
            "shadow": {"waiting": division.waiting, "dropped": division.dropped},
            "guards": [dataclasses.asdict(each) for each in look(live.plan, evidence)],
            "turned_back": dataclasses.asdict(turned_back) if turned_back else None,
        }
    }
