"""Which rows judge a model: those of the last days, or a share of all by a hash."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from components.config_section import EVERY_FIELD, ContradictionError, Deciding, Section


class SplitConfig(Section):
    """How rows are split into train and eval."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    eval_fraction: Annotated[
        float,
        Field(ge=0.0, lt=1.0, description="0: the last window.eval_days judge; else this share of rows"),
    ]
    key: Annotated[str | None, Field(min_length=1, description="column that says who a row belongs to")]
    spread_copies: Annotated[
        bool, Field(description="whether equal rows are spread one by one, and not kept together")
    ]

    @property
    def by_time(self) -> bool:
        """Whether the last days judge."""
        return not self.eval_fraction

    @model_validator(mode="after")
    def _has_copies_to_spread(self) -> SplitConfig:
        if self.spread_copies and self.by_time:
            raise ContradictionError(
                "spread_copies is true and eval_fraction 0, so the last days judge and no row is spread; "
                "raise eval_fraction, or set spread_copies: false",
                "spread_copies",
                "eval_fraction",
            )
        if self.spread_copies and self.key is not None:
            raise ContradictionError(
                f"spread_copies is true and key {self.key!r:.80}, whose rows stay together; "
                "set one of them only",
                "spread_copies",
                "key",
            )
        return self
