"""What serves, as the states of models say it, written beside the versions for the model server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from components.model_files.rule import PROPERTY
from pipeline.errors import UserError
from pipeline.lineage.events import ModelVersion, State
from pipeline.lineage.models import CHAMPION, PREVIOUS, Models, names_of
from pipeline.lineage.rollouts import Rollout, running
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedFileError, ServedRollout


def served_file_of(models: Models, model_name: str) -> ServedFile:
    """Returns what a server of a model's name keeps loaded: champion and previous, where they bear that name.

    In a rollout it keeps the version that is rolled out as well, and is told its share and its plan.

    Under a name that the deployment had before, what was live last goes on: who renames a model does not take
    it from those who still ask by the old name. Once it is withdrawn, nothing serves under that name.
    """
    rollout = _rollout_of(models, model_name)
    versions = tuple(_entries(models, model_name, rollout))
    if rollout is None:
        return ServedFile(model_name, versions)
    served = ServedRollout(rollout.plan, rollout.stage, rollout.paused, rollout.version.number)
    return ServedFile(model_name, versions, served)


def stale(models: Models, workspace: Workspace) -> list[ServedFile]:
    """Returns what shall serve of each name for which something else stands beside the versions."""
    wanted = (served_file_of(models, name) for name in names_of(models.versions))
    return [each for each in wanted if _read(workspace.served_models(each.model)) != each]


def told_otherwise(label: str, models: Models, workspace: Workspace) -> str | None:
    """Returns the version that servers were told bears a label, where by the states another one does.

    So it is after a decision that was recorded and not yet written here, by a full disk or a kill.
    """
    meant = models.alias(label)
    for name in names_of(models.versions):
        served = _read(workspace.served_models(name))
        for entry in served.versions if served else ():
            if label in entry.labels and (meant is None or (name, entry.version) != _bears(meant)):
                return entry.version
    return None


def silenced(before: Models, after: Models) -> list[str]:
    """Returns the names by which something served before a decision and nothing does after it.

    None where nothing is live at all, which needs no telling by name.
    """
    if after.live is None:
        return []
    return [
        name
        for name in names_of(before.versions)
        if served_file_of(before, name).versions and not served_file_of(after, name).versions
    ]


def _bears(version: ModelVersion) -> tuple[str, str]:
    return version.model_name, version.version


def publish(models: Models, workspace: Workspace) -> None:
    """Writes what serves beside the versions of every name, where it differs; repeating it repairs.

    Call it only while holding the registry's lock, with the newest models.

    Raises:
      UserError: it cannot be written; the file is as it was.
    """
    for wanted in stale(models, workspace):
        folder = workspace.served_models(wanted.model)
        try:
            served_file.remove_unfinished(folder)
            served_file.write(folder, wanted)
        except OSError as error:
            raise UserError(
                f"what serves cannot be written to {served_file.path_in(folder)}: "
                f"{error.strerror or error}; what served goes on; what was decided is on record, so do not "
                "decide it again: put that right, and `evergreen models list` writes the file"
            ) from error


def _read(folder: Path) -> ServedFile | None:
    try:
        return served_file.read(folder)
    except ServedFileError:
        return None  # it is written anew


def _entries(models: Models, model_name: str, rollout: Rollout | None) -> Iterator[ServedEntry]:
    champion, previous = models.live, models.alias(PREVIOUS)
    if champion is None or not champion.number:
        return
    if champion.model_name != model_name:
        former = models.live_last(model_name)
        if former and former.number and models.state(former) is State.RETIRED:
            yield _entry(former, None, 1.0)
        return
    share = rollout.steps[-1].share if rollout else 0.0
    yield _entry(champion, CHAMPION, 1.0 - share)
    if rollout:
        yield _entry(rollout.version, models.state(rollout.version).value, share)
    # An early version of this template gave a number twice: then its folder holds the newer one.
    numbers = (0, champion.number, rollout.version.number if rollout else 0)
    if previous and previous.model_name == model_name and previous.number not in numbers:
        yield _entry(previous, PREVIOUS, 0.0)


def _rollout_of(models: Models, model_name: str) -> Rollout | None:
    """Returns the rollout under way of a name; servers are not told of one whose plan cannot be read."""
    rollout = running(models)
    known = rollout and rollout.version.model_name == model_name and not rollout.fault
    return rollout if known else None


def _entry(version: ModelVersion, label: str | None, share: float) -> ServedEntry:
    labels = (label,) if label else ()
    return ServedEntry(version.number, version.version, labels, share, version.facts.get(PROPERTY, ""))
