"""Values of the section `cloud` that are possible each and impossible together, by plain values.

Keys are those within the section.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from components.config_section import ContradictionError
from components.shown import shown
from pipeline.config import google_names
from pipeline.config.machine_types import LEAST_VCPUS, NOT_PEERED, Size

# What the compiler of TFX, this project's runner, its trigger function and Vertex AI name their own labels.
RESERVED_LABELS = ("evergreen-", "tfx_", "vertex-ai-")
_A_FILE = re.compile(r"\.(csv|parquet|tfrecord|tfrecords|json|jsonl|zip)(\.gz)?$|\.gz$")


def of_accounts(accounts: Mapping[str, str]) -> Iterator[ContradictionError]:
    """Yields what is wrong with accounts that are one: each has the rights of its own work and no more.

    Args:
      accounts: key to e-mail.
    """
    first: dict[str, str] = {}
    for key, account in accounts.items():
        if account in first:
            yield ContradictionError(
                f"{first[account]} and {key} are both {shown(account)}; give each work its own account, "
                "as Terraform makes them (`terraform output accounts`)",
                first[account],
                key,
            )
        first.setdefault(account, key)


def of_folders(bucket: str, data: str) -> Iterator[ContradictionError]:
    """Yields what is wrong with a folder of days that is a file, or is mixed with what runs write."""
    if data.startswith("gs://") and _A_FILE.search(data):
        yield ContradictionError(
            f"data is {shown(data)}, a file; name the folder that the days are in", "data"
        )
    if _is_inside(data, bucket) or _is_inside(bucket, data):
        yield ContradictionError(
            f"data is {shown(data)} and bucket {shown(bucket)}: the days would lie among what runs write "
            "and rules delete; give the days a bucket of their own, as Terraform does (…-uploads)",
            "data",
            "bucket",
        )


def _is_inside(folder: str, other: str) -> bool:
    return f"{folder}/".startswith(f"{other}/")


def of_dataflow(
    network: str | None, subnetwork: str | None, options: Collection[str]
) -> Iterator[ContradictionError]:
    """Yields what is wrong with Dataflow workers that would be outside of the network.

    Without either option they are in the network `default`, with public addresses:
    https://cloud.google.com/dataflow/docs/guides/specifying-networks
    """
    if network and not subnetwork and "network" not in options:
        yield ContradictionError(
            f"network is {shown(network)} and beam.subnetwork null: Dataflow's workers would be in "
            "the network `default` instead; set beam.subnetwork (regions/<region>/subnetworks/<name>)",
            "network",
            "beam.subnetwork",
        )


def of_small_machine(key: str, machine: str, has: Size | None) -> Iterator[ContradictionError]:
    """Yields what is wrong with a machine that is smaller than Vertex AI's for training and for endpoints.

    https://cloud.google.com/vertex-ai/docs/predictions/configure-compute
    """
    if has and has.vcpus < LEAST_VCPUS:
        yield ContradictionError(
            f"{key} is {machine}, which has {has.vcpus} vCPU; take one with {LEAST_VCPUS} or more",
            key,
        )


def of_peering(network: str | None, machine: str, accelerator: str | None) -> Iterator[ContradictionError]:
    """Yields what is wrong with a training machine that cannot be peered with a network.

    https://cloud.google.com/vertex-ai/docs/training/using-private-ip, read in November 2026
    """
    if network and accelerator in NOT_PEERED:
        yield ContradictionError(
            f"trainer.machine is {machine} with {accelerator}, and network {shown(network)}: Vertex AI "
            "Training peers no network with these accelerators; take another machine, or set network to null",
            "trainer.machine",
            "network",
        )


def of_images(
    image: str, trainer: str | None, accelerator: str | None, server: str, server_accelerator: str | None
) -> Iterator[ContradictionError]:
    """Yields what is wrong with images that are another's.

    Args:
      image: of the steps.
      trainer: of the custom training job; None for that of the steps.
      accelerator: of the training machine; None for none.
      server: of the model server.
      server_accelerator: of the endpoint's machine; None for none.
    """
    path = google_names.image_path
    if trainer and accelerator and path(trainer) == path(image):
        yield ContradictionError(
            f"trainer.image is {shown(trainer)}, the steps' own, which lacks the CUDA libraries that "
            f"{accelerator} needs; set it to the one that infra/docker/trainer.Dockerfile makes",
            "trainer.image",
            "image",
        )
    for key, other in (("image", image), ("trainer.image", trainer)):
        if other and path(other) == path(server):
            yield ContradictionError(
                f"endpoint.server_image is {shown(server)}, and so is {key}, which has no model server; take "
                "Google's prebuilt one, or what infra/docker/serving.Dockerfile makes",
                "endpoint.server_image",
                key,
            )
    if "/vertex-ai/" in server and "/vertex-ai/prediction/tf2-" not in server:
        yield ContradictionError(
            f"endpoint.server_image is {shown(server)}, which serves no TensorFlow model; take one of "
            "Google's with /prediction/tf2- in its name",
            "endpoint.server_image",
        )
    if server_accelerator and re.search(r"/prediction/[a-z0-9]+-cpu\.", server):
        yield ContradictionError(
            f"endpoint.server_image is {shown(server)}, which is built for CPUs, and endpoint.accelerator "
            f"{server_accelerator}; take the image with -gpu in its name, or set accelerator to null",
            "endpoint.server_image",
            "endpoint.accelerator",
        )


def of_labels(labels: Collection[str]) -> Iterator[ContradictionError]:
    """Yields what is wrong with labels that the job gets by itself: one of the two would be lost."""
    for key in labels:
        if key.startswith(RESERVED_LABELS):
            yield ContradictionError(
                f"labels.{key}: labels that begin with {', '.join(RESERVED_LABELS)} are set by Vertex AI, "
                "TFX and this project; choose another name",
                f"labels.{key}",
            )
