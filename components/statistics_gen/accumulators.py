"""Statistics as TFDV's accumulators: computed once for each span, merged for a window.

TFDV's generators are combiners: counts, moments, minima and maxima of merged accumulators are exact.
Quantiles (GK sketch, epsilon 0.01), numbers of unique values (KMV, 16,384 buckets) and most frequent values
(Misra-Gries, 16,384 buckets) have the error of those sketches; the last two are exact below that many values.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from tensorflow_data_validation.statistics import stats_impl
from tensorflow_data_validation.statistics.generators.stats_generator import CombinerStatsGenerator
from tensorflow_data_validation.statistics.stats_options import StatsOptions
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.spans.examples import column_batches
from components.statistics_gen import kept

Accumulator = list[Any]
PARTS_PER_MERGE = 64
DECILES, QUARTILES, MANY_COLUMNS = 10, 4, 100


@dataclasses.dataclass(frozen=True)
class StatisticsSummarizer:
    """A Summarizer (see `components.spans.summaries`) of TFDV's default statistics."""

    code_fingerprint: str

    @property
    def name(self) -> str:
        """A file name that stands for everything that decides the accumulators, except the rows."""
        return f"statistics-{self.code_fingerprint[:16]}"

    def of_files(self, paths: Sequence[str]) -> Accumulator:
        """Accumulates the rows of files, a record batch at a time."""
        accumulator = [generator.create_accumulator() for generator in _generators()]
        for batch in column_batches(paths):
            accumulator = [
                generator.add_input(part, batch)
                for generator, part in zip(_generators(), accumulator, strict=True)
            ]
        return [generator.compact(part) for generator, part in zip(_generators(), accumulator, strict=True)]

    def merged(self, parts: Iterable[Accumulator]) -> Accumulator:
        """Merges accumulators; PARTS_PER_MERGE of them are in memory at a time."""
        whole = [generator.create_accumulator() for generator in _generators()]
        parts = iter(parts)
        while group := list(itertools.islice(parts, PARTS_PER_MERGE)):
            whole = [
                generator.merge_accumulators([before, *those])
                for generator, before, those in zip(
                    _generators(), whole, zip(*group, strict=True), strict=True
                )
            ]
        return whole

    def encoded(self, summary: Accumulator) -> bytes:
        """Returns accumulators as bytes, for the cache."""
        return kept.encoded(summary)

    def decoded(self, content: bytes) -> Accumulator:
        """Returns the accumulators that `encoded` was given.

        Raises:
          UnreadableSummaryError: the bytes are not theirs.
        """
        return kept.decoded(content)


def statistics_of(accumulator: Accumulator) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Returns the statistics of an accumulator's rows: deciles of numbers, quartiles where columns are many.

    TFDV takes a hundred times as many quantiles as it is asked for, and goes through them in Python: for
    deciles 20 ms a column.
    """
    quantiles = QUARTILES if len(accumulator[0]) > MANY_COLUMNS else DECILES
    return stats_impl.extract_statistics_output(accumulator, _generators(quantiles))


@functools.cache
def _generators(quantiles: int = DECILES) -> list[CombinerStatsGenerator]:
    options = StatsOptions(num_quantiles_histogram_buckets=quantiles)
    return stats_impl.get_generators(options, in_memory=True)
