"""Trainer's executor: TFX's own, which starts a custom training job and waits; they end together."""

from __future__ import annotations

from typing import Any

from tfx.extensions.google_cloud_ai_platform.trainer import executor as stock
from tfx.types import Artifact, standard_component_specs
from tfx.utils import json_utils

from components.trainer import executor
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.cancelled_with_step import cancelled_with_step

API_ENDPOINT_KEY = "api_endpoint"  # in Trainer's custom_config


class Executor(stock.GenericExecutor):
    """Trains as a Vertex AI CustomJob on the machines that `ai_platform_training_args` names."""

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Starts the job and waits; the model is in `model` when it returns.

        Whatever ends the wait otherwise, an error or SIGTERM, cancels the job.
        """
        executor.check_inputs(input_dict)
        local = stand_in.installed()
        settings = json_utils.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])
        with local.run_training_jobs() if local else cancelled_with_step(settings.get(API_ENDPOINT_KEY)):
            super().Do(input_dict, output_dict, exec_properties)
        # What the job records on its artifacts stays in the job.
        executor.record_model(output_dict)

    def _GetExecutorClass(self) -> type[executor.Executor]:  # noqa: N802 - TFX's interface
        return executor.Executor
