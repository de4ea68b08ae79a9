"""The whole configuration, typed, frozen and strict. Each section has its own module; load.py reads files.

Imports neither tfx nor tensorflow, so that every command can afford to load it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from components.config_section import ContradictionError, Deciding, PositiveInt
from components.evaluator.policy import ModelGatePolicy
from components.gates.override import Override
from components.shown import shown
from components.spans import bigquery_partition as partition
from pipeline.config import cloud_doubted, written
from pipeline.config.beam import BeamConfig
from pipeline.config.cloud import CloudConfig
from pipeline.config.data import DataConfig
from pipeline.config.model import ModelConfig
from pipeline.config.notify import NotifyConfig
from pipeline.config.release import ReleaseConfig
from pipeline.config.request_log import RequestLogConfig
from pipeline.config.rollout import RolloutConfig
from pipeline.config.serving import ServingConfig
from pipeline.config.split import SplitConfig
from pipeline.config.window import WindowConfig
from pipeline.errors import ConfigError
from pipeline.stages import GateSections
from trainer.hyperparameters import Hyperparameters


class Config(GateSections):
    """One deployment: a name, a place to keep everything, and the policies of each stage."""

    # `name` decides: a pipeline's runs, champion and releases are its own. `root` is only where they are.
    decides_result: ClassVar[Deciding] = frozenset(
        {"name", "model", "data", "window", "split", "training", "cloud", *GateSections.model_fields}
    )

    name: Annotated[str, Field(description="the pipeline's name"), written.name("-")]
    root: Annotated[
        str, Field(min_length=1, description="folder for metadata, artifacts, released models, logs")
    ]
    model: ModelConfig
    data: DataConfig
    window: WindowConfig
    split: SplitConfig
    training: Hyperparameters
    release: ReleaseConfig
    rollout: RolloutConfig
    serving: ServingConfig
    request_log: RequestLogConfig
    beam: BeamConfig
    notify: NotifyConfig
    overrides: tuple[Override, ...]
    max_override_days: Annotated[
        PositiveInt, Field(description="how many days ahead the last day of an override may be")
    ]
    cloud: CloudConfig | None

    @property
    def train_spans(self) -> int:
        """Number of spans that rows to train on come from: all of them when rows are split by hash."""
        return self.window.days - (self.window.eval_days if self.split.by_time else 0)

    @model_validator(mode="after")
    def _leaves_days_to_train_on(self) -> Config:
        if self.train_spans < 1:
            days = f"{self.window.days} {self.data.spans.many}"
            raise ContradictionError(
                f"window.eval_days is {self.window.eval_days} of {days}, which leaves none to train on; "
                "lower eval_days",
                "window.eval_days",
                "window.days",
            )
        return self

    @model_validator(mode="after")
    def _splits_deliveries_by_hash(self) -> Config:
        if self.data.grain == "file" and self.split.by_time:
            raise ContradictionError(
                "data.grain is file and split.eval_fraction 0: the last deliveries would judge, and a "
                "delivery says nothing of when its rows are from; set split.eval_fraction, as 0.2",
                "data.grain",
                "split.eval_fraction",
            )
        return self

    @model_validator(mode="after")
    def _leaves_days_to_fit(self) -> Config:
        fault = self.fault_of_held_out_days() if self.split.by_time else None
        if fault:
            raise ContradictionError(fault, "training.validation_days", "window.days")
        return self

    def fault_of_held_out_days(self) -> str | None:
        """Returns why no data would leave a day to fit, where rows have days; None if some would."""
        grain, held_out = self.data.spans, self.training.validation_days
        if self.train_spans >= grain.spans_for(held_out + 1):
            return None
        days = self.train_spans * (grain.most_days or 1)
        return (
            f"training.validation_days is {held_out} of {days} days to train on, "
            "which leaves none to fit; lower it, or raise window.days"
        )

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

    @model_validator(mode="after")
    def _has_a_shadow_to_release_by(self) -> Config:
        if self.release.policy == "shadow" and not self.rollout.shadow_stages:
            raise ContradictionError(
                "release.policy is shadow and rollout.stages has no stage with share 0; add one, or take "
                "canary",
                "release.policy",
                "rollout.stages",
            )
        return self

    @model_validator(mode="after")
    def _has_a_canary_to_release_by(self) -> Config:
        if self.release.policy == "canary" and not self.rollout.stages[-1].share:
            raise ContradictionError(
                "release.policy is canary and rollout.stages has no stage with a share above 0; add one, or "
                "take shadow",
                "release.policy",
                "rollout.stages",
            )
        return self

    def doubts(self) -> tuple[str, ...]:
        """Returns a sentence for each value that is let through and may be a mistake."""
        return (*self.model_gate.doubts(), *(cloud_doubted.doubts(self.cloud) if self.cloud else ()))

    @property
    def judged_model_gate(self) -> ModelGatePolicy:
        """The policy of the model gate, without what the training makes meaningless.

        Where every class weighs the same, probabilities are not shares of the rows, by design
        (docs/tasks.md).
        """
        if self.training.class_weights == "none":
            return self.model_gate
        none = self.model_gate.calibration.model_copy(update={"max_off": None})
        return self.model_gate.model_copy(update={"calibration": none})

    def require_cloud(self) -> CloudConfig:
        """Returns the section `cloud`.

        Raises:
          ConfigError: there is none.
        """
        if self.cloud is None:
            raise ConfigError("this configuration has no section `cloud`; take --config dev, preprod or prod")
        return self.cloud

    def require_vertex(self) -> CloudConfig:
        """Returns the section `cloud`, for jobs that Vertex AI runs.

        Raises:
          ConfigError: there is none; or candidates shall be rolled out as no endpoint can do it.
        """
        cloud = self.require_cloud()
        if self.release.policy == "shadow":
            raise ConfigError(
                "release.policy is shadow: an endpoint on Vertex AI asks no second version for what one "
                "answers; set it to canary, immediate or manual in this environment's file"
            )
        if self.release.policy == "canary":
            self.rollout.on_endpoint()
        return cloud
