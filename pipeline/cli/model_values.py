"""Registered models as people and machines read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from components.model_files.rule import PROPERTY, AlteredModelError, File, from_text
from pipeline.cli.run_values import read_metrics, read_verdicts
from pipeline.lineage.events import ModelVersion, Note
from pipeline.lineage.models import ALIASES, PREVIOUS, Models
from pipeline.lineage.runs import Run
from pipeline.lineage.state_machine import Step

# Facts that are shown in another way, and TFX's own.
_OTHER_FACTS = (
    PROPERTY,
    "signature",
    "recipe",
    "window",
    "version",
    "model_name",
    "gate",
    "blessed",
    "reason",
)
_OF_TFX = ("is_external", "tfx_version", "name", "state")
_ENDS = ("first", "last")
_HEADINGS = ("version", "state", "called", "registered", "trained on", "why")


def summary(models: Models, version: ModelVersion) -> dict[str, Any]:
    """Returns what a list says of a version, as JSON values."""
    history = models.history(version)
    return {
        "version": version.version,
        "model": version.model_name,
        "state": models.state(version).value,
        "called": [name for name in ALIASES if models.alias(name) == version],
        "registered": version.registered.isoformat(timespec="seconds"),
        "run": version.run_id,
        "window": window(version),
        "why": history[-1].reason if history else version.facts.get("version_reason", ""),
        "notes": [note.text for note in models.notes(version)],
    }


def whole(models: Models, version: ModelVersion, run: Run | None) -> dict[str, Any]:
    """Returns all that is known of a version, as JSON values."""
    return {
        **summary(models, version),
        "number": version.number,
        "metrics": read_metrics(run).get("candidate", {}).get("overall", {}) if run else {},
        "gates": read_verdicts(run) if run else [],
        "signature": signature(version),
        "files": {path: file.size for path, file in files(version).items()},
        "facts": {key: text for key, text in version.facts.items() if key not in (*_OTHER_FACTS, *_OF_TFX)},
        "history": [_step(step) for step in models.history(version)],
        "notes": [_note(note) for note in models.notes(version)],
    }


def window(version: ModelVersion) -> dict[str, Any]:
    """Returns first and last days of what a version was trained and judged on; empty if not recorded."""
    return json.loads(version.facts.get("window") or "{}")


def signature(version: ModelVersion) -> dict[str, dict[str, str]]:
    """Returns types of inputs and outputs by name; empty if not recorded."""
    return json.loads(version.facts.get("signature") or "{}")


def files(version: ModelVersion) -> dict[str, File]:
    """Returns a version's files by path; none if not recorded."""
    try:
        return from_text(version.facts.get(PROPERTY, ""))
    except AlteredModelError:
        return {}


def _step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at.isoformat(timespec="seconds"),
        "from": step.before.value,
        "to": step.to.value,
        "share": step.share,
        "who": step.who,
        "reason": step.reason,
    }


def _note(note: Note) -> dict[str, str]:
    return {"at": note.at.isoformat(timespec="seconds"), "who": note.who, "text": note.text}


def serving(models: Models) -> str:
    """Returns the line that says what serves now."""
    if models.live is None:
        return "serves now: nothing"
    previous = models.alias(PREVIOUS)
    before = f" (before it {shown(models, previous)})" if previous else ""
    return f"serves now: {shown(models, models.live)}{before}"


def shown(models: Models, version: ModelVersion) -> str:
    """Returns a version as people read it: with its name where there are several."""
    return version.address if models.several_names else version.version


def table(models: Models, versions: list[ModelVersion]) -> Iterator[str]:
    """Yields a heading, and one line for each version."""
    rows = [_HEADINGS, *(_row(models, version) for version in versions)]
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(_HEADINGS) - 1)]
    for row in rows:
        yield "".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)) + row[-1]


def _row(models: Models, version: ModelVersion) -> tuple[str, ...]:
    values = summary(models, version)
    days = values["window"]
    why = "; ".join([*filter(None, [values["why"]]), *(f"note: {text}" for text in values["notes"])])
    return (
        shown(models, version),
        values["state"],
        ", ".join(values["called"]) or "-",
        f"{version.registered:%Y-%m-%d %H:%M}",
        f"{days['train_first']} … {days['train_last']}" if days else "-",
        why,
    )


def page(values: dict[str, Any]) -> Iterator[str]:
    """Yields `whole` as lines; each file and each check of a gate is for --json."""
    yield f"{values['model']}/{values['version']}"
    yield from _line("state", ", ".join([values["state"], *values["called"]]))
    yield from _line("registered", f"{values['registered']} by run {values['run']}")
    yield from _made(values)
    for name, text in values["facts"].items():
        yield from _line("fact", f"{name}: {text}")
    for step in values["history"]:
        moved = f"{step['at']} {step['from']} → {step['to']}"
        yield from _line("history", f"{moved} by {step['who']}: {step['reason']}")
    for note in values["notes"]:
        yield from _line("note", f"{note['at']} by {note['who']}: {note['text']}")


def _made(values: dict[str, Any]) -> Iterator[str]:
    """Yields what a version was made from, how it was judged, and what it consists of."""
    for what, part in (("trained on", "train"), ("judged on", "eval")):
        if f"{part}_first" in values["window"]:
            yield from _line(what, "{} … {}".format(*(values["window"][f"{part}_{end}"] for end in _ENDS)))
    for name, number in values["metrics"].items():
        yield from _line("metric", f"{name:<28}{number:.6g}")
    for gate in values["gates"]:
        passed = "passed" if gate["passed"] else "CLOSED"
        yield from _line("gate", f"{gate['gate']}: {passed}, {gate['reason']}")
    for side, tensors in values["signature"].items():
        yield from _line(side, "; ".join(f"{name} {kind}" for name, kind in tensors.items()))
    sizes = values["files"].values()
    yield from _line("files", f"{len(sizes)}, {sum(sizes):,} bytes" if sizes else "not recorded")


def _line(what: str, text: str) -> Iterator[str]:
    yield f"{what:<12}{text}"
