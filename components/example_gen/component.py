"""ExampleGen: the spans of a window become one Examples artifact, and each span is ingested only once."""

import dataclasses
import functools
import json
import os

import apache_beam as beam
import tensorflow as tf
from apache_beam.runners.direct import DirectRunner
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.example_gen import hash_split
from components.example_gen.byte_streams import bucket_address
from components.example_gen.errors import SpanDataError
from components.example_gen.ingest import (
    NO_LABEL,
    WHOLE,
    IngestSpans,
    IngestSpec,
    find_entry,
    find_or_ingest,
)
from components.spans import span_ref
from components.spans.entry import Entry, copy_records
from components.spans.examples import SpanPart, write_spans
from components.spans.shards import pack
from components.spans.span_ref import SpanRef
from components.spans.writer import PART_BYTES
from components.workers import map_ordered

THREADS = 4  # that ingest spans without a worker pool; each takes a few times BLOCK_BYTES of memory
Part = tuple[int, Entry, str]  # number of a span, its entry, the name of a part
_TYPES = {schema_pb2.INT: "int64", schema_pb2.FLOAT: "float", schema_pb2.BYTES: "string"}


@component(use_beam=True)
def ExampleGen(  # noqa: N802 - a node's name in the graph
    schema: InputArtifact[standard_artifacts.Schema],
    examples: OutputArtifact[standard_artifacts.Examples],
    train_spans: Parameter[str],
    eval_spans: Parameter[str],
    data_format: Parameter[str],
    strict_columns: Parameter[int],
    split: Parameter[str],
    store: Parameter[str],
    label: Parameter[str],
    classes: Parameter[str],
    days: Parameter[str],
    timestamps: Parameter[str],
    code_fingerprint: Parameter[str],
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Ingests every row that has a label and counts the others; spans in the store are not read again.

    Args:
      schema: names and types of the columns (`schema.pbtxt`).
      examples: splits `train` and `eval`, GZIP TFRecord of tf.Example, shards of at most 100 MB, and
        `spans.json`: split to parts of the span store. Custom properties: `rows_read`, `rows_kept`,
        `rows_refused`, `rows_train`, `rows_eval`, `spans_ingested` (also those whose entry was damaged),
        `spans_reused` (int), `refused_by_reason` (JSON), `decimals` (values of whole-number columns that had
        a decimal point), `first_span`, `last_span` (int, days since 1970-01-01), `unlabelled_days` (JSON list
        of the days on which no row has a label), `extra_columns` (JSON: each column that spans have and that
        is not in the schema, with the days of these spans; it was not read).
      train_spans: JSON of `components.spans.span_ref`, in order of time.
      eval_spans: the same; every one later than the train spans. Empty when rows are split by hash.
      data_format: csv, parquet, tfrecord or bigquery.
      strict_columns: 1 to refuse a span that has other columns than the schema, 0 to leave them out.
      split: JSON of `components.example_gen.hash_split`: which rows of train_spans a hash puts into eval;
        empty for none.
      store: folder or bucket path of the span store.
      label: column whose empty cells refuse a row.
      classes: JSON list of the only values that a label may have; empty where it is a number.
      days: JSON list of the columns of days.
      timestamps: JSON list of the columns of days with a time.
      code_fingerprint: of this component's code; part of the cache key.
      beam_pipeline: where a distributed runner spreads new spans over its workers.

    Raises:
      SpanDataError: a span is unreadable, or has changed since the launch.
    """
    columns = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt")).feature
    spec = IngestSpec(
        store=store,
        data_format=data_format,
        types={column.name: _TYPES[column.type] for column in columns},
        label=label,
        classes=tuple(json.loads(classes)),
        required=tuple(c.name for c in columns if c.presence.min_fraction == 1 and c.name != label),
        days=tuple(json.loads(days)),
        timestamps=tuple(json.loads(timestamps)),
        split=hash_split.from_json(split),
        strict_columns=bool(strict_columns),
        code_fingerprint=code_fingerprint,
    )
    train = span_ref.from_json(train_spans)
    spans = [*train, *span_ref.from_json(eval_spans)]
    stored = list(map_ordered(functools.partial(find_entry, spec=spec), spans, THREADS))
    new = [span for span, entry in zip(spans, stored, strict=True) if entry is None]
    _ingest_on_workers(new, spec, beam_pipeline)
    ingested = map_ordered(functools.partial(find_or_ingest, spec=spec), new, THREADS)
    entries = [entry or next(ingested) for entry in stored]
    numbers = [span.number for span in spans]
    splits = _splits(list(zip(numbers, entries, strict=True)), len(train), spec)
    for split, parts in splits.items():
        _assemble(os.path.join(examples.uri, f"Split-{split}"), split, parts, label)
    write_spans(examples, {split: [_span_part(*each) for each in parts] for split, parts in splits.items()})
    examples.split_names = artifact_utils.encode_split_names(list(splits))
    _record_rows(examples, entries, splits)
    _record_spans(examples, spans, ingested=len(new))
    _record_unlabelled(examples, spans, entries)
    _record_extra(examples, spans, entries)


def _ingest_on_workers(spans: list[SpanRef], spec: IngestSpec, pipeline: beam.Pipeline | None) -> None:
    """Ingests on a distributed runner's workers; on one machine it is faster to ingest without Beam."""
    if not spans or pipeline is None or isinstance(pipeline.runner, DirectRunner):
        return
    with pipeline:
        reachable = [dataclasses.replace(span, path=bucket_address(span.path)) for span in spans]
        _ = pipeline | "Spans" >> beam.Create(reachable) | IngestSpans(spec)


def _splits(entries: list[tuple[int, Entry]], train_spans: int, spec: IngestSpec) -> dict[str, list[Part]]:
    if spec.split:
        return {part: [(number, entry, part) for number, entry in entries] for part in spec.parts}
    whole = [(number, entry, WHOLE) for number, entry in entries]
    return {"train": whole[:train_spans], "eval": whole[train_spans:]}


def _span_part(span: int, entry: Entry, part: str) -> SpanPart:
    return SpanPart(span, entry.folder, part, os.path.join(entry.folder, entry.columns[part].name))


def _assemble(folder: str, split: str, parts: list[Part], label: str) -> None:
    if not sum(entry.rows(part) for _, entry, part in parts):
        raise SpanDataError(_why_empty(split, parts, label))
    paths = [path for _, entry, part in parts for path in entry.paths(part)]
    sizes = [file.size for _, entry, part in parts for file in entry.parts[part]]
    tf.io.gfile.makedirs(folder)
    shards = pack(sizes, PART_BYTES)
    for number, positions in enumerate(shards):
        name = f"data_tfrecord-{number:05d}-of-{len(shards):05d}.gz"
        copy_records((paths[position] for position in positions), os.path.join(folder, name))


def _why_empty(split: str, parts: list[Part], label: str) -> str:
    labelled = sum(entry.rows(part) for _, entry, _ in parts for part in entry.parts)
    if labelled:
        return (
            f"none of the {labelled} rows with a {label!r} fell into the split {split!r}; change "
            "split.eval_fraction, let split.key name a column with more values, or add rows"
        )
    return (
        f"no row of the {len(parts)} spans of the split {split!r} has a {label!r}; where labels come "
        "later, set data.label_delay_days, or end the window earlier (--until)"
    )


def _record_spans(examples: standard_artifacts.Examples, spans: list[SpanRef], ingested: int) -> None:
    examples.set_int_custom_property("spans_ingested", ingested)
    examples.set_int_custom_property("spans_reused", len(spans) - ingested)
    examples.set_int_custom_property("first_span", spans[0].number)
    examples.set_int_custom_property("last_span", spans[-1].number)
    examples.span = spans[-1].number


def _record_rows(
    examples: standard_artifacts.Examples, entries: list[Entry], splits: dict[str, list[Part]]
) -> None:
    for split, parts in splits.items():
        examples.set_int_custom_property(f"rows_{split}", sum(entry.rows(part) for _, entry, part in parts))
    read = sum(entry.rows_read for entry in entries)
    refused = sum(entry.refused[NO_LABEL] for entry in entries)
    examples.set_int_custom_property("rows_read", read)
    examples.set_int_custom_property("rows_refused", refused)
    examples.set_int_custom_property("rows_kept", read - refused)
    examples.set_int_custom_property("decimals", sum(entry.decimals for entry in entries))
    examples.set_string_custom_property("refused_by_reason", json.dumps({NO_LABEL: refused}))


def _record_unlabelled(
    examples: standard_artifacts.Examples, spans: list[SpanRef], entries: list[Entry]
) -> None:
    days = [
        span.day.isoformat()
        for span, entry in zip(spans, entries, strict=True)
        if entry.rows_read == entry.refused[NO_LABEL]
    ]
    examples.set_string_custom_property("unlabelled_days", json.dumps(days))


def _record_extra(examples: standard_artifacts.Examples, spans: list[SpanRef], entries: list[Entry]) -> None:
    days: dict[str, list[str]] = {}
    for span, entry in zip(spans, entries, strict=True):
        for name in entry.extra_columns:
            days.setdefault(name, []).append(span.day.isoformat())
    examples.set_string_custom_property("extra_columns", json.dumps(days))
