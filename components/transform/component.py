"""Transform: tf.Transform's analysis on large record batches, and its graph applied file by file."""

import importlib
import json
import os
from collections.abc import Callable

import apache_beam as beam
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
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
from tfx_bsl.coders import example_coder
from tfx_bsl.tfxio import tensor_to_arrow

from components.transform.batches import groups, read, tfxio_of

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
      code_fingerprint: of this code and of the preprocessing; part of the cache key.
      beam_pipeline: where the rows are analysed and, on a distributed runner, transformed.
    """
    del code_fingerprint
    columns = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt"))
    analyzed = [group for split in json.loads(analyze_splits) for group in groups(examples, split)]
    analysis = beam.Pipeline() if beam_pipeline is None else beam_pipeline
    _analyze(analyzed, columns, _function(preprocessing_fn), transform_graph.uri, analysis)
    for split in json.loads(transform_splits):
        folder = os.path.join(transformed_examples.uri, f"Split-{split}")
        tf.io.gfile.makedirs(folder)
        shards = list(enumerate(groups(examples, split)))
        work = TransformShard(columns.SerializeToString(), transform_graph.uri, folder, len(shards))
        _spread(shards, work, analysis)
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
        self._transform = tf.function(
            output.transform_raw_features, input_signature=[self._adapter.TypeSpecs()]
        )
        specs = self._transform.get_concrete_function().structured_outputs
        self._converter = tensor_to_arrow.TensorsToRecordBatchConverter(
            {name: tf.type_spec_from_value(value) for name, value in specs.items()}
        )
        self._encoder = example_coder.RecordBatchToExamplesEncoder(output.transformed_metadata.schema)

    def process(self, shard: tuple[int, list[str]]) -> None:
        """Writes one shard."""
        number, paths = shard
        name = f"transformed_examples-{number:05d}-of-{self._shards:05d}.gz"
        with tf.io.TFRecordWriter(os.path.join(self._folder, name), _OPTIONS) as writer:
            for batch in read(paths, self._columns):
                features = self._transform(self._adapter.ToBatchTensors(batch))
                for record in self._encoder.encode(self._converter.convert(features)):
                    writer.write(record)


def _function(dotted: str) -> Callable:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _analyze(
    groups_of_files: list[list[str]],
    schema: schema_pb2.Schema,
    preprocessing_fn: Callable,
    into: str,
    pipeline: beam.Pipeline,
) -> None:
    """Runs tf.Transform's analysis, one element a record batch, and writes the transform graph."""
    scratch = os.path.join(into, ".temp")
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
    if tf.io.gfile.exists(scratch):
        tf.io.gfile.rmtree(scratch)


def _spread(shards: list[tuple[int, list[str]]], work: TransformShard, like: beam.Pipeline) -> None:
    """Transforms on the workers of a distributed runner; on one machine, here and without its ado."""
    if isinstance(like.runner, DirectRunner):
        work.setup()
        for shard in shards:
            work.process(shard)
        return
    with beam.Pipeline(runner=like.runner, options=like.options) as pipeline:
        _ = pipeline | beam.Create(shards) | beam.Reshuffle() | beam.ParDo(work)
