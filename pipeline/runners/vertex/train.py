"""Trainer's executor: TFX's own, which starts a custom training job and waits for it."""

from __future__ import annotations

import contextlib
from typing import Any

from tfx.extensions.google_cloud_ai_platform.trainer import executor as stock
from tfx.types import Artifact

from components.trainer import executor
from pipeline.runners.kfp import stand_in


class Executor(stock.GenericExecutor):
    """Trains as a Vertex AI CustomJob on the machines that `ai_platform_training_args` names."""

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Starts the job and waits; the model is in `model` when it returns."""
        executor.check_inputs(input_dict)
        local = stand_in.installed()
        with local.run_training_jobs() if local else contextlib.nullcontext():
            super().Do(input_dict, output_dict, exec_properties)
        # What the job records on its artifacts stays in the job.
        executor.record_model(output_dict)

    def _GetExecutorClass(self) -> type[executor.Executor]:  # noqa: N802 - TFX's interface
        return executor.Executor
