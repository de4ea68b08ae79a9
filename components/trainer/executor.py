"""Trainer's executor: TFX's own, between a check of what it loads and a record of what it made."""

from __future__ import annotations

from typing import Any

from tfx.components.trainer import executor as stock
from tfx.types import Artifact, artifact_utils, standard_component_specs
from tfx.utils import path_utils

from components.model_files import artifact as model_files


class Executor(stock.GenericExecutor):
    """Trains on a transform graph whose files are those that were recorded, and records the model's.

    Custom property written on the artifact `model`: `files` (components/model_files/rule.py).
    """

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Calls the run_fn.

        Raises:
          AlteredModelError: the transform graph changed since it was made; nothing of it was loaded.
        """
        check_inputs(input_dict)
        super().Do(input_dict, output_dict, exec_properties)
        record_model(output_dict)


def check_inputs(input_dict: dict[str, list[Artifact]]) -> None:
    """Sees that the transform graph is the recorded one.

    Raises:
      AlteredModelError: it is not.
    """
    for graph in input_dict.get(standard_component_specs.TRANSFORM_GRAPH_KEY, []):
        model_files.check(graph, graph.uri)


def record_model(output_dict: dict[str, list[Artifact]]) -> None:
    """Records the files of the model that was just trained."""
    model = artifact_utils.get_single_instance(output_dict[standard_component_specs.MODEL_KEY])
    model_files.record(model, path_utils.serving_model_path(model.uri))
