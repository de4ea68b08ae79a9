"""The request log: a sample of the requests as lines of JSON, written by one thread of the server.

A request never waits for it: what is kept of it goes into a bounded queue, and is counted as dropped where
that is full. What may not be kept is left out before that. Another process makes Parquet of the closed files:
in here that would delay requests by 4 to 25 ms each time.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import random
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from serving.traffic.log_files import LogFile, remove_oldest
from serving.traffic.log_lines import line

if TYPE_CHECKING:
    from serving.traffic.record import RequestRecord

log = logging.getLogger(__name__)

KEY = "request.key"  # among `dropped`: the key of a client
_SHARES = 10_000
_QUEUED_ROWS = 10_000
_LOOK_S = 0.2
# The thread lets go of the interpreter after so many values, for as long as that takes.
_PAUSE_VALUES, _PAUSE_S = 256, 0.0002
_WARN_EVERY_S = 60.0


@dataclasses.dataclass(frozen=True)
class RequestLogSettings:
    """What is kept of requests, and where.

    Attributes:
      folder: of the files.
      sample: share of the requests; of requests with a key, all of so many keys.
      columns: inputs that may be kept. A serialized tf.Example is none: what it holds cannot be told apart.
      dropped: what somebody has decided not to keep, of `columns` and KEY.
      rotate_bytes: a file that is so long is closed ...
      rotate_s: ... and one that is so old.
      most_bytes: of closed files; beyond it the oldest are removed.
    """

    folder: Path
    sample: float
    columns: frozenset[str]
    dropped: frozenset[str]
    rotate_bytes: int
    rotate_s: float
    most_bytes: int


class LogCounts(NamedTuple):
    """Requests of the sample; none ever falls.

    Attributes:
      written: into a file.
      dropped: as the queue was full.
      lost: as the disk refused them; or as their file was removed while it was open, after they were written.
    """

    written: int
    dropped: int
    lost: int


class RequestLog:
    """Keeps what it is told of requests; `start` and `close` its thread."""

    def __init__(self, settings: RequestLogSettings, queued_rows: int = _QUEUED_ROWS) -> None:
        """Takes the settings, and how many rows may wait at most; a request of none counts as one."""
        self._settings = settings
        self._kept = settings.columns - settings.dropped
        self._keeps_key = KEY not in settings.dropped
        self._share = round(settings.sample * _SHARES)
        self._free_rows = queued_rows
        self._queue: collections.deque[RequestRecord] = collections.deque()
        self._lock = threading.Lock()
        self._file = LogFile(settings.folder)
        self._written = self._dropped = self._lost = 0
        self._since_pause = 0
        self._warned: dict[str, float] = {}
        self._told_dropped = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)

    @property
    def counts(self) -> LogCounts:
        """What became of the requests of the sample."""
        return LogCounts(self._written, self._dropped, self._lost)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Writes what is queued, closes the file and ends the thread."""
        self._ending.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join()

    def answered(self, record: RequestRecord) -> None:
        """Queues a request if it is of the sample; never waits."""
        if not self._is_sampled(record.key):
            return
        rows = max(1, record.rows)
        with self._lock:  # of a few instructions; the thread holds it for as short
            if rows > self._free_rows:
                self._dropped += 1
                return
            self._free_rows -= rows
        self._queue.append(self._permitted(record))

    def _is_sampled(self, key: str) -> bool:
        if not key:
            return random.randrange(_SHARES) < self._share
        return zlib.crc32(f"log{key}".encode("utf-8", "surrogateescape")) % _SHARES < self._share

    def _permitted(self, record: RequestRecord) -> RequestRecord:
        """Returns what may be kept of a record; an error may quote any input."""
        return record._replace(
            inputs={name: record.inputs[name] for name in record.inputs if name in self._kept},
            key=record.key if self._keeps_key and self._may_keep(record.key_column) else "",
            error="" if self._settings.dropped else record.error,
        )

    def _may_keep(self, key_column: str) -> bool:
        return not key_column or key_column in self._kept

    def _run(self) -> None:
        while not self._ending.wait(_LOOK_S):
            self._write_queued()
            self._rotate()
            self._tell_dropped()
        self._write_queued()
        self._close_file()

    def _write_queued(self) -> None:
        while self._queue:
            record = self._queue.popleft()
            try:
                self._file.write(line(record, self._pause))
                self._written += 1
            except Exception as error:  # noqa: BLE001 - whatever was asked or answered, the next one is logged
                self._lost += 1
                self._warn("lost", f"a request was not logged: {error}")
            with self._lock:
                self._free_rows += max(1, record.rows)
            if self._file.bytes >= self._settings.rotate_bytes:
                self._close_file()

    def _pause(self, values: int) -> None:
        self._since_pause += values
        if self._since_pause >= _PAUSE_VALUES and not self._ending.is_set():
            self._since_pause = 0
            time.sleep(_PAUSE_S)

    def _rotate(self) -> None:
        if self._file.age_s >= self._settings.rotate_s or self._file.is_removed():
            self._close_file()

    def _tell_dropped(self) -> None:
        dropped = self._dropped
        if dropped > self._told_dropped and self._warn(
            "dropped",
            f"{dropped - self._told_dropped:,} requests were not logged, as more were asked than one thread "
            "can write; lower request_log.sample",
        ):
            self._told_dropped = dropped

    def _close_file(self) -> None:
        try:
            lost = self._file.close()
            removed = remove_oldest(self._settings.folder, self._settings.most_bytes)
        except OSError as error:
            self._warn("close", f"the request log cannot close its file: {error}")
            return
        if lost:
            self._lost += lost
            self._warn(
                "gone",
                f"somebody removed the open file of the request log, with {lost:,} requests; the next begins",
            )
        if removed:
            self._warn(
                "removed",
                f"{removed} files of the request log were removed, as nothing compacted them and they "
                f"had over {self._settings.most_bytes} bytes; run `evergreen traffic compact` more often",
            )

    def _warn(self, about: str, text: str) -> bool:
        """Says it at most once a minute, as a full disk refuses every request; returns whether it did."""
        now = time.monotonic()
        is_due = now - self._warned.get(about, float("-inf")) >= _WARN_EVERY_S
        if is_due:
            self._warned[about] = now
            log.warning(text)
        return is_due
