"""What differs between two registered models, for somebody who made neither."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.cli.model_values import files, signature, window
from pipeline.cli.run_values import read_metrics, row_counts
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.runs import Run

_MOST = 12  # lines of a section that people read; --json has all
_LONGEST = 60  # characters of a text that is shown
_NOTHING = "-"
_COUNTS = (
    ("training rows", "rows_train"),
    ("evaluation rows", "rows_eval"),
    ("refused rows", "rows_refused"),
)


@dataclasses.dataclass(frozen=True)
class Difference:
    """One thing that is not the same.

    Attributes:
      what: its name.
      before, after: of the first model and of the second; `-` where one has none.
    """

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


@dataclasses.dataclass(frozen=True)
class Section:
    """One subject.

    Attributes:
      differences: all of them; none where both are the same.
      remark: how to read it; why there is nothing to compare.
    """

    differences: tuple[Difference, ...]
    remark: str = ""


@dataclasses.dataclass(frozen=True)
class Made:
    """A version, its state, and the run that made it; None where that is not on record any more."""

    version: ModelVersion
    state: str
    run: Run | None


def compared(before: Made, after: Made) -> dict[str, Section]:
    """Returns a section for each subject, in the order in which they are read."""
    return {
        "state": _of({"state": before.state}, {"state": after.state}),
        "data": _of(_data(before), _data(after)),
        "code": _code(before, after),
        "columns": _known(_columns(before), _columns(after)),
        "hyperparameters": _known(*(_config(made, of_training=True) for made in (before, after))),
        "configuration": _known(*(_config(made, of_training=False) for made in (before, after))),
        "signature": _known(_signature(before.version), _signature(after.version)),
        "metrics": _metrics(before, after),
        "files": _known(_files(before.version), _files(after.version)),
    }


def page(before: Made, after: Made) -> Iterator[str]:
    """Yields the sections as lines."""
    yield f"{before.version.address} → {after.version.address}"
    for made in (before, after):
        version = made.version
        why = version.facts.get("version_reason")
        yield (
            f"{version.version}: registered {version.registered:%Y-%m-%d %H:%M} UTC by run {version.run_id}"
            f"{f', {why}' if why else ''}"
        )
    for name, section in compared(before, after).items():
        lines = [*([section.remark] if section.remark else []), *map(str, section.differences[:_MOST])]
        if len(section.differences) > _MOST:
            lines.append(f"and {len(section.differences) - _MOST} more; --json has all")
        for number, line in enumerate(lines or ["the same"]):
            yield f"{'' if number else name:<17}{line}"


def _of(before: Mapping[str, str], after: Mapping[str, str], remark: str = "") -> Section:
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name, _NOTHING), after.get(name, _NOTHING)) for name in names)
    return Section(tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2]), remark)


def _known(before: Mapping[str, str], after: Mapping[str, str]) -> Section:
    """Returns a section for facts that an older release may not have recorded."""
    if not before or not after:
        return Section((), "not recorded for " + ("both" if not before and not after else "one of them"))
    return _of(before, after)


def _data(made: Made) -> dict[str, str]:
    days, rows = window(made.version), row_counts(made.run) if made.run else {}
    found = {
        f"{part} days": f"{days[f'{key}_first']} … {days[f'{key}_last']}"
        for part, key in (("training", "train"), ("evaluation", "eval"))
        if f"{key}_first" in days
    }
    found |= {name: f"{rows[key]:,}" for name, key in _COUNTS if key in rows}
    fingerprint = made.run.launch.get("window_fingerprint", "") if made.run else ""
    return found | ({"content of the days": fingerprint[:12]} if fingerprint else {})


def _code(before: Made, after: Made) -> Section:
    section = _known(_launched(before, "code"), _launched(after, "code"))
    sources = [made.run.launch.get("source", _NOTHING) if made.run else _NOTHING for made in (before, after)]
    if not section.differences:
        return section
    changed = ", ".join(each.what for each in section.differences)
    return Section((Difference("commit", *(each[:20] for each in sources)),), f"of these stages: {changed}")


def _launched(made: Made, key: str) -> dict[str, Any]:
    return json.loads(made.run.launch.get(key, "{}")) if made.run else {}


def _columns(made: Made) -> dict[str, str]:
    """Returns each column's type, as the run's schema has it, and what is recorded of label and table."""
    recipe = json.loads(made.version.facts.get("recipe") or "{}")
    known = {name: str(recipe[name])[:_LONGEST] for name in ("label", "columns") if recipe.get(name)}
    return {**_schema(made.run), **{f"({name})": text for name, text in known.items()}}


def _schema(run: Run | None) -> dict[str, str]:
    imported = run.output("SchemaImport", "schema") if run else None
    path = Path(imported.uri, "schema.pbtxt") if imported else None
    if path is None or not path.is_file():
        return {}
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse(path.read_text(), schema_pb2.Schema())
    return {
        each.name: schema_pb2.FeatureType.Name(each.type).lower()
        + ("" if each.presence.min_fraction == 1 else ", may be missing")
        for each in schema.feature
    }


def _config(made: Made, *, of_training: bool) -> dict[str, str]:
    values = _launched(made, "config")
    wanted = {key: part for key, part in values.items() if (key == "training") == of_training}
    return dict(_flat(wanted))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)


def _signature(version: ModelVersion) -> dict[str, str]:
    sides = signature(version).items()
    return {f"{side[:-1]} {name}": kind for side, tensors in sides for name, kind in tensors.items()}


def _metrics(before: Made, after: Made) -> Section:
    judged = [read_metrics(made.run) if made.run else {} for made in (before, after)]
    against = after.run.launch.get("champion") if after.run else None
    if against == before.version.version and "champion" in judged[1]:
        first, remark = judged[1]["champion"], f"both on the evaluation rows of {after.version.version}"
    else:
        first = judged[0].get("candidate", {})
        remark = "each on its own evaluation rows, so other days are part of the difference"
        if _data(before) == _data(after):
            remark = "both on the same evaluation rows"
    old, new = first.get("overall", {}), judged[1].get("candidate", {}).get("overall", {})
    if not old or not new:
        return _known(dict.fromkeys(old, ""), dict.fromkeys(new, ""))
    return _of({name: f"{value:.6g}" for name, value in old.items()}, _beside(old, new), remark)


def _beside(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, str]:
    """Returns the new values, each with its difference from the old one where that is not nothing."""
    return {
        name: f"{value:.6g}"
        if name not in old or f"{value:.6g}" == f"{old[name]:.6g}"
        else f"{value:.6g} ({value - old[name]:+.4g})"
        for name, value in new.items()
    }


def _files(version: ModelVersion) -> dict[str, str]:
    return {path: f"{file.size:,} bytes, {file.sha256[:8]}" for path, file in files(version).items()}
