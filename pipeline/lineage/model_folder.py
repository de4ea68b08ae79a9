"""The folder that a server loads a version from: as it was recorded, or fetched again."""

from __future__ import annotations

import contextlib
import fcntl
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

    The copies are those that the run's Pusher and Trainer left. Nobody who decides something waits while one
    is made: the registry's lock is held to put it in its place, and no longer.

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
    try:
        _fetch(sources[0], served, version, workspace)
    except (OSError, shutil.Error) as error:
        raise UserError(f"{sources[0]} cannot be copied to {served}: {error}") from error
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


def _fetch(source: Path, served: Path, version: ModelVersion, workspace: Workspace) -> None:
    """Puts a copy in the place of a folder; killed in between, the next call completes it."""
    with _staging(workspace) as staging:
        staged = staging / "model"
        shutil.copytree(source, staged)
        fault = _fault(staged, version)
        if fault:
            raise UserError(f"{version.version} cannot be served: {fault}")
        with workspace.registry_lock():
            served.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(served):  # also a link that leads to nothing
                served.rename(staging / "before")
            staged.rename(served)


@contextlib.contextmanager
def _staging(workspace: Workspace) -> Iterator[Path]:
    """Makes a folder on the disk of the models, and removes it and those that killed processes left.

    Its maker holds a lock on it, so that nobody takes it for such a one.
    """
    workspace.models.mkdir(parents=True, exist_ok=True)
    with workspace.registry_lock():
        _remove_left(workspace.models)
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=workspace.models))
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(held)


def _remove_left(models: Path) -> None:
    for left in models.glob(f"{_STAGING}*"):
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
        except BlockingIOError:
            pass  # another process is copying into it
        finally:
            os.close(held)
