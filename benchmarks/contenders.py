"""The three contenders: how each is started, and where it records its stages and metrics."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.observation import Observation, Span, fill_gaps

EPOCHS = 1
START_UP, REST = "start-up", "between stages"
# Laying out the days for stock, before its clock starts; what a process does once the model is pushed.
LAYING_OUT, ENDING = "laying out", "after the push"
NOT_COUNTED = (LAYING_OUT, ENDING)
# One name for what TFX's node, ours and the plain script's stage do; in the order of the tables.
STAGE_OF = {
    "CsvExampleGen": "ingestion",
    "ExampleGen": "ingestion",
    "read": "ingestion",
    "StatisticsGen": "statistics",
    "ImportSchemaGen": "data checks",
    "ExampleValidator": "data checks",
    "DataGate": "data checks",
    "Transform": "transform",
    "features": "transform",
    "Trainer": "training",
    "train": "training",
    "Evaluator": "evaluation",
    "evaluate": "evaluation",
    "InfraValidator": "infra validation",
    "Pusher": "push",
    "Release": "push",
    "export": "push",
    "imports": START_UP,
}
STAGES = (START_UP, *(stage for stage in dict.fromkeys(STAGE_OF.values()) if stage != START_UP), REST)


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much data: the last `days` days of `data`, the last `eval_days` of them to evaluate."""

    name: str
    data: Path
    days: int
    eval_days: int


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run trained on and reached, to see that all did the same: rows, and AUC of the eval days."""

    train_rows: int
    eval_rows: int
    auc: float


@dataclasses.dataclass(frozen=True)
class Contender:
    """One of the programs that are compared.

    Attributes:
      command: the arguments of its process, for a scale and a new folder.
      spans: its stages by the names of STAGES and NOT_COUNTED, from start to end of the process without gaps.
      outcome: reads what it wrote into its folder.
    """

    name: str
    command: Callable[[Scale, Path], list[str]]
    spans: Callable[[Path, Observation], list[Span]]
    outcome: Callable[[Path], Outcome]


def _script(module: str, scale: Scale, root: Path) -> list[str]:
    options = {
        "--data": scale.data,
        "--days": scale.days,
        "--eval-days": scale.eval_days,
        "--epochs": EPOCHS,
        "--root": root,
    }
    return [sys.executable, "-m", module, *(str(part) for option in options.items() for part in option)]


def _evergreen(scale: Scale, root: Path) -> list[str]:
    values = {
        "root": root,
        "data.source": scale.data,
        "window.days": scale.days,
        "window.eval_days": scale.eval_days,
        "training.max_epochs": EPOCHS,
    }
    settings = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
    return [str(Path(sys.executable).with_name("evergreen")), "run", "--config", "local", *settings]


def recorded_executions(root: Path) -> list[Span]:
    """Returns the executions that ML Metadata recorded, by the names of STAGES."""
    query = (
        "SELECT type.name, create_time_since_epoch / 1000.0, last_update_time_since_epoch / 1000.0 "
        "FROM Execution JOIN Type AS type ON type.id = Execution.type_id ORDER BY 2"
    )
    with closing(sqlite3.connect(f"file:{root}/metadata.sqlite?mode=ro", uri=True)) as store:
        rows = store.execute(query).fetchall()
    return [Span(STAGE_OF[name.rsplit(".", 1)[-1]], begin, end) for name, begin, end in rows]


def _stock_spans(root: Path, seen: Observation) -> list[Span]:
    """Returns the spans of the stock pipeline, which starts up before and after it lays out the days."""
    written = [path.stat().st_mtime for path in (root / "data").glob("*/*.csv")]
    laying_out = Span(LAYING_OUT, min(written), max(written))
    before = Span(START_UP, seen.begin, laying_out.begin)
    stages = recorded_executions(root)
    return _whole([before, laying_out], Span(START_UP, laying_out.end, stages[0].begin), stages, seen)


def _our_spans(root: Path, seen: Observation) -> list[Span]:
    stages = recorded_executions(root)
    return _whole([], Span(START_UP, seen.begin, stages[0].begin), stages, seen)


def _plain_spans(root: Path, seen: Observation) -> list[Span]:
    """Returns the spans of the plain script; its start-up is the time before its first line."""
    _, *stages = (
        Span(STAGE_OF[stage["stage"]], stage["begin"], stage["end"]) for stage in _result(root)["stages"]
    )
    return _whole([], Span(START_UP, seen.begin, stages[0].begin), stages, seen)


def _whole(before: list[Span], start_up: Span, stages: list[Span], seen: Observation) -> list[Span]:
    """Returns all spans of a process, from its start to its end."""
    ending = Span(ENDING, max(stage.end for stage in stages), seen.end)
    return fill_gaps([*before, start_up, *stages, ending], seen.begin, seen.end, REST)


def _stock_outcome(root: Path) -> Outcome:
    metrics = _result(root)["metrics"]
    return Outcome(_rows_trained_on(root), int(metrics["example_count"]), metrics["auc"])


def _our_outcome(root: Path) -> Outcome:
    (path,) = (root / "artifacts" / "Evaluator" / "evaluation").glob("*/metrics.json")
    overall = json.loads(path.read_text(encoding="utf-8"))["candidate"]["overall"]
    return Outcome(_rows_trained_on(root), int(overall["ExampleCount"]), overall["AUC"])


def _plain_outcome(root: Path) -> Outcome:
    result = _result(root)
    overall = result["metrics"]["overall"]
    return Outcome(result["train_rows"], int(overall["ExampleCount"]), overall["AUC"])


def _rows_trained_on(root: Path) -> int:
    (path,) = (root / "artifacts" / "Trainer" / "model_run").rglob("history.json")
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


def _result(root: Path) -> dict[str, Any]:
    return json.loads((root / "result.json").read_text(encoding="utf-8"))


STOCK = Contender(
    "stock",
    lambda scale, root: _script("benchmarks.stock_reference", scale, root),
    _stock_spans,
    _stock_outcome,
)
OURS = Contender("ours", _evergreen, _our_spans, _our_outcome)
PLAIN = Contender(
    "plain", lambda scale, root: _script("benchmarks.plain", scale, root), _plain_spans, _plain_outcome
)
CONTENDERS = {contender.name: contender for contender in (STOCK, OURS, PLAIN)}
