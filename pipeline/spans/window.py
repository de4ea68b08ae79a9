"""Spans of data: what a day is, when it is complete, and which days a run uses.

Everything here decides on plain values. The other modules of this folder find the days, each in one kind of
source; the command line and the trigger function share the decisions.
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
    """When a span is complete. A span that is still being written is left out of every window.

    Attributes:
      marker: what a marker adds to the name of the complete file beside it; None if there are no markers.
      after_s: seconds that a file must have been left unchanged; 0 to ignore its age.
    """

    marker: str | None = None
    after_s: float = 0.0

    def holds(self, *, marked: bool, age_s: float) -> bool:
        """Returns whether a file is complete.

        Args:
          marked: whether its marker exists.
          age_s: seconds since its last change; negative if that lies in the future by our clock.
        """
        return (marked or self.marker is None) and (not self.after_s or age_s >= self.after_s)


@dataclasses.dataclass(frozen=True)
class Span:
    """One day of data.

    Attributes:
      date: the day.
      path: the file's absolute path, or the address of a BigQuery partition.
      fingerprint: SHA-256, in hex, of its content, or of the metadata of a BigQuery partition.
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
        """The span in the form that ExampleGen takes."""
        return SpanRef(self.number, self.path, self.fingerprint)


@dataclasses.dataclass(frozen=True)
class AvailableDays:
    """The days of a source.

    Attributes:
      days: complete days, each with a function that reads and fingerprints it.
      unready: days that are still being written, in order.
    """

    days: Mapping[dt.date, Callable[[], Span]]
    unready: tuple[dt.date, ...] = ()


@dataclasses.dataclass(frozen=True)
class Window:
    """The spans of one run in order of time; the last ones, `eval_spans`, are for evaluation.

    Where rows are split by hash, `train_spans` and `eval_spans` both hold every span.
    """

    train_spans: tuple[Span, ...]
    eval_spans: tuple[Span, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """All spans, train before eval."""
        return self.train_spans + self.eval_spans

    @property
    def fingerprint(self) -> str:
        """SHA-256 of days, roles and contents: windows with equal fingerprints hold equal data."""
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


def choose_days(
    available: Iterable[dt.date],
    *,
    until: dt.date | None,
    days: int,
    eval_days: int,
    allow_gaps: bool,
    unready: Collection[dt.date] = (),
) -> tuple[list[dt.date], list[dt.date]]:
    """Returns the train days and the eval days of a window.

    Without gaps a window is `days` consecutive days; with gaps, the last `days` days that have data.

    Args:
      available: days that have data.
      until: last day of the window; None for the newest day.
      days: length of the window.
      eval_days: how many of its last days are for evaluation.
      allow_gaps: whether days without data may lie inside the window.
      unready: days that are still being written, for the message about a missing day.

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
        chosen = [last - dt.timedelta(days=back) for back in reversed(range(days))]
        _refuse_gaps(chosen, set(past), ordered, unready)
    if len(chosen) < days:
        raise DataError(
            f"the window needs {days} spans up to {last} and there are {len(chosen)}; "
            "lower window.days or add data"
        )
    return chosen[:-eval_days], chosen[-eval_days:]


def resolve_window(
    available: AvailableDays,
    *,
    until: dt.date | None,
    days: int,
    eval_days: int,
    allow_gaps: bool,
    by_time: bool = True,
) -> Window:
    """Chooses the window among the days of a source, and fingerprints its days.

    Args:
      available: the days of the source.
      until: last day of the window; None for the newest day.
      days: length of the window.
      eval_days: how many of its last days are for evaluation.
      allow_gaps: whether days without data may lie inside the window.
      by_time: whether only the last `eval_days` are for evaluation; if not, every day is for both.

    Raises:
      DataError: `choose_days` finds no window, or a day cannot be read.
    """
    train, evaluate = choose_days(
        available.days,
        until=until,
        days=days,
        eval_days=eval_days,
        allow_gaps=allow_gaps,
        unready=available.unready,
    )
    spans = {day: available.days[day]() for day in (*train, *evaluate)}
    if not by_time:
        return Window(tuple(spans.values()), tuple(spans.values()))
    return Window(tuple(spans[day] for day in train), tuple(spans[day] for day in evaluate))


def _refuse_gaps(
    requested: list[dt.date], present: set[dt.date], ordered: list[dt.date], unready: Collection[dt.date]
) -> None:
    missing = [day for day in requested if day not in present]
    if missing:
        why = ", which is still being written" if missing[0] in unready else ""
        raise DataError(
            f"the window {requested[0]} … {requested[-1]} has no data for {len(missing)} of its "
            f"{len(requested)} days (first {missing[0]}{why}); there is data from {ordered[0]} "
            f"to {ordered[-1]}: {_way_out(requested, ordered)}"
        )


def _way_out(requested: list[dt.date], ordered: list[dt.date]) -> str:
    """Returns what the user can do about a window that misses days."""
    earliest = ordered[0] + dt.timedelta(days=len(requested) - 1)
    if len(ordered) < len(requested):
        return f"lower window.days to at most {len(ordered)}, or add data"
    if requested[-1] < earliest:
        return f"give --until {earliest} or later, or lower window.days"
    return "add the days, change --until, or set window.allow_gaps"
