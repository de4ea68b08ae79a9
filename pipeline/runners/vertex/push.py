"""Pusher's executor for Vertex AI: a version in the Model Registry, deployed to an endpoint."""

from __future__ import annotations

import json
from typing import Any

from tfx.types import standard_component_specs

from components.pusher import executor as atomic
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.endpoint import SETTINGS_KEY, Endpoint


class Executor(atomic.Executor):
    """Uploads a model that both gates blessed, as a version under its parent, and deploys it.

    Custom properties written on the artifact: `pushed` (int), `pushed_version` (the version in the Model
    Registry), `pushed_destination` (the endpoint's resource name). A local stand-in puts the model into the
    folder of `push_destination`.
    """

    def _publish(self, model_path: str, exec_properties: dict[str, Any]) -> tuple[str, str]:
        """Makes the model serve; repeating a push that was killed half-way completes it.

        Args:
          model_path: of the pushed model's artifact.
          exec_properties: the node's.

        Returns:
          The endpoint's resource name and the version in the Model Registry.
        """
        settings = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])[SETTINGS_KEY]
        local = stand_in.installed()
        if local:
            return local.push(settings, model_path, atomic.base_directory(exec_properties))
        return Endpoint(settings).push(model_path)
