"""Compiles a TFX pipeline into a job of KFP's intermediate representation."""

from __future__ import annotations

from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
from tfx.orchestration.pipeline import Pipeline

from pipeline.runners.kfp.repair import repair
from pipeline.runners.kfp.spec import Job


def compile_pipeline(pipeline: Pipeline, image: str, exit_handler: BaseNode | None = None) -> Job:
    """Returns the job as JSON values, with a pipelineSpec of version 2.1 and TFX's mistakes repaired.

    Args:
      pipeline: the TFX pipeline.
      image: container image of every step.
      exit_handler: the step that runs however the others ended; all of them are then in a graph of their own.

    Raises:
      MiscompiledError: TFX compiled the pipeline into something that cannot run, and it cannot be repaired.
    """
    config = stock.KubeflowV2DagRunnerConfig(default_image=image, use_pipeline_spec_2_1=True)
    compiler = stock.KubeflowV2DagRunner(config=config)
    if exit_handler:
        compiler.set_exit_handler(exit_handler)
    return repair(compiler.run(pipeline, write_out=False))
