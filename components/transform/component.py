"""Transform: tf.Transform's analysis, computed for new spans only, and its graph applied file by file."""

import itertools
import json
import logging
import os
from collections.abc import Callable, Iterator

import apache_beam as beam
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.runners.direct import DirectRunner
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import metadata_io
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.model_files import artifact as model_files
from components.spans.examples import files, spans
from components.spans.summaries import summaries
from components.spans.writer import PART_BYTES as SHARD_BYTES
from components.transform.analysis import AnalysisSummarizer, Encoded, NamedFunction, analysis_of
from components.transform.batches import groups, read, tfxio_of
from components.transform.transformer import load_transformer
from components.workers import map_ordered

_log = logging.getLogger(__name__)
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)


@component(use_beam=True)
def Transform(  # noqa: N802 - a node's name in the graph
    examples: InputArtifact[standard_artifacts.Examples],
    schema: InputArtifact[standard_artifacts.Schema],
    transform_graph: OutputArtifact[standard_artifacts.TransformGraph],
    transformed_examples: OutputArtifact[standard_artifacts.Examples],
    preprocessing_fn: Parameter[str],
    analyze_splits: Parameter[str],
    transform_splits: Parameter[str],
    code_fingerprint: Parameter[str],
    preprocessing_arguments: Parameter[str] = "{}",
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Writes what TFX's Transform writes, except its statistics.

    Args:
      examples: raw tf.Examples; where they come from the span store, its columns are read instead.
      schema: names and types of the raw columns (`schema.pbtxt`).
      transform_graph: as tf.Transform writes it; custom property `files`, which Trainer compares.
      transformed_examples: GZIP TFRecord of tf.Example, the rows in their order.
      preprocessing_fn: dotted name of the function.
      analyze_splits: JSON list of the splits whose rows decide vocabularies, means, quantiles.
      transform_splits: JSON list of the splits to transform.
      code_fingerprint: of this code and of the preprocessing; part of the keys of both caches, TFX's and
        that of the spans.
      preprocessing_arguments: JSON of what the function takes by name, besides its inputs.
      beam_pipeline: where the rows are analysed and, on a distributed runner, transformed.
    """
    columns = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt"))
    pipeline = beam.Pipeline() if beam_pipeline is None else beam_pipeline
    _analyze(
        examples,
        json.loads(analyze_splits),
        columns,
        NamedFunction(preprocessing_fn, preprocessing_arguments),
        code_fingerprint,
        transform_graph.uri,
        pipeline,
    )
    model_files.record(transform_graph, transform_graph.uri)
    shards = [
        _shards(groups(examples, split), os.path.join(transformed_examples.uri, f"Split-{split}"))
        for split in json.loads(transform_splits)
    ]
    work = TransformShard(columns.SerializeToString(), transform_graph.uri)
    _transform(list(itertools.chain(*shards)), work, pipeline)
    transformed_examples.split_names = artifact_utils.encode_split_names(json.loads(transform_splits))
    transformed_examples.span = examples.span


class TransformShard(beam.DoFn):
    """Transforms groups of files, each into one shard.

    Args:
      schema: of the raw rows, serialized.
      graph: folder of the TransformGraph artifact.
    """

    def __init__(self, schema: bytes, graph: str):
        super().__init__()
        self._schema, self._graph = schema, graph

    def process(self, shard: tuple[str, list[str]]) -> None:
        """Writes one shard, as `write` does; the form that Beam calls."""
        self.write(shard)

    def write(self, shard: tuple[str, list[str]]) -> int:
        """Writes one shard; more than one when its rows come to more than SHARD_BYTES.

        Args:
          shard: the beginning of its path, and the files of the group.

        Returns:
          The number of rows written.
        """
        path, group = shard
        rows, part, room = 0, 0, SHARD_BYTES
        writer = _open(path, part)
        for record in load_transformer(self._schema, self._graph).records(group):
            if len(record) > room:
                writer.close()
                part, room = part + 1, SHARD_BYTES
                writer = _open(path, part)
            writer.write(record)
            rows, room = rows + 1, room - len(record)
        writer.close()
        return rows


def _open(path: str, part: int) -> tf.io.TFRecordWriter:
    return tf.io.TFRecordWriter(f"{path}-{part:03d}.gz", _OPTIONS)


def _analyze(
    examples: standard_artifacts.Examples,
    splits: list[str],
    schema: schema_pb2.Schema,
    preprocessing_fn: NamedFunction,
    code_fingerprint: str,
    into: str,
    pipeline: beam.Pipeline,
) -> None:
    """Writes the transform graph; with Beam on a distributed runner, or where only Beam can."""
    scratch = os.path.join(into, ".temp")
    summarizer = AnalysisSummarizer(
        preprocessing_fn, schema.SerializeToString(deterministic=True), code_fingerprint, scratch
    )
    analysis = analysis_of(summarizer)
    local = isinstance(pipeline.runner, DirectRunner)
    reason = analysis.unsupported_reason() if local else "the runner is distributed"
    if reason is None:
        analysis.write(_accumulators(examples, splits, summarizer), into)
        raw = os.path.join(into, tft.TFTransformOutput.RAW_METADATA_DIR)
        metadata_io.write_metadata(tft.DatasetMetadata(schema), raw)
    else:
        _log.info("analysing with Beam: %s", reason)
        work = [group for split in splits for group in groups(examples, split)]
        _analyze_with_beam(work, schema, preprocessing_fn.load(), into, scratch, pipeline)
    analysis_of.cache_clear()
    if tf.io.gfile.exists(scratch):  # a bucket has no empty folders
        tf.io.gfile.rmtree(scratch)


def _accumulators(
    examples: standard_artifacts.Examples, splits: list[str], summarizer: AnalysisSummarizer
) -> Iterator[Encoded]:
    by_split = spans(examples)
    for split in splits:
        if by_split is None:
            yield summarizer.of_files(files(examples, split))
        else:
            yield from summaries(by_split[split], summarizer)


def _analyze_with_beam(
    groups_of_files: list[list[str]],
    schema: schema_pb2.Schema,
    preprocessing_fn: Callable,
    into: str,
    scratch: str,
    pipeline: beam.Pipeline,
) -> None:
    """Runs tf.Transform's own analysis, with a record batch for each element."""
    with tft_beam.Context(temp_dir=scratch), pipeline:
        batches = (
            pipeline
            | "Groups" >> beam.Create(groups_of_files)
            | "Spread" >> beam.Reshuffle()
            | "Read" >> beam.FlatMap(read, schema)
        )
        graph = (batches, tfxio_of(schema).TensorAdapterConfig()) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = graph | tft_beam.WriteTransformFn(into)
        raw = os.path.join(into, tft.TFTransformOutput.RAW_METADATA_DIR)
        _ = tft.DatasetMetadata(schema) | tft_beam.WriteMetadata(raw, pipeline)


def _shards(groups_of_files: list[list[str]], folder: str) -> Iterator[tuple[str, list[str]]]:
    tf.io.gfile.makedirs(folder)
    for number, group in enumerate(groups_of_files):
        name = f"transformed_examples-{number:05d}-of-{len(groups_of_files):05d}"
        yield os.path.join(folder, name), group


def _transform(shards: list[tuple[str, list[str]]], work: TransformShard, like: beam.Pipeline) -> None:
    """Writes every shard: on a distributed runner's workers, or on one machine, faster, without Beam."""
    if isinstance(like.runner, DirectRunner):
        _log.info("transformed %d rows", sum(map_ordered(work.write, shards)))
        load_transformer.cache_clear()
    elif shards:
        with beam.Pipeline(runner=like.runner, options=like.options) as pipeline:
            _ = pipeline | beam.Create(shards) | beam.Reshuffle() | beam.ParDo(work)
