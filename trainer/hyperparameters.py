"""The numbers of training that one may want to change.

pipeline/configs/defaults.yaml has the same defaults, for people to see them; a test holds the two equal.
"""

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """How the model is built and trained. Frozen; an unknown name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(default=17, ge=0, description="Same data, same seed: same model.")
    batch_size: int = Field(default=512, ge=1)
    max_epochs: int = Field(
        default=3, ge=1, description="The learning rate falls to zero over as many epochs."
    )
    patience_epochs: int = Field(
        default=2, ge=1, description="Epochs without a lower loss on the held-out days."
    )
    validation_days: int = Field(
        default=7, ge=1, description="The last days of train, held out to stop training."
    )
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    embedding_size: int = Field(default=16, ge=1)
    category_dropout: float = Field(
        default=0.5, ge=0, lt=1, description="Share of categories unseen in a step."
    )
    hidden_units: tuple[int, ...] = Field(default=(128, 64))
    dropout: float = Field(default=0.5, ge=0, lt=1)
