"""DataGate: from TFDV's anomalies and the labels to the verdict whether the run goes on."""

import math
import os

import pyarrow as pa
import tensorflow as tf
from pyarrow import compute
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components.champion_check.probe import probe
from components.champion_check.rule import judge as judge_champion
from components.data_gate.rule import Anomaly, DataGatePolicy, SplitSummary, judge
from components.gates.blessing import record
from components.gates.override import from_json
from components.spans.columns import read as read_columns
from components.task import Task

_SEVERITY = {
    anomalies_pb2.AnomalyInfo.UNKNOWN: "unknown",
    anomalies_pb2.AnomalyInfo.WARNING: "warning",
    anomalies_pb2.AnomalyInfo.ERROR: "error",
}


@component
def DataGate(  # noqa: N802 - a node's name in the graph
    examples: InputArtifact[standard_artifacts.Examples],
    schema: InputArtifact[standard_artifacts.Schema],
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    verdict: OutputArtifact[standard_artifacts.ExampleAnomalies],
    label: Parameter[str],
    task: Parameter[str],
    policy: Parameter[str],
    code_fingerprint: Parameter[str],
    overrides: Parameter[str] = "",
    signature: Parameter[str] = "",
    on_first_run: Parameter[str] = "",
    champion: InputArtifact[standard_artifacts.Model] = None,  # type: ignore[assignment]
) -> None:
    """Records whether the data may be trained on; the graph runs on only if `blessed` is 1.

    Args:
      examples: the rows; of their labels, every one is looked at. TFDV's statistics have whole numbers in
        ten buckets, which says nothing of classes.
      schema: of the examples.
      anomalies: ExampleValidator's report (`Split-*/SchemaDiff.pb`).
      verdict: `verdict.json`; custom properties `blessed`, `gate`, `reason`.
      label: column of the label.
      task: what the model predicts, as JSON of components/task.py.
      policy: DataGatePolicy as JSON.
      code_fingerprint: of this component's code; part of the cache key.
      overrides: of checks that may fail, as JSON of components/gates/override.py.
      signature: of the champion, with one input of serialized tf.Examples.
      on_first_run: `allow` or `block` a candidate without a champion to compare with.
      champion: the model that the candidate will be compared with; absent when there is none.
    """
    del code_fingerprint
    asked = Task.from_json(task)
    splits = artifact_utils.decode_split_names(examples.split_names)
    summaries = {
        split: _summarise(read_columns(examples, schema, split, (label,))[label], asked) for split in splits
    }
    reported = _read_anomalies(anomalies.uri, splits)
    limits = DataGatePolicy.model_validate_json(policy)
    checks, notes = [], ()
    if champion is not None:
        check, notes = judge_champion(probe(champion.uri, examples, asked, signature), on_first_run)
        checks.append(check)
    decided = judge(
        reported, summaries, limits, more=tuple(checks), notes=notes, overrides=from_json(overrides)
    )
    record(decided, verdict)


def _summarise(labels: pa.Array, task: Task) -> SplitSummary:
    rows = len(labels) - labels.null_count
    if not task.classes:
        extremes = compute.min_max(labels)
        low, high = (math.nan if (end := extremes[side].as_py()) is None else end for side in ("min", "max"))
        return SplitSummary(rows, label_min=low, label_max=high)
    counted = {_text(each["values"]): each["counts"] for each in compute.value_counts(labels).to_pylist()}
    return SplitSummary(rows, {str(each): counted.get(str(each), 0) for each in task.classes})


def _text(value: int | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


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
