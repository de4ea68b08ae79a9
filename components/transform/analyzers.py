"""tf.Transform's analyzers without Beam: their accumulators, and the evaluation of the plan's other steps.

Each class is a step of the plan that tf.Transform makes of a preprocessing function, computed as its Beam
implementation computes it (tensorflow_transform.beam.analyzer_impls). Steps that are not here need Beam: see
`needs_beam`. The plan is internal to tf.Transform; a test fails for a version that was not checked.
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

from components.spans.kept_tables import UnreadableSummaryError, pack, unpack, versioned
from components.spans.sketches import quantiles_sketch, serialized

_BY_FREQUENCY = analyzers._VocabOrderingType.FREQUENCY  # tf.Transform has no other name for it
TOKENS = versioned({"token": pa.binary(), "count": pa.int64()}, "counts of tokens", 1)
MIN_ROWS_TO_SUM = 1_000_000  # of token counts; at least as many as the last sum has are collected, too


class Accumulator(Protocol):
    """The state of one analyzer over a part of the data."""

    def add(self, values: Sequence[np.ndarray]) -> None:
        """Adds the analyzer's tensors of one record batch."""

    def encoded(self) -> bytes:
        """Returns the state as bytes, for the cache."""

    def merge(self, encoded: bytes) -> None:
        """Adds the encoded state of another part of the data.

        Raises:
          UnreadableSummaryError: it is no state of this analyzer.
        """

    def result(self) -> Any:
        """Returns the input of the plan's next step."""


class QuantilesCoder(plan.CacheCoder):
    """The sketch's own serialized form, in place of tf.Transform's pickle of it."""

    def encode_cache(self, cache: Any) -> bytes:
        """Returns a sketch of quantiles as bytes."""
        return serialized(cache)

    def decode_cache(self, encoded_cache: bytes) -> Any:
        """Returns the sketch; RuntimeError if the bytes are none."""
        return quantiles_sketch(encoded_cache)


def coder_of(step: plan.CacheableCombineAccumulate) -> plan.CacheCoder | None:
    """Returns how the states of a combiner are kept; None for one that tf.Transform would pickle."""
    if isinstance(step.cache_coder, analyzers._QuantilesSketchCacheCoder):
        return QuantilesCoder()
    return step.cache_coder if type(step.cache_coder) is plan.JsonNumpyCacheCoder else None


class CombinerState:
    """The state of a combiner: means, variances, extremes, sums, quantiles."""

    def __init__(self, step: plan.CacheableCombineAccumulate):
        self._combiner, self._coder = step.combiner, coder_of(step)
        self._value = self._combiner.create_accumulator()

    def add(self, values: Sequence[np.ndarray]) -> None:
        """Adds the analyzer's tensors of one record batch."""
        self._value = self._combiner.add_input(self._value, values)

    def encoded(self) -> bytes:
        """Returns the compacted state as bytes."""
        return self._coder.encode_cache(self._combiner.compact(self._value))

    def merge(self, encoded: bytes) -> None:
        """Adds the encoded state of another part of the data."""
        try:
            other = self._coder.decode_cache(encoded)
            self._value = self._combiner.merge_accumulators([self._value, other])
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
            raise UnreadableSummaryError(f"it is no state of {self._combiner}: {error}") from error

    def result(self) -> Any:
        """Returns the combiner's accumulator."""
        return self._value


class TokenCounts:
    """How often each token was seen."""

    def __init__(self, step: plan.VocabularyAccumulate):
        del step
        self._tables = [pa.table({"token": pa.array([], pa.binary()), "count": pa.array([], pa.int64())})]

    def add(self, values: Sequence[np.ndarray]) -> None:
        """Counts the tokens of one record batch."""
        tokens, counts = pa.array(values[0], pa.binary()).value_counts().flatten()
        self._collect(pa.table({"token": tokens, "count": counts}))

    def encoded(self) -> bytes:
        """Returns the counts as an Arrow stream."""
        whole = self._sum()
        return pack([(TOKENS, {name: whole[name].combine_chunks() for name in TOKENS.names})])

    def merge(self, encoded: bytes) -> None:
        """Adds the encoded counts of another part of the data."""
        (counts,) = unpack(encoded, [TOKENS])
        self._collect(pa.table({"token": counts["token"], "count": counts["count"]}))

    def result(self) -> pa.Table:
        """Returns token (binary) and count (int64), in no order."""
        return self._sum()

    def _collect(self, counts: pa.Table) -> None:
        self._tables.append(counts)
        whole, *others = self._tables
        if sum(table.num_rows for table in others) > max(MIN_ROWS_TO_SUM, whole.num_rows):
            self._tables = [self._sum()]

    def _sum(self) -> pa.Table:
        sums = pa.concat_tables(self._tables).group_by("token").aggregate([("count", "sum")])
        return pa.table({"token": sums["token"], "count": sums["count_sum"]})


ACCUMULATORS = {plan.CacheableCombineAccumulate: CombinerState, plan.VocabularyAccumulate: TokenCounts}


def needs_beam(step: nodes.OperationDef) -> bool:
    """Returns whether only Beam can compute a step of a plan."""
    if isinstance(step, plan.CacheableCombineAccumulate):
        return coder_of(step) is None
    if isinstance(step, plan.VocabularyAccumulate):
        return step.vocab_ordering_type != _BY_FREQUENCY or step.input_dtype != tf.string.name
    if isinstance(step, plan.VocabularyPrune):
        return bool(step.key_fn) or step.informativeness_threshold > float("-inf")
    if isinstance(step, plan.VocabularyOrderAndWrite):
        return step.file_format != "text"
    return not isinstance(
        step,
        plan.TensorSource
        | plan.CacheableCombineMerge
        | plan.ExtractCombineMergeOutputs
        | plan.VocabularyMerge
        | plan.VocabularyCount,
    )


class PlanEvaluator(nodes.Visitor):
    """Computes the steps of a plan that follow its accumulators; `nodes.Traverser` walks it through them.

    Args:
      accumulators: label of a step to its accumulator of all the data.
      folder: for vocabularies.
    """

    def __init__(self, accumulators: Mapping[str, Accumulator], folder: str):
        self._accumulators, self._folder = accumulators, folder

    def visit(self, operation_def: nodes.OperationDef, input_values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Returns the outputs of one step."""
        step = operation_def
        if isinstance(step, plan.TensorSource):
            return (None,)
        if step.label in self._accumulators:
            return (self._accumulators[step.label].result(),)
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
            return (_write_vocabulary(value, step, os.path.join(self._folder, step.vocab_filename)),)
        return (value,)  # VocabularyMerge: tokens were summed up already

    def validate_value(self, value: Any) -> None:
        """Accepts any value."""


def _most_frequent(counts: pa.Table, at_least: int, top: int | None) -> pa.Table:
    """Returns the `top` most frequent of the tokens seen so often; of equals, the last by byte order."""
    frequent = counts.filter(compute.greater_equal(counts["count"], at_least))
    if top is None:
        return frequent
    most = _largest_first(frequent)[:top] or [analyzers.get_empy_vocabulary_dummy_value(tf.string.name)]
    return _table(most)


def _write_vocabulary(counts: pa.Table, step: plan.VocabularyOrderAndWrite, path: str) -> str:
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
