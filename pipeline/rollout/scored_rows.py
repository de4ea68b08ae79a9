"""Rows with labels and what the two versions of a rollout answer to them, read as ingestion reads them."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from tfx_bsl.coders import example_coder

from components.evaluator.metric_table import BY_NAME
from components.evaluator.paired import differences, with_error
from components.evaluator.rows import answers_of, as_labels
from components.example_gen.source import open_source, place_in
from components.example_gen.values import Where, check_classes, check_filled, check_values, known_labels
from components.spans.entry import BATCH_ROWS
from components.spans.lists import as_lists, first_values
from components.spans.span_ref import SpanRef
from components.task import Task
from serving.models.model import ServableModel
from serving.rollout.plan import AB, RolloutPlan
from serving.traffic.split import gets_candidate
from trainer import features

Array = np.ndarray[Any, Any]
_TASK = Task.from_json(features.TASK.as_json())
_SIGNATURE = "tf_examples"  # the one that gates ask; it takes rows as ingestion encodes them


@dataclasses.dataclass(frozen=True)
class Scored:
    """Rows with labels, and answers to them.

    Attributes:
      labels: [rows].
      champion, candidate: their answers, [rows] or [rows, classes].
      keys: [rows] of texts, by which clients keep their version; empty where none is known.
    """

    labels: Array
    champion: Array
    candidate: Array
    keys: Array

    def __add__(self, other: Scored) -> Scored:
        names = [each.name for each in dataclasses.fields(self)]
        return Scored(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names))


@dataclasses.dataclass(frozen=True)
class Judged:
    """What rows say of two versions; of each number, higher is better.

    Attributes:
      champion, candidate: the metric of each.
      difference: candidate − champion.
      standard_error: of the difference.
    """

    champion: float
    candidate: float
    difference: float
    standard_error: float


def scored(
    span: SpanRef, data_format: str, champion: ServableModel, candidate: ServableModel, key_column: str
) -> Scored | None:
    """Returns the rows of a span that have a label; None where none has.

    Args:
      span: to read.
      data_format: of it.
      champion: to be asked.
      candidate: to be asked.
      key_column: by which a client keeps its version; empty for none.

    Raises:
      SpanDataError: the span cannot be read, or a value in it not be used.
      ServingError, OtherAnswerError: a version does not answer, or something else.
    """
    parts = []
    for rows in _labelled(span, data_format):
        of_champion, of_candidate = _answers(rows, (champion, candidate))
        parts.append(Scored(_labels(rows), of_champion, of_candidate, _keys(rows, key_column)))
    return functools.reduce(Scored.__add__, parts) if parts else None


def judged(rows: Scored, metric: str, plan: RolloutPlan) -> Judged | None:
    """Returns what rows say; None where they cannot say how sure it is.

    Both versions are judged on the same rows. In an A/B by a column each is judged on the rows of its own
    clients, who may act otherwise for what they were answered.

    Args:
      rows: with labels.
      metric: name of a judged one.
      plan: of the rollout.
    """
    sign = -1.0 if BY_NAME[metric].lower_is_better else 1.0
    if plan.kind == AB and plan.key_column:
        return _by_variant(rows, metric, sign, plan)
    kind = _TASK.kind
    found = differences(kind, rows.labels, rows.candidate, rows.champion, (metric,))[metric]
    champion = sign * with_error(kind, metric, rows.labels, rows.champion)[0]
    return _if_sure(Judged(champion, champion - found.loss, -found.loss, found.se))


def _by_variant(rows: Scored, metric: str, sign: float, plan: RolloutPlan) -> Judged | None:
    share = plan.stages[-1].share
    heard = np.array([bool(key) and gets_candidate(plan.id, key, share) for key in rows.keys], bool)
    other = (rows.keys != "") & ~heard
    if not (heard.any() and other.any()):
        return None
    kind = _TASK.kind
    candidate, of_candidate = with_error(kind, metric, rows.labels[heard], rows.candidate[heard])
    champion, of_champion = with_error(kind, metric, rows.labels[other], rows.champion[other])
    error = math.hypot(of_candidate, of_champion)
    return _if_sure(Judged(sign * champion, sign * candidate, sign * (candidate - champion), error))


def _if_sure(found: Judged) -> Judged | None:
    return found if all(map(math.isfinite, dataclasses.astuple(found))) else None


def _labelled(span: SpanRef, data_format: str) -> Iterator[pa.RecordBatch]:
    """Yields the rows with a label, held to what ingestion holds them to."""
    types = {each.name: pa.type_for_alias(_ALIASES[each.dtype]) for each in features.COLUMNS}
    source = open_source(span, data_format, types)
    file, before = os.path.basename(span.path), 0
    for batch in source.batches():
        labelled = _checked(batch, place_in(source, file, before))
        before += batch.num_rows
        for start in range(0, labelled.num_rows, BATCH_ROWS):
            yield labelled.slice(start, BATCH_ROWS)


_ALIASES = {"int64": "int64", "float32": "float", "string": "string"}


def _checked(batch: pa.RecordBatch, where: Where) -> pa.RecordBatch:
    days, timestamps = ({each.name for each in features.of_kind(kind)} for kind in ("date", "timestamp"))
    check_values(batch, days, where, timestamps)
    label = known_labels(batch.column(batch.schema.get_field_index(features.LABEL)))
    required = [each.name for each in features.COLUMNS if each.required and each.name != features.LABEL]
    check_filled(batch, required, where, but=label.is_null())
    check_classes(label, features.LABEL, _TASK.classes, where)
    return batch.filter(label.is_valid())


def _labels(rows: pa.RecordBatch) -> Array:
    column = rows.column(rows.schema.get_field_index(features.LABEL))
    return as_labels(first_values(as_lists(column)), _TASK)


def _answers(rows: pa.RecordBatch, models: tuple[ServableModel, ...]) -> Iterator[Array]:
    lists = [as_lists(column) for column in rows.columns]
    encoder = example_coder.RecordBatchToExamplesEncoder()
    examples = encoder.encode(pa.RecordBatch.from_arrays(lists, rows.schema.names))
    for model in models:
        (name,) = model.signature(_SIGNATURE).inputs
        answered = model.predict({name: np.array(examples, dtype=object)}, _SIGNATURE)
        yield answers_of(answered, _TASK)


def _keys(rows: pa.RecordBatch, column: str) -> Array:
    if not column:
        return np.full(rows.num_rows, "", dtype=object)
    values = rows.column(rows.schema.get_field_index(column)).to_pylist()
    return np.array(["" if each is None else str(each) for each in values], dtype=object)
