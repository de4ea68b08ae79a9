"""Pusher's executor for Vertex AI: a version in the Model Registry, deployed to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfx.proto import pusher_pb2
from tfx.types import Artifact, artifact_utils, standard_component_specs
from tfx.utils import io_utils, proto_utils

from components.pusher import executor as atomic
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.endpoint import SETTINGS_KEY, Endpoint


class Executor(atomic.Executor):
    """Uploads a model that both gates blessed, as a version under its parent, and deploys it.

    Custom properties written on the artifact: `pushed` (int), `pushed_version` (the version in the Model
    Registry), `pushed_destination` (the endpoint's resource name). A local stand-in puts the model into the
    folder of `push_destination`.
    """

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model if its blessings say so; repeating a push that died half-way completes it."""
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        io_utils.copy_dir(self.GetModelPath(input_dict), pushed.uri)
        destination, version = _publish(pushed.uri, exec_properties)
        self._MarkPushed(pushed, pushed_destination=destination, pushed_version=version)


def _publish(model_uri: str, exec_properties: Mapping[str, Any]) -> tuple[str, str]:
    settings = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])[SETTINGS_KEY]
    local = stand_in.installed()
    if local:
        return local.push(settings, model_uri, _base_directory(exec_properties))
    return Endpoint(settings).push(model_uri)


def _base_directory(exec_properties: Mapping[str, Any]) -> str:
    destination = pusher_pb2.PushDestination()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY], destination)
    return destination.filesystem.base_directory
