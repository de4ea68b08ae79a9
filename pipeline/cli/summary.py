"""What happened, for people and for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.evaluator.metric_table import SUMMARISED
from pipeline.lineage.runs import FAILED, Artifact, Run
from pipeline.stages import EVALUATOR, EXAMPLE_GEN, RELEASE, STAGES

if TYPE_CHECKING:
    from pipeline.retrain import Outcome

# Gates that are shown, and the section of the configuration that holds their thresholds.
GATES = {stage.gate: stage.section for stage in STAGES if stage.section}


def after_run(outcome: Outcome) -> Iterator[str]:
    """The end of a run: window, rows, gates, metrics, version, where it was pushed, what to do next."""
    run = outcome.run
    yield ""
    if outcome.repeated:
        yield f"nothing to do: run {run.id} has done this launch ({run.state}); no stage was started"
    yield f"run       {run.id}  {run.state}"
    yield f"window    {_window(run)}"
    yield from _rows(run)
    yield from _gates(run)
    yield from _metrics(run)
    yield from _ending(outcome)


def as_values(run: Run) -> dict[str, Any]:
    """A run as JSON values."""
    return {
        "run": run.id,
        "state": run.state,
        "error": run.error,
        "started": run.started.isoformat(timespec="seconds"),
        "window": dict(run.window),
        "rows": _counts(run.output(EXAMPLE_GEN.name, "examples")),
        "champion": run.launch.get("champion") or None,
        "released": run.released,
        "stages": [
            {"name": stage.name, "state": stage.state, "seconds": round(stage.seconds, 1)}
            for stage in run.stages
        ],
        "verdicts": [_verdict(artifact) for artifact in run.verdicts],
    }


def table(runs: list[Run]) -> Iterator[str]:
    """One line a run."""
    yield (
        f"{'run':<26}{'ended':<13}{'window':<26}{'kept':>10}{'refused':>10}  "
        f"{'against':<10}{'released':<10}why"
    )
    for run in runs:
        days = run.window
        window = f"{days['train_first']} … {days['eval_last']}" if days else ""
        against = run.launch.get("champion") or "-"
        counts = _counts(run.output(EXAMPLE_GEN.name, "examples"))
        kept, refused = (f"{counts[name]:,}" if counts else "-" for name in ("rows_kept", "rows_refused"))
        yield (
            f"{run.id:<26}{run.state:<13}{window:<26}{kept:>10}{refused:>10}  "
            f"{against:<10}{run.released or '-':<10}{run.error}"
        )


def origin(run: Run) -> dict[str, Any]:
    """Everything that made the model of a run, as JSON values."""
    examples = run.output(EXAMPLE_GEN.name, "examples")
    return {
        "version": run.released,
        "run": run.id,
        "trained": run.started.isoformat(timespec="seconds"),
        "data": {
            "window": dict(run.window),
            "fingerprint": run.launch.get("window_fingerprint"),
            **_counts(examples),
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
        "metrics": read_metrics(run),
        "verdicts": [_verdict(artifact) for artifact in run.verdicts],
    }


def page(values: Mapping[str, Any]) -> Iterator[str]:
    """What `origin` gives on one page: the slices' metrics and the single checks are left to --json."""
    short = {
        "metrics": {side: metrics["overall"] for side, metrics in values["metrics"].items()},
        "verdicts": {
            verdict["gate"]: f"{'passed' if verdict['passed'] else 'CLOSED'}, {verdict['reason']}"
            for verdict in values["verdicts"]
        },
    }
    return _as_lines({**values, **short})


def _as_lines(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested values as indented lines."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _as_lines(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{key}:"
            for item in value:
                yield from _as_lines(item, indent + "  ")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{indent}{key}: {shown}"


def read_metrics(run: Run) -> dict[str, dict[str, dict[str, float]]]:
    """Metrics of candidate, champion and class prior by slice; empty when the run was stopped before."""
    evaluation = run.output(EVALUATOR.name, "evaluation")
    path = Path(evaluation.uri, "metrics.json") if evaluation else None
    return json.loads(path.read_text()) if path and path.is_file() else {}


def _window(run: Run) -> str:
    days = run.window
    return (
        f"train {days['train_first']} … {days['train_last']}, eval {days['eval_first']} … {days['eval_last']}"
        if days
        else "unknown"
    )


def _rows(run: Run) -> Iterator[str]:
    counts = _counts(run.output(EXAMPLE_GEN.name, "examples"))
    if counts:
        reasons = ", ".join(f"{why}: {rows:,}" for why, rows in counts["refused_by_reason"].items())
        yield (
            f"rows      {counts['rows_read']:,} read, {counts['rows_kept']:,} kept "
            f"({counts['rows_train']:,} train, {counts['rows_eval']:,} eval), "
            f"{counts['rows_refused']:,} refused ({reasons})"
        )


def _counts(examples: Artifact | None) -> dict[str, Any]:
    if examples is None or "rows_read" not in examples.properties:
        return {}
    names = ("rows_read", "rows_kept", "rows_train", "rows_eval", "rows_refused")
    counts = {name: examples.properties[name] for name in names}
    return {**counts, "refused_by_reason": json.loads(examples.properties["refused_by_reason"])}


def _gates(run: Run) -> Iterator[str]:
    """The three gates with what they measured; the release record only repeats them."""
    for verdict in map(_verdict, run.verdicts):
        if verdict["gate"] not in GATES:
            continue
        answer = "passed" if verdict["passed"] else "CLOSED"
        yield f"gate      {verdict['gate']:<8} {answer}  {verdict['reason']}"
        for check in verdict["checks"]:
            if check["threshold"] is not None and (_is_overall(verdict, check) or not check["passed"]):
                measured, limit = _number(check["measured"]), _number(check["threshold"])
                what = f"{check['subject']}: {check['name']} {limit}"
                yield f"{'':<20}{measured:>10}  {what}"
        if not verdict["passed"]:
            section = GATES[verdict["gate"]]
            yield f"{'':<20}to change the threshold: `{section}` in the configuration"


def _is_overall(verdict: Mapping[str, Any], check: Mapping[str, Any]) -> bool:
    """Whether a check is one that everybody wants to see: the slices are shown when they fail."""
    return verdict["gate"] != "model" or check["subject"] == "overall"


def _metrics(run: Run) -> Iterator[str]:
    metrics = read_metrics(run)
    if not metrics:
        return
    sides = [side for side in ("candidate", "champion", "prior") if side in metrics]
    yield f"metrics   {'':<22}" + "".join(f"{side:>12}" for side in sides)
    for name in SUMMARISED:
        values = (_number(metrics[side]["overall"].get(name)) for side in sides)
        yield f"          {name:<22}" + "".join(f"{value:>12}" for value in values)


def _ending(outcome: Outcome) -> Iterator[str]:
    run = outcome.run
    record = run.output(RELEASE.name, "release")
    if run.released and record:
        yield f"released  version {run.released} in {_short(record.properties['pushed_destination'])}"
        yield f"serve it  {_short(sys.argv[0])} serve"
        return
    if run.state == FAILED:
        yield f"failed    {run.error}"
    yield f"log       {_short(str(outcome.log))}"


def _verdict(artifact: Artifact) -> dict[str, Any]:
    """The verdict's file; its properties alone when the file is gone."""
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


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return (
        f"{value:,.0f}"
        if float(value).is_integer()
        else f"{value:.4g}"
        if abs(value) < 1e-3
        else f"{value:.4f}"
    )


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
