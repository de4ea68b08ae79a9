"""What a container is started with: the ExecutorInput message, and the arguments that carry it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from pipeline.runners.kfp.local.tasks import Task

_PLACEHOLDER = re.compile(
    r"\{\{\$\.(?P<side>inputs|outputs)\.(?P<kind>artifacts|parameters)\['(?P<key>[^']+)'\]"
    r"(?:\.(?P<field>uri|path|output_file))?\}\}"
)


class PlaceholderError(ValueError):
    """An argument asks for an input or output that the task does not have."""


def build(
    task: Task,
    artifacts: Mapping[str, Sequence[Mapping[str, Any]]],
    parameters: Mapping[str, Any],
    folder: str,
) -> dict[str, Any]:
    """Returns the task's ExecutorInput as JSON values, as the service makes it.

    Args:
      task: the task.
      artifacts: input RuntimeArtifacts by key.
      parameters: values by name.
      folder: where its outputs go, `<root>/<project>/<job>/<task>_<number>`.

    Raises:
      google.protobuf.json_format.ParseError: it is no ExecutorInput.
    """
    outputs = task.component.get("outputDefinitions", {})
    values = {
        "inputs": {
            "artifacts": {key: {"artifacts": list(of_key)} for key, of_key in artifacts.items()},
            "parameterValues": dict(parameters),
        },
        "outputs": {
            "artifacts": {
                key: {"artifacts": [_output(folder, key, definition["artifactType"])]}
                for key, definition in outputs.get("artifacts", {}).items()
            },
            "parameters": {key: {"outputFile": f"{folder}/{key}"} for key in outputs.get("parameters", {})},
            "outputFile": f"{folder}/executor_output.json",
        },
    }
    json_format.ParseDict(values, pipeline_spec_pb2.ExecutorInput())
    return values


def arguments(container: Mapping[str, Any], executor_input: Mapping[str, Any]) -> list[str]:
    """Returns command and arguments of a container with every placeholder filled in.

    Raises:
      PlaceholderError: a placeholder names what the task does not have.
    """
    written = [*container.get("command", ()), *container.get("args", ())]
    return [_filled(text, executor_input) for text in written]


def _filled(text: str, executor_input: Mapping[str, Any]) -> str:
    whole = text.replace("{{$}}", json.dumps(executor_input))
    return whole if whole != text else _PLACEHOLDER.sub(lambda match: _named(match, executor_input), text)


def _named(match: re.Match[str], executor_input: Mapping[str, Any]) -> str:
    side = executor_input[match["side"]]
    kind = match["kind"] if match["side"] == "outputs" or match["kind"] == "artifacts" else "parameterValues"
    try:
        value = side[kind][match["key"]]
    except KeyError as error:
        raise PlaceholderError(f"{match.group(0)}: the task has no such {match['kind'][:-1]}") from error
    if match["kind"] == "artifacts":
        return str(value["artifacts"][0]["uri"])
    if match["side"] == "outputs":
        return str(value["outputFile"])
    return value if isinstance(value, str) else json.dumps(value)


def _output(folder: str, key: str, artifact_type: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": f"{folder}/{key}", "uri": f"{folder}/{key}", "type": dict(artifact_type), "metadata": {}}
