"""When data is good enough to train on."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pipeline.config.section import EVERY_FIELD, Deciding, PositiveInt, Section


class DataGateConfig(Section):
    """What data must have before anything is trained on it."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    min_train_rows: PositiveInt
    min_eval_rows: PositiveInt
    block_on: Annotated[
        Literal["error", "warning"], Field(description="lowest severity of anomaly that stops a run")
    ]
