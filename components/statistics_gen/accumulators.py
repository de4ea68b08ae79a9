"""Statistics as TFDV's accumulators: made for each span once, merged for a window.

TFDV's generators are combiners: counts, moments, minima and maxima of merged accumulators are exact.
Quantiles (GK sketch, epsilon 0.01), numbers of unique values (KMV, 16,384 buckets) and most frequent values
(Misra-Gries, 16,384 buckets) have the error of those sketches; the last two are exact below that many values.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_data_validation.statistics.stats_options import StatsOptions
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx_bsl.coders import example_coder

from components.examples import SpanPart, record_batches
from components.span_entry import read_columns
from components.span_store import keep, kept

Accumulator = list[Any]
MERGED_AT_ONCE = 64


class Accumulators:
    """The accumulators of TFDV's default statistics."""

    def __init__(self) -> None:
        self._generators = stats_impl.get_generators(StatsOptions(), in_memory=True)
        self._decoder = example_coder.ExamplesToRecordBatchDecoder()

    def of_records(self, paths: Sequence[str]) -> Accumulator:
        """Accumulates the records of files, a record batch at a time."""
        return self._of_batches(self._decoder.DecodeBatch(records) for records in record_batches(paths))

    def of_span(self, span: SpanPart, code_fingerprint: str) -> Accumulator:
        """The accumulator of a part of a span: the one kept beside it, or else made and kept now.

        What is kept is a pickle, and as trustworthy as the pipeline root that it lies in.
        """
        name = f"statistics-{span.part}-{code_fingerprint[:16]}"
        found = kept(span.folder, name)
        if found is not None:
            return pickle.loads(found)
        made = self._of_batches(read_columns(span.columns))
        keep(span.folder, name, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
        return made

    def merged(self, accumulators: Iterable[Accumulator]) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The statistics of all that was accumulated; takes MERGED_AT_ONCE at a time into memory."""
        whole = [[generator.create_accumulator()] for generator in self._generators]
        accumulators = iter(accumulators)
        while some := list(itertools.islice(accumulators, MERGED_AT_ONCE)):
            whole = [
                [generator.merge_accumulators([*before, *parts])]
                for generator, before, parts in zip(
                    self._generators, whole, zip(*some, strict=True), strict=True
                )
            ]
        return stats_impl.extract_statistics_output([part for (part,) in whole], self._generators)

    def _of_batches(self, batches: Iterable[pa.RecordBatch]) -> Accumulator:
        accumulator = [generator.create_accumulator() for generator in self._generators]
        for batch in batches:
            accumulator = [
                generator.add_input(part, batch)
                for generator, part in zip(self._generators, accumulator, strict=True)
            ]
        return [
            generator.compact(part) for generator, part in zip(self._generators, accumulator, strict=True)
        ]
