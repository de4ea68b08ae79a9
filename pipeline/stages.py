"""The stages of the pipeline, one row each: all that other code needs to know of a stage by name."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from components.config_section import EVERY_FIELD, Deciding, Section
from components.data_gate.policy import DataGatePolicy
from components.evaluator.policy import ModelGatePolicy
from components.infra_validator.rule import InfraGatePolicy


@dataclasses.dataclass(frozen=True)
class Stage:
    """A node of the graph that this project wrote or configures, apart from its inputs and outputs.

    Attributes:
      name: the node's id in the graph, in runs and in logs.
      code: modules that decide the result, together with everything that they import from this project.
      code_alone: modules that decide the result, without what they import.
      gate: the gate's name in its verdict; None for a stage that decides nothing.
      section: the section of the configuration with the gate's thresholds; None if it has none.
      uses_beam: whether its executor runs a Beam pipeline.
      uses_workers: whether it shares its work among the processes of the worker pool.
    """

    name: str
    code: tuple[str, ...]
    code_alone: tuple[str, ...] = ()
    gate: str | None = None
    section: str | None = None
    uses_beam: bool = False
    uses_workers: bool = False


EXAMPLE_GEN = Stage(
    "ExampleGen", code=("components.example_gen.component",), uses_beam=True, uses_workers=True
)
STATISTICS_GEN = Stage("StatisticsGen", code=("components.statistics_gen.component",), uses_workers=True)
DATA_GATE = Stage(
    "DataGate",
    code=("components.data_gate.component",),
    gate="data",
    section="data_gate",
    uses_workers=True,
)
TRANSFORM = Stage(
    "Transform",
    code=("components.transform.component", "trainer.preprocessing"),
    code_alone=("trainer.entry",),
    uses_beam=True,
    uses_workers=True,
)
TRAINER = Stage(
    "Trainer",
    code=(
        "trainer.training.train",
        "trainer.training.export",
        "trainer.training.accelerators",
        "trainer.hyperparameters",
        "components.trainer.executor",
    ),
    code_alone=("trainer.entry",),
)
EVALUATOR = Stage("Evaluator", code=("components.evaluator.component",), gate="model", section="model_gate")
INFRA_VALIDATOR = Stage(
    "InfraValidator",
    code=("components.infra_validator.component", "serving.server.main"),
    gate="infra",
    section="infra_gate",
)
PUSHER = Stage("Pusher", code=("components.pusher.executor",))
RELEASE = Stage("Release", code=("components.release.component",), gate="release")

STAGES = (
    EXAMPLE_GEN,
    STATISTICS_GEN,
    DATA_GATE,
    TRANSFORM,
    TRAINER,
    EVALUATOR,
    INFRA_VALIDATOR,
    PUSHER,
    RELEASE,
)


class GateSections(Section):
    """The sections of the configuration that belong to gates, named as in STAGES."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    data_gate: DataGatePolicy
    model_gate: ModelGatePolicy
    infra_gate: InfraGatePolicy
