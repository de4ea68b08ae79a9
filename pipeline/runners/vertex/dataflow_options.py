"""Beam's options that must not be set beside what the configuration says of a Dataflow job, and why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.config.beam import Option
from pipeline.errors import ConfigError

_REFUSED = MappingProxyType(
    {
        "template_location": "a template would be written there, and no job would start",
        "dry_run": "no job would start",
        "update": "it replaces a running job, and each step starts its own",
        "create_from_snapshot": "it belongs to a streaming job, and a step's job is a batch",
        "streaming": "a step's job is a batch",
        "no_wait_until_finish": "the step would end before its job, and the next one would read half of it",
        "wait_until_finish_duration": "cloud.steps.<step>.timeout_minutes says how long a step waits",
        "dataflow_endpoint": "the address follows from cloud.region; another one would be sent the token",
        "pubsub_root_url": "no stage reads Pub/Sub",
        "no_auth": "Google takes no job without credentials",
        "impersonate_service_account": "the job acts as cloud.service_account",
        "save_main_session": "the step's main module is TFX's; cloud.beam.dependencies brings this code",
        "pickle_library": "steps and workers must pickle alike; Beam's default is what was tested",
        "sdk_harness_container_image_overrides": "cloud.image is the workers' image",
        "prebuild_sdk_container_engine": "cloud.image is the workers' image",
        "prebuild_sdk_container_base_image": "cloud.image is the workers' image",
        "worker_region": "cloud.region is the workers' region",
        "s3_secret_access_key": "a secret would stand in the job and in its record",
        "s3_session_token": "a secret would stand in the job and in its record",
        "azure_connection_string": "a secret would stand in the job and in its record",
    }
)
_ZONES = ("worker_zone", "zone")
_AT_LEAST_ONE = (
    "disk_size_gb",
    "num_workers",
    "number_of_worker_harness_threads",
    "sdk_worker_parallelism",
)
# What a free text among these would undo: a word in it to the key that says it.
_FREE_TEXTS = ("experiments", "experiment", "dataflow_service_options", "dataflow_service_option")
_SETTLED = MappingProxyType(
    {
        "max_workflow_runtime_walltime_seconds": "cloud.steps.<step>.timeout_minutes",
        "public_ip": "cloud.beam.subnetwork",
        "subnetwork": "cloud.beam.subnetwork",
        "service_account": "cloud.service_account",
        "kms": "cloud.kms_key",
        "container_image": "cloud.image",
        "runner_v2": "this project (use_runner_v2)",
    }
)


def refuse(options: Mapping[str, Option], region: str) -> None:
    """Refuses the first option that would contradict the job, or make another one.

    Args:
      options: `cloud.beam.options`.
      region: `cloud.region`.

    Raises:
      ConfigError: names the key, its value and what to do.
    """
    for name, value in options.items():
        key = f"cloud.beam.options.{name}"
        if name in _REFUSED:
            raise ConfigError(f"{key}: remove it: {_REFUSED[name]}")
        if name in _ZONES and not re.fullmatch(rf"{re.escape(region)}-[a-z]", str(value)):
            raise ConfigError(
                f"{key} is {value!r}, no zone of cloud.region ({region}); name one of its zones, or none"
            )
        if name in _AT_LEAST_ONE and not _is_at_least_one(value):
            raise ConfigError(f"{key} is {value!r}, not a whole number of at least 1")
        if name in _FREE_TEXTS:
            _refuse_texts(key, value if isinstance(value, tuple) else (str(value),))


def _is_at_least_one(value: Option) -> bool:
    return str(value).isdecimal() and int(str(value)) >= 1


def _refuse_texts(key: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        for part in str(text).split(","):
            word = next((each for each in _SETTLED if each in part.lower()), None)
            if word is not None and part.strip() != "use_runner_v2":
                raise ConfigError(f"{key} has {part.strip()!r}, which is set by {_SETTLED[word]}; remove it")
