"""Executes a compiled PipelineJob on this machine, task by task, as Vertex AI would."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.graph import Places
from pipeline.launch.launch import Launch
from pipeline.launch.record import as_parameters
from pipeline.lineage.mlmd import ERROR, STATE
from pipeline.lineage.runs import FAILED, RUNNING, STOPPED, SUCCEEDED
from pipeline.runners import beam_options
from pipeline.runners.kfp.local import conditions, executor_input, preload, steps
from pipeline.runners.kfp.local import record as records
from pipeline.runners.kfp.local.tasks import Task, in_order
from pipeline.runners.local import StageEnd, one_line, said_by
from pipeline.runners.progress import Progress
from pipeline.runners.vertex import beam, compiling

_log = logging.getLogger(__name__)
_PASSED = ("done", "cached", "closed")


@dataclasses.dataclass
class Ended:
    """What a task left: how it ended, its artifacts and its output parameters."""

    end: StageEnd
    artifacts: dict[str, tuple[records.Artifact, ...]] = dataclasses.field(default_factory=dict)
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


class VertexLocalRunner:
    """Runs the job of a launch and records it in ML Metadata.

    What differs from Vertex AI, and nothing else: folders instead of buckets; Beam on this machine instead
    of on Dataflow; a custom training job's container command, and a deployment's copy, on this machine.
    """

    def __init__(self, connection: mlmd.ConnectionConfig, progress: Progress, *, isolate: bool):
        self._connection = connection
        self._progress = progress
        self._isolate = isolate

    def run(self, launch: Launch, places: Places, run_id: str) -> str:
        """Compiles the launch, executes the job and records how it ended.

        Returns:
          The run's state: succeeded, stopped (a gate said no) or failed.
        """
        here = beam_options.local_arguments(launch.config.beam)
        job = compiling.compile_job(launch, places)
        described = {**launch.record(), "runner": "vertex-local"}
        return self.run_job(job, run_id, described, here)

    def run_job(
        self, job: Mapping[str, Any], run_id: str, described: Mapping[str, str], here: Sequence[str] = ()
    ) -> str:
        """Executes a compiled job; see `run`.

        Args:
          here: what Beam is told instead of what the job says.
        """
        record = records.Record(self._connection, job["pipelineSpec"]["pipelineInfo"]["name"], run_id)
        record.describe(as_parameters(described) | {STATE: RUNNING})
        if not self._isolate:
            preload.preload(job)
        try:
            state, error = _JobRun(self, job, run_id, record, here).run()
        except BaseException as fault:
            record.describe({STATE: FAILED, ERROR: one_line(fault)})
            raise
        record.describe({STATE: state, ERROR: error})
        return state

    @property
    def progress(self) -> Progress:
        """Where stages are shown."""
        return self._progress

    @property
    def isolate(self) -> bool:
        """Whether every step gets a new process."""
        return self._isolate


class _JobRun:
    """One execution of a job: which task has ended how."""

    def __init__(
        self,
        runner: VertexLocalRunner,
        job: Mapping[str, Any],
        run_id: str,
        record: records.Record,
        here: Sequence[str],
    ):
        self._runner = runner
        self._job = job
        self._run_id = run_id
        self._record = record
        self._here = list(here)
        self._ended: dict[str, Ended] = {}
        self._failure = ""

    def run(self) -> tuple[str, str]:
        """All tasks; returns the run's state and why."""
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
            with self._runner.progress.stage(task.name) as shown:
                self._ended[task.name] = self._run_one(task)
                end = self._ended[task.name].end
                shown(end.state, end.note)
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
            return Ended(StageEnd("failed", one_line(fault)))

    def _passed(self, task: str) -> bool:
        return self._ended[task].end.state in _PASSED

    def _triggered(self, task: Task, artifacts: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
        shown = {k: [records.runtime_artifact(a, {}) for a in found] for k, found in artifacts.items()}
        return conditions.holds(task.condition, shown, parameters)

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
            wanted = source["taskOutputParameter"]
            return self._ended[wanted["producerTask"]].parameters[wanted["outputParameterKey"]]
        return self._final_status()

    def _final_status(self) -> str:
        """PipelineTaskFinalStatus as an exit handler is given it."""
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
        known = self._record.equal_outputs(task, key) if task.caches else None
        execution = self._record.start(task, artifacts, key)
        if known is not None and not task.component.get("outputDefinitions", {}).get("parameters"):
            outputs = self._record.end(execution, mlmd.Execution.CACHED, known)
            return Ended(_how(outputs, "cached"), outputs)
        try:
            outputs, values = self._run_container(task, artifacts, parameters, execution.id)
        except BaseException:
            self._record.end(execution, mlmd.Execution.FAILED, {})
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
        told = {
            key: [records.runtime_artifact(a, types[key]["artifactType"]) for a in found]
            for key, found in artifacts.items()
        }
        given = executor_input.build(task, told, parameters, folder)
        container = task.executor["container"]
        os.makedirs(folder, exist_ok=True)
        local = {**container, "args": beam.on_this_machine(container.get("args", []), self._here)}
        steps.run(executor_input.arguments(local, given), isolate=self._runner.isolate)
        return self._collect(task, given, Path(folder, "executor_output.json"))

    def _collect(
        self, task: Task, given: Mapping[str, Any], output_file: Path
    ) -> tuple[dict[str, tuple[records.Artifact, ...]], dict[str, Any]]:
        """Outputs as the container wrote them down; what it wrote nothing of stays as it was told."""
        written = pipeline_spec_pb2.ExecutorOutput()
        if output_file.is_file():
            json_format.Parse(output_file.read_text(), written)
        outputs = {}
        for key, definition in task.component.get("outputDefinitions", {}).get("artifacts", {}).items():
            uri, values = given["outputs"]["artifacts"][key]["artifacts"][0]["uri"], {}
            if key in written.artifacts:
                told = written.artifacts[key].artifacts[0]
                uri, values = told.uri, json_format.MessageToDict(told.metadata)
            outputs[key] = (self._record.artifact(uri, definition["artifactType"], values),)
        return outputs, {k: json_format.MessageToDict(v) for k, v in written.parameter_values.items()}


def _how(outputs: Mapping[str, Sequence[records.Artifact]], done: str) -> StageEnd:
    said = (said_by(artifact, done) for found in outputs.values() for artifact in found)
    return next((end for end in said if end), StageEnd(done))
