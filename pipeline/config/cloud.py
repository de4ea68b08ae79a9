"""The part of the configuration that only Google Cloud needs; checked when it is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, PositiveInt, Section
from pipeline.config import machines
from pipeline.config.beam import Options
from pipeline.config.written import Written

_FOLDER = r"gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](/[^/\s]+)*"
Folder = Annotated[
    str, Written(_FOLDER, "a bucket or a folder of one: gs://<bucket>/<folder>, without a slash at its end")
]
FolderOrTable = Annotated[
    str,
    Written(
        rf"({_FOLDER}|bigquery://\S+)",
        "gs://<bucket>/<folder>, without a slash at its end, or bigquery://<project>/<dataset>/<table>",
    ),
]
# cloud.google.com/resource-manager/docs/creating-managing-labels
LabelKey = Annotated[
    str,
    Written(
        r"[a-z][a-z0-9_-]{0,62}",
        "a label's key: small letters, digits, underscores and hyphens, a letter first, at most 63 "
        "characters",
    ),
]
LabelValue = Annotated[
    str,
    Written(
        r"[a-z0-9_-]{0,63}",
        "a label's value: small letters, digits, underscores and hyphens, at most 63 characters",
    ),
]
Image = Annotated[
    str,
    Written(
        r"[^\s:@]+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})",
        "an image with a tag or a digest: <registry>/<path>:<tag>, or …@sha256: and 64 digits 0 to f",
    ),
]
Account = Annotated[
    str,
    Written(
        r"[^@\s]+@[^@\s]+\.gserviceaccount\.com",
        "a service account: <name>@<project>.iam.gserviceaccount.com",
    ),
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
    image: Annotated[
        Image | None, Field(description="with CUDA's libraries (infra/docker/trainer.Dockerfile)")
    ]
    allow_cpu: Annotated[bool, Field(description="train even where the accelerators are not seen")]

    @model_validator(mode="after")
    def _accelerators_have_libraries(self) -> TrainerConfig:
        if self.accelerator and not self.image:
            raise ContradictionError(
                f"{self.accelerator} needs an image with CUDA's libraries, and the pipeline's has none; set "
                "image to the one that infra/docker/trainer.Dockerfile makes",
                "accelerator",
                "image",
            )
        return self


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
    model_id: Annotated[
        str,
        Written(
            r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?",
            "an id: small letters, digits, underscores and hyphens, a letter or digit at both ends, at "
            "most 63 characters",
        ),
    ]
    version_aliases: tuple[
        Annotated[
            str,
            Written(
                r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]",
                "an alias: letters, digits and hyphens, a small letter first and a small letter or digit "
                "last, 2 to 128 characters",
            ),
        ],
        ...,
    ]

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
    currency: Annotated[str, Written(r"[A-Z]{3}", "a currency's three capital letters, as in USD")]
    per_hour: Annotated[
        Mapping[str, Annotated[float, Field(ge=0)]], Field(description="of a machine or an accelerator")
    ]


class CloudConfig(Section):
    """One deployment on Vertex AI."""

    # The project, its bucket and its accounts are where a run works, as `root` is locally. Its image is not
    # counted either: the code in it is, by the fingerprints of a launch.
    decides_result: ClassVar[Deciding] = frozenset({"endpoint"})

    project: Annotated[
        str,
        Written(
            r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
            "a project's id: small letters, digits and hyphens, a letter first and no hyphen last, 6 to 30 "
            "characters",
        ),
    ]
    region: Annotated[str, Written(r"[a-z]+(-[a-z]+)+[0-9]+", "a region, as in us-central1")]
    bucket: Annotated[Folder, Field(description="artifacts, schemas and models")]
    data: Annotated[
        FolderOrTable, Field(description="the days; the same files, or the same table, as under data.source")
    ]
    image: Annotated[Image, Field(description="of the steps, and of Dataflow's workers")]
    service_account: Annotated[Account, Field(description="of the steps and of Dataflow's workers")]
    training_service_account: Annotated[Account, Field(description="of the custom training job")]
    serving_service_account: Annotated[Account, Field(description="of the model on the endpoint")]
    network: (
        Annotated[
            str,
            Written(r"projects/[0-9]+/global/networks/[^/]+", "projects/<number>/global/networks/<name>"),
        ]
        | None
    )
    kms_key: (
        Annotated[
            str,
            Written(
                r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
                "projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>",
            ),
        ]
        | None
    )
    labels: Mapping[LabelKey, LabelValue]
    default_step: DefaultStepConfig
    steps: Mapping[str, StepConfig]
    beam: CloudBeamConfig
    trainer: TrainerConfig | None
    endpoint: EndpointConfig
    accept_unknown: Annotated[
        tuple[str, ...], Field(description="machine types and accelerators to use although no table has them")
    ]
    prices: PricesConfig | None
    cost_limit: Annotated[float, Field(ge=0, description="of one run, in the prices' currency")] | None
    api_endpoint: Annotated[str, Field(description="instead of the region's own")] | None

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
        """Returns a sentence for each machine or accelerator that no table has and nobody has accepted."""
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
            for fault in machines.unknown(machine, accelerator, self.accept_unknown)
        )
