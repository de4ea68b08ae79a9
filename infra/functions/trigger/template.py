"""A template: a release's compiled jobs with slots for what a launch decides.

Made once a release, where TFX is installed (infra/promotion/template.py); filled at every run by the trigger
function, which has neither TFX nor TensorFlow. A test shows that filling gives exactly what compiling the
same launch would.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.config.config import Config, parse
from pipeline.launch.launch import Launch, window_days
from pipeline.launch.record import as_parameters
from pipeline.spans.window import Span

_TOKEN = re.compile(r"^\{\{(\w+)\}\}$")

Job = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Template:
    """A release's jobs, and the part of every launch that the release decides.

    Attributes:
      release: its name, a tag or a commit.
      source: version of the code in its image.
      config: its configuration.
      schema: the curated schema's text.
      schema_uri: where runs look for it; kept there when the template is uploaded.
      code: stage to fingerprint of its code.
      alone: the job of a launch that compares with no champion.
      beside_champion: the job of a launch that does.
    """

    release: str
    source: str
    config: Config
    schema: str
    schema_uri: str
    code: Mapping[str, str]
    alone: Job
    beside_champion: Job

    def as_json(self) -> str:
        """The template as it is kept."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return json.dumps({**values, "config": self.config.model_dump(mode="json")}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Template:
        """Reads what `as_json` wrote.

        Raises:
          ConfigError: the configuration in it is not this code's.
        """
        values = json.loads(text)
        return cls(**{**values, "config": parse(values["config"], origin=f"template {values['release']}")})


def fill(template: Template, launch: Launch) -> Job:
    """The job of a launch, as compiling it would give."""
    compares = launch.champion is not None and not launch.incomparable
    job = _replaced(template.beside_champion if compares else template.alone, slots(launch))
    record = launch.record(code_version=template.source)
    job["runtimeConfig"]["parameterValues"].update(as_parameters(record))
    return job


def slots(launch: Launch) -> dict[str, str]:
    """Slot to what a launch puts there, as graph.build writes it."""
    return {
        "train_spans": _spans(launch.window.train_spans),
        "eval_spans": _spans(launch.held_out_spans),
        "window": json.dumps(window_days(launch.window)),
        "champion_uri": launch.champion.model_uri if launch.champion else "",
        "incomparable": launch.incomparable or "",
    }


def _spans(spans: Sequence[Span]) -> str:
    return json.dumps([{"span": s.number, "path": s.path, "fingerprint": s.fingerprint} for s in spans])


def _replaced(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(child, values) for key, child in value.items()}
    if isinstance(value, list):
        return [_replaced(child, values) for child in value]
    token = _TOKEN.match(value) if isinstance(value, str) else None
    return values[token.group(1)] if token else value
