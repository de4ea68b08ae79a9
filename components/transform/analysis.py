"""tf.Transform's analysis, one part of the data at a time, so that each span is analysed only once.

tf.Transform traces the preprocessing function and plans what to accumulate. Here its graph is run on record
batches and the plan's accumulators are cached per span; tf.Transform again writes the results into the graph.
A plan with a step that needs Beam, or with an analyzer of another analyzer's result, is left to Beam
(`unsupported_reason`).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import analyzer_nodes, annotators, graph_tools, impl_helper, nodes
from tensorflow_transform.py_func.pyfunc_helper import _PYFUNC_COLLECTION_KEY
from tensorflow_transform.tf_metadata import metadata_io

from components.spans.kept_tables import UnreadableSummaryError, pack, unpack, versioned
from components.transform.analyzers import ACCUMULATORS, Accumulator, PlanEvaluator, needs_beam
from components.transform.batches import read, tfxio_of

Encoded = Mapping[str, bytes]  # label of a step to its accumulator
PARTS = versioned({"label": pa.string(), "state": pa.binary()}, "analysis", 1)


class Analysis:
    """The analysis of one preprocessing function.

    Args:
      preprocessing_fn: as tf.Transform takes it.
      schema: of the raw rows.
      scratch: folder for temporary files; no longer needed after `write`.

    Raises:
      ValueError: the function uses `tft.apply_pyfunc`.
    """

    def __init__(self, preprocessing_fn: Callable, schema: schema_pb2.Schema, scratch: str):
        tf.io.gfile.makedirs(scratch)
        self._function, self._schema, self._scratch = preprocessing_fn, schema, scratch
        self._adapter = tfxio_of(schema).TensorAdapter()
        self._graph, self._inputs, _ = impl_helper.trace_preprocessing_function(
            preprocessing_fn, self._adapter.OriginalTypeSpecs(), use_tf_compat_v1=False, base_temp_dir=scratch
        )
        if self._graph.get_collection(_PYFUNC_COLLECTION_KEY):
            # The transform graph would hold it pickled, and whoever loads the graph would run it.
            raise ValueError(
                "the preprocessing function uses tft.apply_pyfunc; write it with TensorFlow's ops"
            )
        self._sinks = list(self._graph.get_collection(analyzer_nodes.TENSOR_REPLACEMENTS))
        self._steps = dict(self._accumulating_steps())
        self._session: tf.compat.v1.Session | None = None

    def unsupported_reason(self) -> str | None:
        """Returns why only Beam can do this analysis; None when it can be done here."""
        for node in self._nodes():
            if needs_beam(node.operation_def):
                return f"{type(node.operation_def).__name__} needs Beam"
        if self._analyzer_inputs() & {captured.ref() for captured in self._graph.internal_captures}:
            return "an analyzer needs a table"
        unknown = [(sink.tensor, False) for sink in self._sinks]
        ready = graph_tools.InitializableGraphAnalyzer(self._graph, self._inputs, unknown).ready_to_run
        if not all(ready(tensor) for _, tensors in self._steps.values() for tensor in tensors):
            return "an analyzer needs the result of another one"
        return None

    def of_files(self, paths: Sequence[str]) -> Encoded:
        """Returns the accumulators of the rows of some files."""
        return self._accumulate(read(paths, self._schema))

    def merged(self, parts: Iterable[Encoded]) -> Encoded:
        """Returns the accumulators of all parts together."""
        return {label: whole.encoded() for label, whole in self._merge(parts).items()}

    def check(self, part: Encoded) -> None:
        """Sees that accumulators are of this analysis.

        Raises:
          UnreadableSummaryError: they are not.
        """
        if part.keys() != self._steps.keys():
            raise UnreadableSummaryError(f"it has {sorted(part)}, and not {sorted(self._steps)}")
        self._merge([part])

    def write(self, parts: Iterable[Encoded], into: str) -> None:
        """Writes the transform graph and its metadata as tf.Transform lays them out.

        Args:
          parts: the accumulators of all parts of the data; consumed one at a time.
          into: folder of the TransformGraph artifact.
        """
        plan = nodes.Traverser(PlanEvaluator(self._merge(parts), self._scratch))
        values = {
            sink.tensor.name: tf.constant(plan.visit_value_node(sink.future), sink.tensor.dtype)
            for sink in self._sinks
        }
        self._write_graph(values, os.path.join(into, tft.TFTransformOutput.TRANSFORM_FN_DIR))
        self._write_metadata(into)

    def _nodes(self) -> Iterator[nodes.OperationNode]:
        waiting = [sink.future.parent_operation for sink in self._sinks]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(value.parent_operation for value in node.inputs)

    def _analyzer_inputs(self) -> set:
        """Returns references to the graph's inputs that the accumulated tensors are computed from."""
        tensors = [tensor.op for _, tensors in self._steps.values() for tensor in tensors]
        sources = graph_tools.retrieve_sources(tensors, ignore_control_dependencies=True)
        return {source.ref() for source in sources if isinstance(source, tf.Tensor)}

    def _accumulating_steps(self) -> Iterator[tuple[str, tuple[nodes.OperationDef, list[tf.Tensor]]]]:
        """Yields the label of each accumulating step, the step, and its input tensors in the graph."""
        for node in self._nodes():
            if type(node.operation_def) in ACCUMULATORS:
                source = node.inputs[0].parent_operation.operation_def
                if isinstance(source, analyzer_nodes.TensorSource):
                    yield node.operation_def.label, (node.operation_def, list(source.tensors))

    def _accumulators(self) -> dict[str, Accumulator]:
        return {label: ACCUMULATORS[type(step)](step) for label, (step, _) in self._steps.items()}

    def _merge(self, parts: Iterable[Encoded]) -> dict[str, Accumulator]:
        whole = self._accumulators()
        for part in parts if whole else ():
            for label, accumulator in whole.items():
                accumulator.merge(part[label])
        return whole

    def _accumulate(self, batches: Iterable[pa.RecordBatch]) -> Encoded:
        accumulators = self._accumulators()
        for batch in batches:
            values = self._run(batch)
            for label, accumulator in accumulators.items():
                accumulator.add(values[label])
        return {label: accumulator.encoded() for label, accumulator in accumulators.items()}

    def _run(self, batch: pa.RecordBatch) -> dict[str, list]:
        self._session = self._session or tf.compat.v1.Session(graph=self._graph)
        rows = self._adapter.ToBatchTensors(batch, produce_eager_tensors=False)
        feeds = {
            name: value for each, tensor in rows.items() for name, value in _feeds(self._inputs[each], tensor)
        }
        return self._session.run({label: tensors for label, (_, tensors) in self._steps.items()}, feeds)

    def _write_graph(self, values: Mapping[str, tf.Tensor], folder: str) -> None:
        impl_helper.trace_and_write_v2_saved_model(
            folder,
            self._function,
            self._adapter.OriginalTypeSpecs(),
            self._scratch,
            graph_tools.get_analyzers_fingerprint(self._graph, self._inputs),
            values,
            output_keys_to_name_map={},
            save_options=None,
        )

    def _write_metadata(self, into: str) -> None:
        """Moves the metadata to where tf.Transform's readers look; adds the names of the vocabularies."""
        written = os.path.join(into, tft.TFTransformOutput.TRANSFORM_FN_DIR, impl_helper.METADATA_DIR_NAME)
        folder = os.path.join(into, tft.TFTransformOutput.TRANSFORMED_METADATA_DIR)
        metadata_io.write_metadata(metadata_io.read_metadata(written), folder)
        tf.io.gfile.rmtree(written)
        if assets := annotators.get_asset_annotations(self._graph):
            with tf.io.gfile.GFile(os.path.join(folder, tft.TFTransformOutput.ASSET_MAP), "w") as file:
                file.write(json.dumps(assets))


@dataclasses.dataclass(frozen=True)
class NamedFunction:
    """A preprocessing function, as a parameter of a node holds it.

    Attributes:
      dotted: its name.
      arguments: JSON of what it takes by name, besides its inputs.
    """

    dotted: str
    arguments: str = "{}"

    def load(self) -> Callable:
        """Returns the function, which takes inputs alone."""
        module, _, name = self.dotted.rpartition(".")
        function = getattr(importlib.import_module(module), name)
        return functools.partial(function, **json.loads(self.arguments))


@dataclasses.dataclass(frozen=True)
class AnalysisSummarizer:
    """A Summarizer (see `components.spans.summaries`) whose summaries are an analysis' accumulators.

    Attributes:
      preprocessing_fn: the function.
      schema: of the raw rows, serialized.
      code_fingerprint: of the code that decides what is accumulated.
      scratch: folder for temporary files.
    """

    preprocessing_fn: NamedFunction
    schema: bytes
    code_fingerprint: str
    scratch: str

    @property
    def name(self) -> str:
        """A file name that stands for everything that decides the accumulators, except the rows."""
        function = dataclasses.astuple(self.preprocessing_fn)
        decides = json.dumps([self.code_fingerprint, function, self.schema.hex()])
        return f"analysis-{hashlib.sha256(decides.encode()).hexdigest()[:16]}"

    def of_files(self, paths: Sequence[str]) -> Encoded:
        """Accumulates the rows of files, a record batch at a time."""
        return analysis_of(self).of_files(paths)

    def merged(self, parts: Iterable[Encoded]) -> Encoded:
        """Merges accumulators, one at a time."""
        return analysis_of(self).merged(parts)

    def encoded(self, summary: Encoded) -> bytes:
        """Returns accumulators as bytes, for the cache."""
        return pack([(PARTS, {"label": list(summary), "state": list(summary.values())})])

    def decoded(self, content: bytes) -> Encoded:
        """Returns the accumulators that `encoded` was given.

        Raises:
          UnreadableSummaryError: the bytes are not those of this analysis.
        """
        (parts,) = unpack(content, [PARTS])
        part = dict(zip(parts["label"].to_pylist(), parts["state"].to_pylist(), strict=True))
        analysis_of(self).check(part)
        return part


@functools.lru_cache(maxsize=1)  # traced once per process
def analysis_of(summarizer: AnalysisSummarizer) -> Analysis:
    """Returns the analysis whose accumulators a summarizer makes."""
    schema = schema_pb2.Schema.FromString(summarizer.schema)
    return Analysis(summarizer.preprocessing_fn.load(), schema, summarizer.scratch)


def _feeds(placeholder: tf.Tensor | tf.SparseTensor, value) -> Iterator[tuple[str, object]]:
    if isinstance(placeholder, tf.SparseTensor):
        for part in ("indices", "values", "dense_shape"):
            yield getattr(placeholder, part).name, getattr(value, part)
    else:
        yield placeholder.name, value
