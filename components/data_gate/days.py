"""The days of an Examples artifact, with what ingestion counted and the profile of their rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
from tfx.types import standard_artifacts

from components.data_gate import kept_profile
from components.data_gate.columns import GateColumns
from components.data_gate.day import Day
from components.data_gate.day_profile import DayProfile, merged, profile_of
from components.spans.entry import find_in
from components.spans.examples import SpanPart, column_batches, spans
from components.spans.grain import GRAINS
from components.spans.lists import first_values
from components.spans.span_ref import EPOCH
from components.spans.summaries import each_span


@dataclasses.dataclass(frozen=True)
class DayProfiler:
    """A Summarizer (see `components.spans.summaries`) of day profiles."""

    columns: GateColumns
    code_fingerprint: str

    @property
    def name(self) -> str:
        """A file name that stands for everything that decides a profile, except the rows."""
        asked = hashlib.sha256(self.columns.as_json().encode()).hexdigest()
        return f"day-{self.code_fingerprint[:16]}-{asked[:8]}"

    def of_files(self, paths: Sequence[str]) -> DayProfile:
        """Returns the profile of the rows of files."""
        names = list(self.columns.kinds)
        batches = [
            pa.RecordBatch.from_arrays([batch[name] for name in names], names)
            for batch in column_batches(paths)
            if batch.num_rows
        ]
        if not batches:
            return profile_of({name: pa.array([], pa.int64()) for name in names}, self.columns)
        table = pa.Table.from_batches(batches)
        values = {name: first_values(table[name].combine_chunks()) for name in names}
        return profile_of(values, self.columns)

    def merged(self, parts: Iterable[DayProfile]) -> DayProfile:
        """Returns the profile of the rows of all parts."""
        return merged(parts)

    def encoded(self, summary: DayProfile) -> bytes:
        """Returns a profile as bytes, for the cache."""
        return kept_profile.encoded(summary)

    def decoded(self, content: bytes) -> DayProfile:
        """Returns the profile that `encoded` was given.

        Raises:
          UnreadableSummaryError: the bytes are no profile.
        """
        return kept_profile.decoded(content)


def days_of(examples: standard_artifacts.Examples, profiler: DayProfiler, grain: str) -> list[Day]:
    """Returns the spans in order of time; none where the store does not have their rows any more.

    Args:
      examples: as ExampleGen writes them.
      profiler: how rows are profiled.
      grain: what a span holds: day, week, month or file.
    """
    by_split = spans(examples)
    if by_split is None:
        return []
    parts = [(split, part) for split, of_split in by_split.items() for part in of_split]
    profiles = each_span([part for _, part in parts], profiler)
    by_span: dict[int, list[tuple[str, SpanPart, DayProfile]]] = {}
    for (split, part), profile in zip(parts, profiles, strict=True):
        by_span.setdefault(part.span, []).append((split, part, profile))
    return [_day(number, by_span[number], grain) for number in sorted(by_span)]


def _day(number: int, parts: list[tuple[str, SpanPart, DayProfile]], grain: str) -> Day:
    first = EPOCH + dt.timedelta(days=number)
    read, refused = 0, Counter[str]()
    for folder in {part.folder for _, part, _ in parts}:
        entry = find_in(folder)
        if entry:
            read += entry.rows_read
            refused.update(entry.refused)
    profiles = [profile for _, _, profile in parts]
    profile = profiles[0] if len(profiles) == 1 else merged(profiles)
    if not GRAINS[grain].has_calendar:  # a delivery holds the rows of any days
        profile = dataclasses.replace(profile, dates={})
    return Day(
        first=first,
        last=GRAINS[grain].last_day(first),
        evaluates={split for split, _, _ in parts} == {"eval"},
        read=read,
        refused=refused,
        profile=profile,
    )
