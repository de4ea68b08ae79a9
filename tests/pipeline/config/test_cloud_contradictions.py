"""Values of the section `cloud` that are possible alone and not together are refused, with both keys."""

import pytest

from infra.functions.trigger import history
from pipeline.config import load as config
from pipeline.config.cloud import ACCOUNTS, OWN_LABELS
from pipeline.config.cloud_contradictions import RESERVED_LABELS
from pipeline.config.machine_types import ATTACHED, BUILT_IN
from pipeline.errors import ConfigError
from pipeline.runners.vertex.job_fields import PIPELINE_LABEL

REPOSITORY = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen"
PREBUILT = "us-docker.pkg.dev/vertex-ai/prediction"
NETWORK = "projects/123456789012/global/networks/evergreen"
ACCOUNT = "evergreen-pipeline@my-evergreen-prod.iam.gserviceaccount.com"
UPLOADS = "gs://my-evergreen-prod-evergreen-uploads"


def trained_on(machine: str) -> dict[str, str]:
    """The training machine, with what comes with it."""
    has = BUILT_IN[machine]
    return {
        "cloud.trainer.machine": machine,
        "cloud.trainer.accelerator": has.accelerator,
        "cloud.trainer.accelerators": str(has.accelerators),
    }


CONTRADICTIONS = [
    # One account for two works
    ({"cloud.training_service_account": ACCOUNT}, "service_account and training_service_account are both"),
    ({"cloud.serving_service_account": ACCOUNT}, "service_account and serving_service_account are both"),
    (
        {f"cloud.{key}": ACCOUNT.replace("pipeline", "models") for key in [*ACCOUNTS][1:]},
        "training_service_account and serving_service_account are both",
    ),
    # Days among what runs write, and the reverse
    (
        {"cloud.bucket": UPLOADS},
        f"data is '{UPLOADS}/data/flights' and bucket '{UPLOADS}': the days would lie",
    ),
    ({"cloud.bucket": f"{UPLOADS}/data"}, "the days would lie among"),
    ({"cloud.bucket": f"{UPLOADS}/data/flights/runs"}, "the days would lie among"),
    ({"cloud.bucket": f"{UPLOADS}/data/flights"}, "the days would lie among"),
    ({"cloud.data": "gs://my-evergreen-prod-evergreen"}, "the days would lie among"),
    # A file where a folder is meant
    (
        {"cloud.data": f"{UPLOADS}/data/flights/2026-11-01.csv"},
        "a file; name the folder that the days are in",
    ),
    ({"cloud.data": f"{UPLOADS}/data/flights.parquet.gz"}, "a file; name the folder"),
    # Dataflow outside of the network
    ({"cloud.beam.subnetwork": "null"}, f"network is '{NETWORK}' and beam.subnetwork null"),
    # Accelerators that cannot be peered
    (trained_on("a3-megagpu-8g"), "trainer.machine is a3-megagpu-8g with NVIDIA_H100_MEGA_80GB, and network"),
    (trained_on("a3-ultragpu-8g"), "trainer.machine is a3-ultragpu-8g with NVIDIA_H200_141GB, and network"),
    (trained_on("a4-highgpu-8g"), "trainer.machine is a4-highgpu-8g with NVIDIA_B200, and network"),
    # Another's image
    ({"cloud.trainer.image": f"{REPOSITORY}/pipeline:0.1.0"}, "trainer.image is '"),
    (
        {"cloud.trainer.image": f"{REPOSITORY}/pipeline@sha256:{'0' * 64}"},
        "the steps' own, which lacks the CUDA",
    ),
    ({"cloud.image": f"{REPOSITORY}/trainer:0.1.0"}, "the steps' own, which lacks the CUDA"),
    (
        {"cloud.endpoint.server_image": f"{REPOSITORY}/pipeline:0.1.0"},
        "and so is image, which has no model server",
    ),
    (
        {"cloud.endpoint.server_image": f"{REPOSITORY}/trainer:1"},
        "and so is trainer.image, which has no model",
    ),
    (
        {
            "cloud.endpoint.machine": "g2-standard-8",
            "cloud.endpoint.accelerator": "NVIDIA_L4",
            "cloud.endpoint.accelerators": "1",
        },
        "tf2-cpu.2-15:latest', which is built for CPUs, and endpoint.accelerator NVIDIA_L4",
    ),
    (
        {"cloud.endpoint.server_image": f"{PREBUILT}/sklearn-cpu.1-5@sha256:{'0' * 64}"},
        "sklearn-cpu.1-5@sha256:0000",
    ),
    (
        {"cloud.endpoint.server_image": "us-docker.pkg.dev/vertex-ai/training/tf-cpu.2-14:latest"},
        "tf-cpu.2-14:latest', which serves no TensorFlow model",
    ),
    # Machines that Vertex AI does not have for it
    ({"cloud.endpoint.machine": "n1-standard-1"}, "endpoint.machine is n1-standard-1, which has 1 vCPU"),
    ({"cloud.trainer.machine": "n1-standard-1"}, "trainer.machine is n1-standard-1, which has 1 vCPU"),
    # Labels that the job gets by itself
    (
        {"cloud.labels.evergreen-pipeline": "x"},
        "labels.evergreen-pipeline: labels that begin with evergreen-",
    ),
    ({"cloud.labels.evergreen-revision": "x"}, "labels.evergreen-revision"),
    ({"cloud.labels.tfx_version": "x"}, "labels.tfx_version"),
    ({"cloud.labels.vertex-ai-pipelines-run-billing-id": "1"}, "labels.vertex-ai-pipelines-run-billing-id"),
]


@pytest.mark.parametrize(
    ("changes", "message"),
    CONTRADICTIONS,
    ids=[f"{next(iter(changes))} {said[-25:]}" for changes, said in CONTRADICTIONS],
)
def test_values_that_are_impossible_together_are_refused(changes: dict[str, str], message: str):
    with pytest.raises(ConfigError) as refused:
        config.load("prod", changes)
    assert message in str(refused.value)
    assert "--set" in str(refused.value).partition(": cloud: ")[0]  # where one of the two stands


@pytest.mark.parametrize(
    "changes",
    [
        {"cloud.bucket": "gs://my-evergreen-prod-evergreen-uploads-2"},
        {"cloud.data": "gs://my-evergreen-prod-evergreen2/data"},
        {"cloud.data": f"{UPLOADS}/data/flights.csv.d"},
        {"cloud.beam.subnetwork": "null", "cloud.beam.runner": "step"},
        {"cloud.beam.subnetwork": "null", "cloud.beam.options": "{network: evergreen}"},
        {"cloud.beam.subnetwork": "null", "cloud.network": "null"},
        trained_on("a3-highgpu-8g"),
        {**trained_on("a3-ultragpu-8g"), "cloud.network": "null"},
        {
            "cloud.trainer.accelerator": "null",
            "cloud.trainer.accelerators": "0",
            "cloud.trainer.image": "null",
        },
        {"cloud.endpoint.server_image": f"{REPOSITORY}/serving:0.1.0"},
        {
            "cloud.endpoint.server_image": f"{PREBUILT}/tf2-gpu.2-15@sha256:{'0' * 64}",
            "cloud.endpoint.machine": "g2-standard-8",
            "cloud.endpoint.accelerator": "NVIDIA_L4",
            "cloud.endpoint.accelerators": "1",
        },
        {"cloud.labels.evergreen": "yes", "cloud.labels.tfx": "yes"},
    ],
)
def test_values_that_only_resemble_them_are_taken(changes: dict[str, str]):
    config.load("prod", changes)


def test_no_accelerator_that_n1_machines_take_is_refused_a_network():
    for accelerator, has in ATTACHED.items():
        config.load(
            "prod",
            {"cloud.trainer.accelerator": accelerator, "cloud.trainer.accelerators": str(has.counts[-1])},
        )


def test_every_label_that_a_job_gets_by_itself_is_reserved_and_counted():
    """TFX's three (telemetry and its compiler), this project's, and the trigger function's."""
    own = ("tfx_version", "tfx_py_version", "tfx_runner", PIPELINE_LABEL)
    triggers = (history.EVENT_LABEL, "evergreen-reason", history.REVISION_LABEL)
    assert all(label.startswith(RESERVED_LABELS) for label in (*own, *triggers))
    assert len((*own, *triggers)) == OWN_LABELS
