"""Transformer: the transform graph, applied to record batches."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.saved.saved_transform_io_v2 import SavedModelLoader
from tfx_bsl.coders import example_coder
from tfx_bsl.tfxio import tensor_to_arrow

from components.transform.batches import read, tfxio_of


class Transformer:
    """A transform graph that turns raw rows into transformed tf.Examples.

    Args:
      schema: of the raw rows.
      graph: folder of the TransformGraph artifact.
    """

    def __init__(self, schema: schema_pb2.Schema, graph: str):
        self._schema = schema
        self._adapter = tfxio_of(schema).TensorAdapter()
        output = tft.TFTransformOutput(graph)
        self._loader = SavedModelLoader(output.transform_savedmodel_dir)  # holds the tables
        self._transform = tf.function(
            self._loader.apply_transform_model, input_signature=[self._adapter.TypeSpecs()], autograph=False
        )
        specs = self._transform.get_concrete_function().structured_outputs
        self._converter = tensor_to_arrow.TensorsToRecordBatchConverter(
            {name: tf.type_spec_from_value(value) for name, value in specs.items()}
        )
        self._encoder = example_coder.RecordBatchToExamplesEncoder(output.transformed_metadata.schema)

    def records(self, paths: Sequence[str]) -> Iterator[bytes]:
        """Yields the transformed rows of files, in their order, serialized."""
        for batch in read(paths, self._schema):
            features = self._transform(self._adapter.ToBatchTensors(batch))
            yield from self._encoder.encode(self._converter.convert(features))


@functools.lru_cache(maxsize=1)  # loaded once per process
def load_transformer(schema: bytes, graph: str) -> Transformer:
    """Returns the transformer of a serialized schema and a graph's folder."""
    return Transformer(schema_pb2.Schema.FromString(schema), graph)
