"""Starting a run: resolve the launch, look for an equal finished run, run the graph, report the outcome."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

from components.pusher import numbers
from pipeline.config.config import Config
from pipeline.launch.champion import Champion
from pipeline.launch.launch import resolve_launch
from pipeline.lineage.champion import champion_of, newest_of
from pipeline.lineage.events import State
from pipeline.lineage.mlmd import open_store, read_run
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.models import Models, version_of
from pipeline.lineage.older_record import check_not_older
from pipeline.lineage.release_policy import left_to_a_person, rolled_out_after
from pipeline.lineage.runs import Run, finished, highest_number
from pipeline.lineage.settle import settle
from pipeline.runners.progress import Progress
from pipeline.runners.start import LOCAL, Runner
from pipeline.runners.workspace import Workspace
from pipeline.stages import TRAINER


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How `evergreen run` ended.

    Attributes:
      run: as recorded.
      repeated: whether `run` is an earlier one that this launch would only repeat; no node was started.
      log: file with everything that was not shown on the terminal.
      notes: lines about days that could be in the window and are not, as the data is now; one where the model
        was judged beside itself; and one where a policy of rollouts leaves a candidate to a person.
      state: of the version that the run registered; None if it registered none.
      after_rollout_of: the version whose rollout is under way, where the policy rolls this one out after it;
        empty otherwise.
    """

    run: Run
    repeated: bool
    log: Path
    notes: tuple[str, ...] = ()
    state: State | None = None
    after_rollout_of: str = ""


def retrain(
    config: Config,
    *,
    until: dt.date | None,
    ignore_champion: str | None,
    terminal: Progress,
    runner: Runner,
) -> Outcome:
    """Runs the pipeline on this machine, unless an equal launch has finished on the same runner.

    Args:
      config: the configuration.
      until: last day of the window; None for the newest one.
      ignore_champion: a person's reason not to compare with the champion; None to compare.
      terminal: where the run is shown.
      runner: one of those in pipeline/runners/start.py.

    Raises:
      ConfigError: there is no such data, or `until` lies outside of it.
      DataError: the data has no such window.
      BusyError: another run holds the workspace.
      UserError: the workspace's folder cannot be written, its record is older than its files, or the run
        could not be started.
    """
    # Before any file is written: configuration or data may be wrong.
    without_champion = resolve_launch(config, until=until, champion=None, ignore_champion=ignore_champion)
    workspace = Workspace(Path(config.root).resolve())
    workspace.prepare()
    with workspace.lock():
        runs = _recorded_runs(workspace)
        registry = MlmdRegistry(workspace, holds_lock=True)
        models = settle(registry, config.release.policy, config.rollout)
        launch = dataclasses.replace(
            without_champion, champion=champion_of(models), newest=newest_of(models, config.model.name)
        )
        same = finished([run for run in runs if run.launch.get("runner", LOCAL) == runner.name], launch)
        if same:
            notes = (*launch.notes, *_left(config, models))
            return _outcome(config, workspace, same, models, notes, repeated=True)
        numbers.keep(str(workspace.models), highest_number(runs))
        run_id = runner.run(workspace, launch, terminal)
        run = read_run(workspace.metadata, run_id)
        models = settle(registry, config.release.policy, config.rollout)
        notes = (*launch.notes, *champion_itself(run, launch.champion), *_left(config, models))
        return _outcome(config, workspace, run, models, notes, repeated=False)


def champion_itself(run: Run, champion: Champion | None) -> tuple[str, ...]:
    """Returns a line where a run's model is the champion that it was judged beside; none where it is another.

    So it is after a run that registered its model and died before it ended: what this launch asks for was
    made by it, and is found in the cache.
    """
    model = run.output(TRAINER.name, "model")
    if champion is None or model is None or model.uri != champion.model_uri:
        return ()
    return (
        f"the same model: this launch trains champion {champion.version} again, which run {champion.run_id} "
        "registered; it was found in the cache, and judged beside itself",
    )


def _outcome(
    config: Config,
    workspace: Workspace,
    run: Run,
    models: Models,
    notes: tuple[str, ...],
    *,
    repeated: bool,
) -> Outcome:
    ended = Outcome(run, repeated, workspace.log_of(run.id), notes)
    if not run.release:
        return ended
    version = version_of(run, models)
    after = rolled_out_after(config.release.policy, models, version)
    return dataclasses.replace(ended, state=models.state(version), after_rollout_of=after)


def _left(config: Config, models: Models) -> tuple[str, ...]:
    """Returns a line where the policy leaves a candidate to a person; none where it does not."""
    return tuple(filter(None, [left_to_a_person(config.release.policy, models)]))


def _recorded_runs(workspace: Workspace) -> list[Run]:
    store = open_store(workspace.metadata)
    if store is None:
        workspace.check_record()
        return []
    check_not_older(store.highest_execution(), workspace)
    store.rewrite_addresses()
    return store.runs()
