"""Beam's options that must not be set beside what the configuration says of a Dataflow job, and why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pipeline.config.beam import Option
from pipeline.config.cloud import MOST_DATAFLOW_WORKERS, MOST_DISK_GB
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
        "gbek": "cloud.kms_key encrypts what the job keeps",
        **dict.fromkeys(
            (
                *("extra_package", "extra_packages", "sdk_location", "beam_plugin", "beam_plugins"),
                *("requirements_file", "requirements_cache", "requirements_cache_only_sources"),
                *("file_to_stage", "files_to_stage", "profiler_agent", "profiler_extra_arg"),
                *("profiler_extra_args", "profiler_extra_env_var", "profiler_extra_env_vars"),
            ),
            "workers would run code that no build has tested; cloud.beam.dependencies brings theirs",
        ),
        **dict.fromkeys(
            (
                *("job_endpoint", "job_port", "artifact_endpoint", "artifact_port", "artifacts_dir"),
                *("job_server_timeout", "job-server-timeout", "job_server_java_launcher"),
                *("job_server_jvm_property", "job_server_jvm_properties", "output_executable_path"),
                *("environment_type", "environment_config", "environment_option", "environment_options"),
                *("environment_cache_millis", "flink_master", "flink_version", "flink_job_server_jar"),
                *("flink_submit_uber_jar", "parallelism", "max_parallelism", "spark_master_url"),
                *("spark_job_server_jar", "spark_submit_uber_jar", "spark_rest_url", "spark_version"),
                *("prism_location", "prism_beam_version_override"),
                *("prism_log_kind", "prism_log_level", "application_id", "bootstrap_servers"),
                *("kafka_streams_job_server_jar",),
            ),
            "it is of another runner than cloud.beam.runner",
        ),
        **dict.fromkeys(
            (
                *("beam_services", "use_transform_service", "expansion_port", "jar_cache_dir"),
                *("maven_repository_url",),
            ),
            "it brings code of other languages, and every stage is in Python",
        ),
        **dict.fromkeys(
            (
                *(
                    "s3_access_key_id",
                    "s3_api_version",
                    "s3_disable_ssl",
                    "s3_endpoint_url",
                    "s3_region_name",
                ),
                *("s3_verify", "azure_managed_identity_client_id", "blob_service_endpoint", "hdfs_full_urls"),
                *("hdfs_host", "hdfs_port", "hdfs_user"),
            ),
            "no stage reads or writes anywhere but in Cloud Storage and BigQuery",
        ),
        **dict.fromkeys(
            ("gcp_oauth_scope", "gcp_oauth_scopes"),
            "the roles of cloud.service_account say what the job may do",
        ),
        **dict.fromkeys(
            ("cloud_build_machine_type", "docker_registry_push_url", "direct_embed_docker_python"),
            "cloud.image is the workers' image",
        ),
        **dict.fromkeys(
            ("enable_streaming_engine", "transform_name_mapping"),
            "it belongs to a streaming job, and a step's job is a batch",
        ),
        **dict.fromkeys(
            ("on_success_matcher", "direct_test_splits", "direct_runner_bundle_repeat"),
            "it is for Beam's own tests",
        ),
        "dataflow_job_file": "the job would be written there as well; Dataflow's console shows it",
    }
)
_ZONES = ("worker_zone", "zone")
# The most of the last two is this project's: more than any machine has use for.
_MOST = MappingProxyType(
    {
        "disk_size_gb": MOST_DISK_GB,
        "num_workers": MOST_DATAFLOW_WORKERS,
        "number_of_worker_harness_threads": 1_000,
        "sdk_worker_parallelism": 1_000,
    }
)
_LOG_LEVELS = ("default_sdk_harness_log_level", "sdk_harness_log_level_overrides")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
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


def refuse(options: Mapping[str, Option], region: str, bucket: str) -> None:
    """Refuses the first option that would contradict the job, or make another one.

    Args:
      options: `cloud.beam.options`, as Beam's parser has taken them.
      region: `cloud.region`.
      bucket: `cloud.bucket`.

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
        if name in _MOST and not _is_from_1_to(_MOST[name], value):
            raise ConfigError(f"{key} is {value!r}, not a whole number from 1 to {_MOST[name]}")
        if name == "profile_location" and not f"{value}/".startswith(f"{bucket}/"):
            raise ConfigError(f"{key} is {value!r}, not in cloud.bucket; name a folder in {bucket}")
        if name in _LOG_LEVELS:
            _refuse_levels(key, value)
        if name in _FREE_TEXTS:
            _refuse_texts(key, value if isinstance(value, tuple) else (str(value),))


def _is_from_1_to(most: int, value: Option) -> bool:
    written = str(value)
    return re.fullmatch(r"[0-9]{1,9}", written) is not None and 1 <= int(written) <= most


def _refuse_levels(key: str, value: Option) -> None:
    """Refuses a level of the workers' logs that hides their errors, and what is none."""
    for level in _levels(value):
        if str(level) not in _LEVELS:
            raise ConfigError(f"{key} has the level {level!r}; take {', '.join(_LEVELS)}: others hide errors")


def _levels(value: Option) -> Iterator[object]:
    """Yields the levels in an option's value: itself, or those of a JSON object that names loggers."""
    for each in value if isinstance(value, tuple) else (value,):
        written = json.loads(each) if isinstance(each, str) and each.lstrip().startswith("{") else each
        yield from written.values() if isinstance(written, dict) else (written,)


def _refuse_texts(key: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        for part in str(text).split(","):
            word = next((each for each in _SETTLED if each in part.lower()), None)
            if word is not None and part.strip() != "use_runner_v2":
                raise ConfigError(f"{key} has {part.strip()!r}, which is set by {_SETTLED[word]}; remove it")
