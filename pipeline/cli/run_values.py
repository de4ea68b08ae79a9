"""The values that a run recorded, as JSON: for machines, and for the pages that people read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.cli.overridden import let_through, recorded_overrides
from pipeline.launch.champion import RESET
from pipeline.lineage.runs import Artifact, Run
from pipeline.stages import EVALUATOR, EXAMPLE_GEN


def as_values(run: Run) -> dict[str, Any]:
    """Returns a run as JSON values."""
    return {
        "run": run.id,
        "state": run.state,
        "error": run.error,
        "started": run.started.isoformat(timespec="seconds"),
        "window": dict(run.window),
        "rows": row_counts(run),
        "champion": run.launch.get("champion") or None,
        "incomparable": run.launch.get("incomparable") or None,
        "overridden": let_through(read_verdicts(run)),
        "reset": _reset(run),
        "released": run.released,
        "model": run.released_name,
        "stages": [
            {"name": stage.name, "state": stage.state, "seconds": round(stage.seconds, 1)}
            for stage in run.stages
        ],
        "verdicts": read_verdicts(run),
    }


def origin(run: Run) -> dict[str, Any]:
    """Returns everything that made the model of a run, as JSON values."""
    return {
        "model": run.released_name,
        "version": run.released,
        "run": run.id,
        "trained": run.started.isoformat(timespec="seconds"),
        "data": {
            "window": dict(run.window),
            "fingerprint": run.launch.get("window_fingerprint"),
            **row_counts(run),
        },
        "artifacts": {
            f"{stage.name}.{key}": [artifact.uri for artifact in artifacts]
            for stage in run.stages
            for key, artifacts in stage.outputs.items()
        },
        "schema": {"fingerprint": run.launch.get("schema_fingerprint")},
        "code": json.loads(run.launch.get("code", "{}")),
        "source": run.launch.get("source"),
        "config": json.loads(run.launch.get("config", "{}")),
        "champion_then": run.launch.get("champion") or None,
        "incomparable": run.launch.get("incomparable") or None,
        "overrides": recorded_overrides(run.launch.get("overrides", "")),
        "overridden": let_through(read_verdicts(run)),
        "reset": _reset(run),
        "metrics": read_metrics(run),
        "verdicts": read_verdicts(run),
    }


def _reset(run: Run) -> dict[str, str] | None:
    """Returns who reset the model that a run released, when and why; None if nobody did."""
    text = run.release.properties.get(RESET) if run.release else None
    return json.loads(text) if text else None


def read_metrics(run: Run) -> dict[str, dict[str, dict[str, float]]]:
    """Returns metrics of candidate, champion and class prior by slice; empty if there was no evaluation."""
    evaluation = run.output(EVALUATOR.name, "evaluation")
    path = Path(evaluation.uri, "metrics.json") if evaluation else None
    return json.loads(path.read_text()) if path and path.is_file() else {}


def row_counts(run: Run) -> dict[str, Any]:
    """Returns rows read, kept and refused, and why, and the days without labels; empty if nobody counted."""
    examples = run.output(EXAMPLE_GEN.name, "examples")
    if examples is None or "rows_read" not in examples.properties:
        return {}
    names = ("rows_read", "rows_kept", "rows_train", "rows_eval", "rows_refused")
    counts = {name: examples.properties[name] for name in names}
    return {
        **counts,
        "refused_by_reason": json.loads(examples.properties["refused_by_reason"]),
        # Earlier versions recorded none of these.
        "decimals": examples.properties.get("decimals", 0),
        "unlabelled_days": json.loads(examples.properties.get("unlabelled_days", "[]")),
        "extra_columns": json.loads(examples.properties.get("extra_columns", "{}")),
    }


def read_verdicts(run: Run) -> list[dict[str, Any]]:
    """Returns the verdicts of the gates, in order."""
    return [_read_verdict(artifact) for artifact in run.verdicts]


def _read_verdict(artifact: Artifact) -> dict[str, Any]:
    """Returns the verdict in a gate's file; what its properties say if the file is gone."""
    path = Path(artifact.uri, "verdict.json")
    if path.is_file():
        return json.loads(path.read_text())
    properties = artifact.properties
    return {
        "gate": properties["gate"],
        "passed": properties["blessed"] == 1,
        "reason": properties["reason"],
        "checks": [],
    }
