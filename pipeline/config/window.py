"""Which days a run uses. Where data.grain is another, weeks, months or deliveries take the place of days."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import EVERY_FIELD, Deciding, PositiveInt, Section

_A_CENTURY = 36_525  # days; a window of more would begin before there are dates


class WindowConfig(Section):
    """Which spans a run uses; the last ones are for evaluation."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    days: Annotated[int, Field(gt=0, le=_A_CENTURY)]
    eval_days: PositiveInt
    allow_gaps: Annotated[bool, Field(description="whether days without a file inside the window are fine")]
