"""When a candidate may replace the champion."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.evaluator.metric_table import BY_NAME, JUDGED
from pipeline.config.section import EVERY_FIELD, Deciding, PositiveInt, Section
from pipeline.config.words import did_you_mean

Decision = Literal["allow", "block"]


def _judged(metric: str) -> str:
    if metric not in JUDGED:
        raise ValueError(
            f"{metric!r} is no metric that can be judged{did_you_mean(metric, JUDGED)}; "
            f"there are {', '.join(JUDGED)}"
        )
    return metric


class ThresholdConfig(Section):
    """One condition on one metric (TFMA's class name), on the whole or on every slice."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    metric: Annotated[str, AfterValidator(_judged)]
    scope: Literal["overall", "slices"]
    at_least: float | None = None
    at_most: float | None = None
    max_worse_than_champion: Annotated[float, Field(ge=0.0)] | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> ThresholdConfig:
        lowest, highest = BY_NAME[self.metric].range
        for limit in (self.at_least, self.at_most):
            if limit is not None and not lowest <= limit <= highest:
                raise ValueError(
                    f"{self.metric} lies between {lowest:g} and {highest:g}, so a limit of {limit:g} is none"
                )
        return self

    @model_validator(mode="after")
    def _says_something(self) -> ThresholdConfig:
        if self.at_least is None and self.at_most is None and self.max_worse_than_champion is None:
            raise ValueError(
                f"the threshold on {self.metric} has none of at_least, at_most, max_worse_than_champion; "
                "give one"
            )
        return self


class ModelGateConfig(Section):
    """What a candidate must reach, alone and beside the champion."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    slices: Annotated[tuple[str, ...], Field(description="columns; metrics are also taken per value of each")]
    min_slice_rows: Annotated[PositiveInt, Field(description="smaller slices are reported, not judged")]
    on_first_run: Annotated[Decision, Field(description="whether a candidate without a champion may pass")]
    on_overlap: Annotated[
        Decision, Field(description="whether it may pass when the champion was trained on the eval days")
    ]
    thresholds: tuple[ThresholdConfig, ...]

    @field_validator("thresholds")
    @classmethod
    def _judges_the_whole(cls, value: tuple[ThresholdConfig, ...]) -> tuple[ThresholdConfig, ...]:
        if not any(threshold.scope == "overall" for threshold in value):
            raise ValueError("no threshold is `scope: overall`, so the gate could never close; add one")
        return value
