"""The whole configuration, typed, frozen and strict. Each section has its own module; load.py reads files.

Imports neither tfx nor tensorflow, so that every command can afford to load it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from components.config_section import ContradictionError, Deciding
from components.shown import shown
from components.spans import bigquery_partition as partition
from pipeline.config import written
from pipeline.config.beam import BeamConfig
from pipeline.config.cloud import CloudConfig
from pipeline.config.data import DataConfig
from pipeline.config.model import ModelConfig
from pipeline.config.serving import ServingConfig
from pipeline.config.window import WindowConfig
from pipeline.errors import ConfigError
from pipeline.stages import GateSections
from trainer.hyperparameters import Hyperparameters


class Config(GateSections):
    """One deployment: a name, a place to keep everything, and the policies of each stage."""

    # `name` decides: a pipeline's runs, champion and releases are its own. `root` is only where they are.
    decides_result: ClassVar[Deciding] = frozenset(
        {"name", "model", "data", "window", "training", "cloud", *GateSections.model_fields}
    )

    name: Annotated[str, Field(description="the pipeline's name"), written.name("-")]
    root: Annotated[
        str, Field(min_length=1, description="folder for metadata, artifacts, released models, logs")
    ]
    model: ModelConfig
    data: DataConfig
    window: WindowConfig
    training: Hyperparameters
    serving: ServingConfig
    beam: BeamConfig
    cloud: CloudConfig | None

    @model_validator(mode="after")
    def _leaves_days_to_fit(self) -> Config:
        held_out, days = self.training.validation_days, self.window.train_days
        if held_out >= days:
            raise ContradictionError(
                f"training.validation_days is {held_out} of {days} days to train on, "
                "which leaves none to fit; lower it, or raise window.days",
                "training.validation_days",
                "window.days",
            )
        return self

    @model_validator(mode="after")
    def _leaves_something_of_the_weights(self) -> Config:
        decay, rate = self.training.weight_decay, self.training.learning_rate
        if decay * rate >= 1:
            raise ContradictionError(
                f"training.weight_decay is {decay:g} and learning_rate {rate:g}: each step would take "
                f"{decay * rate:g} times a weight from it; lower weight_decay",
                "training.weight_decay",
                "training.learning_rate",
            )
        return self

    @model_validator(mode="after")
    def _one_table_everywhere(self) -> Config:
        places = (self.data.source, self.cloud.data if self.cloud else self.data.source)
        if any(place.startswith(partition.SCHEME) for place in places) and places[0] != places[1]:
            raise ContradictionError(
                f"cloud.data is {shown(places[1])} and data.source {shown(places[0])}; a table is the same "
                "from everywhere: set both to it",
                "cloud.data",
                "data.source",
            )
        return self

    def doubts(self) -> tuple[str, ...]:
        """Returns a sentence for each value that is let through and may be a mistake."""
        return (*self.model_gate.doubts(), *(self.cloud.unknown_machines() if self.cloud else ()))

    def require_cloud(self) -> CloudConfig:
        """Returns the section `cloud`.

        Raises:
          ConfigError: there is none.
        """
        if self.cloud is None:
            raise ConfigError("this configuration has no section `cloud`; take --config dev, preprod or prod")
        return self.cloud
