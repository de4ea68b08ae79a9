"""What a deployment does by itself with what is on record: books it, and lets a candidate serve."""

from __future__ import annotations

from pipeline.config.rollout import RolloutConfig
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.models import Models
from pipeline.lineage.release_policy import move_by, plan_by


def settle(registry: MlmdRegistry, policy: str, rollout: RolloutConfig) -> Models:
    """Books what waits, lets the policy decide, and writes what serves; repeating it completes it.

    Called before a run for what an earlier one left undone, and after it for its candidate.

    Args:
      registry: of a caller that holds the workspace's lock.
      policy: `release.policy` of the configuration.
      rollout: by which a candidate is rolled out where the policy says so.

    Returns:
      The models as they are then.

    Raises:
      UserError: the store cannot be read or written.
    """
    models = registry.book()
    move = move_by(policy, models, plan_by(policy, rollout))
    return registry.append(move) if move else models
