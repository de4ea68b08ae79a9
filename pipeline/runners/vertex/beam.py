"""Arguments of the steps that are made with Beam."""

from __future__ import annotations

import re

from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config
from pipeline.config.job_timeouts import job_minutes
from pipeline.errors import ConfigError
from pipeline.runners import beam_options
from pipeline.runners.vertex import dataflow_options

_STEP = {"runner": "DirectRunner", "direct_running_mode": "in_memory", **beam_options.CODE_IS_THERE}
# Beam's names of what other keys of the configuration set.
_RESERVED = {
    "runner": "cloud.beam.runner",
    "project": "cloud.project",
    "region": "cloud.region",
    "job_name": "name",
    "temp_location": "cloud.bucket",
    "staging_location": "cloud.bucket",
    "service_account_email": "cloud.service_account",
    "machine_type": "cloud.beam.machine",
    "worker_machine_type": "cloud.beam.machine",
    "max_num_workers": "cloud.beam.max_workers",
    "subnetwork": "cloud.beam.subnetwork",
    "dataflow_kms_key": "cloud.kms_key",
    "label": "cloud.labels",
    "labels": "cloud.labels",
    "sdk_container_image": "cloud.image",
    "worker_harness_container_image": "cloud.image",
    "setup_file": "cloud.beam.dependencies",
}
# What a subnetwork settles: its machines are in it, and have no addresses that the internet can reach.
_RESERVED_WITH_SUBNETWORK = {
    **_RESERVED,
    **dict.fromkeys(("network", "use_public_ips", "no_use_public_ips"), "cloud.beam.subnetwork"),
}
_WALLTIME = "max_workflow_runtime_walltime_seconds"


def beam_arguments(config: Config, cloud: CloudConfig, step: str) -> list[str]:
    """Returns the Beam options of a step: Dataflow workers with this code, or its own machine.

    Raises:
      ConfigError: as `beam_options.arguments` and `dataflow_options.refuse`; more workers at the start than
        there may be.
    """
    reserved = _RESERVED_WITH_SUBNETWORK if cloud.beam.subnetwork else _RESERVED
    more = beam_options.arguments("cloud.beam", cloud.beam.options, reserved)
    dataflow_options.refuse(cloud.beam.options, cloud.region, cloud.bucket)
    workers = int(str(cloud.beam.options.get("num_workers", 1)))
    if workers > cloud.beam.max_workers:
        raise ConfigError(
            f"cloud.beam.options.num_workers is {workers}, not one from 1 to cloud.beam.max_workers "
            f"({cloud.beam.max_workers})"
        )
    if cloud.beam.runner == "step":
        return [*(f"--{name}={value}" for name, value in _STEP.items()), *more]
    arguments = {
        "runner": "DataflowRunner",
        "project": cloud.project,
        "region": cloud.region,
        "job_name": re.sub(r"[^a-z0-9-]", "-", f"{config.name}-{step}".lower()),
        "temp_location": f"{cloud.bucket}/beam/temp",
        "staging_location": f"{cloud.bucket}/beam/staging",
        "service_account_email": cloud.service_account,
        "worker_machine_type": cloud.beam.machine,
        "max_num_workers": str(cloud.beam.max_workers),
        "experiments": "use_runner_v2",
        **({"subnetwork": cloud.beam.subnetwork} if cloud.beam.subnetwork else {}),
        **({"dataflow_kms_key": cloud.kms_key} if cloud.kms_key else {}),
        **_code(cloud),
    }
    # Dataflow ends the job by itself, even if nobody is left who waits for it.
    walltime_s = job_minutes(cloud.step(step).timeout_minutes) * 60
    limit = f"--dataflow_service_options={_WALLTIME}={walltime_s}"
    private = ["--no_use_public_ips"] if cloud.beam.subnetwork else []
    labels = [f"--labels={key}={value}" for key, value in sorted(cloud.labels.items())]
    return [*(f"--{name}={value}" for name, value in arguments.items()), limit, *private, *labels, *more]


def _code(cloud: CloudConfig) -> dict[str, str]:
    """Returns where workers get the code: the project's image, or the setup.py in the step's image."""
    if cloud.beam.dependencies == "image":
        return {"sdk_container_image": cloud.image}
    return {"setup_file": "./setup.py"}
