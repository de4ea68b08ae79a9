"""Ingestion of one span into one entry of the span store: read, check, encode, count."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import apache_beam as beam
import pyarrow as pa
from pyarrow import compute
from tfx_bsl.coders import example_coder

from components.example_gen.byte_streams import check_unchanged
from components.example_gen.checks import refuse_extra
from components.example_gen.hash_split import BETWEEN, NULL, HashSplit, of_copy, part_of
from components.example_gen.source import Source, open_source, place_in
from components.example_gen.values import check_classes, check_filled, check_values, known_labels
from components.spans.entry import BATCH_ROWS, Entry, is_intact
from components.spans.lists import as_lists
from components.spans.span_ref import SpanRef
from components.spans.store import DECIMALS, SpanStore, key_of

NO_LABEL = "no label"
WHOLE = "all"  # the only part of a span that is not split
Rows = tuple[str, list[bytes], pa.RecordBatch]  # part, tf.Examples, the same rows as lists


@dataclasses.dataclass(frozen=True)
class IngestSpec:
    """How spans become records; together with a span's content it decides them.

    Attributes:
      store: folder of the span store.
      data_format: csv, parquet, tfrecord or bigquery.
      types: column name to int64, float or string, in the order of the schema.
      label: column whose nulls refuse a row; an empty text is one.
      required: columns of which a row with a label has a value.
      days: columns of days, YYYY-MM-DD.
      split: by which rows are split; None when spans are not.
      code_fingerprint: of the code that does it.
      timestamps: columns of days with a time, YYYY-MM-DD HH:MM:SS.
      classes: the values that a label may have; any if there are none.
      strict_columns: whether a span with columns that are not among `types` is refused.
    """

    store: str
    data_format: str
    types: Mapping[str, str]
    label: str
    required: tuple[str, ...]
    days: tuple[str, ...]
    split: HashSplit | None
    code_fingerprint: str
    timestamps: tuple[str, ...] = ()
    classes: tuple[int | str, ...] = ()
    strict_columns: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of an entry."""
        return ("train", "eval") if self.split else (WHOLE,)

    def key(self, fingerprint: str) -> str:
        """Returns the store's key for a span of this fingerprint."""
        decides = {name: str(value) for name, value in dataclasses.asdict(self).items() if name != "store"}
        return key_of(**decides, types_in_order=str(list(self.types)), span=fingerprint)


class IngestSpans(beam.PTransform):
    """Ingests spans, one element each; a distributed runner spreads them over its workers."""

    def __init__(self, spec: IngestSpec):
        super().__init__()
        self._spec = spec

    def expand(self, spans: beam.PCollection) -> beam.PCollection:
        """Takes a collection of SpanRef; returns the folders of their entries."""
        return spans | beam.Reshuffle() | "Ingest" >> beam.Map(_folder, self._spec)


def find_or_ingest(span: SpanRef, spec: IngestSpec) -> Entry:
    """Returns the span's entry, and makes it first if the store has none.

    Raises:
      SpanDataError: the span is unreadable, changed since the launch, or a cell is not what it should be.
    """
    return find_entry(span, spec) or _ingest(span, spec)


def find_entry(span: SpanRef, spec: IngestSpec) -> Entry | None:
    """Returns the span's entry if every byte of it is as it was written; else None."""
    entry = SpanStore(spec.store).find(spec.key(span.fingerprint))
    return entry if entry and is_intact(entry) else None


def _folder(span: SpanRef, spec: IngestSpec) -> str:
    return find_or_ingest(span, spec).folder


def _ingest(span: SpanRef, spec: IngestSpec) -> Entry:
    types = {name: pa.type_for_alias(kind) for name, kind in spec.types.items()}
    source = open_source(span, spec.data_format, types)
    counts: Counter[str] = Counter({"read": 0, NO_LABEL: 0, DECIMALS: 0})
    extra: list[str] = []
    rows = _records(source, os.path.basename(span.path), spec, counts, extra)
    if spec.data_format != "bigquery":  # which is read as of the moment it was checked
        rows = _while_unchanged(rows, span)
    return SpanStore(spec.store).write(spec.key(span.fingerprint), rows, counts, spec.parts, extra)


def _while_unchanged(rows: Iterator[Rows], span: SpanRef) -> Iterator[Rows]:
    """Yields the rows, and raises after the last if the span was written to while it was read."""
    yield from rows
    check_unchanged(span.path, span.fingerprint)


def _records(
    source: Source, file: str, spec: IngestSpec, counts: Counter[str], extra: list[str]
) -> Iterator[Rows]:
    """Yields the rows that have a label; counts all rows, those without one, and decimals read as whole.

    Adds to `extra` the columns that are not read.
    """
    encoder = example_coder.RecordBatchToExamplesEncoder()
    copies: Counter[str] = Counter()
    for batch in source.batches():
        if spec.strict_columns:
            refuse_extra(file, source.extra)
        where = place_in(source, file, counts["read"])
        check_values(batch, spec.days, where, spec.timestamps)
        label = known_labels(batch.column(spec.label))
        check_filled(batch, spec.required, where, but=label.is_null())
        check_classes(label, spec.label, spec.classes, where)
        labelled = batch.filter(label.is_valid())
        counts["read"] += batch.num_rows
        counts[NO_LABEL] += batch.num_rows - labelled.num_rows
        for part, rows in _parts(labelled, spec, copies):
            for start in range(0, rows.num_rows, BATCH_ROWS):
                lists = _as_lists(rows.slice(start, BATCH_ROWS))
                yield part, encoder.encode(lists), lists
    counts[DECIMALS] += source.decimals
    extra += source.extra


def _as_lists(rows: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([as_lists(column) for column in rows.columns], rows.schema.names)


def _parts(
    rows: pa.RecordBatch, spec: IngestSpec, copies: Counter[str]
) -> Iterator[tuple[str, pa.RecordBatch]]:
    split = spec.split
    if split is None:
        yield WHOLE, rows
        return
    texts = _texts(rows, split.names)
    if split.spread_copies:
        texts = _spread(texts, _texts(rows, (spec.label,)), copies)
    parts = [part_of(text, split.eval_fraction) for text in texts]
    for part in spec.parts:
        yield part, rows.filter(pa.array([each == part for each in parts], pa.bool_()))


def _spread(texts: list[str], labels: list[str], copies: Counter[str]) -> list[str]:
    """Returns the texts of rows, each copy's with its number; counted by label, so the order has no say."""
    spread = []
    for text, label in zip(texts, labels, strict=True):
        whole = f"{text}{BETWEEN}{label}"
        spread.append(of_copy(text, copies[whole]))
        copies[whole] += 1
    return spread


def _texts(rows: pa.RecordBatch, names: Sequence[str]) -> list[str]:
    """Returns the text of each row's values; equal for equal values, whatever format they were read from."""
    columns = [_as_text(rows.column(rows.schema.get_field_index(name))) for name in names]
    joined = compute.binary_join_element_wise(
        *columns, BETWEEN, null_handling="replace", null_replacement=NULL
    )
    return joined.to_pylist()


def _as_text(column: pa.Array) -> pa.Array:
    """Returns values as text, without one where a value is null or empty, which a CSV does not tell apart."""
    if column.type == pa.string():
        return compute.if_else(compute.equal(column, ""), pa.scalar(None, pa.string()), column)
    if pa.types.is_floating(column.type):  # by its bits, as libraries write decimals in more than one way
        column = compute.add(column, pa.scalar(0.0, column.type))  # -0 is 0
        column = column.view(pa.int32())
    return column.cast(pa.string())
