"""Whether a version that should serve is on record, and holds the files that were recorded with it."""

from __future__ import annotations

from pathlib import Path

from components.model_files import folder as model_folder
from components.model_files import rule as model_files
from components.model_files.rule import PROPERTY, AlteredModelError, UnreadableModelError
from pipeline.errors import UserError
from pipeline.lineage.registry import Readable
from serving.errors import IncompleteModelError, ModelLoadError, NotLoadableNowError


def check_on_record(registry: Readable, model_name: str, version: Path, files: str) -> None:
    """Sees that the registry names a version with these files, and that its folder holds them.

    `files` lies beside the versions, where whoever changes a model can change it too: the registry decides.

    Args:
      registry: of the deployment.
      model_name: as it is served.
      version: folder of the version, named by its number.
      files: their record, as `serving.json` has it.

    Raises:
      NotLoadableNowError: the registry, or the files, cannot be read now.
      ModelLoadError: no such version is on record, or its files changed.
    """
    try:
        models = registry.read()
    except UserError as error:
        raise NotLoadableNowError(f"{version} is not loaded: {error}") from error
    recorded = [
        each.facts.get(PROPERTY, "")
        for each in models.versions
        if each.model_name == model_name and str(each.number) == version.name
    ]
    if not recorded:
        raise ModelLoadError(
            f"{version} is not loaded: no model {model_name!r} is registered with the number {version.name}"
        )
    if files not in recorded:
        raise ModelLoadError(f"{version} is not loaded: serving.json names other files than its release")
    check_files(version, files)


def check_files(version: Path, files: str) -> None:
    """Sees that the files of a version are those that were recorded with it.

    Args:
      version: folder of the version.
      files: their record; empty for a release before files were recorded, which passes with a warning.

    Raises:
      IncompleteModelError: some are missing or shorter; they may be on their way.
      NotLoadableNowError: they cannot be read now.
      ModelLoadError: they changed.
    """
    try:
        model_folder.check(str(version), files or model_folder.NOT_RECORDED)
    except UnreadableModelError as error:
        raise NotLoadableNowError(str(error)) from error
    except model_files.IncompleteModelError as error:
        raise IncompleteModelError(str(error)) from error
    except AlteredModelError as error:
        raise ModelLoadError(str(error)) from error
