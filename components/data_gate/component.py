"""DataGate: from TFDV's anomalies and statistics to the verdict whether the run goes on."""

import os

import tensorflow as tf
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components.data_gate.rule import Anomaly, DataGatePolicy, SplitSummary, judge
from components.gates.blessing import record

_SEVERITY = {
    anomalies_pb2.AnomalyInfo.UNKNOWN: "unknown",
    anomalies_pb2.AnomalyInfo.WARNING: "warning",
    anomalies_pb2.AnomalyInfo.ERROR: "error",
}


@component
def DataGate(  # noqa: N802 - a node's name in the graph
    statistics: InputArtifact[standard_artifacts.ExampleStatistics],
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    verdict: OutputArtifact[standard_artifacts.ExampleAnomalies],
    label: Parameter[str],
    policy: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Records whether the data may be trained on; the graph runs on only if `blessed` is 1.

    Args:
      statistics: TFDV statistics of the splits (`Split-*/FeatureStats.pb`).
      anomalies: ExampleValidator's report (`Split-*/SchemaDiff.pb`).
      verdict: `verdict.json`; custom properties `blessed`, `gate`, `reason`.
      label: the column that must hold more than one value.
      policy: DataGatePolicy as JSON.
      code_fingerprint: of this component's code; part of the cache key.
    """
    del code_fingerprint
    splits = artifact_utils.decode_split_names(statistics.split_names)
    summaries = {split: _summarise(statistics.uri, split, label) for split in splits}
    reported = _read_anomalies(anomalies.uri, splits)
    decided = judge(reported, summaries, DataGatePolicy.model_validate_json(policy))
    record(decided, verdict)


def _summarise(uri: str, split: str, label: str) -> SplitSummary:
    statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(
        _read(os.path.join(uri, f"Split-{split}", "FeatureStats.pb"))
    )
    dataset = statistics.datasets[0]
    for feature in dataset.features:
        if label in (feature.name, *feature.path.step) and feature.HasField("num_stats"):
            numbers = feature.num_stats
            return SplitSummary(dataset.num_examples, numbers.min, numbers.max)
    return SplitSummary(dataset.num_examples, float("nan"), float("nan"))


def _read_anomalies(uri: str, splits: list[str]) -> tuple[Anomaly, ...] | None:
    anomalies: list[Anomaly] = []
    for split in splits:
        path = os.path.join(uri, f"Split-{split}", "SchemaDiff.pb")
        if not tf.io.gfile.exists(path):
            return None
        report = anomalies_pb2.Anomalies.FromString(_read(path))
        for column, info in sorted(report.anomaly_info.items()):
            description = f"{info.short_description}: {info.description}"
            anomalies.append(Anomaly(split, column, _SEVERITY[info.severity], description))
    return tuple(anomalies)


def _read(path: str) -> bytes:
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()
