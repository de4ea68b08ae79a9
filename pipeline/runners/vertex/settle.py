"""What a deployment on Vertex AI does by itself with what is on record. Needs no TFX."""

from __future__ import annotations

from pipeline.config.rollout import RolloutConfig
from pipeline.lineage.models import Models
from pipeline.lineage.release_policy import ROLLOUTS, move_by, plan_by
from pipeline.runners.vertex.model_registry import VertexRegistry


def settle(registry: VertexRegistry, policy: str, rollout: RolloutConfig) -> Models:
    """Lets the policy decide, and makes the endpoint serve what is on record; repeating it completes it.

    A candidate that shall serve is deployed first, without traffic, so that its decision and its traffic are
    seconds apart. A person may decide something in the minutes that this takes, so the policy is asked again.

    Args:
      registry: in which the candidate is registered.
      policy: `release.policy` of the configuration.
      rollout: by which a candidate is rolled out where the policy says so.

    Returns:
      The models as they are then.

    Raises:
      UserError: a service refuses or does not answer; what serves is on record.
    """
    models = registry.read()
    stages = rollout.on_endpoint() if policy in ROLLOUTS else rollout
    move = move_by(policy, models, plan_by(policy, stages))
    if move:
        registry.endpoint.ready(models.find(move.version))
        move = move_by(policy, registry.read(), plan_by(policy, stages))
    return registry.append(move) if move else registry.follow()
