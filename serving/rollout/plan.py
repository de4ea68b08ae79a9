"""The plan of a rollout: its stages, by what a client is known, and the limits of its guards."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from serving.json_fields import FieldError, fields, listed, number, text, whole

CANARY, AB = "canary", "ab"
KINDS = (CANARY, AB)
_MANY = 1e12
MOST_REQUESTS = 10**12  # of a stage
LEAST_SHARE, MOST_SHARE = 1e-4, 0.9999  # 10,000 buckets: outside nobody, or everybody, has the candidate
# What each of the guards' limits may be, both ends included: what their formulas can be computed with.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "e_limit": (3, 1e9),
    "event_tolerance": (1, 1e3),
    "shift_sd": (1e-6, 1e3),
    "shift_scale": (1e-6, 1e3),
    "shift_days": (0, 1e3),
    "metric_loss": (1e-9, 1e9),
    "metric_scale": (1e-9, 1e9),
    "slow_factor": (1, 1e6),
    "shadow_share": (0, 1),
}
BASELINE = (1, 1_000_000)  # of slow_baseline
RATIO = (1.01, 1e3)  # of each of `ratios`
MOST_RATIOS = 20
# What plans that are on record may lack.
_ADDED = {"answer": "", "answer_range": None, "expected_shift_sd": 0.0, "shift_day_sd": 0.0}
_ADDED_LIMITS = {"shift_days": 4.0}


@dataclasses.dataclass(frozen=True)
class Stage:
    """A step of a rollout, passed when no guard fired on so many requests.

    Attributes:
      share: of the requests that name no version, which the candidate answers. With 0 it is asked beside the
        champion and nobody gets its answer: a shadow.
      requests: how many the candidate has to have been asked, in this stage.
    """

    share: float
    requests: int


@dataclasses.dataclass(frozen=True)
class GuardLimits:
    """The constants of the guards (serving/rollout/guards_rule.py says how they are used).

    Attributes:
      e_limit: evidence at which a guard fires, 1 / the probability that one ever fires on an equal model.
      event_tolerance: by how much more often bad events may fall on the candidate than its share of traffic.
      ratios: of bad events, that the evidence is averaged over; above the tolerance.
      shift_sd: how far the mean prediction may shift from what was judged, in standard deviations of the
        champion's.
      shift_scale: scale of the mixture of the confidence sequence for it, in the same unit.
      metric_loss: loss of the metric that is tolerated, as measured on labels.
      metric_scale: scale of the mixture for it.
      slow_factor: a call is slow above this multiple of the champion's median, and not below its 95th
        percentile.
      slow_baseline: calls of the champion that both are measured on when a stage begins.
      shadow_share: of the requests that both versions are asked, to compare their predictions in pairs.
      shift_days: how many standard deviations between the days that were judged the mean prediction may shift
        beside `shift_sd`.
    """

    e_limit: float = 500.0
    event_tolerance: float = 1.25
    ratios: tuple[float, ...] = (1.5, 2.0, 4.0, 16.0)
    shift_sd: float = 0.05
    shift_scale: float = 0.1
    metric_loss: float = 0.005
    metric_scale: float = 0.02
    slow_factor: float = 2.0
    slow_baseline: int = 200
    shadow_share: float = 1.0
    shift_days: float = 4.0


@dataclasses.dataclass(frozen=True)
class RolloutPlan:
    """What a rollout does, fixed when it starts.

    Attributes:
      id: of the rollout; also what makes its split another one than that of the rollout before.
      kind: `canary` ends with the candidate live or turned back; `ab` keeps both until a person decides.
      stages: in their order.
      key_header: header that names a client, in lower case; empty for none.
      key_column: input that names one where there is no header; empty for none. Else each request is its own.
      limits: of the guards.
      answer: the output that both versions are compared by; empty for the first that holds numbers.
      answer_range: least and largest value that `answer` may have; None for any number.
      expected_shift_sd: by how much the mean answer is higher than the champion's, in standard deviations of
        the champion's, as it was judged on the same rows before the rollout; 0 where that is not known.
      shift_day_sd: standard deviation of that shift between the days that were judged; 0 where not known.
    """

    id: str
    kind: str
    stages: tuple[Stage, ...]
    key_header: str = ""
    key_column: str = ""
    limits: GuardLimits = dataclasses.field(default_factory=GuardLimits)
    answer: str = ""
    answer_range: tuple[float, float] | None = None
    expected_shift_sd: float = 0.0
    shift_day_sd: float = 0.0

    @property
    def shift_limit(self) -> float:
        """How far the shift may be from the expected one, in its unit: the traffic of one day may be odd."""
        return self.limits.shift_sd + self.limits.shift_days * self.shift_day_sd


def as_values(plan: RolloutPlan) -> dict[str, Any]:
    """Returns a plan as values for JSON."""
    return dataclasses.asdict(plan)


def from_values(values: object) -> RolloutPlan:
    """Returns the plan of `as_values`.

    Raises:
      FieldError: it is none; one sentence.
    """
    names = [each.name for each in dataclasses.fields(RolloutPlan) if each.name not in _ADDED]
    id_, kind, stages, header, column, limits, answer, answer_range, shift, day_sd = fields(
        values, "a rollout's plan", *names, optional=_ADDED
    )
    if kind not in KINDS:
        raise FieldError(f"kind of a rollout's plan is {kind!r:.40}, not {' or '.join(KINDS)}")
    read = tuple(_stage(each) for each in listed(stages, "stages of a rollout's plan"))
    if not read:
        raise FieldError("stages of a rollout's plan is empty")
    return RolloutPlan(
        text(id_, "id of a rollout's plan"),
        kind,
        read,
        text(header, "key_header of a rollout's plan", empty=True),
        text(column, "key_column of a rollout's plan", empty=True),
        _limits(limits),
        text(answer, "answer of a rollout's plan", empty=True),
        None if answer_range is None else _range(answer_range),
        number(shift, "expected_shift_sd of a rollout's plan", -_MANY, _MANY),
        number(day_sd, "shift_day_sd of a rollout's plan", 0, _MANY),
    )


def _range(values: object) -> tuple[float, float]:
    what = "answer_range of a rollout's plan"
    ends = [number(each, what, -_MANY, _MANY) for each in listed(values, what)]
    if len(ends) != 2:
        raise FieldError(f"{what} is {values!r:.40}, not its least and its largest value")
    return ends[0], ends[1]


def _stage(values: object) -> Stage:
    share, requests = fields(values, "a stage", "share", "requests")
    read = number(share, "share of a stage", 0, MOST_SHARE)
    if read:
        number(share, "share of a stage that is no shadow", LEAST_SHARE, MOST_SHARE)
    return Stage(read, whole(requests, "requests of a stage", 0, MOST_REQUESTS))


def _limits(values: object) -> GuardLimits:
    names = [each.name for each in dataclasses.fields(GuardLimits) if each.name not in _ADDED_LIMITS]
    found = fields(values, "the guards' limits", *names, optional=_ADDED_LIMITS)
    read: Mapping[str, Any] = dict(zip((*names, *_ADDED_LIMITS), found, strict=True))
    plain = {
        name: number(value, name, *BOUNDS[name])
        for name, value in read.items()
        if name not in ("ratios", "slow_baseline")
    }
    ratios = tuple(number(each, "one of ratios", *RATIO) for each in listed(read["ratios"], "ratios"))
    whole(len(ratios), "number of ratios", 1, MOST_RATIOS)
    baseline = whole(read["slow_baseline"], "slow_baseline", *BASELINE)
    return GuardLimits(**plain, ratios=ratios, slow_baseline=baseline)
