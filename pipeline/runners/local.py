"""The runner of the graph on this machine: one stage after the other, recorded in ML Metadata."""

from __future__ import annotations

import contextlib
import ctypes
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.dsl.compiler import compiler, constants
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import cache_utils, data_types, launcher, runtime_parameter_utils
from tfx.orchestration.portable.mlmd import context_lib
from tfx.proto.orchestration import pipeline_pb2

from components import workers
from components.pusher.executor import Executor as AtomicPushExecutor
from pipeline import interrupts
from pipeline.graph import StageOverrides
from pipeline.launch.record import as_parameters
from pipeline.lineage.mlmd import ERROR, RUN_CONTEXT, STATE
from pipeline.lineage.runs import FAILED, RUNNING, STOPPED, SUCCEEDED
from pipeline.runners.progress import Progress
from pipeline.runners.stage_end import StageEnd, broken_off, end_reported_by, failed
from pipeline.stages import PUSHER, STAGES

OVERRIDES = StageOverrides(executors={PUSHER.name: ExecutorClassSpec(AtomicPushExecutor)})

SHARED_STAGES = frozenset(stage.name for stage in STAGES if stage.uses_workers)

_log = logging.getLogger(__name__)


class LocalRunner:
    """Runner of a pipeline in this process; a pool of `max_workers` processes shares the work on spans.

    TFX's own LocalDagRunner does the same with the same launcher, but it continues after a stage whose inputs
    cannot be resolved, and does not show stages while they run.
    """

    def __init__(self, connection: mlmd.ConnectionConfig, progress: Progress, max_workers: int = 1):
        self._connection = connection
        self._progress = progress
        self._max_workers = max_workers

    def run(self, pipeline: Pipeline, run_id: str, launch: Mapping[str, str]) -> str:
        """Runs every stage, stops at the first that fails, and records how the run ended.

        Args:
          pipeline: the graph.
          run_id: names the run in ML Metadata.
          launch: the launch's record, kept with the run.

        Returns:
          The run's state: succeeded, stopped (a gate said no) or failed.
        """
        try:
            self._describe_run(run_id, {**as_parameters(launch), STATE: RUNNING})
            compiled = _compile(pipeline, run_id)
            with workers.worker_pool(self._max_workers), _conditions_outside_of_cache_keys():
                state, error = self._run_stages(compiled)
            self._describe_run(run_id, {STATE: state, ERROR: error})
        except BaseException as fault:
            self._describe_run(run_id, broken_off(fault))
            raise
        return state

    def _run_stages(self, pipeline: pipeline_pb2.Pipeline) -> tuple[str, str]:
        closed = ""
        names = [node.pipeline_node.node_info.id for node in pipeline.nodes]
        for number, (name, node) in enumerate(zip(names, pipeline.nodes, strict=True)):
            if SHARED_STAGES.isdisjoint(names[number:]):
                workers.shutdown()  # free its memory for the Trainer
            with self._progress.stage(name) as ended:
                end = self._run_stage(pipeline, node.pipeline_node)
                interrupts.check()  # the stage may have swallowed it
                _release_memory()
                ended(end.state, end.note)
            if end.state == "failed":
                return FAILED, f"{name}: {end.note}"
            if end.state == "closed" and not closed:
                closed = f"{name}: {end.note}"
        return (STOPPED, closed) if closed else (SUCCEEDED, "")

    def _run_stage(self, pipeline: pipeline_pb2.Pipeline, node: pipeline_pb2.PipelineNode) -> StageEnd:
        deployment = runner_utils.extract_local_deployment_config(pipeline)
        try:
            info = launcher.Launcher(
                pipeline_node=node,
                mlmd_connection=metadata.Metadata(self._connection),
                pipeline_info=pipeline.pipeline_info,
                pipeline_runtime_spec=pipeline.runtime_spec,
                executor_spec=runner_utils.extract_executor_spec(deployment, node.node_info.id),
                custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, node.node_info.id),
            ).launch()
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - whatever a stage raises is its end
            _log.exception("stage %s failed", node.node_info.id)
            return failed(fault)
        if info is None or info.execution_id is None:
            return StageEnd("skipped", "a gate before it is closed")
        return self._how_it_ended(info)

    def _how_it_ended(self, info: data_types.ExecutionInfo) -> StageEnd:
        """Returns the end in ML Metadata: a launcher does not report inputs that it cannot resolve."""
        with metadata.Metadata(self._connection) as handle:
            (execution,) = handle.store.get_executions_by_id([info.execution_id])
            events = handle.store.get_events_by_execution_ids([info.execution_id])
            outputs = handle.store.get_artifacts_by_id(
                [event.artifact_id for event in events if event.type == mlmd.Event.OUTPUT]
            )
        state = execution.last_known_state
        if state not in (mlmd.Execution.COMPLETE, mlmd.Execution.CACHED):
            return StageEnd("failed", "its inputs could not be resolved")
        done = "cached" if state == mlmd.Execution.CACHED else "done"
        ends = (end_reported_by(output, done) for output in outputs)
        return next((end for end in ends if end), StageEnd(done))

    def _describe_run(self, run_id: str, properties: Mapping[str, str]) -> None:
        with metadata.Metadata(self._connection) as handle:
            context = context_lib.register_context_if_not_exists(
                handle, context_type_name=RUN_CONTEXT, context_name=run_id
            )
            for key, text in properties.items():
                context.custom_properties[key].string_value = text
            handle.store.put_contexts([context])


@contextlib.contextmanager
def _conditions_outside_of_cache_keys() -> Iterator[None]:
    """Lets a verdict decide whether a stage runs, and not what it computes.

    TFX counts the artifacts of a condition as inputs. The gate on data compares with the champion, so after
    each release its verdict is another one, and everything behind it would be computed again.
    """
    whole = cache_utils.get_cache_context

    def without_conditions(*, input_artifacts: Any = None, **others: Any) -> Any:
        inputs = {key: each for key, each in (input_artifacts or {}).items() if not key.startswith("_")}
        return whole(input_artifacts=inputs, **others)

    cache_utils.get_cache_context = without_conditions
    try:
        yield
    finally:
        cache_utils.get_cache_context = whole


def _release_memory() -> None:
    """Returns freed memory to the system, so that the next stage does not add to it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
    if trim:
        trim(0)


def _compile(pipeline: Pipeline, run_id: str) -> pipeline_pb2.Pipeline:
    compiled = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(
        compiled, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id}
    )
    return compiled
