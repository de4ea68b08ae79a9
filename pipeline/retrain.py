"""Starting a run: resolve the launch, see whether it was done already, run it, say how it went."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config.config import Config
from pipeline.errors import UserError
from pipeline.launch import launch as launches
from pipeline.lineage.mlmd import open_store, sqlite_config
from pipeline.lineage.runs import Run, Store, champion, finished
from pipeline.runners.progress import Progress, noise_to
from pipeline.runners.workspace import Workspace
from serving.process.startup import OPTIONAL_IMPORTS, gc_paused, hidden_imports

if TYPE_CHECKING:
    from pipeline.graph import Places


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a command `run` ended.

    Attributes:
      run: as recorded.
      repeated: whether it is an earlier run that this launch would only have repeated; no node was started.
      log: file with everything that was not shown.
    """

    run: Run
    repeated: bool
    log: Path


def retrain(
    config: Config,
    *,
    until: dt.date | None,
    ignore_champion: str | None,
    terminal: Progress,
    runner: str = "local",
    isolate: bool = False,
    max_workers: int = 1,
) -> Outcome:
    """Runs the pipeline on this machine, unless an equal launch has finished on the same runner.

    Args:
      runner: `local`, or `vertex-local`: the steps of the job that Vertex AI would be sent.
      isolate: with vertex-local, a new process for every step.
      max_workers: with local, how many processes share the work on spans; more than one only where
        TensorFlow has done nothing yet in this process.

    Raises:
      DataError: there is no such window.
      BusyError: another run holds the workspace.
      UserError: the workspace's folder cannot be written.
    """
    # Before anything is made: configuration and data may turn out wrong.
    without_champion = launches.resolve(config, until=until, champion=None, ignore_champion=ignore_champion)
    workspace = Workspace(Path(config.root).resolve())
    workspace.prepare()
    with workspace.lock():
        runs = _recorded_runs(workspace)
        launch = dataclasses.replace(without_champion, champion=champion(runs))
        same = _finished_before(runs, launch, runner)
        if same:
            return Outcome(same, repeated=True, log=workspace.logs / f"{same.id}.log")
        start = functools.partial(_launch, max_workers=max_workers)
        if runner == "vertex-local":
            start = functools.partial(_launch_vertex_local, isolate=isolate)
        return _run(workspace, launch, terminal, start)


def _recorded_runs(workspace: Workspace) -> list[Run]:
    store = open_store(workspace.metadata)
    if store is None:
        return []
    store.rewrite_addresses()
    return store.runs()


def _finished_before(runs: list[Run], launch: launches.Launch, runner: str) -> Run | None:
    return finished([run for run in runs if run.launch.get("runner", "local") == runner], launch)


def _run(
    workspace: Workspace, launch: launches.Launch, terminal: Progress, start: Callable[..., None]
) -> Outcome:
    run_id = f"{dt.datetime.now(dt.timezone.utc):%Y%m%dT%H%M%S}-{launch.identity[:8]}"
    log = workspace.logs / f"{run_id}.log"
    terminal.say(f"window  {launch.window}")
    terminal.say(f"champion  {launch.champion.version if launch.champion else 'none yet'}")
    terminal.say(f"log  {log}")
    with noise_to(log) as stream:
        try:
            start(workspace, launch, run_id, Progress(stream))
        except UserError:
            raise
        except Exception as fault:
            traceback.print_exc()
            raise UserError(f"{type(fault).__name__}: {fault}; the traceback is in {log}") from fault
    return Outcome(_recorded(workspace, run_id), repeated=False, log=log)


def _launch(
    workspace: Workspace, launch: launches.Launch, run_id: str, progress: Progress, max_workers: int
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
    pipeline = graph.build(launch, _places(workspace, launch), local.EXECUTORS)
    beam_options.give(pipeline, lambda _: arguments)
    local.LocalRunner(connection, progress, max_workers).run(pipeline, run_id, launch.record())


def _launch_vertex_local(
    workspace: Workspace, launch: launches.Launch, run_id: str, progress: Progress, isolate: bool
) -> None:
    with progress.stage("imports") as ended:
        from pipeline.runners import beam_options, recovery
        from pipeline.runners.kfp.local.runner import KfpLocalRunner
        from pipeline.runners.vertex import compiling, local_stand_in

        ended("done", "")
    connection = sqlite_config(workspace.metadata)
    recovery.sweep(connection, workspace)
    recovery.sweep_spans(workspace, launch.config.data.keep_unused_days)
    job = compiling.compile_job(launch, _places(workspace, launch))
    record = {**launch.record(), "runner": "vertex-local"}
    runner = KfpLocalRunner(connection, progress, isolate=isolate, services=local_stand_in.__name__)
    runner.run(job, run_id, record, beam_options.local_arguments(launch.config.beam))


def _places(workspace: Workspace, launch: launches.Launch) -> Places:
    from pipeline.graph import Places

    return Places(
        pipeline_root=str(workspace.artifacts),
        schema_file=str(workspace.keep_schema(launch.schema, launch.schema_fingerprint)),
        served_models=str(workspace.served_models(launch.config.model.name)),
    )


def _recorded(workspace: Workspace, run_id: str) -> Run:
    store: Store | None = open_store(workspace.metadata)
    run = next((run for run in store.runs() if run.id == run_id), None) if store else None
    if run is None:
        raise UserError(f"run {run_id} left no record in {workspace.metadata}; see its log")
    return run
