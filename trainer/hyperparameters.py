"""The numbers of training that one may want to change."""

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """How the model is built and trained. Frozen; an unknown name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=17, ge=0, description="Same data, same seed, same model.")
    batch_size: int = Field(default=512, ge=1)
    max_epochs: int = Field(
        default=12, ge=1, description="The most epochs; early stopping usually takes fewer."
    )
    patience_epochs: int = Field(default=2, ge=1, description="Epochs without a better validation loss.")
    validation_days: int = Field(
        default=7, ge=1, description="The last days of train, on which training is stopped."
    )
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    embedding_size: int = Field(default=8, ge=1)
    embedding_dropout: float = Field(default=0.3, ge=0, lt=1)
    hidden_units: tuple[int, ...] = (64, 32)
    dropout: float = Field(default=0.3, ge=0, lt=1)
