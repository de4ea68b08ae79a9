"""Settle: the step of a job that registers its candidate and lets serve what the record says."""

import datetime as dt
import json
import sys
from typing import Any

from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact, standard_artifacts

from pipeline.config.rollout import RolloutConfig
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.model_registry import open_registry, released
from pipeline.runners.vertex.settle import settle

SETTLE = "Settle"


@component
def Settle(  # noqa: N802 - a node's name in the graph
    release: InputArtifact[standard_artifacts.PushedModel],
    deployment: Parameter[str],
) -> None:
    """Registers what Release recorded, lets `release.policy` decide, and moves the endpoint's traffic.

    It is never taken from the cache, and completes what an earlier attempt, or an earlier job, left undone.

    Args:
      release: of Release; without a release nothing is registered, and the endpoint follows the record.
      deployment: what deployment.py writes, as JSON.
    """
    settings = json.loads(deployment)
    local = stand_in.installed()
    if local:
        local.settle(settings)
        return
    rollout = RolloutConfig.model_validate_json(json.dumps(settings["rollout"]))
    registry, facts = open_registry(settings), facts_of(release)
    if facts.get("blessed") == "1":
        registry.register(released(facts, job_of(release.uri), dt.datetime.now(dt.timezone.utc)))
    models = settle(registry, settings["policy"], rollout)
    print(f"settle: serves now: {models.live.address if models.live else 'nothing'}", file=sys.stderr)


def job_of(uri: str) -> str:
    """Returns the job that wrote an artifact: the first one, where later ones took it from the cache.

    Args:
      uri: where the service puts outputs, `<root>/<project>/<job>/<step>_<number>/<output>`.

    Raises:
      ValueError: it is no such address.
    """
    parts = uri.rstrip("/").rsplit("/", 3)
    if len(parts) != 4 or not parts[1]:
        raise ValueError(f"{uri} is not where a job keeps the output of a step")
    return parts[1]


def facts_of(record: artifact.Artifact) -> dict[str, str]:
    """Returns the properties of a release's record, as texts."""
    return {name: _text(value) for name, value in record.mlmd_artifact.custom_properties.items()}


def _text(value: Any) -> str:
    kind = value.WhichOneof("value")
    given = getattr(value, kind) if kind else ""
    return str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)
