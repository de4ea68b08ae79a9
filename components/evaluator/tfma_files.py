"""Writes an evaluation in TensorFlow Model Analysis' formats, for its notebooks and loaders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import json_format
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2, validation_result_pb2
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as tfma_writer

from components.evaluator.metric_table import BY_NAME, Metric, of_task
from components.evaluator.policy import OVERALL
from components.evaluator.rule import Metrics
from components.gates.verdict import Verdict

CANDIDATE, BASELINE = "", "baseline"
_TFMA_MODELS = {"candidate": CANDIDATE, "champion": BASELINE}


def write(
    folder: str,
    evaluated: Mapping[str, Mapping[str, Metrics]],
    verdict: Verdict,
    *,
    kind: str,
    label: str,
    signature: str,
    slices: tuple[str, ...],
) -> None:
    """Writes `metrics-*.tfrecord`, `validations.tfrecord` and `eval_config.json`.

    Args:
      folder: where to.
      evaluated: `candidate` and `champion`, where there are any, to metrics by slice.
      verdict: the model gate's; its checks that close it become the validation's failures.
      kind: of the task.
      label: column of the label.
      signature: of the models.
      slices: columns that metrics are also taken by.
    """
    models = {name: evaluated[side] for side, name in _TFMA_MODELS.items() if side in evaluated}
    config = _eval_config(kind, label, signature, slices, with_baseline=BASELINE in models)
    run = config_pb2.EvalRun(
        eval_config=config, version=tfma.version.VERSION, model_locations={name: "" for name in models}
    )
    with tf.io.gfile.GFile(os.path.join(folder, "eval_config.json"), "w") as file:
        file.write(json_format.MessageToJson(run))
    _write_records(os.path.join(folder, "metrics-00000-of-00001.tfrecord"), _metrics(models, kind))
    _write_records(os.path.join(folder, "validations.tfrecord"), [_validation(verdict)])


def _eval_config(
    kind: str, label: str, signature: str, slices: tuple[str, ...], *, with_baseline: bool
) -> tfma.EvalConfig:
    """Returns the EvalConfig that says what was evaluated: models, metrics and slices."""
    names = [CANDIDATE, BASELINE] if with_baseline else [CANDIDATE]
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(name=name, label_key=label, signature_name=signature, is_baseline=name == BASELINE)
            for name in names
        ],
        slicing_specs=[tfma.SlicingSpec(), *(tfma.SlicingSpec(feature_keys=[name]) for name in slices)],
        metrics_specs=[*_metrics_specs(kind)],
    )


def _metrics_specs(kind: str) -> Iterator[tfma.MetricsSpec]:
    """Yields the metrics of the whole, and those that are means over the classes."""
    for macro in (False, True):
        names = [metric.name for metric in of_task(kind) if (kind in metric.macro_average) is macro]
        if names:
            yield tfma.MetricsSpec(
                metrics=[tfma.MetricConfig(class_name=name) for name in names],
                aggregate=tfma.AggregationOptions(macro_average=True) if macro else None,
            )


def _key(metric: Metric, kind: str, model: str) -> metric_types.MetricKey:
    macro = kind in metric.macro_average
    aggregation = metric_types.AggregationType(macro_average=True) if macro else None
    return metric_types.MetricKey(name=metric.tfma_name, model_name=model, aggregation_type=aggregation)


def _metrics(models: Mapping[str, Mapping[str, Metrics]], kind: str) -> list:
    slices = sorted({name for metrics in models.values() for name in metrics})
    messages = []
    for name in slices:
        values = {
            _key(BY_NAME[metric], kind, model): value
            for model, metrics in models.items()
            for metric, value in metrics.get(name, {}).items()
        }
        messages.append(tfma_writer.convert_slice_metrics_to_proto((_slice_key(name), values), None))
    return messages


def _validation(verdict: Verdict) -> validation_result_pb2.ValidationResult:
    result = validation_result_pb2.ValidationResult(validation_ok=verdict.passed)
    for check in verdict.checks:
        if not check.closes:
            continue
        failed = result.metric_validations_per_slice.add()
        failed.slice_key.CopyFrom(tfma.slicer.slicer_lib.serialize_slice_key(_slice_key(check.subject)))
        failure = failed.failures.add(message=check.reason)
        failure.metric_key.name = check.name
        if check.measured is not None:
            failure.metric_value.double_value.value = check.measured
    return result


def _slice_key(name: str) -> tuple[tuple[str, str], ...]:
    if name == OVERALL:
        return ()
    column, _, value = name.partition("=")
    return ((column, value),)


def _write_records(path: str, messages: list) -> None:
    with tf.io.TFRecordWriter(path) as writer:
        for message in messages:
            writer.write(message.SerializeToString())
