"""Events that were decided and are not booked yet: a folder of files, each written in one step."""

from __future__ import annotations

import datetime as dt
import os
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.lineage.events import Event
from pipeline.lineage.events_json import UnreadableEventsError, as_json, from_json

_TIME = "%Y%m%dT%H%M%S.%fZ"
_STAGED = ".new"


class PendingEvents:
    """Files `<utc time>-<id>.json` in a folder: by their names they are in the order in which they came.

    Writers exclude each other; readers need no lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self) -> list[Path]:
        """Returns the files in their order; none where there is no folder."""
        return sorted(self._folder.glob("*.json"))

    def read(self) -> Iterator[tuple[Path, tuple[Event, ...]]]:
        """Yields the events of each file, in their order; a file that is booked meanwhile is left out.

        Raises:
          UnreadableEventsError: a file holds no events.
        """
        for path in self.files():
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise UnreadableEventsError(f"{path} cannot be read: {error.strerror or error}") from error
            try:
                events = from_json(text, str(path))
            except UnreadableEventsError as error:
                raise UnreadableEventsError(
                    f"{error}, or move it away: then what was decided in it does not count"
                ) from error
            yield path, events

    def add(self, events: Sequence[Event]) -> None:
        """Writes one file with events, so that it is there whole or not at all, and lasts.

        Raises:
          OSError: it cannot be written (a full disk); nothing is there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._next_time():{_TIME}}-{urllib.parse.quote(events[0].id, safe='')[:80]}.json"
        staged = self._folder / f"{name}{_STAGED}"
        try:
            with staged.open("w", encoding="utf-8") as file:
                file.write(as_json(events))
                file.flush()
                os.fsync(file.fileno())
            staged.rename(self._folder / name)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        self._sync()

    def remove(self, files: Sequence[Path]) -> None:
        """Removes files that were booked, and what a killed writer left."""
        for path in (*files, *self._folder.glob(f"*{_STAGED}")):
            path.unlink(missing_ok=True)

    def _next_time(self) -> dt.datetime:
        """Returns now, or a moment after the newest file where a clock was turned back.

        Raises:
          UnreadableEventsError: that file is none of these; it would be the last one in their order for ever.
        """
        now = dt.datetime.now(dt.timezone.utc)
        files = self.files()
        if not files:
            return now
        try:
            newest = dt.datetime.strptime(files[-1].name.partition("-")[0], _TIME)
            return max(now, newest.replace(tzinfo=dt.timezone.utc) + dt.timedelta(microseconds=1))
        except (ValueError, OverflowError) as error:
            raise UnreadableEventsError(
                f"{files[-1]} does not bear the time of a decision, which says in which order they came; "
                "move it away"
            ) from error

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
