"""Whether a pipelineSpec is what KFP's own messages say: parsed strictly, on both levels.

In pipelineSpec, deploymentSpec is a Struct: parsing the former alone accepts anything below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from kfp.pipeline_spec import pipeline_spec_pb2

from pipeline.runners.kfp.arguments import INPUTS_SPEC, value_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import container_of, tasks

SPEC_VERSION = "2.1.0"


def check(job: Mapping[str, Any]) -> CheckResult:
    """Parses pipelineSpec, deploymentSpec, and the inputs spec of each step."""
    spec = job.get("pipelineSpec", {})
    levels: list[tuple[str, Mapping[str, Any], Message]] = [
        ("pipelineSpec", spec, pipeline_spec_pb2.PipelineSpec()),
        ("deploymentSpec", spec.get("deploymentSpec", {}), pipeline_spec_pb2.PipelineDeploymentConfig()),
    ]
    faults = [fault for where, values, message in levels for fault in parse(where, values, message)]
    faults += _required(spec)
    inputs_specs = list(_inputs_specs(spec))
    faults += [fault for where, written in inputs_specs for fault in _parse_inputs_spec(where, written)]
    return CheckResult("messages", len(levels) + len(inputs_specs), tuple(faults))


def parse(where: str, values: Mapping[str, Any], message: Message) -> list[Fault]:
    """Returns what makes values no message of a type: an unknown field or enum value, a wrong type.

    Args:
      where: the place in the job, for the faults.
      values: the JSON values.
      message: an empty message, which is filled.
    """
    if not values:
        return [Fault(where, "is empty or missing")]
    try:
        json_format.ParseDict(values, message)
    except json_format.ParseError as error:
        return [Fault(where, f"not accepted by {message.DESCRIPTOR.full_name}: {error}")]
    return []


def _required(spec: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if not spec.get("pipelineInfo", {}).get("name"):
        faults.append(Fault("pipelineSpec", "pipelineInfo.name is missing; it is required"))
    if spec.get("schemaVersion") != SPEC_VERSION:
        faults.append(
            Fault("pipelineSpec", f"schemaVersion is {spec.get('schemaVersion')!r}, not {SPEC_VERSION}")
        )
    if not spec.get("root", {}).get("dag", {}).get("tasks"):
        faults.append(Fault("pipelineSpec", "root has no tasks"))
    return faults


def _inputs_specs(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, task in tasks(spec):
        written = value_of(container_of(task, spec), INPUTS_SPEC)
        if written is not None:
            yield name, written


def _parse_inputs_spec(where: str, written: str) -> list[Fault]:
    try:
        json_format.Parse(written, pipeline_spec_pb2.ComponentInputsSpec())
    except json_format.ParseError as error:
        return [Fault(where, f"its inputs spec argument is no ComponentInputsSpec: {error}")]
    return []
