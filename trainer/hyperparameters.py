"""The numbers of training: what they are called, and which values they can have."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """How the model is built and trained: the section `training` of the configuration.

    Frozen; an unknown name is refused, and so is a missing one: values are in pipeline/configs/defaults.yaml.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(ge=0, description="Same data, same seed: same model.")
    batch_size: int = Field(ge=1)
    max_epochs: int = Field(ge=1, description="The learning rate falls to zero over as many epochs.")
    patience_epochs: int = Field(ge=1, description="Epochs without a lower loss on the held-out days.")
    validation_days: int = Field(ge=1, description="The last days of train, held out to stop training.")
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    embedding_size: int = Field(ge=1)
    category_dropout: float = Field(ge=0, lt=1, description="Share of categories unseen in a step.")
    hidden_units: tuple[int, ...]
    dropout: float = Field(ge=0, lt=1)
