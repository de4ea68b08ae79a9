"""Where a configuration and the tfvars of its environment differ: what a job asks for, and what there is.

The names are put together as infra/terraform does, whose output `configuration` has them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.shown import shown
from pipeline.cli.finding import Finding
from pipeline.config.cloud import ACCOUNTS, CloudConfig
from pipeline.config.config import Config
from pipeline.config.google_names import image_path, with_short_digest
from pipeline.config.request_log import RequestLogConfig

NUMBER = "<number>"  # of the project, which tfvars do not have
_LOGGED_BY_DEFAULT = {"sampling_rate": "0.1", "keep_days": "30"}  # infra/terraform/variables.tf
_GOOGLES = re.compile(r"(us|europe|asia)-docker\.pkg\.dev/vertex-ai/")


def made_by_terraform(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Returns key of the configuration to the value that Terraform's variables give it; None for none.

    Args:
      values: of the tfvars file, with at least the variables that have no default.
    """
    project, region, name = (values.get(each) for each in ("project", "region", "name"))
    has_network = values.get("network") not in (None, "null")
    has_key = values.get("customer_managed_key") == "true"
    key = f"projects/{project}/locations/{region}/keyRings/{name}/cryptoKeys/pipeline"
    return {
        "cloud.project": project,
        "cloud.region": region,
        "name": values.get("pipeline_name"),
        "cloud.bucket": f"gs://{project}-{name}",
        "cloud.data": f"gs://{project}-{name}-uploads/data/{values.get('pipeline_name')}",
        **{
            f"cloud.{key}": f"{name}-{role}@{project}.iam.gserviceaccount.com"
            for key, role in ACCOUNTS.items()
        },
        "cloud.network": f"projects/{NUMBER}/global/networks/{name}" if has_network else None,
        "cloud.kms_key": key if has_key else None,
        "cloud.beam.subnetwork": f"regions/{region}/subnetworks/{name}-jobs" if has_network else None,
        "cloud.endpoint.name": values.get("endpoint_name"),
    }


def findings(config: Config, cloud: CloudConfig, values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields one finding for each value that Terraform makes or names, with what the configuration has.

    A value that `cloud.accept_unknown` names is meant to differ.

    Args:
      config: the whole configuration.
      cloud: its section `cloud`.
      values: of the tfvars file.
      file: its name.
    """
    configured = _configured(config, cloud)
    for key, made in made_by_terraform(values).items():
        value = configured[key]
        if value in cloud.accept_unknown or not _is_compared(key, cloud):
            continue
        same = value is not None and made is not None and _without_number(value) == _without_number(made)
        fine = same or value == made
        problem = f"is {_named(made)} by {file} and {_named(value)} in the configuration"
        subject = f"{key} of infrastructure and configuration"
        yield Finding(subject, None if fine else problem, _fix(value), not fine)
    yield from _images(cloud, values, file)
    yield from _environment(cloud, values, file)
    yield from _request_log(config.request_log, values, file)


def _fix(value: str | None) -> str:
    """Returns what to do about a value of the configuration; there is nothing to accept where it is null."""
    return _FIX if value else "make them equal"


_FIX = "make them equal, or name the value of the configuration in cloud.accept_unknown if it is meant"


def _is_compared(key: str, cloud: CloudConfig) -> bool:
    """Returns whether a key has a use here: a table is not in a bucket, a step has no subnetwork."""
    if key == "cloud.data":
        return cloud.data.startswith("gs://")
    return key != "cloud.beam.subnetwork" or cloud.beam.runner == "dataflow"


def _configured(config: Config, cloud: CloudConfig) -> dict[str, str | None]:
    section = cloud.model_dump(
        include={"project", "region", "bucket", "data", "network", "kms_key", *ACCOUNTS}
    )
    return {
        "name": config.name,
        **{f"cloud.{key}": value for key, value in section.items()},
        "cloud.beam.subnetwork": cloud.beam.subnetwork,
        "cloud.endpoint.name": cloud.endpoint.name,
    }


def _named(value: str | None) -> str:
    return "null" if value is None else shown(value)


def _without_number(value: str) -> str:
    return re.sub(r"^projects/([0-9]+|<number>)/global/", "", value)


def _images(cloud: CloudConfig, values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields where images are from: Terraform's repository of this environment, or the one that it names."""
    own = f"{values.get('region')}-docker.pkg.dev/{values.get('project')}/{values.get('name')}"
    named = values.get("image_repository")
    repository = own if named in (None, "null") else named
    images = {
        "cloud.image": cloud.image,
        "cloud.trainer.image": cloud.trainer.image if cloud.trainer else None,
        "cloud.endpoint.server_image": cloud.endpoint.server_image,
    }
    for key, image in images.items():
        if image is None or image in cloud.accept_unknown or _GOOGLES.match(image):
            continue
        fine = image_path(image).rpartition("/")[0] == repository
        problem = f"is another than {repository} of {file}: {shown(with_short_digest(image))}"
        yield Finding(f"repository of {key}", None if fine else problem, _fix(image), not fine)


def _environment(cloud: CloudConfig, values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    label, environment = cloud.labels.get("environment"), values.get("environment")
    if label is not None:
        fine = label == environment
        problem = f"is {shown(label)}, and environment of {file} {shown(environment)}"
        yield Finding("cloud.labels.environment", None if fine else problem, "make them equal")


def _request_log(log: RequestLogConfig, values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields whether the endpoint logs what the configuration says, which it can only do whole."""
    logging = values.get("request_logging")
    given = logging if isinstance(logging, Mapping) else {"sampling_rate": "0"}
    made = {**_LOGGED_BY_DEFAULT, **given}
    wanted = log.sample if log.enabled else 0.0
    rate = _number(made["sampling_rate"])
    problem = f"is {rate:g} by {file} and {wanted:g} in the configuration" if rate != wanted else None
    fix = "make request_logging of the tfvars and request_log of the configuration equal"
    yield Finding("request_log.sample of infrastructure and configuration", problem, fix, problem is not None)
    if not rate or not wanted:
        return
    days = _number(made["keep_days"])
    problem = (
        f"is {days:g} by {file} and {log.keep_days} in the configuration" if days != log.keep_days else None
    )
    yield Finding(
        "request_log.keep_days of infrastructure and configuration", problem, fix, problem is not None
    )
    names = ", ".join(log.drop)
    problem = f"names {names}, and the endpoint logs requests whole" if log.drop else None
    fix = "set request_logging to null, or see that clients do not send them"
    yield Finding("request_log.drop in the cloud", problem, fix, problem is not None)


def _number(text: Any) -> float:
    """Returns a number of a tfvars file; NaN, which equals nothing, for what is none: Terraform names it."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan
