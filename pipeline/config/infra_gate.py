"""What a model must do on a running model server."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from pipeline.config.section import Deciding, Fraction, PositiveInt, Section


class InfraGateConfig(Section):
    """What the model must do on a running model server before it is pushed."""

    # load_timeout_s is about the machine: a slower one needs longer for the same model.
    decides_result: ClassVar[Deciding] = frozenset({"requests", "rows_per_request", "max_disagreement"})

    requests: PositiveInt
    rows_per_request: PositiveInt
    load_timeout_s: Annotated[float, Field(gt=0)]
    max_disagreement: Annotated[
        Fraction, Field(description="between the answers to tf.Examples and to named columns")
    ]
