"""The part of the configuration that only Google Cloud needs; checked when it is loaded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, PositiveInt, Section
from pipeline.config import machines
from pipeline.config.beam import Options

_LABEL_KEY = re.compile(r"^[a-z][a-z0-9_-]{0,62}$")
_LABEL_VALUE = re.compile(r"^[a-z0-9_-]{0,63}$")

Folder = Annotated[str, Field(pattern=r"^gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[^/\s]+)*$")]
FolderOrTable = Annotated[
    str, Field(pattern=r"^(gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[^/\s]+)*|bigquery://\S+)$")
]
Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]


def _without_accelerators(machine: str) -> str:
    machines.refuse_impossible(machine, None, 0)
    return machine


Machine = Annotated[str, Field(description="a machine type of Compute Engine")]
PlainMachine = Annotated[Machine, AfterValidator(_without_accelerators)]


class Accelerated(Section):
    """A machine and the accelerators on it; a pair that is known to be impossible is refused."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    machine: Machine
    accelerator: str | None
    accelerators: Annotated[int, Field(ge=0, description="how many of them")]

    @model_validator(mode="after")
    def _possible(self) -> Accelerated:
        try:
            machines.refuse_impossible(self.machine, self.accelerator, self.accelerators)
        except ValueError as error:
            raise ContradictionError(str(error), "machine", "accelerator", "accelerators") from error
        return self


class StepConfig(Section):
    """Where one step runs; what is left out is the default step's."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    machine: PlainMachine | None = None
    timeout_minutes: Minutes | None = None
    cache: bool | None = None


class DefaultStepConfig(Section):
    """Where a step runs that `steps` does not name."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    machine: PlainMachine
    timeout_minutes: Minutes
    cache: bool


class CloudBeamConfig(Section):
    """Where the stages of Beam do their work in the cloud."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    runner: Annotated[
        Literal["dataflow", "step"], Field(description="Dataflow workers, or the step's own machine")
    ]
    machine: PlainMachine
    max_workers: PositiveInt
    dependencies: Annotated[
        Literal["image", "setup_py"], Field(description="how workers get this project's code")
    ]
    subnetwork: str | None
    options: Options


class TrainerConfig(Accelerated):
    """The custom training job that Trainer starts."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # another machine trains the same model, up to rounding

    disk_gb: Annotated[int, Field(ge=100, le=64_000)]


class EndpointConfig(Accelerated):
    """The endpoint that Pusher deploys to, and the Model Registry entry the model becomes a version of."""

    # What is deployed and where a client finds it; not how many machines answer.
    decides_result: ClassVar[Deciding] = frozenset(
        {"name", "traffic_percent", "server_image", "model_id", "version_aliases"}
    )

    name: Annotated[str, Field(min_length=1, max_length=128)]
    min_replicas: PositiveInt
    max_replicas: PositiveInt
    traffic_percent: Annotated[int, Field(ge=0, le=100, description="share of the new version")]
    server_image: Annotated[str, Field(min_length=1)]
    model_id: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
    version_aliases: tuple[Annotated[str, Field(pattern=r"^[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]$")], ...]

    @model_validator(mode="after")
    def _bounds(self) -> EndpointConfig:
        if self.min_replicas > self.max_replicas:
            raise ContradictionError(
                f"min_replicas is {self.min_replicas} and max_replicas {self.max_replicas}; raise the latter",
                "min_replicas",
                "max_replicas",
            )
        return self


class PricesConfig(Section):
    """What the owner of this configuration pays; nothing here is Google's word."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    as_of: dt.date
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    per_hour: Annotated[
        Mapping[str, Annotated[float, Field(ge=0)]], Field(description="of a machine or an accelerator")
    ]


class CloudConfig(Section):
    """One deployment on Vertex AI."""

    # The project, its bucket and its accounts are where a run works, as `root` is locally. Its image is not
    # counted either: the code in it is, by the fingerprints of a launch.
    decides_result: ClassVar[Deciding] = frozenset({"endpoint"})

    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    region: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)+\d+$")]
    bucket: Annotated[Folder, Field(description="artifacts, schemas and models")]
    data: Annotated[
        FolderOrTable, Field(description="the days; the same files, or the same table, as under data.source")
    ]
    image: Annotated[str, Field(pattern=r"^[^\s:@]+(:[\w.-]+|@sha256:[0-9a-f]{64})$")]
    service_account: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.gserviceaccount\.com$")]
    network: Annotated[str, Field(pattern=r"^projects/\d+/global/networks/[^/]+$")] | None
    kms_key: (
        Annotated[str, Field(pattern=r"^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$")]
        | None
    )
    labels: Mapping[str, str]
    default_step: DefaultStepConfig
    steps: Mapping[str, StepConfig]
    beam: CloudBeamConfig
    trainer: TrainerConfig | None
    endpoint: EndpointConfig
    prices: PricesConfig | None
    cost_limit: Annotated[float, Field(ge=0, description="of one run, in the prices' currency")] | None
    api_endpoint: Annotated[str, Field(description="instead of the region's own")] | None

    @field_validator("labels")
    @classmethod
    def _labels(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for key, text in value.items():
            if not _LABEL_KEY.match(key) or not _LABEL_VALUE.match(text):
                raise ValueError(
                    f"label {key!r}: {text!r}: lower-case letters, digits, - and _, at most 63 of them"
                )
        return value

    @model_validator(mode="after")
    def _limit_has_prices(self) -> CloudConfig:
        if self.cost_limit is not None and self.prices is None:
            raise ContradictionError("cost_limit needs prices; add them, or remove the limit", "cost_limit")
        return self

    def step(self, name: str) -> DefaultStepConfig:
        """Returns where a step runs, the default step's values filled in."""
        own = self.steps.get(name, StepConfig()).model_dump(exclude_none=True)
        return self.default_step.model_copy(update=own)

    def unknown_machines(self) -> tuple[str, ...]:
        """Returns a sentence for each machine or accelerator that nothing checked, as no table has it."""
        placed = {
            "cloud.default_step": (self.default_step.machine, None),
            **{
                f"cloud.steps.{name}": (step.machine, None)
                for name, step in self.steps.items()
                if step.machine
            },
            "cloud.beam": (self.beam.machine, None),
            "cloud.endpoint": (self.endpoint.machine, self.endpoint.accelerator),
        }
        if self.trainer:
            placed["cloud.trainer"] = (self.trainer.machine, self.trainer.accelerator)
        return tuple(
            f"{key}: {fault}"
            for key, (machine, accelerator) in placed.items()
            for fault in machines.unknown(machine, accelerator)
        )
