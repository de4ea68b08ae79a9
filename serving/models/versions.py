"""Which versions of a model are served: follows a folder of numbered version folders."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic

from serving.errors import NotFoundError
from serving.models.lifecycle import ModelT, ServedVersion, VersionStatus
from serving.models.version_folders import file_stats, find_versions

log = logging.getLogger(__name__)


class ModelVersions(Generic[ModelT]):
    """Serves the highest version below a folder that loads, and follows the folder as it changes.

    A new version is loaded before it takes over. One that fails to load is reported and the previous one goes
    on; it is tried again when its files change, or, where it is not released yet, at every look. When the
    served version's folder disappears (it was withdrawn), the highest of the remaining takes over, and where
    none is left nothing is served. While the base folder itself cannot be read, everything stays as it is.
    Files changed below a version that is already served are not noticed: a release is a new number.
    """

    def __init__(self, model_name: str, base_path: Path, load_model: Callable[[Path], ModelT]) -> None:
        self.model_name = model_name
        self.base_path = base_path
        self._load_model = load_model
        # Written by the polling thread alone; others read one reference, or copy the dict, in one step.
        self._current: ServedVersion[ModelT] | None = None
        self._versions: dict[int, ServedVersion[ModelT]] = {}
        self._files_of_failed: dict[int, dict[Path, tuple[int, int]]] = {}
        self._stopping = threading.Event()
        self._poller: threading.Thread | None = None

    def poll(self) -> None:
        """Looks at the folder once and serves the highest version that loads.

        Raises:
          OSError: the base folder cannot be listed; what was served goes on.
        """
        folders = find_versions(self.base_path)
        for number in sorted(folders, reverse=True):
            if self._current is not None and self._current.number == number:
                return
            files = file_stats(folders[number])
            if self._files_of_failed.get(number) == files:
                continue
            before = self._versions.get(number)
            version: ServedVersion[ModelT] = ServedVersion(number, folders[number])
            self._versions = {**self._versions, number: version}
            if version.load(self._load_model):
                self._serve(version)
                return
            if not version.may_come:
                self._files_of_failed[number] = files
            if before is None or before.error != version.error:
                log.error("version %d of %s failed to load: %s", number, self.model_name, version.error)
        self._serve(None)

    def _serve(self, version: ServedVersion[ModelT] | None) -> None:
        previous, self._current = self._current, version
        if version is not None:
            self._files_of_failed.pop(version.number, None)
        if previous is not None:
            previous.unload()

    def start(self, poll_wait_seconds: float) -> None:
        """Polls once, then in a thread every `poll_wait_seconds` until `stop`.

        Raises:
          OSError: the base folder cannot be listed.
        """
        self.poll()
        self._poller = threading.Thread(
            target=self._watch, args=[poll_wait_seconds], name="versions", daemon=True
        )
        self._poller.start()

    def _watch(self, poll_wait_seconds: float) -> None:
        while not self._stopping.wait(poll_wait_seconds):
            try:
                self.poll()
            except OSError as error:
                log.warning("cannot look for versions of %s: %s", self.model_name, error)

    def stop(self) -> None:
        """Stops polling, waits for a version that is being loaded, and unloads what is served."""
        self._stopping.set()
        if self._poller is not None:
            self._poller.join()
        self._serve(None)

    @contextmanager
    def acquire(self, model_name: str, version: int | None = None) -> Iterator[ServedVersion[ModelT]]:
        """Yields the served version, which is not freed before the request that uses it has ended.

        Raises:
          NotFoundError: this model, or this version of it, is not served.
        """
        served = self._enter_current(version) if model_name == self.model_name else None
        if served is None:
            requested = f"Latest({model_name})" if version is None else f"Specific({model_name}, {version})"
            raise NotFoundError(f"Servable not found for request: {requested}")
        try:
            yield served
        finally:
            served.leave()

    def _enter_current(self, version: int | None) -> ServedVersion[ModelT] | None:
        while (current := self._current) is not None and version in (None, current.number):
            if current.enter():
                return current
            # It was replaced after it was read: the one that replaced it is there by now.
        return None

    def statuses(self, model_name: str, version: int | None = None) -> list[VersionStatus]:
        """Returns the status of one version, or of all that were ever seen, the highest first.

        Raises:
          NotFoundError: this model, or this version of it, was never seen.
        """
        statuses = [s for s in self.all_statuses() if version in (None, s.version)]
        if model_name != self.model_name or not statuses:
            requested = "any versions" if version is None else f"version {version}"
            raise NotFoundError(f"Could not find {requested} of model {model_name}")
        return statuses

    def all_statuses(self) -> list[VersionStatus]:
        """Returns the status of every version that was ever seen, the highest first."""
        seen = sorted(self._versions.items(), reverse=True)
        return [VersionStatus(number, served.state, served.error) for number, served in seen]
