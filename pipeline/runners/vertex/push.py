"""Pusher's executor for Vertex AI: a version in the Model Registry, which nothing serves yet."""

from __future__ import annotations

import json
from typing import Any

from tfx.types import standard_component_specs

from components.pusher import executor as atomic
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.deployment import SETTINGS_KEY
from pipeline.runners.vertex.model_versions import ModelVersions


class Executor(atomic.Executor):
    """Uploads a model that both gates blessed, as a version under its parent.

    Custom properties written on the artifact: `pushed` (int), `pushed_version` (the version in the Model
    Registry), `pushed_destination` (the version's resource name). A local stand-in puts the model into the
    folder of `push_destination`.
    """

    def _publish(self, model_path: str, exec_properties: dict[str, Any]) -> tuple[str, str]:
        """Makes the model a version; repeating an upload that was killed half-way completes it.

        Args:
          model_path: of the pushed model's artifact.
          exec_properties: the node's.

        Returns:
          The version's resource name, and its number.
        """
        settings = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])[SETTINGS_KEY]
        local = stand_in.installed()
        if local:
            return local.push(settings, model_path, atomic.base_directory(exec_properties))
        return ModelVersions(settings).upload(model_path)
