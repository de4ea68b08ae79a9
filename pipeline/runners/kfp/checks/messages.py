"""Whether a job is what the API's own messages say: parsed strictly, on all three levels.

In the job, pipelineSpec is a Struct, and in pipelineSpec, deploymentSpec is one: parsing the job alone
accepts anything below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.cloud import aiplatform_v1
from google.protobuf import json_format
from google.protobuf.message import Message
from kfp.pipeline_spec import pipeline_spec_pb2

from pipeline.runners.kfp.checks.finding import Fault, Found, executor_of, tasks

SPEC_VERSION = "2.1.0"


def check(job: Mapping[str, Any]) -> Found:
    """Parses the job, its pipelineSpec, its deploymentSpec, and the inputs spec of each step."""
    spec = job.get("pipelineSpec", {})
    levels: list[tuple[str, Mapping[str, Any], Message]] = [
        ("job", job, aiplatform_v1.PipelineJob.pb()()),
        ("pipelineSpec", spec, pipeline_spec_pb2.PipelineSpec()),
        ("deploymentSpec", spec.get("deploymentSpec", {}), pipeline_spec_pb2.PipelineDeploymentConfig()),
    ]
    faults = [fault for where, values, message in levels for fault in _parse(where, values, message)]
    faults += _required(job, spec)
    interfaces = list(_interfaces(spec))
    faults += [fault for where, written in interfaces for fault in _interface(where, written)]
    return Found("messages", len(levels) + len(interfaces), tuple(faults))


def _parse(where: str, values: Mapping[str, Any], message: Message) -> list[Fault]:
    if not values:
        return [Fault(where, "is empty or missing")]
    try:
        json_format.ParseDict(values, message)
    except json_format.ParseError as error:
        return [Fault(where, f"not accepted by {message.DESCRIPTOR.full_name}: {error}")]
    return []


def _required(job: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if not job.get("runtimeConfig", {}).get("gcsOutputDirectory"):
        faults.append(Fault("job", "runtimeConfig.gcsOutputDirectory is missing; it is required"))
    if not spec.get("pipelineInfo", {}).get("name"):
        faults.append(Fault("pipelineSpec", "pipelineInfo.name is missing; it is required"))
    if spec.get("schemaVersion") != SPEC_VERSION:
        faults.append(
            Fault("pipelineSpec", f"schemaVersion is {spec.get('schemaVersion')!r}, not {SPEC_VERSION}")
        )
    if not spec.get("root", {}).get("dag", {}).get("tasks"):
        faults.append(Fault("pipelineSpec", "root has no tasks"))
    return faults


def _interfaces(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, task in tasks(spec):
        arguments = executor_of(task, spec).get("container", {}).get("args", [])
        if "--json_serialized_inputs_spec_args" in arguments:
            position = arguments.index("--json_serialized_inputs_spec_args") + 1
            found.append((name, "".join(arguments[position : position + 1])))
    return found


def _interface(where: str, written: str) -> list[Fault]:
    try:
        json_format.Parse(written, pipeline_spec_pb2.ComponentInputsSpec())
    except json_format.ParseError as error:
        return [Fault(where, f"its inputs spec argument is no ComponentInputsSpec: {error}")]
    return []
