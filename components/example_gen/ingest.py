"""One span file becomes one entry of the span store: read, checked, encoded, counted."""

from __future__ import annotations

import dataclasses
import math
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping

import apache_beam as beam
import pyarrow as pa
from pyarrow import compute
from tfx_bsl.coders import example_coder

from components.example_gen.rule import DataFault, part_of, wanted_words
from components.example_gen.source import Source, check_unchanged, open_source
from components.spans.entry import Entry, is_intact
from components.spans.lists import as_lists
from components.spans.store import SpanStore, key_of

ENCODED_ROWS = 8_192
NO_LABEL = "no label"
WHOLE = "all"
Rows = tuple[str, list[bytes], pa.RecordBatch]  # part, tf.Examples, the same as lists
_ISO_DATE = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How spans become records; together with a span's content it decides them.

    Attributes:
      store: folder of the span store.
      data_format: csv, parquet, tfrecord or bigquery.
      types: column name to int64, float or string, in the order of the schema.
      label: column whose nulls refuse a row.
      date: column of days, YYYY-MM-DD.
      random_eval_fraction: share of rows for the part `eval`; 0 when spans are not split.
      code_fingerprint: of the code that does it.
    """

    store: str
    data_format: str
    types: Mapping[str, str]
    label: str
    date: str
    random_eval_fraction: float
    code_fingerprint: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of an entry."""
        return ("train", "eval") if self.random_eval_fraction else (WHOLE,)

    def key(self, fingerprint: str) -> str:
        """The store's key for a span."""
        decides = {name: str(value) for name, value in dataclasses.asdict(self).items() if name != "store"}
        return key_of(**decides, types_in_order=str(list(self.types)), span=fingerprint)


class IngestSpans(beam.PTransform):
    """Ingests spans, one element each; a distributed runner spreads them over its workers."""

    def __init__(self, recipe: Recipe):
        super().__init__()
        self._recipe = recipe

    def expand(self, spans: beam.PCollection) -> beam.PCollection:
        """Takes spans as `{"path": str, "fingerprint": str}`; gives the folders of their entries."""
        return spans | beam.Reshuffle() | "Ingest" >> beam.Map(_folder, self._recipe)


def entry_of(span: Mapping[str, str], recipe: Recipe) -> Entry:
    """The span's entry: the one that is there, or else made now.

    Raises:
      DataFault: the span is unreadable, changed since the launch, or a cell is not what it should be.
    """
    return kept_entry(span, recipe) or _ingest(span, recipe)


def kept_entry(span: Mapping[str, str], recipe: Recipe) -> Entry | None:
    """The span's entry if it is there, every byte of it as it was written; else None."""
    found = SpanStore(recipe.store).find(recipe.key(span["fingerprint"]))
    return found if found and is_intact(found) else None


def _folder(span: Mapping[str, str], recipe: Recipe) -> str:
    return entry_of(span, recipe).folder


def _ingest(span: Mapping[str, str], recipe: Recipe) -> Entry:
    types = {name: pa.type_for_alias(kind) for name, kind in recipe.types.items()}
    source = open_source(span["path"], recipe.data_format, types, span["fingerprint"])
    counts: Counter[str] = Counter({"read": 0, NO_LABEL: 0})
    rows = _records(source, os.path.basename(span["path"]), recipe, counts)
    if recipe.data_format != "bigquery":  # which is read as it was when it was checked
        rows = _while_unchanged(rows, span)
    key = recipe.key(span["fingerprint"])
    return SpanStore(recipe.store).write(key, rows, counts, recipe.parts)


def _while_unchanged(rows: Iterator[Rows], span: Mapping[str, str]) -> Iterator[Rows]:
    """Raises at the end if the span was written to while it was read."""
    yield from rows
    check_unchanged(span["path"], span["fingerprint"])


def _records(source: Source, file: str, recipe: Recipe, counts: Counter[str]) -> Iterator[Rows]:
    """(part, tf.Examples, the same as lists) of the rows that have a label; counts all, and the others."""
    encoder = example_coder.RecordBatchToExamplesEncoder()
    for batch in source.batches():
        _refuse_endless(batch, source, file, counts["read"])
        _refuse_other_dates(batch, source, file, counts["read"], recipe.date)
        labelled = batch.filter(batch.column(recipe.label).is_valid())
        counts["read"] += batch.num_rows
        counts[NO_LABEL] += batch.num_rows - labelled.num_rows
        for part, rows in _parts(labelled, recipe):
            for start in range(0, rows.num_rows, ENCODED_ROWS):
                lists = _as_lists(rows.slice(start, ENCODED_ROWS))
                yield part, encoder.encode(lists), lists


def _as_lists(rows: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([as_lists(column) for column in rows.columns], rows.schema.names)


def _parts(rows: pa.RecordBatch, recipe: Recipe) -> Iterator[tuple[str, pa.RecordBatch]]:
    fraction = recipe.random_eval_fraction
    if not fraction:
        yield WHOLE, rows
        return
    parts = [part_of(row_hash, fraction) for row_hash in _hashes(rows)]
    for part in recipe.parts:
        yield part, rows.filter(pa.array([each == part for each in parts], pa.bool_()))


def _hashes(rows: pa.RecordBatch) -> Iterator[int]:
    """CRC-32 of each row's values; not of its record, whose features come in any order."""
    texts = [column.cast(pa.string()) for column in rows.columns]
    joined = compute.binary_join_element_wise(
        *texts, "\x1f", null_handling="replace", null_replacement="\x1e"
    )
    return (zlib.crc32(text.encode()) for text in joined.to_pylist())


def _refuse_endless(batch: pa.RecordBatch, source: Source, file: str, before: int) -> None:
    """Raises on `nan` and `inf`, which parse as numbers and would make every mean of the column one too."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_floating(column.type) and not math.isfinite(compute.sum(column).as_py() or 0):
            finite = compute.fill_null(compute.is_finite(column), True)
            position = compute.index(finite, False).as_py()
            where = f"{file}: {source.place(before + position)}, column {name!r}"
            raise DataFault(
                f"{where}: '{column[position]}' is not {wanted_words('float', None)}; "
                "leave the cell empty if nothing is known"
            )


def _refuse_other_dates(batch: pa.RecordBatch, source: Source, file: str, before: int, name: str) -> None:
    """Raises on a cell of the date column that is no day of the calendar."""
    column = batch.column(name)
    shaped = compute.match_substring_regex(column, _ISO_DATE)
    days = compute.strptime(
        compute.if_else(shaped, column, None), format="%Y-%m-%d", unit="s", error_is_null=True
    )
    # strptime takes February 31 for March 3; what it wrote back would differ.
    same = compute.equal(compute.strftime(days, format="%Y-%m-%d"), column)
    fine = compute.or_kleene(compute.is_null(column), compute.fill_null(same, False))
    position = compute.index(fine, False).as_py()
    if position >= 0:
        where = f"{file}: {source.place(before + position)}, column {name!r}"
        raise DataFault(f"{where}: '{str(column[position])[:40]}' is no day written YYYY-MM-DD")
