"""Whether a candidate may replace the champion, decided on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.config_section import EVERY_FIELD, ContradictionError, Deciding, PositiveInt, Section
from components.did_you_mean import did_you_mean
from components.evaluator.metric_table import BY_NAME, JUDGED
from components.gates.override import Override
from components.gates.verdict import Check, Verdict, conclude
from components.shown import shown

OVERALL = "overall"

Decision = Literal["allow", "block"]
Metrics = Mapping[str, float]


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
      max_worse_than_champion: how much worse than the champion's value it may be; None for no comparison.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    metric: Annotated[str, AfterValidator(_judged)]
    scope: Literal["overall", "slices"]
    at_least: float | None = None
    at_most: float | None = None
    max_worse_than_champion: Annotated[float, Field(ge=0.0)] | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Threshold:
        lowest, highest = BY_NAME[self.metric].range
        between = f"{self.metric} lies between {lowest:g} and {highest:g}"
        for limit in (self.at_least, self.at_most):
            if limit is not None and not lowest <= limit <= highest:
                raise ValueError(f"{between}, so a limit of {limit:g} is none")
        allowed = self.max_worse_than_champion
        if allowed is not None and allowed > highest - lowest:
            raise ValueError(
                f"{between}, so no model can be worse than the champion by {allowed:g}; lower it"
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
        if self.at_least is None and self.at_most is None and self.max_worse_than_champion is None:
            raise ValueError(
                f"the threshold on {self.metric} has none of at_least, at_most, max_worse_than_champion; "
                "give one"
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


class ModelGatePolicy(Section):
    """When a candidate may replace the champion: the section `model_gate` of the configuration.

    Attributes:
      slices: columns; metrics are also taken for each value of each.
      min_slice_rows: slices with fewer rows are reported and not judged.
      on_first_run: `allow` or `block` a candidate when there is no champion.
      on_overlap: the same when the champion was trained on eval days, which makes a comparison unfair.
      thresholds: conditions; at least one of them on the whole.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    slices: tuple[str, ...]
    min_slice_rows: PositiveInt
    on_first_run: Decision
    on_overlap: Decision
    thresholds: tuple[Threshold, ...]

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

    def doubts(self) -> tuple[str, ...]:
        """Returns a sentence for each threshold that is probably a mistake, its key in front."""
        found = [threshold.doubt(sliced=bool(self.slices)) for threshold in self.thresholds]
        return tuple(f"model_gate.thresholds.{number}: {why}" for number, why in enumerate(found) if why)


Item = TypeVar("Item")


def _twice(items: Sequence[Item]) -> list[Item]:
    """Returns the items that an equal one precedes."""
    return [item for position, item in enumerate(items) if item in items[:position]]


def faulty_slices(slices: Sequence[str], columns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yields the position of each slice that no column gives, and why.

    Only a category has values that come back from run to run: a number has as many slices as rows, and a date
    those of its own window.

    Args:
      slices: columns of `model_gate.slices`.
      columns: name of each column of the data to its kind, or to `label`.
    """
    categories = [name for name, kind in columns.items() if kind == "category"]
    for position, name in enumerate(slices):
        if name not in columns:
            hint = did_you_mean(name, categories)
            yield (
                position,
                f"there is no column {shown(name)}{hint}; there are {', '.join(categories) or 'none'}",
            )
        elif columns[name] != "category":
            what = f"the {columns[name]}" if columns[name] == "label" else f"a {columns[name]}"
            yield (
                position,
                f"column {name!r} is {what}, and a slice is the rows of one category; "
                f"there are {', '.join(categories) or 'none'}",
            )


def judge(
    candidate: Mapping[str, Metrics],
    champion: Mapping[str, Metrics] | None,
    policy: ModelGatePolicy,
    *,
    incomparable: str | None = None,
    unlike: str | None = None,
    overrides: Sequence[Override] = (),
) -> Verdict:
    """Passes a candidate that meets every limit and is nowhere worse than the champion by more than allowed.

    Args:
      candidate: metrics by slice; `overall` is the whole, others look like `carrier=AA`.
        Each holds `ExampleCount`.
      champion: the champion's on the same rows; None when there is none to compare with.
      policy: the limits, and what to do without a champion.
      incomparable: why the champion that exists is not compared; None when it is, or when there is none.
      unlike: why a comparison would mean nothing, as the champion predicts something else: as good as none.
      overrides: of checks that may fail.
    """
    checks = [] if champion is not None else [_may_go_uncompared(policy, incomparable, unlike)]
    checks += _judges_the_whole(policy)
    notes = _why_not_compared(champion, incomparable or unlike)
    for threshold in policy.thresholds:
        subjects, small = _subjects(candidate, threshold, policy.min_slice_rows)
        for subject in subjects:
            checks += _absolute(candidate, subject, threshold)
            if champion is not None:
                checks += _against(champion, candidate, subject, threshold)
        if small:
            notes.append(f"{len(small)} slices under {policy.min_slice_rows} rows were not judged")
    return conclude("model", tuple(checks), notes=tuple(dict.fromkeys(notes)), overrides=overrides)


def _why_not_compared(champion: Mapping[str, Metrics] | None, incomparable: str | None) -> list[str]:
    if incomparable:
        return [f"the champion was not compared: {incomparable}"]
    return ["there is no champion to compare with"] if champion is None else []


def _may_go_uncompared(policy: ModelGatePolicy, incomparable: str | None, unlike: str | None) -> Check:
    option, decision = (
        ("on_overlap", policy.on_overlap) if incomparable else ("on_first_run", policy.on_first_run)
    )
    why = incomparable or unlike or "there is no champion"
    return Check(
        name=option,
        subject=OVERALL,
        measured=None,
        threshold=None,
        passed=decision == "allow",
        reason=f"{why}, and model_gate.{option} is {decision}",
    )


def _judges_the_whole(policy: ModelGatePolicy) -> list[Check]:
    """Returns a failed check for a policy that would open the gate without having looked at the whole."""
    if any(threshold.scope == OVERALL for threshold in policy.thresholds):
        return []
    reason = "no threshold is on the whole, and an unchecked gate stays closed"
    return [Check("threshold", OVERALL, None, None, False, reason)]


def _subjects(
    candidate: Mapping[str, Metrics], threshold: Threshold, min_rows: int
) -> tuple[list[str], list[str]]:
    """Returns the slices that a threshold judges, and those that are too small for it."""
    if threshold.scope == OVERALL:
        return [OVERALL], []
    slices = sorted(name for name in candidate if name != OVERALL)
    large = [name for name in slices if candidate[name]["ExampleCount"] >= min_rows]
    return large, [name for name in slices if name not in large]


def _absolute(candidate: Mapping[str, Metrics], subject: str, threshold: Threshold) -> list[Check]:
    measured = _value(candidate, subject, threshold.metric)
    what = f"{threshold.metric} of {subject} is {'missing' if measured is None else f'{measured:.4f}'}"
    checks = []
    if threshold.at_least is not None:
        limit = threshold.at_least
        passed = measured is not None and measured >= limit
        name, reason = f"{threshold.metric} at least", f"{what}, needed >= {limit:g}"
        checks.append(Check(name, subject, measured, limit, passed, reason))
    if threshold.at_most is not None:
        limit = threshold.at_most
        passed = measured is not None and measured <= limit
        name, reason = f"{threshold.metric} at most", f"{what}, needed <= {limit:g}"
        checks.append(Check(name, subject, measured, limit, passed, reason))
    return checks


def _against(
    champion: Mapping[str, Metrics], candidate: Mapping[str, Metrics], subject: str, threshold: Threshold
) -> list[Check]:
    allowed = threshold.max_worse_than_champion
    if allowed is None:
        return []
    metric, name = threshold.metric, f"{threshold.metric} worse than champion by at most"
    theirs, ours = (_value(side, subject, metric) for side in (champion, candidate))
    if theirs is None or ours is None:
        reason = f"{metric} of {subject} cannot be compared with the champion's, one of them is missing"
        return [Check(name, subject, None, allowed, False, reason)]
    worse = ours - theirs if BY_NAME[metric].lower_is_better else theirs - ours
    reason = f"{metric} of {subject} is {worse:.4f} worse than the champion's, allowed {allowed:g}"
    return [Check(name, subject, worse, allowed, worse <= allowed, reason)]


def _value(metrics: Mapping[str, Metrics], subject: str, metric: str) -> float | None:
    """Returns a metric's value; None when it is absent or not a number, which no check passes."""
    value = metrics.get(subject, {}).get(metric)
    return None if value is None or math.isnan(value) else value


def unusable(which: str, fault: str, *, overrides: Sequence[Override] = ()) -> Verdict:
    """Closes the gate on a model that could not be evaluated.

    Args:
      which: `candidate` or `champion`.
      fault: why.
      overrides: of checks that may fail.
    """
    way_out = (
        "; start the run with --ignore-champion REASON to go on without it" if which == "champion" else ""
    )
    reason = f"the {which} could not be evaluated: {fault}{way_out}"
    check = Check("evaluated", OVERALL, None, None, False, reason)
    return conclude("model", (check,), overrides=overrides)
