"""The life of one served version: its states, and when its model is freed."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from serving.errors import IncompleteModelError, NotLoadableNowError


class State(enum.Enum):
    """TensorFlow Serving's states of a version; each value is the number in its protocol."""

    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


class Closable(Protocol):
    """What a version needs of its model: to be freed."""

    def close(self) -> None:
        """Frees the model."""


_MAY_PASS = (NotLoadableNowError, OSError, MemoryError)
ModelT = TypeVar("ModelT", bound=Closable)


@dataclass(frozen=True)
class VersionStatus:
    """What the status calls say about a version; `error` is empty unless it failed to load."""

    version: int
    state: State
    error: str


class ServedVersion(Generic[ModelT]):
    """One version of the model, from before it is loaded until after it is freed.

        LOADING ──loaded──▶ AVAILABLE ──replaced or withdrawn──▶ UNLOADING ──last request done──▶ END
           └──failed to load─────────────────────────────────────────────────────────────────────▶ END

    A version that failed to load keeps its error, in `may_pass` whether it may load later from the same
    files, and in `is_incomplete` whether a part of them is not there. Requests are let in while it is
    AVAILABLE only. The last of them to leave frees the model, so that no thread waits for another.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder
        self.state = State.LOADING
        self.error = ""
        self.may_pass = self.is_incomplete = False
        self._lock = threading.Lock()
        self._requests = 0
        self._model: ModelT | None = None

    @property
    def model(self) -> ModelT:
        """The loaded model; only between `enter` and `leave`."""
        assert self._model is not None, "enter() first"
        return self._model

    def load(self, load_model: Callable[[Path], ModelT]) -> bool:
        """Loads the model and returns whether that succeeded; `error` says why not."""
        try:
            self._model = load_model(self.folder)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the version before must go on
            self.error = str(error) or type(error).__name__
            self.may_pass = isinstance(error, _MAY_PASS)
            self.is_incomplete = isinstance(error, IncompleteModelError)
            self.state = State.END
            return False
        self.state = State.AVAILABLE
        return True

    def enter(self) -> bool:
        """Lets a request in and returns True; returns False unless the version is available."""
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

    def __enter__(self) -> ServedVersion[ModelT]:
        """Returns the version, which `enter` has let a request in."""
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()

    def unload(self) -> None:
        """Lets no more requests in and frees the model as soon as none is left."""
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
