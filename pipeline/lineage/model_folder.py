"""The folder that a server loads a version from: as it was recorded, or fetched again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from components.model_files import folder as model_folder
from components.model_files.rule import PROPERTY, AlteredModelError
from pipeline.errors import UserError
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.runs import Run
from pipeline.runners.workspace import Workspace
from pipeline.stages import PUSHER

_STAGING = ".fetch-"
_GRAPH = "saved_model.pb"


def ensure(version: ModelVersion, run: Run | None, workspace: Workspace) -> str | None:
    """Makes a version loadable: sees that its folder holds the recorded files, else fetches it again.

    The copies are those that the run's Pusher and Trainer left. Waits for the registry's lock.

    Args:
      version: registered here.
      run: that registered it; None where it is not on record any more.
      workspace: of the deployment.

    Returns:
      Where it was fetched from; None if all was right.

    Raises:
      UserError: no whole copy is left, or it cannot be copied; what served is as it was.
    """
    served = workspace.served_models(version.model_name) / str(version.number)
    fault = _fault(served, version)
    if fault is None:
        return None
    sources = [each for each in _copies(version, run) if _fault(each, version) is None]
    if not sources:
        raise UserError(
            f"{version.version} cannot be served: {fault}; no whole copy of it is left, so train it again"
        )
    with workspace.registry_lock():
        try:
            _fetch(sources[0], served)
        except (OSError, shutil.Error) as error:
            raise UserError(f"{sources[0]} cannot be copied to {served}: {error}") from error
    fault = _fault(served, version)
    if fault:
        raise UserError(f"{version.version} cannot be served: {fault}")
    return str(sources[0])


def _copies(version: ModelVersion, run: Run | None) -> Iterator[Path]:
    pushed = run.output(PUSHER.name, "pushed_model") if run else None
    if pushed:
        yield Path(pushed.uri)
    if version.facts.get("model_uri"):
        yield Path(version.facts["model_uri"], "Format-Serving")


def _fault(folder: Path, version: ModelVersion) -> str | None:
    """Returns what is wrong with a folder of a version; None if it can be loaded."""
    if not (folder / _GRAPH).is_file():
        return f"{folder} is gone" if not folder.exists() else f"{folder} holds no {_GRAPH}"
    recorded = version.facts.get(PROPERTY)
    if not recorded:
        return None  # an old release: there is nothing to compare with
    try:
        model_folder.check(str(folder), recorded)
    except AlteredModelError as error:
        return str(error)
    return None


def _fetch(source: Path, served: Path) -> None:
    """Puts a copy in the place of a folder; killed in between, the next call completes it."""
    models = served.parent.parent
    served.parent.mkdir(parents=True, exist_ok=True)
    for left in models.glob(f"{_STAGING}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=models) as staging:
        staged = Path(staging, "model")
        shutil.copytree(source, staged)
        if os.path.lexists(served):  # also a link that leads to nothing
            served.rename(Path(staging, "before"))
        staged.rename(served)
