"""Which versions of a model are served: watches a folder of numbered version folders."""

import enum
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from serving.errors import NotFoundError

log = logging.getLogger(__name__)


class State(enum.Enum):
    """TensorFlow Serving's states of a version; the value is their number in its protocol."""

    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


class Closable(Protocol):
    """What a version needs of its model."""

    def close(self) -> None: ...


ModelT = TypeVar("ModelT", bound=Closable)


@dataclass(frozen=True)
class VersionStatus:
    """What the status calls tell of a version; `error` is empty unless it failed to load."""

    version: int
    state: State
    error: str


def find_versions(base_path: Path) -> dict[int, Path]:
    """Returns the folder of each version below `base_path`: an integer's name, holding a saved_model.pb.

    Raises:
      OSError: the folder cannot be listed.
    """
    with os.scandir(base_path) as entries:
        names = [entry.name for entry in entries if entry.name.isascii() and entry.name.isdigit()]
    return {int(name): base_path / name for name in names if (base_path / name / "saved_model.pb").is_file()}


class ServedVersion(Generic[ModelT]):
    """One version of the model, from before it is loaded until after it is freed.

        LOADING ──loaded──▶ AVAILABLE ──replaced or withdrawn──▶ UNLOADING ──last request done──▶ END
           └──failed to load─────────────────────────────────────────────────────────────────────▶ END

    A version that failed to load keeps its error. Requests are let in while it is AVAILABLE only. The last of
    them to leave frees the model, so that nobody waits for anybody.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder
        self.state = State.LOADING
        self.error = ""
        self._lock = threading.Lock()
        self._requests = 0
        self._model: ModelT | None = None

    @property
    def model(self) -> ModelT:
        """The loaded model: there between `enter` and `leave`."""
        assert self._model is not None, "enter() first"
        return self._model

    def load(self, load_model: Callable[[Path], ModelT]) -> bool:
        """Loads the model, and says whether that went well."""
        try:
            self._model = load_model(self.folder)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the version before must go on
            self.error = str(error) or type(error).__name__
            self.state = State.END
            return False
        self.state = State.AVAILABLE
        return True

    def enter(self) -> bool:
        """Lets a request in, unless the version is not, or no longer, available."""
        with self._lock:
            if self.state is not State.AVAILABLE:
                return False
            self._requests += 1
            return True

    def leave(self) -> None:
        """Ends a request that `enter` let in."""
        with self._lock:
            self._requests -= 1
        self._free_if_done()

    def unload(self) -> None:
        """Lets no more requests in; the model is freed as soon as none is left."""
        with self._lock:
            self.state = State.UNLOADING
        self._free_if_done()

    def _free_if_done(self) -> None:
        with self._lock:
            if self.state is not State.UNLOADING or self._requests:
                return
            self.state = State.END
            model, self._model = self._model, None
        if model is not None:
            model.close()


class ModelVersions(Generic[ModelT]):
    """Serves the highest version below a folder that loads, and follows the folder as it changes.

    A new version is loaded before it takes over. One that fails to load is reported and the previous one goes
    on; it is tried again when its files change. When the served version's folder disappears (it was
    withdrawn), the highest of the remaining takes over, and where none is left nothing is served.
    While the base folder itself cannot be read, everything stays as it is. Files changed below a version
    that is already served are not noticed: a release is a new number.
    """

    def __init__(self, model_name: str, base_path: Path, load_model: Callable[[Path], ModelT]) -> None:
        self.model_name = model_name
        self.base_path = base_path
        self._load_model = load_model
        # Written by the polling thread alone; others read one reference, or copy the dict, in one step.
        self._current: ServedVersion[ModelT] | None = None
        self._versions: dict[int, ServedVersion[ModelT]] = {}
        self._files_of_failed: dict[int, object] = {}
        self._stopping = threading.Event()
        self._poller: threading.Thread | None = None

    def poll(self) -> None:
        """Looks at the folder once and serves the version that is due.

        Raises:
          OSError: the base folder cannot be listed; what was served goes on.
        """
        found = find_versions(self.base_path)
        for number in sorted(found, reverse=True):
            if self._current is not None and self._current.number == number:
                return
            files = _files(found[number])
            if self._files_of_failed.get(number) == files:
                continue
            version: ServedVersion[ModelT] = ServedVersion(number, found[number])
            self._versions = {**self._versions, number: version}
            if version.load(self._load_model):
                self._serve(version)
                return
            self._files_of_failed[number] = files
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
        """Holds the served version for the time of a request, so that it is not freed under it.

        Raises:
          NotFoundError: this model, or this version of it, is not served.
        """
        served = self._enter_current(version) if model_name == self.model_name else None
        if served is None:
            wanted = f"Latest({model_name})" if version is None else f"Specific({model_name}, {version})"
            raise NotFoundError(f"Servable not found for request: {wanted}")
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
        found = [s for s in self.all_statuses() if version in (None, s.version)]
        if model_name != self.model_name or not found:
            wanted = "any versions" if version is None else f"version {version}"
            raise NotFoundError(f"Could not find {wanted} of model {model_name}")
        return found

    def all_statuses(self) -> list[VersionStatus]:
        """Returns the status of every version that was ever seen, the highest first."""
        seen = sorted(self._versions.items(), reverse=True)
        return [VersionStatus(number, served.state, served.error) for number, served in seen]


def _files(folder: Path) -> object:
    """Returns a value that changes when a file below the folder is added, removed or rewritten."""
    stats = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}
