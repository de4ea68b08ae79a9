"""The ways to run a launch on this machine: the graph itself, or the job that Vertex AI would receive."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import traceback
from collections.abc import Callable

from components import workers
from pipeline import interrupts
from pipeline.errors import UserError
from pipeline.launch import overrides
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths
from pipeline.lineage.mlmd import sqlite_config
from pipeline.lineage.store_faults import explained
from pipeline.runners.progress import Progress, noise_to
from pipeline.runners.workspace import Workspace
from serving.process.startup import OPTIONAL_IMPORTS, gc_paused, hidden_imports

LOCAL, VERTEX_LOCAL = "local", "vertex-local"
Start = Callable[[Workspace, Launch, str, Progress], None]


@dataclasses.dataclass(frozen=True)
class Runner:
    """A way to run a launch on this machine.

    Attributes:
      name: recorded with the run.
      start: runs a launch in a workspace under a run's id, and records how it ended.
    """

    name: str
    start: Start

    def run(self, workspace: Workspace, launch: Launch, terminal: Progress) -> str:
        """Runs a launch; everything that is printed meanwhile goes to the run's log.

        Call it only while holding the workspace's lock.

        Returns:
          The run's id.

        Raises:
          UserError: the run could not be started, or failed outside its stages.
        """
        run_id = f"{dt.datetime.now(dt.timezone.utc):%Y%m%dT%H%M%S}-{launch.identity[:8]}"
        log = workspace.log_of(run_id)
        terminal.say(f"window  {launch.window}")
        for note in launch.notes:
            terminal.say(note)
        terminal.say(f"champion  {launch.champion.version if launch.champion else 'none yet'}")
        if launch.champion and not launch.champion.files:
            terminal.say("          was released before files were recorded: its files are not compared")
        if launch.champion and launch.ignoring:
            terminal.say(f"          is not compared with: {launch.ignoring}")
        for each in launch.overrides:
            terminal.say(f"override  {overrides.described(each)} may fail: {each}")
        terminal.say(f"log  {log}")
        with noise_to(log) as stream:
            try:
                with explained(workspace.metadata):
                    self.start(workspace, launch, run_id, Progress(stream))
            except Exception as error:
                interrupts.check(error)
                with contextlib.suppress(OSError):  # the log's disk is full
                    traceback.print_exc()
                if isinstance(error, UserError):
                    error.log = log
                    raise
                failed = UserError(f"{type(error).__name__}: {error}; the traceback is in {log}")
                failed.log = log
                raise failed from error
        return run_id


def local_runner(max_workers: int) -> Runner:
    """Returns the runner of the graph in this process.

    Args:
      max_workers: processes that share the work on spans. More than one is safe only if TensorFlow has not
        been used in this process.
    """
    workers.keep_forkable()  # here, because finding the days of a table imports pyarrow
    return Runner(LOCAL, functools.partial(_start_graph, max_workers=max_workers))


def vertex_local_runner(*, isolate: bool) -> Runner:
    """Returns the runner of the steps of the job that Vertex AI would receive.

    Args:
      isolate: whether every step runs in a process of its own.
    """
    return Runner(VERTEX_LOCAL, functools.partial(_start_job, isolate=isolate))


def _start_graph(
    workspace: Workspace, launch: Launch, run_id: str, progress: Progress, max_workers: int
) -> None:
    with progress.stage("imports") as ended:
        with gc_paused(), hidden_imports(*OPTIONAL_IMPORTS):
            from pipeline import graph
            from pipeline.runners import beam_options, local, recovery

        ended("done", "")
    arguments = beam_options.local_arguments(launch.config.beam)
    connection = sqlite_config(workspace.metadata)
    recovery.sweep(connection, workspace)
    recovery.sweep_spans(workspace, launch.config.data.keep_unused_days)
    pipeline = graph.build(launch, _paths(workspace, launch), local.OVERRIDES)
    beam_options.set_arguments(pipeline, lambda _: arguments)
    local.LocalRunner(connection, progress, max_workers).run(pipeline, run_id, launch.record())


def _start_job(workspace: Workspace, launch: Launch, run_id: str, progress: Progress, isolate: bool) -> None:
    with progress.stage("imports") as ended:
        from pipeline.runners import beam_options, recovery
        from pipeline.runners.kfp.local.runner import KfpLocalRunner
        from pipeline.runners.vertex import cloud_job, local_stand_in

        ended("done", "")
    connection = sqlite_config(workspace.metadata)
    recovery.sweep(connection, workspace)
    recovery.sweep_spans(workspace, launch.config.data.keep_unused_days)
    job = cloud_job.compile_job(launch, _paths(workspace, launch))
    record = {**launch.record(), "runner": VERTEX_LOCAL}
    runner = KfpLocalRunner(connection, progress, isolate=isolate, services=local_stand_in.__name__)
    runner.run(job, run_id, record, beam_options.local_arguments(launch.config.beam))


def _paths(workspace: Workspace, launch: Launch) -> RunPaths:
    return RunPaths(
        pipeline_root=str(workspace.artifacts),
        schema_file=str(workspace.keep_schema(launch.schema, launch.schema_fingerprint)),
        served_models=str(workspace.served_models(launch.config.model.name)),
    )
