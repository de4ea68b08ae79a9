"""What tf.Transform's analyzers keep of a part of the data, and what comes of all parts together.

Each is a step of the plan that tf.Transform makes of a preprocessing function, computed as its Beam
implementation computes it (tensorflow_transform.beam.analyzer_impls), without Beam. Analyzers that are not
here are for Beam: see `unknown`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import tensorflow as tf
from pyarrow import compute
from tensorflow_transform import analyzer_nodes as plan
from tensorflow_transform import analyzers, nodes

_BY_FREQUENCY = analyzers._VocabOrderingType.FREQUENCY  # tf.Transform has no other name for it
MERGED_ROWS = 1_000_000  # of token counts at least, and as many as were summed up, are held before they are


class Accumulator(Protocol):
    """What is kept of a part of the data for one analyzer."""

    def add(self, values: Sequence[np.ndarray]) -> None:
        """Takes the analyzer's tensors of one record batch."""

    def encoded(self) -> bytes:
        """The accumulator, to be kept."""

    def merge(self, encoded: bytes) -> None:
        """Takes what an accumulator of another part has encoded."""

    def merged(self) -> Any:
        """What the next step of the plan gets."""


class Combined:
    """An accumulator of a combiner: means, variances, extremes, sums, quantiles."""

    def __init__(self, step: plan.CacheableCombineAccumulate):
        self._combiner, self._coder = step.combiner, step.cache_coder
        self._value = self._combiner.create_accumulator()

    def add(self, values: Sequence[np.ndarray]) -> None:
        self._value = self._combiner.add_input(self._value, values)

    def encoded(self) -> bytes:
        return self._coder.encode_cache(self._combiner.compact(self._value))

    def merge(self, encoded: bytes) -> None:
        self._value = self._combiner.merge_accumulators([self._value, self._coder.decode_cache(encoded)])

    def merged(self) -> Any:
        return self._value


class Counted:
    """How often each token was seen."""

    def __init__(self, step: plan.VocabularyAccumulate):
        del step
        self._tables = [pa.table({"token": pa.array([], pa.binary()), "count": pa.array([], pa.int64())})]

    def add(self, values: Sequence[np.ndarray]) -> None:
        tokens, counts = pa.array(values[0], pa.binary()).value_counts().flatten()
        self._take(pa.table({"token": tokens, "count": counts}))

    def encoded(self) -> bytes:
        sink, whole = pa.BufferOutputStream(), self._summed()
        with pa.ipc.new_stream(sink, whole.schema) as stream:
            stream.write_table(whole)
        return sink.getvalue().to_pybytes()

    def merge(self, encoded: bytes) -> None:
        self._take(pa.ipc.open_stream(encoded).read_all())

    def merged(self) -> pa.Table:
        """Token (binary) and count (int64), in no order."""
        return self._summed()

    def _take(self, counts: pa.Table) -> None:
        self._tables.append(counts)
        whole, *others = self._tables
        if sum(table.num_rows for table in others) > max(MERGED_ROWS, whole.num_rows):
            self._tables = [self._summed()]

    def _summed(self) -> pa.Table:
        sums = pa.concat_tables(self._tables).group_by("token").aggregate([("count", "sum")])
        return pa.table({"token": sums["token"], "count": sums["count_sum"]})


ACCUMULATORS = {plan.CacheableCombineAccumulate: Combined, plan.VocabularyAccumulate: Counted}


def unknown(step: nodes.OperationDef) -> bool:
    """Whether a step of a plan is for Beam."""
    if isinstance(step, plan.VocabularyAccumulate):
        return step.vocab_ordering_type != _BY_FREQUENCY or step.input_dtype != tf.string.name
    if isinstance(step, plan.VocabularyPrune):
        return bool(step.key_fn) or step.informativeness_threshold > float("-inf")
    if isinstance(step, plan.VocabularyOrderAndWrite):
        return step.file_format != "text"
    return not isinstance(
        step,
        plan.TensorSource
        | plan.CacheableCombineAccumulate
        | plan.CacheableCombineMerge
        | plan.ExtractCombineMergeOutputs
        | plan.VocabularyMerge
        | plan.VocabularyCount,
    )


class Conclude(nodes.Visitor):
    """Computes what comes after the accumulators; walks a plan by way of `nodes.Traverser`.

    Args:
      accumulators: label of a step to its accumulator of all the data.
      folder: for vocabularies.
    """

    def __init__(self, accumulators: Mapping[str, Accumulator], folder: str):
        self._accumulators, self._folder = accumulators, folder

    def visit(self, operation_def: nodes.OperationDef, input_values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The outputs of one step."""
        step = operation_def
        if isinstance(step, plan.TensorSource):
            return (None,)
        if step.label in self._accumulators:
            return (self._accumulators[step.label].merged(),)
        (value,) = input_values
        if isinstance(step, plan.CacheableCombineMerge):
            return (step.combiner.extract_output(value),)
        if isinstance(step, plan.ExtractCombineMergeOutputs):
            return tuple(value)
        if isinstance(step, plan.VocabularyPrune):
            return (_most_frequent(value, step.frequency_threshold, step.top_k),)
        if isinstance(step, plan.VocabularyCount):
            return (np.int64(max(1, value.num_rows)),)
        if isinstance(step, plan.VocabularyOrderAndWrite):
            return (_written(value, step, os.path.join(self._folder, step.vocab_filename)),)
        return (value,)  # VocabularyMerge: tokens were summed up already

    def validate_value(self, value: Any) -> None:
        """Any value will do."""


def _most_frequent(counts: pa.Table, at_least: int, top: int | None) -> pa.Table:
    """The tokens seen so often, of these the `top` most frequent; of equals, the last by byte order."""
    kept = counts.filter(compute.greater_equal(counts["count"], at_least))
    if top is None:
        return kept
    most = _largest_first(kept)[:top] or [analyzers.get_empy_vocabulary_dummy_value(tf.string.name)]
    return _table(most)


def _written(counts: pa.Table, step: plan.VocabularyOrderAndWrite, path: str) -> str:
    pairs = _largest_first(counts) or [analyzers.get_empy_vocabulary_dummy_value(step.input_dtype)]
    if step.fingerprint_shuffle:
        pairs.sort(key=lambda pair: hashlib.sha1(pair[1]).digest())
    with tf.io.gfile.GFile(path, "wb") as file:
        for count, token in pairs:
            file.write(b"%d %s\n" % (count, token) if step.store_frequency else token + b"\n")
    return path


def _largest_first(counts: pa.Table) -> list[tuple[int, bytes]]:
    pairs = zip(counts["count"].to_pylist(), counts["token"].to_pylist(), strict=True)
    return sorted(pairs, reverse=True)


def _table(pairs: Iterable[tuple[int, bytes]]) -> pa.Table:
    counts, tokens = zip(*pairs, strict=True)
    return pa.table({"token": pa.array(tokens, pa.binary()), "count": pa.array(counts, pa.int64())})
