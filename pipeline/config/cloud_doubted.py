"""Which values of the section `cloud` are let through and may be mistakes, by the rules of `cloud_doubts`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config import cloud_doubts
from pipeline.config.cloud import ACCOUNTS, CloudConfig


def doubts(cloud: CloudConfig) -> tuple[str, ...]:
    """Returns a sentence for each value that is let through and may be a mistake."""
    machines = {each for placed in cloud.placed().values() for each in placed if each}
    priced = cloud.prices.per_hour if cloud.prices else {}
    return (
        *cloud_doubts.of_project(cloud.project),
        *cloud_doubts.of_region(cloud.region),
        *_not_accepted(cloud),
        *_unsuitable_training(cloud),
        *cloud_doubts.of_prices(priced, machines),
        *(cloud_doubts.of_date(cloud.prices.as_of, dt.date.today()) if cloud.prices else ()),
        *cloud_doubts.of_accepted(
            cloud.accept_unknown, {*_texts(cloud.model_dump(exclude={"accept_unknown"}))}
        ),
        *cloud.unknown_machines(),
    )


def _not_accepted(cloud: CloudConfig) -> Iterator[str]:
    """Yields what is said of the values that `accept_unknown` does not name."""
    for value, said in _doubted(cloud):
        if value not in cloud.accept_unknown:
            yield from (f"{each}; or name it in cloud.accept_unknown if it is meant" for each in said)


def _doubted(cloud: CloudConfig) -> Iterator[tuple[str, Iterator[str]]]:
    """Yields value and what is said of it."""
    for key, role in ACCOUNTS.items():
        account = getattr(cloud, key)
        yield account, cloud_doubts.of_account(f"cloud.{key}", account, cloud.project, role)
    for key, folder in (("cloud.bucket", cloud.bucket), ("cloud.data", cloud.data)):
        yield folder, cloud_doubts.of_bucket(key, folder)
    yield cloud.data, cloud_doubts.of_one_bucket(cloud.bucket, cloud.data)
    if cloud.kms_key:
        yield cloud.kms_key, cloud_doubts.of_key(cloud.kms_key, cloud.project)
    for key, image in _images(cloud).items():
        yield image, cloud_doubts.of_image(key, image, cloud.region)
        yield image, cloud_doubts.of_moving_image(key, image, cloud.image)
        yield image, cloud_doubts.of_name(key, image)
    server = cloud.endpoint.server_image
    yield server, cloud_doubts.of_server(server, cloud.endpoint.accelerator)


def _images(cloud: CloudConfig) -> dict[str, str]:
    images = {"cloud.image": cloud.image, "cloud.endpoint.server_image": cloud.endpoint.server_image}
    if cloud.trainer and cloud.trainer.image:
        images["cloud.trainer.image"] = cloud.trainer.image
    return images


def _unsuitable_training(cloud: CloudConfig) -> Iterator[str]:
    if cloud.trainer:
        yield from cloud_doubts.of_idle_accelerators(cloud.trainer.accelerator, cloud.trainer.allow_cpu)
        yield from cloud_doubts.of_two_versions(cloud.image, cloud.trainer.image or cloud.image)


def _texts(value: Any) -> Iterator[str]:
    """Yields the texts in a value, at every depth."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
