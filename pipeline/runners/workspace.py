"""The folder of a workspace: its paths, and the lock that lets one run at a time write there."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipeline.errors import BusyError, UserError
from pipeline.runners import workspace_names as names
from serving.models.version_folders import find_versions


@dataclasses.dataclass(frozen=True)
class Workspace:
    """Paths below the root of a workspace.

    Attributes:
      root: absolute path.
    """

    root: Path

    @property
    def metadata(self) -> Path:
        """ML Metadata's SQLite file."""
        return self.root / names.METADATA

    @property
    def artifacts(self) -> Path:
        """TFX's pipeline root."""
        return self.root / names.ARTIFACTS

    @property
    def logs(self) -> Path:
        """The folder with one log file for each run."""
        return self.root / names.LOGS

    def log_of(self, run_id: str) -> Path:
        """Returns the file with everything that a run printed."""
        return self.logs / f"{run_id}.log"

    @property
    def events(self) -> Path:
        """The folder of what was decided of models and is not yet in ML Metadata."""
        return self.root / names.EVENTS

    @property
    def models(self) -> Path:
        """The folder of the served folders, one for each name that models were released by."""
        return self.root / names.MODELS

    def served_models(self, model_name: str) -> Path:
        """Returns the folder that a model server watches: one sub-folder for each released number."""
        return self.models / model_name

    def released_names(self) -> list[str]:
        """Returns the names whose served folders hold a model."""
        folders = sorted(each for each in self.models.glob("*") if each.is_dir())
        return [each.name for each in folders if find_versions(each)]

    def keep_schema(self, content: bytes, digest: str) -> Path:
        """Returns the path of a copy of the schema, named by its content, which no later edit changes."""
        path = self.root / names.SCHEMAS / digest[:16] / "schema.pbtxt"
        if not path.is_file() or path.read_bytes() != content:  # a damaged copy would stop every run
            path.parent.mkdir(parents=True, exist_ok=True)
            staged = path.with_suffix(".new")
            staged.write_bytes(content)
            staged.replace(path)
        return path

    def check_record(self) -> None:
        """Sees that there is a record of runs where there is something of runs.

        Raises:
          UserError: there is none; numbers and states would begin anew.
        """
        if not self.metadata.is_file() and any(self.artifacts.glob("*")):
            raise UserError(
                f"{self.root} has artifacts of runs and no record of them, {self.metadata.name}; "
                "put the file back, or take another root"
            )

    def prepare(self) -> None:
        """Creates the folders.

        Raises:
          UserError: the root cannot be written to, or its name cannot be recorded.
        """
        try:
            str(self.root).encode()
        except UnicodeEncodeError as error:
            raise UserError(
                f"the path of the root, {self.root}, is not UTF-8, so artifacts in it cannot be recorded; "
                "set root to another folder"
            ) from error
        try:
            for folder in (self.root, self.artifacts, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.root / f".writable-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise UserError(
                f"cannot write to {self.root}: {error.strerror}; free it, or set root to another folder"
            ) from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Holds the workspace's lock, which is also released if the process dies.

        Raises:
          BusyError: another run holds it.
        """
        with (self.root / names.LOCK).open("a+") as file:
            if not _take(file):
                file.seek(0)
                raise BusyError(
                    f"a run is already using {self.root} (process {file.read().strip() or 'unknown'}); "
                    "wait for it, or give this one another root with --set root=FOLDER"
                )
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    @contextlib.contextmanager
    def registry_lock(self) -> Iterator[None]:
        """Holds the lock of whoever decides which models serve: for a moment, also while a run goes on.

        Raises:
          BusyError: another process has held it for half a minute.
          UserError: it cannot be written.
        """
        path = self.root / names.REGISTRY_LOCK
        try:
            opened = path.open("a+")
        except OSError as error:
            raise UserError(
                f"{path} cannot be written ({error.strerror or error}), so nothing can be decided here; make "
                f"{self.root} writable"
            ) from error
        with opened as file:
            if not _take(file, attempts=1500, pause_s=0.02):
                raise BusyError(
                    f"another process has held {file.name} for half a minute; end it, and start the same "
                    "command again"
                )
            yield

    def is_busy(self) -> bool:
        """Returns whether a run holds the workspace now."""
        path = self.root / names.LOCK
        if not path.is_file():
            return False
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def _take(lock: IO[str], attempts: int = 5, pause_s: float = 0.1) -> bool:
    """Returns whether it got the lock; tries for half a second, since `is_busy` holds it for a moment."""
    for attempt in range(attempts):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause_s if attempt < attempts - 1 else 0)
        else:
            return True
    return False
