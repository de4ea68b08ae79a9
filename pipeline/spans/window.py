"""Spans of data: what a span is, when it is complete, and which ones a run uses.

Everything here decides on plain values. The other modules of this folder find the days, each in one kind of
source; the command line and the trigger function share the decisions.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from components.spans.grain import DAY, Grain
from components.spans.span_ref import EPOCH, SpanRef
from pipeline.spans.day_choice import WindowRequest, find_days, mature_days
from pipeline.spans.left_out import LeftOut, name_days, name_left_out
from pipeline.spans.refusal import why_none


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
    """One day of data, or one week, month or delivery.

    Attributes:
      date: the day that it begins with, and that its file is named by. Which rows are in the file decides
        which rows are in the span, whatever day they name themselves.
      path: the file's absolute path, or the address of a BigQuery partition.
      fingerprint: SHA-256, in hex, of its content, or of the metadata of a BigQuery partition.
    """

    date: dt.date
    path: str
    fingerprint: str

    @property
    def number(self) -> int:
        """The span's number as TFX numbers dates: days since 1970-01-01."""
        return (self.date - EPOCH).days

    @property
    def ref(self) -> SpanRef:
        """The span in the form that ExampleGen takes."""
        return SpanRef(self.number, self.path, self.fingerprint)


@dataclasses.dataclass(frozen=True)
class AvailableDays:
    """The days of a source.

    Attributes:
      days: complete days, each with a function that reads and fingerprints it.
      left_out: other days that the source has and that cannot be used, in order.
      undated: what else the source holds and belongs to no day yet, for people; empty if there is nothing.
    """

    days: Mapping[dt.date, Callable[[], Span]]
    left_out: tuple[LeftOut, ...] = ()
    undated: str = ""


@dataclasses.dataclass(frozen=True)
class Window:
    """The spans of one run in order of time; the last ones, `eval_spans`, are for evaluation.

    Where rows are split by hash, `train_spans` and `eval_spans` both hold every span.

    Attributes:
      grain: what a span holds.
      notes: lines for people about days that could be in the window and are not; part of no fingerprint.
    """

    train_spans: tuple[Span, ...]
    eval_spans: tuple[Span, ...]
    notes: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    grain: Grain = DAY

    @property
    def by_time(self) -> bool:
        """Whether the last spans are for evaluation alone."""
        return self.train_spans != self.eval_spans

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
        if not self.by_time:
            how = f"{self.grain.count(len(train))}, split by a hash"
        else:
            to_train = self.grain.count(len(train))
            how = f"{to_train} to train, {len(evaluate)} to evaluate from {evaluate[0].date}"
        return f"{train[0].date} … {self.grain.last_day(evaluate[-1].date)} ({how})"


def choose_days(
    available: Iterable[dt.date], request: WindowRequest, left_out: Collection[LeftOut] = ()
) -> tuple[list[dt.date], list[dt.date]]:
    """Returns the train days and the eval days of a window; all of them twice if it is split by hash.

    Args:
      available: days that have data.
      request: the window.
      left_out: other days of the source, which cannot be used.

    Raises:
      ConfigError: `until` lies before the first or after the newest day that can be used.
      DataError: too few days, a day missing in the window, or a day in it that cannot be read.
    """
    ordered = sorted(available)
    usable = mature_days(ordered, request.label_delay_days, request.grain)
    unreadable = frozenset(each.day for each in left_out if each.unreadable)
    request = dataclasses.replace(request, unreadable=unreadable)
    days = find_days(usable, request) if usable else None
    if days is None:
        raise why_none(ordered, usable, request, left_out)
    if not request.by_time:
        return days, days
    return days[: -request.eval_days], days[-request.eval_days :]


def resolve_window(available: AvailableDays, request: WindowRequest) -> Window:
    """Chooses the window among the days of a source, and fingerprints its days.

    Raises:
      ConfigError, DataError: `choose_days` finds no window, or a day cannot be read.
    """
    train, evaluate = choose_days(available.days, request, available.left_out)
    spans = {day: available.days[day]() for day in dict.fromkeys((*train, *evaluate))}
    return Window(
        tuple(spans[day] for day in train),
        tuple(spans[day] for day in evaluate),
        tuple(_notes(available, request, train[0], evaluate[-1])),
        request.grain,
    )


def _notes(available: AvailableDays, request: WindowRequest, first: dt.date, last: dt.date) -> Iterator[str]:
    """Yields what a person should know of days that could be in a window and are not.

    Whoever gave --until asked for no later day.
    """
    asked = request.last or dt.date.max
    out = [each for each in available.left_out if first < each.day <= asked]
    if out:
        yield f"left out: {name_left_out(out)}"
    if request.until:
        return
    newer = [day for day in available.days if day > last]
    if newer:
        one, many = request.grain.one, request.grain.many
        days = (
            f"1 newer {one} waits for its" if len(newer) == 1 else f"{len(newer)} newer {many} wait for their"
        )
        yield f"{days} labels: {name_days(newer)}; data.label_delay_days is {request.label_delay_days}"
    if available.undated:
        yield f"left out: {available.undated}"
