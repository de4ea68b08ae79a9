"""Which days a run uses."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from components.config_section import EVERY_FIELD, ContradictionError, Deciding, PositiveInt, Section

_A_CENTURY = 36_525  # days; a window of more would begin before there are dates


class WindowConfig(Section):
    """Which spans a run uses; the last ones are for evaluation."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    days: Annotated[int, Field(gt=0, le=_A_CENTURY)]
    eval_days: PositiveInt
    allow_gaps: Annotated[bool, Field(description="whether days without a file inside the window are fine")]
    random_eval_fraction: Annotated[
        float, Field(ge=0.0, lt=1.0, description="0: the last eval_days judge; else this share of all rows")
    ]

    @property
    def train_days(self) -> int:
        """Number of days that rows to train on come from: all of them when rows are split by hash."""
        return self.days if self.random_eval_fraction else self.days - self.eval_days

    @model_validator(mode="after")
    def _leaves_days_to_train_on(self) -> WindowConfig:
        if self.eval_days >= self.days:
            raise ContradictionError(
                f"eval_days is {self.eval_days} of {self.days} days, which leaves none to train on; "
                "lower eval_days",
                "eval_days",
                "days",
            )
        return self
