"""Whether the values of a job are ones that Google takes: forms of names, limits, Beam's options.

The APIs' messages say which fields there are and of which type; what may stand in them is only documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config import google_names
from pipeline.config.cloud import MOST_DATAFLOW_WORKERS, MOST_STEP_GB, MOST_STEP_VCPUS
from pipeline.config.google_names import location_of
from pipeline.config.written import Written
from pipeline.runners import beam_options
from pipeline.runners.kfp.arguments import beam_arguments_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import container_of, tasks
from pipeline.runners.vertex.checks.requests import requests_of

LONGEST_STEP_S = 7 * 24 * 60 * 60  # cloud.google.com/vertex-ai/quotas
MOST_RETRIES = 10
_OF_BEAM: Mapping[str, Written] = {
    "project": google_names.PROJECT,
    "region": google_names.REGION,
    "temp_location": google_names.FOLDER,
    "staging_location": google_names.FOLDER,
    "service_account_email": google_names.SERVICE_ACCOUNT,
    "subnetwork": google_names.SUBNETWORK,
    "dataflow_kms_key": google_names.KMS_KEY,
    "sdk_container_image": google_names.IMAGE,
}
_NEEDED_BY_DATAFLOW = ("project", "region", "temp_location", "service_account_email")


def check(job: Mapping[str, Any]) -> CheckResult:
    """Looks at every value that Google restricts, in the job, its steps and the requests that they make."""
    spec = job.get("pipelineSpec", {})
    faults = [Fault("job", what) for what in _of_job(job)]
    looked_at = 1 if spec else 0
    for name, task in tasks(spec):
        looked_at += 1
        container = container_of(task, spec)
        found = [*_of_retries(task), *_of_container(container)]
        found += _of_beam(beam_arguments_of(container))
        for request in requests_of(task, container):
            found += _of_request(request)
        faults += [Fault(name, what) for what in found]
    return CheckResult("values", looked_at, tuple(faults))


def _written(what: str, value: Any, form: Written, *, may_miss: bool = False) -> Iterator[str]:
    if not (may_miss and not value) and (fault := form.fault(value)):
        yield f"{what} is {value!r}: {fault}"


def _of_job(job: Mapping[str, Any]) -> Iterator[str]:
    runtime = job.get("runtimeConfig", {})
    yield from _written(
        "runtimeConfig.gcsOutputDirectory", runtime.get("gcsOutputDirectory"), google_names.FOLDER
    )
    yield from _written("serviceAccount", job.get("serviceAccount"), google_names.SERVICE_ACCOUNT)
    yield from _written("network", job.get("network"), google_names.NETWORK, may_miss=True)
    key = job.get("encryptionSpec", {}).get("kmsKeyName")
    yield from _written(
        "encryptionSpec.kmsKeyName", key, google_names.KMS_KEY, may_miss="encryptionSpec" not in job
    )
    yield from google_names.label_faults(job.get("labels", {}))


def _of_retries(task: Mapping[str, Any]) -> Iterator[str]:
    policy = task.get("retryPolicy", {})
    count = policy.get("maxRetryCount", 0)
    if not isinstance(count, int) or not 0 <= count <= MOST_RETRIES:
        yield f"retryPolicy.maxRetryCount is {count!r}, not a whole number from 0 to {MOST_RETRIES}"
    factor = policy.get("backoffFactor", 1)
    if not isinstance(factor, (int, float)) or factor < 0:
        yield f"retryPolicy.backoffFactor is {factor!r}, not a number of at least 0"
    for key in ("backoffDuration", "backoffMaxDuration"):
        if str(policy.get(key, "")).startswith("-"):
            yield f"retryPolicy.{key} is {policy[key]!r}, which is less than nothing"


def _of_container(container: Mapping[str, Any]) -> Iterator[str]:
    if not container:
        return
    yield from _written("its image", container.get("image"), google_names.IMAGE)
    seconds = "".join(container.get("command", [])[2:3])
    if seconds.isdecimal() and not 0 < int(seconds) <= LONGEST_STEP_S:
        yield f"its timeout is {seconds} seconds, not one from 1 to {LONGEST_STEP_S} (7 days)"
    resources = container.get("resources", {})
    for key, most in (("cpuLimit", MOST_STEP_VCPUS), ("memoryLimit", MOST_STEP_GB)):
        value = resources.get(key)
        if isinstance(value, (int, float)) and not 0 < value <= most:
            yield f"its resources.{key} is {value:g}, not one above 0 and at most {most}"
    for key in ("cpuRequest", "memoryRequest"):
        value, limit = resources.get(key, 0), resources.get(key.replace("Request", "Limit"), 0)
        if isinstance(value, (int, float)) and isinstance(limit, (int, float)) and not 0 <= value <= limit:
            yield f"its resources.{key} is {value:g}, not one from 0 to its limit {limit:g}"


def _of_beam(arguments: list[str]) -> Iterator[str]:
    yield from beam_options.faults(arguments)
    given = dict(each[2:].partition("=")[::2] for each in arguments if each.startswith("--"))
    if given.get("runner") != "DataflowRunner":
        return
    for key, form in _OF_BEAM.items():
        if key in given:
            yield from _written(f"its Beam option --{key}", given[key], form)
    for key in _NEEDED_BY_DATAFLOW:
        if key not in given:
            yield f"its Beam options lack --{key}, which Dataflow needs"
    yield from _of_places(given)
    yield from _of_workers(given.get("num_workers", "1"), given.get("max_num_workers", "1"))
    labels = [each.partition("=")[2].partition("=")[::2] for each in arguments if each.startswith("--label")]
    yield from (f"its Beam option --labels: {fault}" for fault in google_names.label_faults(dict(labels)))


def _of_places(given: Mapping[str, str]) -> Iterator[str]:
    for key in ("subnetwork", "dataflow_kms_key"):
        location = location_of(given.get(key, ""))
        if location is not None and location != given.get("region"):
            yield f"its Beam option --{key} is of {location}, and --region {given.get('region')!r}"


def _of_workers(first: str, most: str) -> Iterator[str]:
    if most.isdecimal() and not 0 < int(most) <= MOST_DATAFLOW_WORKERS:
        yield f"its Beam option --max_num_workers is {most}, not one from 1 to {MOST_DATAFLOW_WORKERS}"
    elif first.isdecimal() and most.isdecimal() and not 0 < int(first) <= int(most):
        yield f"its Beam option --num_workers is {first}, not one from 1 to --max_num_workers {most}"


def _of_request(request: Mapping[str, Any]) -> Iterator[str]:
    """Yields what is wrong with a request that a step makes: see `requests.requests_of`."""
    what = request["what"]
    yield from _written(
        f"{what}'s service account", request["service_account"], google_names.SERVICE_ACCOUNT, may_miss=True
    )
    yield from _written(f"{what}'s network", request["network"], google_names.NETWORK, may_miss=True)
    yield from _written(f"{what}'s key", request["kms_key"], google_names.KMS_KEY, may_miss=True)
    for image in request["images"]:
        yield from _written(f"{what}'s image", image, google_names.IMAGE, may_miss=True)
    yield from (f"{what}: {fault}" for fault in google_names.label_faults(request["labels"]))
    yield from (f"{what}: {fault}" for fault in request["faults"])
