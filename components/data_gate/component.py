"""DataGate: from TFDV's anomalies, the labels and the days to the verdict whether the run goes on."""

import json
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
from components.data_gate import anomaly_words
from components.data_gate.baseline import FILE, baseline_of
from components.data_gate.columns import GateColumns
from components.data_gate.day_profile import DayProfile
from components.data_gate.days import DayProfiler, days_of
from components.data_gate.policy import DataGatePolicy
from components.data_gate.requests import NoRequestsError, read_requests
from components.data_gate.rule import Anomaly, SplitSummary, checks
from components.data_gate.window_rule import Judged, judge_days, on_calendar
from components.gates import baseline_file
from components.gates.blessing import record
from components.gates.override import from_json
from components.gates.verdict import Check, conclude
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
    columns: Parameter[str],
    grain: Parameter[str],
    task: Parameter[str],
    policy: Parameter[str],
    baseline: Parameter[str],
    calendar: Parameter[str],
    code_fingerprint: Parameter[str],
    overrides: Parameter[str] = "",
    signature: Parameter[str] = "",
    on_first_run: Parameter[str] = "",
    champion_files: Parameter[str] = "",
    champion: InputArtifact[standard_artifacts.Model] = None,  # type: ignore[assignment]
) -> None:
    """Records whether the data may be trained on; the graph runs on only if `blessed` is 1.

    Args:
      examples: the rows; of their labels, every one is looked at. TFDV's statistics have whole numbers in
        ten buckets, which says nothing of classes.
      schema: of the examples.
      anomalies: ExampleValidator's report (`Split-*/SchemaDiff.pb`).
      verdict: `verdict.json`; `profile.json`, with which a later run compares its window; custom properties
        `blessed`, `gate`, `reason`.
      columns: what the columns are, as JSON of components/data_gate/columns.py.
      grain: what a span holds: day, week, month or file.
      task: what the model predicts, as JSON of components/task.py.
      policy: DataGatePolicy as JSON.
      baseline: folder with the `profile.json` of the champion's run; `none` where the champion's release has
        recorded none, empty if there is no champion.
      calendar: JSON of what the launch found wrong with when it was started: check to sentence; empty for
        nothing.
      code_fingerprint: of this component's code; part of the cache key.
      overrides: of checks that may fail, as JSON of components/gates/override.py.
      signature: of the champion, with one input of serialized tf.Examples.
      on_first_run: `allow` or `block` a candidate without a champion to compare with.
      champion_files: of the champion, as its release recorded them (components/model_files/folder.py); `none`
        where it has recorded none, empty if there is no champion.
      champion: the model that the candidate will be compared with; absent when there is none.
    """
    asked, known = Task.from_json(task), GateColumns.from_json(columns)
    limits = DataGatePolicy.model_validate_json(policy)
    splits = artifact_utils.decode_split_names(examples.split_names)
    summaries = {
        split: _summarise(read_columns(examples, schema, split, (known.label,))[known.label], asked)
        for split in splits
    }
    reported = _read_anomalies(anomalies.uri, splits)
    judged = _judge_days(
        examples,
        DayProfiler(known, code_fingerprint),
        grain,
        limits,
        baseline,
        os.path.join(verdict.uri, FILE),
    )
    on_champion: list[Check] = []
    notes = judged.notes
    if champion is not None:
        check, more = judge_champion(
            probe(champion.uri, champion_files, examples, asked, signature), on_first_run
        )
        on_champion, notes = [check], (*notes, *more)
    found = (
        *checks(reported, summaries, limits),
        *judged.checks,
        *on_calendar(json.loads(calendar or "{}"), limits),
        *on_champion,
    )
    record(conclude("data", found, notes=notes, overrides=from_json(overrides)), verdict)


def _judge_days(
    examples: standard_artifacts.Examples,
    profiler: DayProfiler,
    grain: str,
    policy: DataGatePolicy,
    baseline: str,
    keep_as: str,
) -> Judged:
    days = days_of(examples, profiler, grain)
    if not days:
        return Judged((), ("single days were not judged, as their rows are not kept apart",))
    baseline_file.write(baseline_of(days), keep_as)
    before, why = baseline_file.read(baseline, FILE, "data profile")
    requests, why_none = _read_requests(policy.requests, profiler.columns)
    return judge_days(
        days,
        policy,
        profiler.columns.label,
        baseline=before,
        why_no_baseline=why,
        requests=requests,
        why_no_requests=why_none,
    )


def _read_requests(folder: str | None, columns: GateColumns) -> tuple[DayProfile | None, str]:
    """Returns the profile of the rows requested lately, or why there is none where they are kept."""
    if folder is None:
        return None, ""
    try:
        return read_requests(folder, columns), ""
    except NoRequestsError as error:
        return None, str(error)


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
            sentence = anomaly_words.sentence(split, column, info)
            anomalies.append(Anomaly(split, column, _SEVERITY[info.severity], sentence))
    return tuple(anomalies)


def _read(path: str) -> bytes:
    with tf.io.gfile.GFile(path, "rb") as file:
        content: bytes = file.read()
        return content
