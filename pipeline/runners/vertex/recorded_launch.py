"""The launch of a compiled job, read back from it: from its record, and from what its steps are given.

The record holds no text of the schema and nothing of the champion but its version; steps are given the rest.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.example_gen import hash_split
from components.gates import override
from components.release.version_rule import Registered
from components.spans import span_ref
from pipeline import stages
from pipeline.config.config import Config
from pipeline.launch.champion import Champion
from pipeline.launch.job_shapes import SHAPES
from pipeline.launch.launch import Launch
from pipeline.launch.record import from_parameters
from pipeline.runners.kfp.spec import executor_of, tasks
from pipeline.spans.window import Span, Window


@dataclasses.dataclass(frozen=True)
class RecordedLaunch(Launch):
    """A launch of which schema, source and champion are known only by what was recorded.

    Attributes:
      recorded: the job's record.
    """

    recorded: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def schema_fingerprint(self) -> str:
        """SHA-256 of the schema's text, as recorded."""
        return self.recorded["schema_fingerprint"]

    @property
    def ignoring(self) -> str | None:
        """The recorded reason not to compare with the champion, for that run or by a reset; None for none."""
        return self.ignore_champion or self.recorded["champion_reset"] or None

    @property
    def incomparable(self) -> str | None:
        """Why the champion is not compared with the candidate, as recorded."""
        return (self.ignoring or self.recorded["incomparable"] or None) if self.champion else None

    def record(self, source: str | None = None) -> dict[str, str]:
        """Returns what a launch like this one records."""
        only_recorded = {key: self.recorded[key] for key in ("source", "champion_reset")}
        return {**super().record(source or self.recorded["source"]), **only_recorded}


def recorded_launch(job: Mapping[str, Any]) -> RecordedLaunch:
    """Returns the launch of a job.

    Raises:
      AttributeError, KeyError, TypeError, ValueError: the job's record lacks something, or cannot be read.
    """
    record = from_parameters(job["runtimeConfig"]["parameterValues"])
    config = Config.model_validate_json(record["config"], strict=True)
    given = _given(job["pipelineSpec"])
    split = hash_split.from_values(json.loads(record["window"]).get("split", {"rule": ""}))
    if (split is None) != config.split.by_time:
        raise ValueError("window and config do not split rows by the same rule")
    return RecordedLaunch(
        config=config,
        window=_window(given[stages.EXAMPLE_GEN.name], config),
        champion=_champion(record["champion"], given, job["pipelineSpec"]),
        ignore_champion=record["ignore_champion"] or None,
        schema=b"",
        code=json.loads(record["code"]),
        split=split,
        calendar=json.loads(given[stages.DATA_GATE.name]["calendar"] or "{}"),
        overrides=override.from_json(record["overrides"]),
        newest=Registered.from_json(given[stages.RELEASE.name]["newest"]),
        recorded=record,
    )


def _given(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the constants that each task is given as parameters."""
    return {
        name: {
            key: source["runtimeValue"]["constant"]
            for key, source in task.get("inputs", {}).get("parameters", {}).items()
            if "runtimeValue" in source
        }
        for name, task in tasks(spec)
    }


def _window(given: Mapping[str, str], config: Config) -> Window:
    train, evaluate = tuple(_spans(given["train_spans"])), tuple(_spans(given["eval_spans"]))
    if not train or (config.split.by_time and not evaluate):
        raise ValueError("it has no days")
    return Window(train, evaluate if config.split.by_time else train, grain=config.data.spans)


def _spans(text: str) -> Iterator[Span]:
    for ref in span_ref.from_json(text):
        yield Span(_day(ref), ref.path, ref.fingerprint)


def _day(ref: span_ref.SpanRef) -> dt.date:
    try:
        return ref.day
    except OverflowError as error:
        raise ValueError(f"no day has the number {ref.number}") from error


def _champion(
    version: str, given: Mapping[str, Mapping[str, Any]], spec: Mapping[str, Any]
) -> Champion | None:
    """Returns the champion as far as the job names it; None for a job of a first run."""
    if not version:
        return None
    imported = [task for name, task in tasks(spec) if any(name in shape.imports for shape in SHAPES.values())]
    addresses = [executor_of(task, spec)["importer"]["artifactUri"]["constant"] for task in imported]
    return dataclasses.replace(
        Champion.stand_in(version=version, model_uri="".join(addresses[:1])),
        data_profile=given[stages.DATA_GATE.name]["baseline"],
        answers=given[stages.EVALUATOR.name]["answers"],
        files=given[stages.EVALUATOR.name]["champion_files"],
    )
