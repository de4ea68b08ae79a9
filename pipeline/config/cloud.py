"""The part of the configuration that only Google Cloud needs; checked when it is loaded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.config import machines
from pipeline.config.beam import Options
from pipeline.config.section import PositiveInt, Section

_LABEL_KEY = re.compile(r"^[a-z][a-z0-9_-]{0,62}$")
_LABEL_VALUE = re.compile(r"^[a-z0-9_-]{0,63}$")

Folder = Annotated[str, Field(pattern=r"^gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[^/\s]+)*$")]
FolderOrTable = Annotated[
    str, Field(pattern=r"^(gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[^/\s]+)*|bigquery://\S+)$")
]
Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]


class Accelerated(Section):
    """A machine and the accelerators on it; an impossible pair is refused."""

    machine: str
    accelerator: str | None = None
    accelerators: Annotated[int, Field(ge=0, description="how many of them")] = 0

    @model_validator(mode="after")
    def _possible(self) -> Accelerated:
        machines.refuse_impossible(self.machine, self.accelerator, self.accelerators)
        return self


class StepConfig(Section):
    """Where one step runs; what is left out is the default step's."""

    machine: str | None = None
    timeout_minutes: Minutes | None = None
    cache: bool | None = None

    @field_validator("machine")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None:
            machines.refuse_impossible(value, None, 0)
        return value


class DefaultStepConfig(Section):
    """Where a step runs of which nothing else is said."""

    machine: str
    timeout_minutes: Minutes
    cache: bool

    _known = field_validator("machine")(StepConfig._known.__func__)  # type: ignore[attr-defined]


class CloudBeamConfig(Section):
    """Where the stages of Beam do their work in the cloud."""

    runner: Annotated[
        Literal["dataflow", "step"], Field(description="Dataflow workers, or the step's own machine")
    ]
    machine: str
    max_workers: PositiveInt
    dependencies: Annotated[
        Literal["image", "setup_py"], Field(description="how workers get this project's code")
    ]
    subnetwork: str | None = None
    options: Options = Field(default_factory=dict)

    _known = field_validator("machine")(StepConfig._known.__func__)  # type: ignore[attr-defined]


class TrainerConfig(Accelerated):
    """The custom training job that Trainer starts."""

    disk_gb: Annotated[int, Field(ge=100, le=64_000)] = 100


class EndpointConfig(Accelerated):
    """The endpoint that Pusher deploys to, and the Model Registry entry the model becomes a version of."""

    name: Annotated[str, Field(min_length=1, max_length=128)]
    min_replicas: PositiveInt
    max_replicas: PositiveInt
    traffic_percent: Annotated[int, Field(ge=0, le=100, description="share of the new version")]
    server_image: Annotated[str, Field(min_length=1)]
    model_id: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
    version_aliases: tuple[Annotated[str, Field(pattern=r"^[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]$")], ...] = ()

    @model_validator(mode="after")
    def _bounds(self) -> EndpointConfig:
        if self.min_replicas > self.max_replicas:
            raise ValueError(
                f"min_replicas is {self.min_replicas} and max_replicas {self.max_replicas}; raise the latter"
            )
        return self


class PricesConfig(Section):
    """What the owner of this configuration pays; nothing here is Google's word."""

    as_of: dt.date
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    per_hour: Annotated[
        Mapping[str, Annotated[float, Field(ge=0)]], Field(description="of a machine or an accelerator")
    ]


class CloudConfig(Section):
    """One deployment on Vertex AI."""

    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    region: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)+\d+$")]
    bucket: Annotated[Folder, Field(description="artifacts, schemas and models")]
    data: Annotated[
        FolderOrTable, Field(description="the days; the same files, or the same table, as under data.source")
    ]
    image: Annotated[str, Field(pattern=r"^[^\s:@]+(:[\w.-]+|@sha256:[0-9a-f]{64})$")]
    service_account: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.gserviceaccount\.com$")]
    network: Annotated[str, Field(pattern=r"^projects/\d+/global/networks/[^/]+$")] | None = None
    kms_key: (
        Annotated[str, Field(pattern=r"^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$")]
        | None
    ) = None
    labels: Mapping[str, str] = Field(default_factory=dict)
    default_step: DefaultStepConfig
    steps: Mapping[str, StepConfig] = Field(default_factory=dict)
    beam: CloudBeamConfig
    trainer: TrainerConfig | None = None
    endpoint: EndpointConfig
    prices: PricesConfig | None = None
    cost_limit: Annotated[float, Field(ge=0, description="of one run, in the prices' currency")] | None = None
    api_endpoint: Annotated[str, Field(description="instead of the region's own")] | None = None

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
            raise ValueError("cost_limit needs prices; add them, or remove the limit")
        return self

    def step(self, name: str) -> DefaultStepConfig:
        """Where a step runs, defaults filled in."""
        own = self.steps.get(name, StepConfig()).model_dump(exclude_none=True)
        return self.default_step.model_copy(update=own)
