"""When a candidate may replace the champion: the section `model_gate` of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.config_section import (
    EVERY_FIELD,
    ContradictionError,
    Deciding,
    Fraction,
    PositiveInt,
    Section,
)
from components.did_you_mean import did_you_mean
from components.evaluator.metric_table import BY_NAME, JUDGED
from components.gates.verdict import Reaction
from components.shown import shown

OVERALL = "overall"

Decision = Literal["allow", "block"]
Positive = Annotated[float, Field(gt=0.0)]


def _judged(metric: str) -> str:
    if metric not in JUDGED:
        raise ValueError(
            f"{shown(metric)} is no metric that can be judged{did_you_mean(metric, JUDGED)}; "
            f"there are {', '.join(JUDGED)}"
        )
    return metric


class Threshold(Section):
    """One condition on one metric, on the whole or on every slice.

    Attributes:
      metric: name of a judged metric of components/evaluator/metric_table.py, such as AUC.
      scope: `overall`, or `slices` for every slice that is large enough.
      at_least, at_most: absolute limits; None for no limit.
      max_worse_than_champion: how much worse than the champion's value it may be, None for no comparison: on
        the whole beyond chance (paired_rule.py), of a slice as measured.
      max_better_than_champion: how much better it may be before somebody has to look for a column that knows
        the label; None for no limit.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    metric: Annotated[str, AfterValidator(_judged)]
    scope: Literal["overall", "slices"]
    at_least: float | None = None
    at_most: float | None = None
    max_worse_than_champion: Annotated[float, Field(ge=0.0)] | None = None
    max_better_than_champion: Positive | None = None

    @property
    def limits(self) -> tuple[float | None, ...]:
        """Returns its limits, None for each that it has not."""
        return (self.at_least, self.at_most, self.max_worse_than_champion, self.max_better_than_champion)

    @model_validator(mode="after")
    def _can_be_reached(self) -> Threshold:
        lowest, highest = BY_NAME[self.metric].range
        between = f"{self.metric} lies between {lowest:g} and {highest:g}"
        for limit in (self.at_least, self.at_most):
            if limit is not None and not lowest <= limit <= highest:
                raise ValueError(f"{between}, so a limit of {limit:g} is none")
        for allowed, how in (
            (self.max_worse_than_champion, "worse"),
            (self.max_better_than_champion, "better"),
        ):
            if allowed is not None and allowed > highest - lowest:
                raise ValueError(
                    f"{between}, so no model can be {how} than the champion by {allowed:g}; lower it"
                )
        return self

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Threshold:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ContradictionError(
                f"no {self.metric} is at least {self.at_least:g} and at most {self.at_most:g}; "
                "lower at_least, or raise at_most",
                "at_least",
                "at_most",
            )
        return self

    @model_validator(mode="after")
    def _says_something(self) -> Threshold:
        if all(limit is None for limit in self.limits):
            raise ValueError(
                f"the threshold on {self.metric} has none of at_least, at_most, max_worse_than_champion, "
                "max_better_than_champion; give one"
            )
        return self

    def doubt(self, *, sliced: bool) -> str | None:
        """Returns why this is probably a mistake; None if it may be meant.

        Both limits together are a band, and meant: a model that is too good has often seen the label.

        Args:
          sliced: whether there are slices.
        """
        if self.scope != OVERALL and not sliced:
            return "`scope: slices` judges nothing, as model_gate.slices is empty; fill it, or remove this"
        lower = BY_NAME[self.metric].lower_is_better
        given, right = ("at_least", "at_most") if lower else ("at_most", "at_least")
        limit = getattr(self, given)
        if limit is None or getattr(self, right) is not None:
            return None
        better = "lower" if lower else "higher"
        return (
            f"the {better} {self.metric}, the better, so `{given}: {limit:g}` stops good models; "
            f"did you mean {right}?"
        )


class CalibrationLimit(Section):
    """How far predictions may be off in the large, of binary models and of numbers.

    A candidate that is surely further off than `max_off` passes only if the champion is about as far off on
    the same
    rows: then it is the labels that have changed since the training days. Without a champion the prior, which
    answers every row with the mean of the training labels, stands for it.

    Attributes:
      max_off: 0.25: the mean prediction lies within 1 / 1.25 and 1.25 of the mean label, and of a number that
        can be above and below 0, the mean error within a quarter of the label's standard deviation. None: not
        judged.
      max_worse_than_champion: how much further off than the champion it may be, in the same unit: 0.15 allows
        1.15 times its ratio, and a mean error that is 0.15 standard deviations larger.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    max_off: Positive | None
    max_worse_than_champion: Annotated[float, Field(ge=0.0)]


class FairnessLimit(Section):
    """How far a metric may differ between the groups of a column.

    Attributes:
      column: a category; its values are the groups. Those that are too small for a slice are left out.
      metric: any of components/evaluator/metric_table.py of the label's task; MeanPrediction says how often
        each group is predicted.
      max_gap: between the highest and the lowest group, in the metric's unit.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    column: str
    metric: str
    max_gap: Annotated[float, Field(ge=0.0)]

    @field_validator("metric")
    @classmethod
    def _is_a_metric(cls, value: str) -> str:
        names = [name for name in BY_NAME if name != "ExampleCount"]
        if value not in names:
            raise ValueError(
                f"{shown(value)} is no metric{did_you_mean(value, names)}; there are {', '.join(names)}"
            )
        return value


class PredictionDrift(Section):
    """When the champion answers new rows otherwise than those of its release.

    Attributes:
      reaction: what that does: stop the run, warn, or nothing.
      floor: least divergence that is told, in bits, however alike single days are.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    reaction: Reaction
    floor: Fraction


class ModelGatePolicy(Section):
    """When a candidate may replace the champion: the section `model_gate` of the configuration.

    Attributes:
      slices: columns; metrics are also taken for each value of each.
      min_slice_rows: slices with fewer rows are named and not judged.
      min_slice_class_rows: slices with fewer rows of their rarest class are named and not judged; of no
        meaning where the label is a number.
      on_first_run: `allow` or `block` a candidate when there is no champion.
      on_overlap: the same when the champion was trained on eval days, which makes a comparison unfair.
      thresholds: conditions; at least one of them on the whole.
      calibration: how far predictions may be off in the large.
      suspicious_auc: a higher AUC is a warning where no champion says what is usual; None for none.
      max_model_mb: largest SavedModel, in megabytes (1,000,000 bytes) of all its files; None for no limit.
      max_ms_per_row: longest time of prediction: milliseconds of CPU time a row in the Evaluator, of the
        median batch, decoding of the tf.Examples included; None for no limit.
      fairness: limits between the groups of a column.
      prediction_drift: whether the champion's answers have changed since its release.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    slices: tuple[str, ...]
    min_slice_rows: PositiveInt
    min_slice_class_rows: PositiveInt
    on_first_run: Decision
    on_overlap: Decision
    thresholds: tuple[Threshold, ...]
    calibration: CalibrationLimit
    suspicious_auc: Annotated[float, Field(gt=0.0, le=1.0)] | None
    max_model_mb: Positive | None
    max_ms_per_row: Positive | None
    fairness: tuple[FairnessLimit, ...]
    prediction_drift: PredictionDrift

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose values are slices or groups, each once."""
        return tuple(dict.fromkeys((*self.slices, *(limit.column for limit in self.fairness))))

    @property
    def compared(self) -> tuple[str, ...]:
        """Metrics of the whole in which the candidate is compared with the champion."""
        return tuple(
            threshold.metric
            for threshold in self.thresholds
            if threshold.scope == OVERALL and threshold.max_worse_than_champion is not None
        )

    @field_validator("thresholds")
    @classmethod
    def _judges_the_whole(cls, value: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
        if not any(threshold.scope == OVERALL for threshold in value):
            raise ValueError("no threshold is `scope: overall`, so the gate could never close; add one")
        return value

    @field_validator("slices")
    @classmethod
    def _slices_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for column in _twice(value):
            raise ValueError(f"the slice {shown(column)} stands twice; remove one")
        return value

    @field_validator("thresholds")
    @classmethod
    def _judges_once(cls, value: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
        for metric, scope in _twice([(threshold.metric, threshold.scope) for threshold in value]):
            raise ValueError(
                f"two thresholds are on {metric} with `scope: {scope}`; put their limits into one"
            )
        return value

    @field_validator("fairness")
    @classmethod
    def _fair_once(cls, value: tuple[FairnessLimit, ...]) -> tuple[FairnessLimit, ...]:
        for column, metric in _twice([(limit.column, limit.metric) for limit in value]):
            raise ValueError(f"two limits of fairness are on {metric} of {shown(column)}; remove one")
        return value

    def doubts(self) -> tuple[str, ...]:
        """Returns a sentence for each threshold that is probably a mistake, its key in front."""
        found = [threshold.doubt(sliced=bool(self.slices)) for threshold in self.thresholds]
        return tuple(f"model_gate.thresholds.{number}: {why}" for number, why in enumerate(found) if why)


Item = TypeVar("Item")


def _twice(items: Sequence[Item]) -> list[Item]:
    """Returns the items that an equal one precedes."""
    return [item for position, item in enumerate(items) if item in items[:position]]
