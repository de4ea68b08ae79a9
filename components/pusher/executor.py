"""Pusher's executor for a folder that a model server watches."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

from tfx.components.pusher import executor as stock
from tfx.proto import pusher_pb2
from tfx.types import Artifact, artifact_utils, standard_component_specs
from tfx.utils import io_utils, proto_utils

from components.model_files import artifact as model_files
from components.model_files.rule import PROPERTY
from components.pusher import numbers


class Executor(stock.Executor):
    """Pushes a blessed model under the deployment's next number, in one step that a server sees whole or not.

    TFX's own executor numbers by the clock and copies file by file into the served folder, where a server
    that polls finds half a model; and it pushes a model that no gate was wired to. Model path and the
    artifact's properties are stock's. A subclass that pushes elsewhere overrides `_publish`.
    """

    def CheckBlessing(self, input_dict: dict[str, list[Artifact]]) -> bool:  # noqa: N802 - TFX's interface
        """Returns whether both gates were wired and both blessed the model."""
        gates = (
            standard_component_specs.MODEL_BLESSING_KEY,
            standard_component_specs.INFRA_BLESSING_KEY,
        )
        return all(input_dict.get(gate) for gate in gates) and super().CheckBlessing(input_dict)

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Copies the model into the artifact and publishes it if both gates blessed it.

        Raises:
          AlteredModelError: the copy is not the model that was trained; nothing is published.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        model = artifact_utils.get_single_instance(input_dict[standard_component_specs.MODEL_KEY])
        io_utils.copy_dir(self.GetModelPath(input_dict), pushed.uri)
        model_files.check(model, pushed.uri)
        pushed.set_string_custom_property(PROPERTY, model_files.recorded(model))
        destination, version = self._publish(pushed.uri, exec_properties)
        self._MarkPushed(pushed, pushed_destination=destination, pushed_version=version)

    def _publish(self, model_path: str, exec_properties: dict[str, Any]) -> tuple[str, str]:
        """Makes a model servable; repeating a push that was killed half-way completes it.

        Args:
          model_path: of the pushed model's artifact.
          exec_properties: the node's.

        Returns:
          Where the model is now, and its version there.
        """
        served = publish(model_path, base_directory(exec_properties))
        return served, os.path.basename(served)


def base_directory(exec_properties: dict[str, Any]) -> str:
    """Returns the served folder that a Pusher's `push_destination` names."""
    destination = pusher_pb2.PushDestination()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY], destination)
    return destination.filesystem.base_directory


def publish(model_path: str, base_directory: str) -> str:
    """Copies a model beside the served folder and renames it into place under the deployment's next number.

    If the deployment's newest number already holds this very model, it is returned again: a push that was
    killed before it was recorded is completed, not repeated.

    Args:
      model_path: folder of the model.
      base_directory: the served folder, beside those of the deployment's other models; made if it does not
        exist.

    Returns:
      The folder that now holds the model, `<base_directory>/<number>`.

    Raises:
      OSError: the copy failed (a full disk); the served folder is as it was.
    """
    os.makedirs(base_directory, exist_ok=True)
    models = os.path.dirname(os.path.abspath(base_directory))
    newest = numbers.highest(models)
    newest_folder = os.path.join(base_directory, str(newest))
    if newest and _contents(newest_folder) == _contents(model_path):
        return newest_folder
    served = os.path.join(base_directory, str(newest + 1))
    with tempfile.TemporaryDirectory(prefix=".push-", dir=models) as staging:
        staged = os.path.join(staging, "model")
        try:
            shutil.copytree(model_path, staged)
        except shutil.Error as error:
            source, _, why = error.args[0][0]
            raise OSError(f"cannot copy {source} beside {base_directory}: {why}") from error
        os.rename(staged, served)
    return served


def _contents(folder: str) -> dict[str, bytes]:
    contents = {}
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                contents[os.path.relpath(path, folder)] = file.read()
    return contents
