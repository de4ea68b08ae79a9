"""Whether a version in the served folder is one that was released, file by file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from components.model_files import folder as model_folder
from components.model_files.rule import PROPERTY, AlteredModelError
from pipeline.errors import UserError
from pipeline.lineage.runs import Run
from serving.errors import ModelLoadError, NotReleasedError


def check_served(metadata: Path, model_name: str, version: Path) -> None:
    """Sees that a release names a version, and that its files are those that were recorded with it.

    Args:
      metadata: SQLite file of the runs' records.
      model_name: as it is served.
      version: folder of the version, named by its number.

    Raises:
      NotReleasedError: no release names it, or the records cannot be read now.
      ModelLoadError: its files changed.
    """
    from pipeline.lineage.mlmd import open_store  # ML Metadata's client is slow to import

    try:
        store = open_store(metadata)
        recorded = files_of(store.runs() if store else [], model_name, version.name)
    except UserError as error:
        raise NotReleasedError(f"{version} is not loaded: {error}") from error
    if recorded is None:
        raise NotReleasedError(
            f"{version} is not loaded: no release of {model_name!r} has the number {version.name}"
        )
    try:
        model_folder.check(str(version), recorded or model_folder.NOT_RECORDED)
    except AlteredModelError as error:
        raise ModelLoadError(str(error)) from error


def files_of(runs: Iterable[Run], model_name: str, number: str) -> str | None:
    """Returns what the release of a number recorded of its files.

    Args:
      runs: in any order.
      model_name: the model's name in the release.
      number: the last part of its version, MAJOR.MINOR.PIPELINE.

    Returns:
      The record; empty for a release before files were recorded; None where no release has the number.
    """
    for run in runs:
        if run.release and run.released_name == model_name and (run.released or "").split(".")[-1] == number:
            return str(run.release.properties.get(PROPERTY, ""))
    return None
