"""Transform: tf.Transform's analysis, paid for new spans only, and its graph applied file by file."""

import importlib
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
from tensorflow_transform.saved.saved_transform_io_v2 import SavedModelLoader
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
from tfx_bsl.coders import example_coder
from tfx_bsl.tfxio import tensor_to_arrow

from components.examples import files, spans
from components.span_writer import PART_BYTES as SHARD_BYTES
from components.transform.analysis import Analysis, Encoded, fingerprint_of
from components.transform.batches import groups, read, tfxio_of

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
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Writes what TFX's Transform writes, its statistics apart.

    Args:
      examples: raw tf.Examples; where they come from the span store, its columns are read instead.
      transform_graph: as tf.Transform writes it.
      transformed_examples: GZIP TFRecord of tf.Example, the rows in their order.
      preprocessing_fn: dotted name of the function.
      analyze_splits: JSON list of the splits whose rows decide vocabularies, means, quantiles.
      transform_splits: JSON list of the splits to transform.
      code_fingerprint: of this code and of the preprocessing; part of the cache key and of what is kept.
      beam_pipeline: where the rows are analysed and, on a distributed runner, transformed.
    """
    columns = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt"))
    pipeline = beam.Pipeline() if beam_pipeline is None else beam_pipeline
    _analyze(
        examples,
        json.loads(analyze_splits),
        columns,
        preprocessing_fn,
        code_fingerprint,
        transform_graph.uri,
        pipeline,
    )
    for split in json.loads(transform_splits):
        folder = os.path.join(transformed_examples.uri, f"Split-{split}")
        tf.io.gfile.makedirs(folder)
        shards = list(enumerate(groups(examples, split)))
        work = TransformShard(columns.SerializeToString(), transform_graph.uri, folder, len(shards))
        _spread(shards, work, pipeline)
    transformed_examples.split_names = artifact_utils.encode_split_names(json.loads(transform_splits))
    transformed_examples.span = examples.span


class TransformShard(beam.DoFn):
    """Transforms a group of files into one shard."""

    def __init__(self, schema: bytes, graph: str, folder: str, shards: int):
        super().__init__()
        self._schema, self._graph, self._folder, self._shards = schema, graph, folder, shards

    def setup(self) -> None:
        """Loads the transform graph, once a worker."""
        self._columns = schema_pb2.Schema.FromString(self._schema)
        self._adapter = tfxio_of(self._columns).TensorAdapter()
        output = tft.TFTransformOutput(self._graph)
        self._loader = SavedModelLoader(output.transform_savedmodel_dir)  # holds the tables
        self._transform = tf.function(
            self._loader.apply_transform_model, input_signature=[self._adapter.TypeSpecs()], autograph=False
        )
        specs = self._transform.get_concrete_function().structured_outputs
        self._converter = tensor_to_arrow.TensorsToRecordBatchConverter(
            {name: tf.type_spec_from_value(value) for name, value in specs.items()}
        )
        self._encoder = example_coder.RecordBatchToExamplesEncoder(output.transformed_metadata.schema)

    def process(self, shard: tuple[int, list[str]]) -> None:
        """Writes one shard; more than one when its rows come to more than SHARD_BYTES."""
        number, paths = shard
        part, room = 0, SHARD_BYTES
        writer = self._open(number, part)
        for record in self._transformed(paths):
            if len(record) > room:
                writer.close()
                part, room = part + 1, SHARD_BYTES
                writer = self._open(number, part)
            writer.write(record)
            room -= len(record)
        writer.close()

    def _open(self, number: int, part: int) -> tf.io.TFRecordWriter:
        name = f"transformed_examples-{number:05d}-of-{self._shards:05d}-{part:03d}.gz"
        return tf.io.TFRecordWriter(os.path.join(self._folder, name), _OPTIONS)

    def _transformed(self, paths: list[str]) -> Iterator[bytes]:
        for batch in read(paths, self._columns):
            features = self._transform(self._adapter.ToBatchTensors(batch))
            yield from self._encoder.encode(self._converter.convert(features))


def _function(dotted: str) -> Callable:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _analyze(
    examples: standard_artifacts.Examples,
    splits: list[str],
    schema: schema_pb2.Schema,
    preprocessing_fn: str,
    code_fingerprint: str,
    into: str,
    pipeline: beam.Pipeline,
) -> None:
    """Writes the transform graph; on a distributed runner, or where it has to, with Beam."""
    scratch = os.path.join(into, ".temp")
    analysis = Analysis(_function(preprocessing_fn), schema, scratch)
    reason = analysis.why_not() if isinstance(pipeline.runner, DirectRunner) else "the runner is distributed"
    if reason is None:
        fingerprint = fingerprint_of(code_fingerprint, preprocessing_fn, schema)
        analysis.write(_accumulated(examples, splits, analysis, fingerprint), into)
        raw = os.path.join(into, tft.TFTransformOutput.RAW_METADATA_DIR)
        metadata_io.write_metadata(tft.DatasetMetadata(schema), raw)
    else:
        _log.info("the analysis is Beam's: %s", reason)
        work = [group for split in splits for group in groups(examples, split)]
        _analyze_with_beam(work, schema, _function(preprocessing_fn), into, scratch, pipeline)
    if tf.io.gfile.exists(scratch):  # a bucket has no empty folders
        tf.io.gfile.rmtree(scratch)


def _accumulated(
    examples: standard_artifacts.Examples, splits: list[str], analysis: Analysis, fingerprint: str
) -> Iterator[Encoded]:
    by_split = spans(examples)
    for split in splits:
        if by_split is None:
            yield analysis.of_files(files(examples, split))
        else:
            yield from (analysis.of_span(span, fingerprint) for span in by_split[split])


def _analyze_with_beam(
    groups_of_files: list[list[str]],
    schema: schema_pb2.Schema,
    preprocessing_fn: Callable,
    into: str,
    scratch: str,
    pipeline: beam.Pipeline,
) -> None:
    """Runs tf.Transform's own analysis, one element a record batch."""
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


def _spread(shards: list[tuple[int, list[str]]], work: TransformShard, like: beam.Pipeline) -> None:
    """Transforms on the workers of a distributed runner; on one machine, here and without its ado."""
    if isinstance(like.runner, DirectRunner):
        work.setup()
        for shard in shards:
            work.process(shard)
        return
    with beam.Pipeline(runner=like.runner, options=like.options) as pipeline:
        _ = pipeline | beam.Create(shards) | beam.Reshuffle() | beam.ParDo(work)
