"""How a candidate is rolled out beside the live version, and when it is turned back."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, PositiveInt, Section
from pipeline.config.written import Written
from pipeline.errors import ConfigError
from serving.rollout.plan import (
    AB,
    BASELINE,
    BOUNDS,
    CANARY,
    LEAST_SHARE,
    MOST_RATIOS,
    MOST_REQUESTS,
    MOST_SHARE,
    RATIO,
    GuardLimits,
    RolloutPlan,
    Stage,
)

_HEADER = Written("[a-z0-9-]*", "the name of a header in small letters, as x-request-key, or ''")


_MOST_HOURS = 87_600.0  # ten years


def _limit(name: str, description: str) -> Any:
    """Returns the field of a guard's limit, with the bounds that a plan is read with."""
    least, most = BOUNDS[name]
    return Field(ge=least, le=most, description=description)


class StageConfig(Section):
    """A step of a rollout."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # the candidate is the same however it is rolled out

    share: Annotated[
        float, Field(ge=0.0, le=MOST_SHARE, description="of the requests; 0: a shadow, which nobody hears")
    ]
    requests: Annotated[
        PositiveInt,
        Field(le=MOST_REQUESTS, description="of the candidate, pairs in a shadow, after which it is passed"),
    ]


class KeyConfig(Section):
    """By what a client is known, so that it keeps its version."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    header: Annotated[str, Field(description="of the request; empty: none"), _HEADER]
    column: Annotated[str, Field(description="of the first row, where there is no header; empty: none")]


class TooLittleTrafficConfig(Section):
    """What happens to a stage that does not get its requests."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    after_h: Annotated[
        float, Field(gt=0.0, le=_MOST_HOURS, description="hours of a stage after which there is too little")
    ]
    then: Annotated[
        Literal["hold", "promote", "ask"],
        Field(description="hold: it waits; promote: the stage counts as passed; ask: a person decides"),
    ]


class GuardsConfig(Section):
    """When a candidate is turned back (docs/rollouts.md)."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    e_limit: Annotated[float, _limit("e_limit", "one rollout in so many alarms falsely, a guard")]
    event_tolerance: Annotated[
        float, _limit("event_tolerance", "times its share that may fall on the candidate")
    ]
    ratios: Annotated[
        tuple[Annotated[float, Field(ge=RATIO[0], le=RATIO[1])], ...],
        Field(min_length=1, max_length=MOST_RATIOS, description="suspected, in times of the tolerated one"),
    ]
    shift_sd: Annotated[
        float,
        _limit("shift_sd", "of the mean prediction beside what was judged, in the champion's deviations"),
    ]
    shift_days: Annotated[
        float,
        _limit("shift_days", "deviations between the judged days that it may differ by beside that"),
    ]
    shift_scale: Annotated[float, _limit("shift_scale", "the shift that is found soonest")]
    metric_loss: Annotated[float, _limit("metric_loss", "of the first metric of model_gate.thresholds")]
    metric_scale: Annotated[float, _limit("metric_scale", "the loss that is found soonest")]
    slow_factor: Annotated[float, _limit("slow_factor", "a call is slow above so many champion's medians")]
    slow_baseline: Annotated[
        int,
        Field(ge=BASELINE[0], le=BASELINE[1], description="champion's calls that these are measured on"),
    ]
    shadow_share: Annotated[float, _limit("shadow_share", "of the requests that both versions are asked")]


class RolloutConfig(Section):
    """Stages, limits, and what happens without a decision."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1)]
    key: KeyConfig
    on_newer: Annotated[
        Literal["supersede", "wait"],
        Field(description="a newer candidate ends the rollout under way, or waits for its end"),
    ]
    too_little_traffic: TooLittleTrafficConfig
    guards: GuardsConfig

    @model_validator(mode="after")
    def _goes_upwards(self) -> RolloutConfig:
        shares = [each.share for each in self.stages]
        small = next((each for each in shares if 0 < each < LEAST_SHARE), None)
        if small is not None:
            raise ContradictionError(
                f"a stage has a share of {small:g}, and clients are dealt out by {LEAST_SHARE:g}: nobody "
                f"would get the candidate; set it to 0 for a shadow, or to {LEAST_SHARE:g} or more",
                "stages",
            )
        for before, after in itertools.pairwise(shares):
            if after <= before:
                raise ContradictionError(
                    f"stages go from a share of {before:g} to {after:g}; each needs a larger share than the "
                    "one before, and a shadow (0) comes first",
                    "stages",
                )
        return self

    @property
    def shadow_stages(self) -> tuple[StageConfig, ...]:
        """Those in which nobody hears the candidate."""
        return tuple(each for each in self.stages if not each.share)

    def on_endpoint(self) -> RolloutConfig:
        """Returns the stages that an endpoint on Vertex AI can go through: its canaries.

        It mirrors nothing, so shadows are left out, and it divides its traffic by whole percents.

        Raises:
          ConfigError: there is no canary, or its share is no whole percent.
        """
        stages = tuple(each for each in self.stages if each.share)
        if not stages:
            raise ConfigError(
                "rollout.stages has no stage with a share above 0, and an endpoint on Vertex AI asks no "
                "shadow; add one to this environment's file"
            )
        for each in stages:
            if not math.isclose(each.share * 100, round(each.share * 100)):
                raise ConfigError(
                    f"rollout.stages has a share of {each.share:g}, and an endpoint on Vertex AI divides its "
                    "traffic by whole percents; set it to one, as 0.05"
                )
        return self.model_copy(update={"stages": stages})

    def plan(self, id_: str, *, kind: str = CANARY, only_shadow: bool = False) -> RolloutPlan:
        """Returns the plan of a rollout.

        Args:
          id_: of the rollout.
          kind: canary; or ab, which has the last stage alone.
          only_shadow: whether it goes live after the shadow.
        """
        stages = self.shadow_stages if only_shadow else self.stages[-1:] if kind == AB else self.stages
        return RolloutPlan(
            id_,
            kind,
            tuple(Stage(each.share, each.requests) for each in stages),
            self.key.header,
            self.key.column,
            GuardLimits(**self.guards.model_dump()),
        )
