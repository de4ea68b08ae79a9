"""Spans of data: which days there are, what is in them, and which of them a run uses.

The functions on plain values (`choose`) decide; the others only read a folder, or a table's metadata.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import DataError

_EPOCH = dt.date(1970, 1, 1)
_SUFFIXES = {"csv": r"\.csv(\.gz)?", "parquet": r"\.parquet", "tfrecord": r"\.tfrecord(\.gz)?"}
_CHUNK_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Readiness:
    """When a span's file is complete; a span that still is being written is as good as not there.

    Attributes:
      marker: what is appended to the file's name for the name of a file that says so; None for no such file.
      after_s: seconds since its last change; 0 for not looking at the clock.
    """

    marker: str | None = None
    after_s: float = 0.0

    def holds(self, *, marked: bool, age_s: float) -> bool:
        """Whether a file is complete.

        Args:
          marked: whether the marker is there.
          age_s: seconds since the file's last change; negative where that is still to come by our clock.
        """
        return (marked or self.marker is None) and (not self.after_s or age_s >= self.after_s)


@dataclasses.dataclass(frozen=True)
class Span:
    """One day of data.

    Attributes:
      date: the day.
      path: the file's absolute path, or the address of a BigQuery partition.
      fingerprint: SHA-256 of its content, or of what BigQuery says of its state, in hex.
    """

    date: dt.date
    path: str
    fingerprint: str

    @property
    def number(self) -> int:
        """The span's number as TFX numbers dates: days since 1970-01-01."""
        return (self.date - _EPOCH).days


@dataclasses.dataclass(frozen=True)
class Window:
    """The spans of one run, in order of time; the last ones, `eval_spans`, are for evaluation.

    Where rows are split by hash, both hold every span.
    """

    train_spans: tuple[Span, ...]
    eval_spans: tuple[Span, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """All spans, train before eval."""
        return self.train_spans + self.eval_spans

    @property
    def fingerprint(self) -> str:
        """SHA-256 over days, roles and contents: equal windows hold equal data."""
        digest = hashlib.sha256()
        for role, spans in (("train", self.train_spans), ("eval", self.eval_spans)):
            for span in spans:
                digest.update(f"{role} {span.date} {span.fingerprint}\n".encode())
        return digest.hexdigest()

    def __str__(self) -> str:
        train, evaluate = self.train_spans, self.eval_spans
        return (
            f"{train[0].date} … {evaluate[-1].date} "
            f"({len(train)} days to train, {len(evaluate)} to evaluate from {evaluate[0].date})"
        )


def files_by_day(
    folder: Path, data_format: str = "csv", ready: Readiness = Readiness()
) -> dict[dt.date, Path]:
    """Finds the complete span files of a folder; other files are left alone.

    Raises:
      DataError: there is no such folder, it holds no complete span, or two files for a day.
    """
    if not folder.is_dir():
        raise DataError(
            f"no data folder at {folder}; set data.source to the folder of your daily files "
            "(`make data` writes the sample)"
        )
    found: dict[dt.date, Path] = {}
    unready = 0
    name = re.compile(rf"^(\d{{4}}-\d{{2}}-\d{{2}}){_SUFFIXES[data_format]}$")
    for path in sorted(folder.iterdir()):
        match = name.match(path.name)
        if match and _is_ready(path, ready):
            day = _parse_day(match.group(1), path)
            if day in found:
                raise DataError(f"{found[day]} and {path.name} are the same day; remove one")
            found[day] = path
        elif match:
            unready += 1
    if not found and unready:
        raise DataError(
            f"{folder} holds {unready} spans that are still being written; wait, or change data.ready_marker "
            "or data.ready_after_s"
        )
    if not found:
        raise DataError(f"{folder} holds no span; expected files named like 2013-01-31.{data_format}")
    return found


def choose(
    available: Iterable[dt.date], *, until: dt.date | None, days: int, eval_days: int, allow_gaps: bool
) -> tuple[list[dt.date], list[dt.date]]:
    """Picks the days of a window: the last `days` up to `until`, the last `eval_days` of them for evaluation.

    With gaps allowed the window is the last `days` days that have data; without, it is `days` days in a row.

    Args:
      available: days that have data.
      until: the last day of the window; None for the newest that there is.

    Raises:
      DataError: no data up to `until`, a day missing in the window, or too few days.
    """
    ordered = sorted(available)
    last = until or ordered[-1]
    past = [day for day in ordered if day <= last]
    if not past:
        raise DataError(f"no span up to {last}; the data begins on {ordered[0]}, give a later --until")
    if allow_gaps:
        chosen = past[-days:]
    else:
        wanted = [last - dt.timedelta(days=back) for back in reversed(range(days))]
        _refuse_gaps(wanted, set(past), ordered)
        chosen = wanted
    if len(chosen) < days:
        raise DataError(
            f"the window needs {days} spans up to {last} and there are {len(chosen)}; "
            "lower window.days or add data"
        )
    return chosen[:-eval_days], chosen[-eval_days:]


def resolve(
    source: str | Path,
    *,
    until: dt.date | None,
    days: int,
    eval_days: int,
    allow_gaps: bool,
    data_format: str = "csv",
    ready: Readiness = Readiness(),
    by_time: bool = True,
) -> Window:
    """Chooses the window and fingerprints its days.

    Args:
      source: folder of daily files, or the address of a BigQuery table.
      by_time: whether the last `eval_days` are for evaluation; if not, each day is for both.

    Raises:
      DataError: as `files_by_day` or `table_spans.spans_by_day`, and as `choose`.
    """
    found = _find(source, data_format, ready)
    train, evaluate = choose(found, until=until, days=days, eval_days=eval_days, allow_gaps=allow_gaps)
    read = {day: _read(day, found[day]) for day in (*train, *evaluate)}
    if not by_time:
        return Window(tuple(read.values()), tuple(read.values()))
    return Window(tuple(read[day] for day in train), tuple(read[day] for day in evaluate))


def _is_ready(path: Path, ready: Readiness) -> bool:
    marked = ready.marker is not None and path.with_name(path.name + ready.marker).exists()
    try:
        changed = path.stat().st_mtime
    except FileNotFoundError:  # it was taken away after the folder was listed
        return False
    return ready.holds(marked=marked, age_s=time.time() - changed)


def _find(source: str | Path, data_format: str, ready: Readiness) -> Mapping[dt.date, Path | Span]:
    if data_format == "bigquery":
        from pipeline import table_spans  # Google's client; only who has a table pays for it

        return table_spans.spans_by_day(str(source), ready)
    return files_by_day(Path(source), data_format, ready)


def _read(day: dt.date, path: Path | Span) -> Span:
    if isinstance(path, Span):
        return path
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Span(date=day, path=str(path.resolve()), fingerprint=digest.hexdigest())


def _parse_day(text: str, path: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"{path}: {text!r} is no day of the calendar; rename or remove the file") from error


def _refuse_gaps(wanted: list[dt.date], present: set[dt.date], ordered: list[dt.date]) -> None:
    missing = [day for day in wanted if day not in present]
    if missing:
        raise DataError(
            f"the window {wanted[0]} … {wanted[-1]} has no data for {len(missing)} of its {len(wanted)} days "
            f"(first {missing[0]}); there is data from {ordered[0]} to {ordered[-1]}: "
            f"{_way_out(wanted, ordered)}"
        )


def _way_out(wanted: list[dt.date], ordered: list[dt.date]) -> str:
    """What helps a window that misses days: enough days are there, later on; or they are not."""
    earliest = ordered[0] + dt.timedelta(days=len(wanted) - 1)
    if len(ordered) < len(wanted):
        return f"lower window.days to at most {len(ordered)}, or add data"
    if wanted[-1] < earliest:
        return f"give --until {earliest} or later, or lower window.days"
    return "add the days, change --until, or set window.allow_gaps"
