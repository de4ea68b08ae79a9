"""The part of the configuration that only Google Cloud needs; checked when it is loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, Section
from pipeline.config import cloud_contradictions, google_names, job_timeouts, machines, retries
from pipeline.config.beam import Options
from pipeline.config.written import Written
from pipeline.stages import STAGES, TRAINER

Folder = Annotated[str, google_names.FOLDER]
FolderOrTable = Annotated[str, google_names.FOLDER_OR_TABLE]
Image = Annotated[str, google_names.IMAGE]
ServiceAccount = Annotated[str, google_names.SERVICE_ACCOUNT]
Labels = Mapping[Annotated[str, google_names.LABEL_KEY], Annotated[str, google_names.LABEL_VALUE]]
# cloud.google.com/vertex-ai/docs/pipelines/machine-types
MOST_STEP_VCPUS, MOST_STEP_GB = 96, 624
# tfx_version, tfx_py_version, tfx_runner, evergreen-pipeline; the trigger function's -event, -reason and
# -revision
OWN_LABELS = 7
ACCOUNTS = {
    "service_account": "pipeline",
    "training_service_account": "training",
    "serving_service_account": "serving",
}
MOST_DATAFLOW_WORKERS = 4_000  # cloud.google.com/dataflow/quotas
MOST_DISK_GB = 64_000  # cloud.google.com/compute/docs/disks/persistent-disks
MOST_REPLICAS = 100  # this project's own: each is paid for by the hour, and Google's own most is a quota
Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]
Replicas = Annotated[int, Field(gt=0, le=MOST_REPLICAS)]
Retries = Annotated[
    int, Field(ge=0, le=retries.MOST, description="how often a step that failed is tried again")
]


def _without_accelerators(machine: str) -> str:
    machines.refuse_impossible(machine, None, 0)
    return machine


def _for_a_step(machine: str) -> str:
    has = machines.size(machine)
    if has and (has.vcpus > MOST_STEP_VCPUS or has.memory_gb > MOST_STEP_GB):
        raise ValueError(
            f"{machine} has {has.vcpus} vCPUs and {has.memory_gb:g} GB; a step of Vertex AI Pipelines has at "
            f"most {MOST_STEP_VCPUS} and {MOST_STEP_GB} GB"
        )
    return _without_accelerators(machine)


Machine = Annotated[str, Field(description="a machine type of Compute Engine")]
PlainMachine = Annotated[Machine, AfterValidator(_without_accelerators)]
StepMachine = Annotated[Machine, AfterValidator(_for_a_step)]


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

    machine: StepMachine | None = None
    timeout_minutes: Minutes | None = None
    cache: bool | None = None
    retries: Retries | None = None


class DefaultStepConfig(Section):
    """Where a step runs that `steps` does not name."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    machine: StepMachine
    timeout_minutes: Minutes
    cache: bool
    retries: Retries


class CloudBeamConfig(Section):
    """Where the stages of Beam do their work in the cloud."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    runner: Annotated[
        Literal["dataflow", "step"], Field(description="Dataflow workers, or the step's own machine")
    ]
    machine: PlainMachine
    max_workers: Annotated[int, Field(gt=0, le=MOST_DATAFLOW_WORKERS)]
    dependencies: Annotated[
        Literal["image", "setup_py"], Field(description="how workers get this project's code")
    ]
    subnetwork: Annotated[str, google_names.SUBNETWORK] | None
    options: Options


class TrainerConfig(Accelerated):
    """The custom training job that Trainer starts."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # another machine trains the same model, up to rounding

    disk_gb: Annotated[int, Field(ge=100, le=MOST_DISK_GB)]
    timeout_minutes: Annotated[
        Minutes | None, Field(description="of the job; null: what job_timeouts.py leaves of the step's")
    ]
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
    """The endpoint that serves, and the Model Registry entry that a model becomes a version of."""

    # What is deployed and where a client finds it; not how many machines answer.
    decides_result: ClassVar[Deciding] = frozenset({"name", "server_image", "model_id", "version_aliases"})

    name: Annotated[str, google_names.ENDPOINT_NAME]
    min_replicas: Replicas
    max_replicas: Replicas
    server_image: Annotated[str, google_names.SERVER_IMAGE]
    model_id: Annotated[str, google_names.MODEL_ID]
    version_aliases: Annotated[
        tuple[Annotated[str, google_names.VERSION_ALIAS], ...],
        Field(description="in the Model Registry, of the version that serves, beside `champion`"),
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

    @model_validator(mode="after")
    def _default_is_kept(self) -> EndpointConfig:
        """Refuses Google's own alias, and the two that the record of models gives.

        cloud.google.com/vertex-ai/docs/model-registry/model-alias
        """
        taken = sorted({"champion", "previous"} & {*self.version_aliases})
        if taken:
            raise ContradictionError(
                f"version_aliases names {' and '.join(taken)}, which the record of models gives; remove that",
                "version_aliases",
            )
        if "default" in self.version_aliases:
            raise ContradictionError(
                "version_aliases names default, which Google gives to the version that is used where none is "
                "named; choose another alias, and move that one by hand",
                "version_aliases",
            )
        return self

    @model_validator(mode="after")
    def _aliases_once(self) -> EndpointConfig:
        twice = {alias for alias in self.version_aliases if self.version_aliases.count(alias) > 1}
        if twice:
            raise ContradictionError(
                f"version_aliases names {', '.join(sorted(twice))} twice", "version_aliases"
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

    project: Annotated[str, google_names.PROJECT]
    region: Annotated[str, google_names.REGION]
    bucket: Annotated[Folder, Field(description="artifacts, schemas and models")]
    data: Annotated[
        FolderOrTable, Field(description="the days; the same files, or the same table, as under data.source")
    ]
    image: Annotated[Image, Field(description="of the steps, and of Dataflow's workers")]
    service_account: Annotated[ServiceAccount, Field(description="of the steps and of Dataflow's workers")]
    training_service_account: Annotated[ServiceAccount, Field(description="of the custom training job")]
    serving_service_account: Annotated[ServiceAccount, Field(description="of the model on the endpoint")]
    network: Annotated[str, google_names.NETWORK] | None
    kms_key: Annotated[str, google_names.KMS_KEY] | None
    labels: Labels
    default_step: DefaultStepConfig
    steps: Mapping[str, StepConfig]
    beam: CloudBeamConfig
    trainer: TrainerConfig | None
    endpoint: EndpointConfig
    accept_unknown: Annotated[
        tuple[str, ...],
        Field(
            description="names to use all the same: machines and accelerators of no table, images, "
            "accounts, a key, buckets"
        ),
    ]
    prices: PricesConfig | None
    cost_limit: Annotated[float, Field(ge=0, description="of one run, in the prices' currency")] | None
    api_endpoint: (
        Annotated[str, google_names.API_ENDPOINT, Field(description="instead of the region's own")] | None
    )

    @model_validator(mode="after")
    def _limit_has_prices(self) -> CloudConfig:
        if self.cost_limit is not None and self.prices is None:
            raise ContradictionError("cost_limit needs prices; add them, or remove the limit", "cost_limit")
        return self

    @model_validator(mode="after")
    def _in_one_region(self) -> CloudConfig:
        """Refuses a key, a subnetwork and an API of another region: Google takes none of them."""
        regional = {
            "kms_key": self.kms_key,
            "beam.subnetwork": self.beam.subnetwork,
            "api_endpoint": self.api_endpoint,
        }
        for key, name in regional.items():
            location = google_names.location_of(name) if name else None
            if location is not None and location != self.region:
                raise ContradictionError(
                    f"{key} is of {location} and region {self.region}; they must be equal", key, "region"
                )
        return self

    @model_validator(mode="after")
    def _without_contradictions(self) -> CloudConfig:
        for error in self._contradictions():
            raise error
        return self

    def _contradictions(self) -> Iterator[ContradictionError]:
        trainer, endpoint, beam = self.trainer, self.endpoint, self.beam
        yield from cloud_contradictions.of_accounts({key: getattr(self, key) for key in ACCOUNTS})
        yield from cloud_contradictions.of_folders(self.bucket, self.data)
        yield from cloud_contradictions.of_labels(self.labels)
        if beam.runner == "dataflow":
            yield from cloud_contradictions.of_dataflow(self.network, beam.subnetwork, beam.options)
        placed = {
            "endpoint.machine": endpoint.machine,
            **({"trainer.machine": trainer.machine} if trainer else {}),
        }
        for key, machine in placed.items():
            yield from cloud_contradictions.of_small_machine(key, machine, machines.size(machine))
        if trainer:
            yield from cloud_contradictions.of_peering(self.network, trainer.machine, trainer.accelerator)
        yield from cloud_contradictions.of_images(
            self.image,
            trainer.image if trainer else None,
            trainer.accelerator if trainer else None,
            endpoint.server_image,
            endpoint.accelerator,
        )

    @model_validator(mode="after")
    def _leaves_room_for_labels(self) -> CloudConfig:
        most = google_names.MOST_LABELS - OWN_LABELS
        if len(self.labels) > most:
            raise ContradictionError(
                f"labels has {len(self.labels)} labels; a job may have {google_names.MOST_LABELS}, and "
                f"{OWN_LABELS} of them are set by TFX and this project",
                "labels",
            )
        return self

    @model_validator(mode="after")
    def _retried_where_safe(self) -> CloudConfig:
        for name, step in self.steps.items():
            key = f"steps.{name}.retries"
            try:
                retries.refuse(name, step.retries)
            except ValueError as error:
                raise ContradictionError(f"{key}: {error}", key) from error
        return self

    @model_validator(mode="after")
    def _jobs_end_before_their_steps(self) -> CloudConfig:
        for name, job in self._jobs_elsewhere().items():
            key = f"steps.{name}.timeout_minutes"
            try:
                job_timeouts.refuse_short(name, self.step(name).timeout_minutes, job)
            except ValueError as error:
                raise ContradictionError(f"{key}: {error}", key) from error
        if self.trainer:
            minutes, key = self.step(TRAINER.name).timeout_minutes, "trainer.timeout_minutes"
            try:
                job_timeouts.refuse_long(TRAINER.name, minutes, self.trainer.timeout_minutes)
            except ValueError as error:
                raise ContradictionError(f"{key}: {error}", key) from error
        return self

    def _jobs_elsewhere(self) -> Mapping[str, str]:
        """Returns the steps that start a job elsewhere and wait for it, and what the job is."""
        beam = [stage.name for stage in STAGES if stage.uses_beam] if self.beam.runner == "dataflow" else []
        return {
            **dict.fromkeys(beam, "a Dataflow job"),
            **({TRAINER.name: "a custom training job"} if self.trainer else {}),
        }

    def step(self, name: str) -> DefaultStepConfig:
        """Returns where a step runs, the default step's values filled in."""
        own = self.steps.get(name, StepConfig()).model_dump(exclude_none=True)
        if name in retries.NOT_RETRIED:
            own["retries"] = 0
        return self.default_step.model_copy(update=own)

    def placed(self) -> dict[str, tuple[str, str | None]]:
        """Returns machine and accelerator by the key that names them."""
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
        return placed

    def unknown_machines(self) -> tuple[str, ...]:
        """Returns a sentence for each machine or accelerator that no table has and nobody has accepted."""
        return tuple(
            f"{key}: {fault}"
            for key, (machine, accelerator) in self.placed().items()
            for fault in machines.unknown(machine, accelerator, self.accept_unknown)
        )
