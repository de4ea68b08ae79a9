"""The numbers of training: what they are called, and which values they can have."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Units = Annotated[int, Field(ge=1, le=65_536)]
MOST_WEIGHTS = 2**28  # 1 GB between two layers, and as much twice again for the optimizer's moments


class Hyperparameters(BaseModel):
    """How the model is built and trained: the section `training` of the configuration.

    Frozen; an unknown name is refused, and so is a missing one: values are in pipeline/configs/defaults.yaml.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    class_weights: Literal["none", "balanced"] = Field(
        description="balanced: every class weighs as much as any other, however few rows it has."
    )
    # numpy's generators take no more.
    seed: int = Field(ge=0, lt=2**32, description="Same data, same seed: same model.")
    batch_size: int = Field(ge=1, description="All rows at once, if there are fewer.")
    max_epochs: int = Field(
        ge=1, le=100_000, description="The learning rate falls to zero over as many epochs."
    )
    patience_epochs: int = Field(ge=1, description="Epochs without a lower loss on the held-out days.")
    validation_days: int = Field(ge=1, description="The last days of train, held out to stop training.")
    validation_fraction: float = Field(
        gt=0, lt=1, description="The same of a table without dates: share of train, by a hash of the row."
    )
    learning_rate: float = Field(ge=1e-9, le=1)
    weight_decay: float = Field(ge=0)
    embedding_size: int = Field(ge=1, le=4_096)
    category_dropout: float = Field(ge=0, lt=1, description="Share of categories unseen in a step.")
    # None at all: a linear model of the embeddings and the numbers.
    hidden_units: tuple[Units, ...] = Field(max_length=100)
    dropout: float = Field(ge=0, lt=1)

    @field_validator("hidden_units")
    @classmethod
    def _fit_into_memory(cls, units: tuple[int, ...]) -> tuple[int, ...]:
        for one, other in itertools.pairwise(units):
            if one * other > MOST_WEIGHTS:
                raise ValueError(
                    f"{one:,} units beside {other:,} are {one * other:,} weights, and {MOST_WEIGHTS:,} are "
                    "the most between two layers; lower one of them"
                )
        return units
