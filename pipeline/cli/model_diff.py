"""What differs between two registered models, for somebody who made neither."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.cli.model_diff_words import Differing, Side, direction, in_short, verdict
from pipeline.cli.model_values import files, signature, window
from pipeline.cli.run_values import read_metrics, row_counts
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.runs import Run
from pipeline.stages import EXAMPLE_GEN, TRAINER, TRANSFORM

_MOST = 12  # lines of a section that people read; --json has all
_LONGEST = 60  # characters of a text that is shown
_NOTHING = "-"
_FINGERPRINT = "fingerprint of the rows"
_OF_MODEL = (EXAMPLE_GEN.name, TRANSFORM.name, TRAINER.name)  # the others judge what these have made
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
      remark: how to read it.
    """

    what: str
    before: str
    after: str
    remark: str = ""

    def __str__(self) -> str:
        line = f"{self.what}: {_cut(self.before)} → {_cut(self.after)}"
        return f"{line}, {self.remark}" if self.remark else line


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
        "files": _differing_files(before.version, after.version),
    }


def page(before: Made, after: Made) -> Iterator[str]:
    """Yields a sentence that says what matters, and the sections as lines."""
    sections, judged = compared(before, after), _judged(before, after)
    names = [made.version for made in (before, after)]
    short = names[0].model_name == names[1].model_name
    first, second = (each.version if short else each.address for each in names)
    yield in_short(
        Side(first, window(before.version), judged.before),
        Side(second, window(after.version), judged.after),
        Differing(
            data=bool(sections["data"].differences),
            code=_code_of_model(before, after),
            columns=_names(sections["columns"]),
            hyperparameters=_names(sections["hyperparameters"]),
            same_rows=judged.same_rows,
        ),
    )
    for made in (before, after):
        version = made.version
        why = version.facts.get("version_reason")
        yield (
            f"{version.version}: registered {version.registered:%Y-%m-%d %H:%M} UTC by run {version.run_id}"
            f"{f', {why}' if why else ''}"
        )
    for name, section in sections.items():
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
    return found | ({_FINGERPRINT: fingerprint[:12]} if fingerprint else {})


def _code(before: Made, after: Made) -> Section:
    section = _known(_launched(before, "code"), _launched(after, "code"))
    sources = [made.run.launch.get("source", _NOTHING) if made.run else _NOTHING for made in (before, after)]
    if not section.differences:
        return section
    changed = ", ".join(each.what for each in section.differences)
    return Section((Difference("commit", *(each[:20] for each in sources)),), f"of these stages: {changed}")


def _code_of_model(before: Made, after: Made) -> list[str] | None:
    """Returns the stages that make a model and whose code is another; None where it is not on record."""
    section = _known(_launched(before, "code"), _launched(after, "code"))
    if section.remark:
        return None
    return [each.what for each in section.differences if each.what in _OF_MODEL]


def _names(section: Section) -> list[str] | None:
    """Returns the names of what differs; None where it is not on record."""
    return None if section.remark else [each.what for each in section.differences]


def _launched(made: Made, key: str) -> dict[str, Any]:
    return json.loads(made.run.launch.get(key, "{}")) if made.run else {}


def _columns(made: Made) -> dict[str, str]:
    """Returns each column's type, as the run's schema has it, and what is recorded of label and table."""
    recipe = json.loads(made.version.facts.get("recipe") or "{}")
    label = dict(_flat(_parsed(recipe.get("label", "")), "label"))
    table = {"fingerprint of columns.yaml": recipe["columns"][:12]} if recipe.get("columns") else {}
    return {**_schema(made.run), **label, **table}


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
    return dict(_flat(wanted)) if wanted else {}


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields the single values in nested ones, each with its name: `model_gate.thresholds.2.at_least`."""
    prefix = f"{name}." if name else ""
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(each, f"{prefix}{key}")
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _flat(each, f"{prefix}{number}")
    else:
        yield name, json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> Any:
    """Returns the value that a text is the JSON of; nothing for an empty one, and else the text itself."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _signature(version: ModelVersion) -> dict[str, str]:
    sides = signature(version).items()
    return {f"{side[:-1]} {name}": kind for side, tensors in sides for name, kind in tensors.items()}


@dataclasses.dataclass(frozen=True)
class _Judged:
    """Metrics by name, and whether both are of the same rows; none where they are not on record."""

    before: Mapping[str, float]
    after: Mapping[str, float]
    same_rows: bool
    remark: str


def _judged(before: Made, after: Made) -> _Judged:
    first, second = (read_metrics(made.run) if made.run else {} for made in (before, after))
    against = after.run.launch.get("champion") if after.run else None
    new = second.get("candidate", {}).get("overall", {})
    if against == before.version.version and "champion" in second:
        remark = f"both on the evaluation rows of {after.version.version}"
        return _Judged(second["champion"].get("overall", {}), new, True, remark)
    old = first.get("candidate", {}).get("overall", {})
    if _data(before) == _data(after):
        return _Judged(old, new, True, "both on the same evaluation rows")
    return _Judged(
        old, new, False, "each on its own evaluation rows, so other days are part of the difference"
    )


def _metrics(before: Made, after: Made) -> Section:
    judged = _judged(before, after)
    old, new = (
        {name: _short(value) for name, value in side.items()} for side in (judged.before, judged.after)
    )
    section = _known(old, new)
    if section.remark:
        return section
    return Section(tuple(_by_how_much(each, judged) for each in section.differences), judged.remark)


def _short(value: float) -> str:
    return f"{value:.6g}"


def _by_how_much(found: Difference, judged: _Judged) -> Difference:
    """Returns the difference of a metric with its size, and whether it is one for the better."""
    if found.what not in judged.before or found.what not in judged.after:
        return found
    old, new = judged.before[found.what], judged.after[found.what]
    told = [verdict(found.what, old, new)] if judged.same_rows else []
    remark = "; ".join(filter(None, (*told, direction(found.what))))
    return Difference(found.what, found.before, f"{found.after} ({new - old:+.4g})", remark)


def _differing_files(before: ModelVersion, after: ModelVersion) -> Section:
    section = _known(_files(before), _files(after))
    if not section.differences:
        return section
    return dataclasses.replace(section, remark="size, and how the SHA-256 of the content begins")


def _files(version: ModelVersion) -> dict[str, str]:
    return {path: f"{file.size:,} bytes, {file.sha256[:8]}" for path, file in files(version).items()}
