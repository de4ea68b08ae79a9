"""Spans of data: what a day is, when it is complete, and which days a run uses.

Everything here decides on plain values. `folder_spans`, `bucket_spans` and `table_spans` find the days; they,
and so the command line and the trigger function, share what is decided here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping

from components.spans.span_ref import SpanRef
from pipeline.errors import DataError

_EPOCH = dt.date(1970, 1, 1)


@dataclasses.dataclass(frozen=True)
class Readiness:
    """When a span is complete; one that still is being written is as good as not there.

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

    @property
    def ref(self) -> SpanRef:
        """The span as ExampleGen is given it."""
        return SpanRef(self.number, self.path, self.fingerprint)


@dataclasses.dataclass(frozen=True)
class Found:
    """The days of a source.

    Attributes:
      days: complete ones; each with what reads its content, or asks for its state, and fingerprints it.
      unready: days that are still being written, in order.
    """

    days: Mapping[dt.date, Callable[[], Span]]
    unready: tuple[dt.date, ...] = ()


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


def choose(
    available: Iterable[dt.date],
    *,
    until: dt.date | None,
    days: int,
    eval_days: int,
    allow_gaps: bool,
    unready: Collection[dt.date] = (),
) -> tuple[list[dt.date], list[dt.date]]:
    """Picks the days of a window: the last `days` up to `until`, the last `eval_days` of them for evaluation.

    With gaps allowed the window is the last `days` days that have data; without, it is `days` days in a row.

    Args:
      available: days that have data.
      until: the last day of the window; None for the newest that there is.
      unready: days that are still being written; a refusal says so where one of them is missed.

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
        _refuse_gaps(wanted, set(past), ordered, unready)
        chosen = wanted
    if len(chosen) < days:
        raise DataError(
            f"the window needs {days} spans up to {last} and there are {len(chosen)}; "
            "lower window.days or add data"
        )
    return chosen[:-eval_days], chosen[-eval_days:]


def resolve(
    found: Found, *, until: dt.date | None, days: int, eval_days: int, allow_gaps: bool, by_time: bool = True
) -> Window:
    """Chooses the window among the days of a source, and fingerprints its days.

    Args:
      by_time: whether the last `eval_days` are for evaluation; if not, each day is for both.

    Raises:
      DataError: as `choose`, and as what reads a day.
    """
    train, evaluate = choose(
        found.days,
        until=until,
        days=days,
        eval_days=eval_days,
        allow_gaps=allow_gaps,
        unready=found.unready,
    )
    read = {day: found.days[day]() for day in (*train, *evaluate)}
    if not by_time:
        return Window(tuple(read.values()), tuple(read.values()))
    return Window(tuple(read[day] for day in train), tuple(read[day] for day in evaluate))


def _refuse_gaps(
    wanted: list[dt.date], present: set[dt.date], ordered: list[dt.date], unready: Collection[dt.date]
) -> None:
    missing = [day for day in wanted if day not in present]
    if missing:
        why = ", which is still being written" if missing[0] in unready else ""
        raise DataError(
            f"the window {wanted[0]} … {wanted[-1]} has no data for {len(missing)} of its {len(wanted)} days "
            f"(first {missing[0]}{why}); there is data from {ordered[0]} to {ordered[-1]}: "
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
