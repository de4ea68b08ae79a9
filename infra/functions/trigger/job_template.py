"""A job template: the compiled jobs of one revision of the code, with slots for what a launch decides.

Made once per revision, where TFX is installed (infra/promotion/make_template.py); filled for every run by the
trigger function, which has neither TFX nor TensorFlow. A test shows that filling gives exactly what compiling
the same launch would.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

from pipeline.config.config import Config
from pipeline.config.load import parse
from pipeline.errors import ConfigError
from pipeline.launch.graph_inputs import NOTHING, graph_inputs
from pipeline.launch.job_shapes import shape
from pipeline.launch.launch import Launch
from pipeline.launch.record import as_parameters

_SLOT = re.compile(r"\{\{(\w+)\}\}")

Job = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class JobTemplate:
    """The jobs of a revision, and the part of every launch that the revision decides.

    Attributes:
      revision: of the code: a tag or a commit.
      source: version of the code in its image.
      config: its configuration.
      schema: the curated schema's text.
      schema_uri: where runs look for it; kept there when the template is uploaded.
      code: stage to fingerprint of its code.
      jobs: name of a launch's shape to its job with slots.
      split: JSON of the hash by which rows are split; empty if the last spans judge.
    """

    revision: str
    source: str
    config: Config
    schema: str
    schema_uri: str
    code: Mapping[str, str]
    jobs: Mapping[str, Job]
    split: str = ""

    def as_json(self) -> str:
        """Returns the template as it is kept."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return json.dumps({**values, "config": self.config.model_dump(mode="json")}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> JobTemplate:
        """Reads what `as_json` wrote.

        Raises:
          ConfigError: it, or the configuration in it, is not this code's.
        """
        values = json.loads(text)
        expected = {field.name for field in dataclasses.fields(cls)}
        if values.keys() != expected:
            raise ConfigError(
                f"the template holds {', '.join(sorted(values))}; expected {', '.join(sorted(expected))}: "
                "make it anew with this code"
            )
        origin = f"template {values['revision']}"
        return cls(**{**values, "config": parse(values["config"], origin=origin)})


def fill(template: JobTemplate, launch: Launch) -> Job:
    """Returns the job of a launch, as compiling it would give.

    Raises:
      ConfigError: the template has no job of the launch's shape, or the job no slot for an input.
    """
    name = shape(launch)
    if name not in template.jobs:
        raise ConfigError(
            f"the template of {template.revision} has no job {name!r}, only {', '.join(template.jobs)}: "
            "make it anew with this code"
        )
    inputs, used = graph_inputs(launch), set[str]()
    job = _filled(template.jobs[name], inputs, used)
    unused = {key for key, text in inputs.items() if text not in NOTHING} - used
    if unused:
        raise ConfigError(
            f"the job {name!r} of {template.revision} has no slot for {', '.join(sorted(unused))}"
        )
    record = launch.record(source=template.source)
    job["runtimeConfig"]["parameterValues"].update(as_parameters(record))
    return job


def slot(name: str) -> str:
    """Returns the text that holds an input's place in a template."""
    return f"{{{{{name}}}}}"


def _filled(value: Any, inputs: Mapping[str, str], used: set[str]) -> Any:
    """Returns the value with texts in place of slots, and adds the names of the slots to `used`."""
    if isinstance(value, dict):
        return {key: _filled(child, inputs, used) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, inputs, used) for child in value]
    found = _SLOT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    used.add(found.group(1))
    return inputs[found.group(1)]
