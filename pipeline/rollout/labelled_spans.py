"""Spans whose labels came since the two versions of a rollout were made, judged with both."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from components.example_gen.errors import SpanDataError
from components.iso_day import iso_day
from components.model_files.rule import PROPERTY
from pipeline.config.config import Config
from pipeline.errors import DataError
from pipeline.launch.launch import available_days
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.rollouts import Rollout
from pipeline.lineage.served import check_files
from pipeline.runners.workspace import Workspace
from pipeline.spans.day_choice import mature_days
from pipeline.spans.window import Span
from serving.errors import ModelLoadError, NotLoadableNowError, ServingError
from serving.rollout.evidence import Labelled

if TYPE_CHECKING:
    from serving.models.model import ServableModel


MOST_SPANS = 10  # at a time: a look that judges them all would hold up the other guards


class LabelledSpans:
    """As `Labels`: neither version was trained on these rows, so both are judged fairly.

    Where rows of a span do not say how sure a difference is (no label, one class), they are judged together
    with those of the next span.
    """

    def __init__(
        self,
        config: Config,
        workspace: Workspace,
        importing: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        """Makes a source of labels; touches no file.

        Args:
          config: of the deployment.
          workspace: of the deployment, whose versions are asked.
          importing: what is around the import of TensorFlow, once there is something to judge.
        """
        self._config = config
        self._workspace = workspace
        self._importing = importing
        self._in_vain: tuple[str, tuple[dt.date, ...]] | None = None  # a rollout, its spans

    @property
    def metric(self) -> str:
        """Name of the metric that the guard judges: the first of model_gate.thresholds."""
        return self._config.model_gate.thresholds[0].metric

    def new(self, rollout: Rollout, known: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        """As `Labels.new`."""
        spans = self._spans(rollout, known)
        days = tuple(spans)
        if not days or (rollout.id, days) == self._in_vain:
            return ()
        with self._importing():  # TensorFlow takes seconds, and most looks find nothing to judge
            from components.evaluator.rows import OtherAnswerError
            from pipeline.rollout import scored_rows  # noqa: F401
        try:
            told = tuple(self._judged(rollout, [spans[day]() for day in days]))
        except (SpanDataError, ModelLoadError, NotLoadableNowError, ServingError, OtherAnswerError) as error:
            raise DataError(f"the spans from {days[0]} on cannot be judged: {error}") from error
        self._in_vain = None if told else (rollout.id, days)
        return told

    def _spans(self, rollout: Rollout, known: tuple[Labelled, ...]) -> Mapping[dt.date, Callable[[], Span]]:
        """Returns the spans to judge, by their first days, in order."""
        data = self._config.data
        made_of = (_last_day(version) for version in (rollout.version, rollout.champion))
        after = max((*made_of, *(iso_day(each.day) for each in known)))
        available = available_days(self._config).days
        mature = mature_days(sorted(available), data.label_delay_days, data.spans)
        return {day: available[day] for day in [each for each in mature if each > after][:MOST_SPANS]}

    def _judged(self, rollout: Rollout, spans: list[Span]) -> Iterator[Labelled]:
        from pipeline.rollout.scored_rows import judged, scored

        champion, candidate = (self._loaded(each) for each in (rollout.champion, rollout.version))
        plan, held = rollout.plan, None
        for span in spans:
            rows = scored(span.ref, self._config.data.format, champion, candidate, plan.key_column)
            held = held + rows if held and rows else rows or held
            found = judged(held, self.metric, plan) if held else None
            if held and found:
                yield Labelled(span.date.isoformat(), len(held.labels), *dataclasses.astuple(found))
                held = None
        champion.close()
        candidate.close()

    def _loaded(self, version: ModelVersion) -> ServableModel:
        from serving.models.model import ServableModel

        folder = self._workspace.served_models(version.model_name) / str(version.number)
        check_files(folder, version.facts.get(PROPERTY, ""))
        return ServableModel(folder)


def _last_day(version: ModelVersion) -> dt.date:
    """Returns the last day that a version was trained or judged on; the last of all if unknown."""
    window = json.loads(version.facts.get("window") or "{}")
    last = window.get("eval_last") or window.get("train_last")
    return iso_day(last) if last else dt.date.max
