"""One execution of a compiled job: its tasks in order, and how each ended."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline import interrupts
from pipeline.lineage.runs import FAILED, STOPPED, SUCCEEDED
from pipeline.runners.kfp import conditions
from pipeline.runners.kfp.arguments import with_beam_options
from pipeline.runners.kfp.local import executor_input
from pipeline.runners.kfp.local import record as records
from pipeline.runners.kfp.local.tasks import Task, in_order
from pipeline.runners.progress import Progress
from pipeline.runners.stage_end import StageEnd, end_reported_by, failed

_log = logging.getLogger(__name__)
_PASSED = ("done", "cached", "closed")


@dataclasses.dataclass
class Ended:
    """How a task ended, with its artifacts and output parameters."""

    end: StageEnd
    artifacts: dict[str, tuple[records.Artifact, ...]] = dataclasses.field(default_factory=dict)
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


class JobRun:
    """One execution of a job, which remembers how each task ended."""

    def __init__(
        self,
        job: Mapping[str, Any],
        run_id: str,
        record: records.Record,
        progress: Progress,
        run_command: Callable[[Sequence[str]], None],
        beam: Sequence[str],
    ):
        """Prepares an execution.

        Args:
          job: as compiled.
          run_id: of the run.
          record: where tasks and artifacts are written down.
          progress: where stages are shown.
          run_command: runs a container's command and arguments, and raises when it fails.
          beam: Beam options instead of those in the job.
        """
        self._job = job
        self._run_id = run_id
        self._record = record
        self._progress = progress
        self._run_command = run_command
        self._beam = beam
        self._ended: dict[str, Ended] = {}
        self._failure = ""

    def run(self) -> tuple[str, str]:
        """Runs all tasks; returns the run's state and why."""
        self._run_all(in_order(self._job))
        closed = [f"{n}: {e.end.note}" for n, e in self._ended.items() if e.end.state == "closed"]
        if self._failure:
            return FAILED, self._failure
        return (STOPPED, closed[0]) if closed else (SUCCEEDED, "")

    def _run_all(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            if task.members:
                self._run_all(task.members)
                state = "failed" if self._failure else "done"
                self._ended[task.name] = Ended(StageEnd(state, self._failure))
                continue
            if self._failure and not task.is_exit_handler:
                self._ended[task.name] = Ended(StageEnd("skipped", "a step before it failed"))
                continue
            with self._progress.stage(task.name) as show_end:
                self._ended[task.name] = self._run_one(task)
                interrupts.check()  # the step may have swallowed it
                end = self._ended[task.name].end
                show_end(end.state, end.note)
            if end.state == "failed" and not self._failure:
                self._failure = f"{task.name}: {end.note}"

    def _run_one(self, task: Task) -> Ended:
        try:
            if not task.is_exit_handler and not all(self._passed(need) for need in task.needs):
                return Ended(StageEnd("skipped", "a gate before it is closed"))
            artifacts, parameters = self._artifacts(task), self._parameters(task)
            if task.condition and not self._triggered(task, artifacts, parameters):
                return Ended(StageEnd("skipped", "a gate before it is closed"))
            if "importer" in task.executor:
                return self._import(task, parameters)
            return self._execute(task, artifacts, parameters)
        except Exception as fault:  # noqa: BLE001 - whatever a step raises is how the step ended
            _log.exception("step %s failed", task.name)
            return Ended(failed(fault))

    def _passed(self, task: str) -> bool:
        return self._ended[task].end.state in _PASSED

    def _triggered(self, task: Task, artifacts: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
        readable = {
            key: [records.runtime_artifact(artifact, {}) for artifact in of_key]
            for key, of_key in artifacts.items()
        }
        return conditions.holds(task.condition, readable, parameters)

    def _artifacts(self, task: Task) -> dict[str, tuple[records.Artifact, ...]]:
        sources = task.spec.get("inputs", {}).get("artifacts", {})
        return {
            key: self._ended[s["taskOutputArtifact"]["producerTask"]].artifacts[
                s["taskOutputArtifact"]["outputArtifactKey"]
            ]
            for key, s in sources.items()
        }

    def _parameters(self, task: Task) -> dict[str, Any]:
        sources = task.spec.get("inputs", {}).get("parameters", {})
        return {name: self._parameter(source) for name, source in sources.items()}

    def _parameter(self, source: Mapping[str, Any]) -> Any:
        if "runtimeValue" in source:
            return source["runtimeValue"]["constant"]
        if "componentInputParameter" in source:
            return self._job["runtimeConfig"]["parameterValues"][source["componentInputParameter"]]
        if "taskOutputParameter" in source:
            output = source["taskOutputParameter"]
            return self._ended[output["producerTask"]].parameters[output["outputParameterKey"]]
        return self._final_status()

    def _final_status(self) -> str:
        """Returns the PipelineTaskFinalStatus that an exit handler receives."""
        name = f"projects/local/locations/local/pipelineJobs/{self._run_id}"
        status = {"state": "FAILED" if self._failure else "SUCCEEDED", "pipelineJobResourceName": name}
        failed = {"error": {"code": 9, "message": self._failure}} if self._failure else {}
        return json.dumps({**status, **failed})

    def _import(self, task: Task, parameters: Mapping[str, Any]) -> Ended:
        (key,) = task.component["outputDefinitions"]["artifacts"]
        artifact = self._record.artifact_at(
            parameters["artifact_uri"], task.executor["importer"]["typeSchema"]
        )
        if not os.path.exists(artifact.uri):
            raise FileNotFoundError(f"there is nothing at {artifact.uri}")
        execution = self._record.start(task, {}, "")
        outputs = self._record.end(execution, mlmd.Execution.COMPLETE, {key: (artifact,)})
        return Ended(StageEnd("done", artifact.uri), outputs)

    def _execute(
        self,
        task: Task,
        artifacts: Mapping[str, tuple[records.Artifact, ...]],
        parameters: Mapping[str, Any],
    ) -> Ended:
        key = records.cache_key(task, parameters, artifacts)
        cached = self._record.equal_outputs(task, key) if task.caches else None
        execution = self._record.start(task, artifacts, key)
        if cached is not None and not task.component.get("outputDefinitions", {}).get("parameters"):
            outputs = self._record.end(execution, mlmd.Execution.CACHED, cached)
            return Ended(_how(outputs, "cached"), outputs)
        try:
            outputs, values = self._run_container(task, artifacts, parameters, execution.id)
        except BaseException as fault:
            ended = mlmd.Execution.CANCELED if interrupts.is_behind(fault) else mlmd.Execution.FAILED
            self._record.end(execution, ended, {})
            raise
        outputs = self._record.end(execution, mlmd.Execution.COMPLETE, outputs)
        return Ended(_how(outputs, "done"), outputs, values)

    def _run_container(
        self,
        task: Task,
        artifacts: Mapping[str, Sequence[records.Artifact]],
        parameters: Mapping[str, Any],
        number: int,
    ) -> tuple[dict[str, tuple[records.Artifact, ...]], dict[str, Any]]:
        root = self._job["runtimeConfig"]["gcsOutputDirectory"]
        folder = f"{root}/local/{self._run_id}/{task.name}_{number}"
        types = task.component.get("inputDefinitions", {}).get("artifacts", {})
        inputs = {
            key: [records.runtime_artifact(artifact, types[key]["artifactType"]) for artifact in of_key]
            for key, of_key in artifacts.items()
        }
        message = executor_input.build(task, inputs, parameters, folder)
        container = task.executor["container"]
        os.makedirs(folder, exist_ok=True)
        local = {**container, "args": with_beam_options(container.get("args", []), self._beam)}
        self._run_command(executor_input.arguments(local, message))
        return self._collect(task, message, Path(folder, "executor_output.json"))

    def _collect(
        self, task: Task, message: Mapping[str, Any], output_file: Path
    ) -> tuple[dict[str, tuple[records.Artifact, ...]], dict[str, Any]]:
        """Returns outputs as the container wrote them down, or as planned where it wrote nothing of one."""
        written = pipeline_spec_pb2.ExecutorOutput()
        if output_file.is_file():
            json_format.Parse(output_file.read_text(), written)
        outputs = {}
        for key, definition in task.component.get("outputDefinitions", {}).get("artifacts", {}).items():
            uri, values = message["outputs"]["artifacts"][key]["artifacts"][0]["uri"], {}
            if key in written.artifacts:
                artifact = written.artifacts[key].artifacts[0]
                uri, values = artifact.uri, json_format.MessageToDict(artifact.metadata)
            outputs[key] = (self._record.artifact(uri, definition["artifactType"], values),)
        return outputs, {k: json_format.MessageToDict(v) for k, v in written.parameter_values.items()}


def _how(outputs: Mapping[str, Sequence[records.Artifact]], done: str) -> StageEnd:
    ends = (end_reported_by(artifact, done) for of_key in outputs.values() for artifact in of_key)
    return next((end for end in ends if end), StageEnd(done))
