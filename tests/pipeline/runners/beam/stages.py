"""The stages between the days and the trained model, run one by one with arguments of Beam's."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import standard_artifacts

from components.spans.examples import files, records
from pipeline import graph
from pipeline.config import load as configs
from pipeline.launch.launch import Launch, resolve_launch
from pipeline.launch.paths import RunPaths

STAGES = ("ExampleGen", "StatisticsGen", "Transform")


@dataclasses.dataclass(frozen=True)
class Outputs:
    """What the stages have written, by `<stage>.<key>`."""

    artifacts: dict[str, Any]

    def rows(self, split: str) -> list[dict[str, list[Any]]]:
        """Ingested rows, in their order."""
        return [_values(record) for record in records(self.artifacts["ExampleGen.examples"], split)]

    def statistics(self, split: str) -> statistics_pb2.DatasetFeatureStatisticsList:
        """TFDV's, but for the names of frequent values: of equally frequent ones it takes any."""
        path = Path(self.artifacts["StatisticsGen.statistics"].uri, f"Split-{split}", "FeatureStats.pb")
        found = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
        for feature in found.datasets[0].features:
            _without_names(feature.string_stats)
        return found

    @property
    def transform(self) -> tft.TFTransformOutput:
        """The transform graph."""
        return tft.TFTransformOutput(self.artifacts["Transform.transform_graph"].uri)

    @property
    def transformed(self) -> dict[str, np.ndarray]:
        """Transformed rows of train, [rows, values] by name."""
        paths = files(self.artifacts["Transform.transformed_examples"], "train")
        (batch,) = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(1_000_000)
        parsed = tf.io.parse_example(batch, self.transform.transformed_feature_spec())
        return {name: value.numpy() for name, value in parsed.items()}


def resolve(data: Path, name: str = "local", more: dict[str, str] | None = None) -> Launch:
    """A launch of three days, two to train on and one to judge on, with more keys of the configuration."""
    small = {"data.source": str(data), "window.days": "3", "window.eval_days": "1"}
    small["training.validation_days"] = "1"
    return resolve_launch(configs.load(name, small | (more or {})), until=None, champion=None)


def nodes(launch: Launch, into: Path) -> dict[str, Any]:
    """The graph's nodes by name."""
    schema = into / "schema" / "schema.pbtxt"
    schema.parent.mkdir(parents=True, exist_ok=True)
    schema.write_bytes(launch.schema)
    pipeline = graph.build(launch, RunPaths(str(into), str(schema), str(into / "models")))
    return {node.id: node for node in pipeline.components}


def run(
    launch: Launch,
    into: Path,
    arguments: Callable[[str], list[str]],
    only: tuple[str, ...] = STAGES,
) -> Outputs:
    """Runs the stages as a runner would.

    Args:
      arguments: a stage's name to what its Beam is told.
      only: the stages to run.
    """
    found, there = nodes(launch, into), {}
    schema = standard_artifacts.Schema()
    schema.uri = str(into / "schema")
    there["SchemaImport.schema"] = schema
    for stage in only:
        node = found[stage]
        outputs = {key: channel.type() for key, channel in node.outputs.items()}
        for key, artifact in outputs.items():
            artifact.uri = str(into / stage / key)
            os.makedirs(artifact.uri)
        inputs = {key: [there[f"{c.producer_component_id}.{c.output_key}"]] for key, c in node.inputs.items()}
        _executor(node, into, arguments(stage)).Do(
            inputs, {key: [artifact] for key, artifact in outputs.items()}, dict(node.exec_properties)
        )
        there |= {f"{stage}.{key}": artifact for key, artifact in outputs.items()}
    return Outputs(there)


def _without_names(strings: statistics_pb2.StringStatistics) -> None:
    for bucket in strings.rank_histogram.buckets:
        bucket.ClearField("label")
    for top in strings.top_values:
        top.ClearField("value")


def _executor(node: Any, into: Path, arguments: list[str]) -> Any:
    kind = node.executor_spec.executor_class
    if not isinstance(node, BaseBeamComponent):
        return kind()
    return kind(BaseBeamExecutor.Context(beam_pipeline_args=arguments, tmp_dir=str(into), unique_id="1"))


def assert_same(one: Outputs, other: Outputs) -> None:
    """Rows and statistics are equal; the graph's results are, to 1e-6."""
    for split in ("train", "eval"):
        assert one.rows(split) == other.rows(split)
        assert one.statistics(split) == other.statistics(split)
    assert one.transform.vocabulary_by_name("vocabulary") == other.transform.vocabulary_by_name("vocabulary")
    assert one.transform.transformed_feature_spec() == other.transform.transformed_feature_spec()
    ours, theirs = one.transformed, other.transformed
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        np.testing.assert_allclose(values, theirs[name], rtol=0, atol=1e-6, err_msg=name)


def _values(record: bytes) -> dict[str, list[Any]]:
    features = tf.train.Example.FromString(record).features.feature
    kinds = {name: (feature, feature.WhichOneof("kind")) for name, feature in features.items()}
    return {name: list(getattr(feature, kind).value) for name, (feature, kind) in kinds.items() if kind}
