"""Follows what is asked for: loads, frees and points as follow_rule decides."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic

from serving.errors import NotLoadableNowError
from serving.models import follow_rule
from serving.models.follow_rule import Failure
from serving.models.lifecycle import ModelT, ServedVersion
from serving.models.pointers import Pointers
from serving.models.served_file import ServedFileError
from serving.models.version_folders import files_now
from serving.models.wish import Source, Wanted, Wish

log = logging.getLogger(__name__)


class Follower(Generic[ModelT]):
    """Keeps loaded what a source asks for.

    One thread looks at the source, loads and frees; a version is loaded before it takes over. A version that
    fails to load is reported, and the one that served goes on. It is tried again when its files or the source
    change and, if the reason may pass, after growing pauses. While the source cannot be read, everything
    stays as it is. A request calls `catch_up`, which points at what is asked for now if that is loaded: so a
    change between loaded versions holds for the very next request.

    Attributes:
      model_name: as requests name it.
      pointers: which version answers what, now.
      seen: every version that was ever asked for, by number.
    """

    def __init__(
        self,
        model_name: str,
        source: Source,
        load_model: Callable[[Path, str], ModelT],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes what to follow; `start` begins.

        Args:
          model_name: as requests name it.
          source: says which versions are asked for.
          load_model: returns the model in a folder, given the record of its files.
          clock: seconds, by which pauses are measured.
        """
        self.model_name = model_name
        self.pointers: Pointers[ModelT] = Pointers()
        self.seen: dict[int, ServedVersion[ModelT]] = {}  # another one each time: others read it as it is
        self._source = source
        self._load_model = load_model
        self._clock = clock
        self._failures: dict[Wanted, Failure] = {}
        self._stopping = threading.Event()
        self._poller: threading.Thread | None = None
        self._lock = threading.Lock()  # holds together what follows; never held while a model is loaded
        self._wish = Wish()
        self._loaded: dict[Wanted, ServedVersion[ModelT]] = {}
        self._served: Wanted | None = None
        self._trouble = ""

    def catch_up(self) -> None:
        """Points at what is asked for now, as far as it is loaded; loads and frees nothing."""
        if self._source.changed():
            with self._lock:
                if self._source.changed():
                    self._look()

    def poll(self) -> None:
        """Looks at the source, frees what is loaded for nothing, and loads what is missing."""
        tried: set[Wanted] = set()
        while not self._stopping.is_set():
            with self._lock:
                self._look()
            self._free()
            wanted = follow_rule.to_load(self._wish, self._loaded, tried | self._left_alone())
            if wanted is None:
                return
            tried.add(wanted)
            self._load(wanted)

    def _look(self) -> None:
        """Takes what the source says; the caller holds the lock."""
        try:
            self._wish = self._source.read()
        except (OSError, ServedFileError) as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.warning("%s: %s; %s", self.model_name, error, self._what_goes_on())
            return
        self._trouble = ""
        self._point()

    def _point(self) -> None:
        """Lets requests see what is asked for and loaded; the caller holds the lock."""
        served = follow_rule.to_serve(self._wish, self._loaded, self._served)
        answering = follow_rule.to_answer(self._wish, self._loaded, served)
        candidate = follow_rule.to_try(self._wish, self._loaded, served)
        self._served = served
        self.pointers = Pointers(
            None if served is None else self._loaded[served],
            {wanted.number: self._loaded[wanted] for wanted in answering},
            follow_rule.to_label(
                self._wish, {wanted.number for wanted in answering}, served, self.pointers.labels
            ),
            self._wish.rollout,
            None if candidate is None else self._loaded[candidate],
        )

    def _free(self) -> None:
        with self._lock:
            useless = follow_rule.to_free(self._wish, self._loaded, self._served)
            freed = [self._loaded.pop(wanted) for wanted in useless]
        for version in freed:
            version.unload()

    def _left_alone(self) -> set[Wanted]:
        """Returns what failed and is not due, and forgets the failures of what is not asked for any more."""
        asked, now_s = {*self._wish.default, *self._wish.kept}, self._clock()
        self._failures = {wanted: each for wanted, each in self._failures.items() if wanted in asked}
        return {
            wanted
            for wanted, failure in self._failures.items()
            if not failure.is_due(self._circumstances(wanted), now_s)
        }

    def _circumstances(self, wanted: Wanted) -> Hashable:
        return self._wish.revision, files_now(wanted.folder)

    def _load(self, wanted: Wanted) -> None:
        circumstances = self._circumstances(wanted)
        before = self.seen.get(wanted.number)
        version: ServedVersion[ModelT] = ServedVersion(wanted.number, wanted.folder)
        self.seen = {**self.seen, wanted.number: version}
        if version.load(lambda folder: self._model(folder, wanted.files)):
            self._failures.pop(wanted, None)
            with self._lock:
                self._loaded[wanted] = version
                self._point()
            return
        last = self._failures.get(wanted)
        self._failures[wanted] = follow_rule.failed(last, version.may_pass, circumstances, self._clock())
        if before is None or before.error != version.error:
            what = f"version {wanted.number} of {self.model_name} failed to load"
            log.error("%s: %s; %s", what, version.error, self._what_goes_on())

    def _model(self, folder: Path, files: str) -> ModelT:
        if not folder.is_dir():
            raise NotLoadableNowError(f"{folder} is not there")
        return self._load_model(folder, files)

    def _what_goes_on(self) -> str:
        return "nothing is served" if self._served is None else f"version {self._served.number} goes on"

    def start(self, poll_wait_seconds: float) -> None:
        """Polls once, then in a thread every `poll_wait_seconds` until `stop`."""
        self.poll()
        self._poller = threading.Thread(
            target=self._watch, args=[poll_wait_seconds], name="versions", daemon=True
        )
        self._poller.start()

    def _watch(self, poll_wait_seconds: float) -> None:
        while not self._stopping.wait(poll_wait_seconds):
            try:
                self.poll()
            except Exception:  # without this thread nothing would be followed any more
                log.exception(
                    "%s: a look at what should serve failed; %s", self.model_name, self._what_goes_on()
                )

    def stop(self, wait_seconds: float | None = None) -> None:
        """Stops polling and unloads what is served.

        Args:
          wait_seconds: how long to wait for a version that is being loaded, which cannot be broken off; None
            for as long as it takes. After that nothing is unloaded: this process has to end.
        """
        self._stopping.set()
        if self._poller is not None:
            self._poller.join(wait_seconds)
            if self._poller.is_alive():
                return
        with self._lock:
            useless, self._loaded = self._loaded, {}
            self._wish, self._served = Wish(), None
            self._point()
        for version in useless.values():
            version.unload()
