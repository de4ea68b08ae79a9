"""Runs read from Vertex AI: jobs with tasks, and artifacts as Vertex ML Metadata has them now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from google.cloud import aiplatform_v1 as api
from google.protobuf.field_mask_pb2 import FieldMask

from pipeline.config.config import Config
from pipeline.launch.record import from_parameters
from pipeline.lineage.runs import (
    FAILED,
    INTERRUPTED,
    RUNNING,
    STOPPED,
    SUCCEEDED,
    Artifact,
    Run,
    Stage,
)
from pipeline.runners.kfp.spec import executor_of, tasks
from pipeline.runners.vertex import jobs
from pipeline.runners.vertex.api import Region, api_errors, connect

_State = api.PipelineTaskDetail.State
_STAGES = {
    _State.SUCCEEDED: "complete",
    _State.SKIPPED: "cached",  # "skipped to run due to cache hit", says the API
    _State.FAILED: "failed",
    _State.RUNNING: "running",
    _State.CANCELLED: "canceled",
    _State.CANCELLING: "canceled",
}
_ENDED = {
    api.PipelineState.PIPELINE_STATE_FAILED: FAILED,
    api.PipelineState.PIPELINE_STATE_CANCELLED: INTERRUPTED,
    api.PipelineState.PIPELINE_STATE_SUCCEEDED: SUCCEEDED,
}


def open_store(config: Config) -> VertexStore:
    """Returns the runs of a configuration's pipeline on Vertex AI; asks for nothing yet.

    Raises:
      ConfigError: the configuration has no section `cloud`.
    """
    return VertexStore(config.name, config.require_cloud())


class VertexStore:
    """The runs of one pipeline on Vertex AI."""

    def __init__(self, name: str, cloud: Region):
        self._name = name
        self._cloud = cloud
        self._read: dict[int, Any] = {}  # the artifacts of `runs`, by their ids there

    def runs(self) -> list[Run]:
        """Returns all runs, oldest first.

        Raises:
          UserError: the API refuses or does not answer.
        """
        return [self._run(job) for job in reversed(jobs.details(self._name, self._cloud, limit=None))]

    def write_property(self, artifact: int, name: str, text: str) -> None:
        """Adds a property to an artifact that `runs` returned; refused if it was changed since.

        Raises:
          UserError: the API refuses or does not answer.
        """
        read = self._read[artifact]
        metadata = {**dict(read.metadata or {}), name: text}
        changed = api.Artifact(name=read.name, metadata=metadata, etag=read.etag)
        client = connect(api.MetadataServiceClient, self._cloud.region, self._cloud.api_endpoint)
        with api_errors(f"writing {name!r} into the metadata of {read.name}"):
            client.update_artifact(artifact=changed, update_mask=FieldMask(paths=["metadata"]))

    def _run(self, job: Any) -> Run:
        artifacts = self._artifacts(job)
        self._read |= {_id(each): each for each in artifacts.values()}
        stages = tuple(
            _stage(number, task, artifacts)
            for number, task in enumerate(job.job_detail.task_details)
            if task.state in _STAGES and not _is_whole_run(task, job)
        )
        values = {key: _plain(value) for key, value in dict(job.runtime_config.parameter_values).items()}
        closed = [a for s in stages for outputs in s.outputs.values() for a in outputs if _is_closed_gate(a)]
        state = _ENDED.get(job.state, RUNNING)
        stopped = state == SUCCEEDED and bool(closed)
        return Run(
            id=job.name.rsplit("/", 1)[-1],
            state=STOPPED if stopped else state,
            error=closed[0].properties.get("reason", "") if stopped else " ".join(job.error.message.split()),
            started=job.start_time or job.create_time,
            launch=from_parameters(values),
            stages=stages,
        )

    def _artifacts(self, job: Any) -> dict[str, Any]:
        """Returns the run's artifacts as they are now: a withdrawal since the run shows only here."""
        context = job.job_detail.pipeline_run_context.name
        if not context:
            return {}
        client = connect(api.MetadataServiceClient, self._cloud.region, self._cloud.api_endpoint)
        with api_errors(f"reading the metadata of {job.name.rsplit('/', 1)[-1]}"):
            return {a.name: a for a in client.query_context_lineage_subgraph(context=context).artifacts}


def _is_whole_run(task: Any, job: Any) -> bool:
    """Returns whether a task is the run itself, or the graph in it beside the exit handler, not a step."""
    spec = dict(job.pipeline_spec)
    return task.task_name not in {name for name, each in tasks(spec) if executor_of(each, spec)}


def _is_closed_gate(artifact: Artifact) -> bool:
    return "gate" in artifact.properties and artifact.properties.get("blessed") != 1


def _stage(number: int, task: Any, current: Mapping[str, Any]) -> Stage:
    def read(side: Any) -> dict[str, tuple[Artifact, ...]]:
        return {
            key: tuple(_artifact(current.get(each.name, each)) for each in of_key.artifacts)
            for key, of_key in dict(side).items()
        }

    took = (task.end_time - task.start_time).total_seconds() if task.end_time and task.start_time else 0.0
    return Stage(
        id=int(task.task_id) or number,
        name=task.task_name,
        state=_STAGES[task.state],
        seconds=took,
        inputs=read(task.inputs),
        outputs=read(task.outputs),
    )


def _artifact(recorded: Any) -> Artifact:
    return Artifact(
        id=_id(recorded),
        type=recorded.schema_title,
        uri=recorded.uri,
        created=_created(recorded),
        properties={key: _plain(value) for key, value in dict(recorded.metadata or {}).items()},
    )


def _id(recorded: Any) -> int:
    """Returns a number that orders releases as they were made; names hold none."""
    return int(_created(recorded).timestamp() * 1_000_000)


def _created(recorded: Any) -> dt.datetime:
    return recorded.create_time or dt.datetime.fromtimestamp(0, tz=dt.timezone.utc)


def _plain(value: Any) -> Any:
    """Returns a JSON struct's value with whole floats as integers: ours are counts."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
