"""Whether the API would take the requests that steps make later: custom jobs and deployments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from google.protobuf import json_format
from pydantic import ValidationError
from tfx.extensions.google_cloud_ai_platform.constants import ENABLE_VERTEX_KEY, VERTEX_REGION_KEY
from tfx.extensions.google_cloud_ai_platform.trainer.executor import TRAINING_ARGS_KEY

from pipeline.config import machines
from pipeline.config.cloud import EndpointConfig
from pipeline.runners.kfp.arguments import EXECUTOR_CLASS, value_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import container_of, tasks
from pipeline.runners.vertex import custom_job, endpoint, model_versions
from pipeline.runners.vertex.deployment import SETTINGS_KEY

TRAINER, TFX_TRAINERS = (
    "pipeline.runners.vertex.train.Executor",
    "tfx.extensions.google_cloud_ai_platform.trainer.executor",
)
PUSHER = "pipeline.runners.vertex.push.Executor"
SETTLE = "pipeline.runners.vertex.settle_step.Settle_Executor"
DEPLOYMENT = "deployment"  # a parameter of Settle
REQUIRED = ("parent", "model_name", "model_id", "server_image", "service_account")
REQUIRED_TO_SERVE = (*REQUIRED, "pipeline", "record", "policy", "rollout", "name", "machine")


def check(job: Mapping[str, Any]) -> CheckResult:
    """Builds each request from the parameters in the job, as the step will, and parses it strictly."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for name, task in tasks(spec):
        executor = value_of(container_of(task, spec), EXECUTOR_CLASS) or ""
        found = _faults_of(executor, task)
        if found is not None:
            looked_at += 1
            faults += [Fault(name, what) for what in found]
        if _trains(executor):
            command = container_of(task, spec).get("command", [])
            faults += [Fault(name, what) for what in _outlives(_custom_config(task), command)]
    return CheckResult("requests", looked_at, tuple(faults))


def _faults_of(executor: str, task: Mapping[str, Any]) -> Iterator[str] | None:
    """Returns what is wrong with the requests of a step; None for a step that makes none."""
    if _trains(executor):
        return _training(_custom_config(task))
    if executor == PUSHER:
        return _upload(_custom_config(task).get(SETTINGS_KEY))
    return _deployment(_settings(task)) if executor == SETTLE else None


def requests_of(task: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the requests of a step in one form, for values that Google restricts; none that `check` refuses.

    Each has: what, service_account, network, kms_key, images, labels, and faults: what is wrong with its
    numbers.
    """
    executor = value_of(container, EXECUTOR_CLASS) or ""
    config = _custom_config(task)
    job = config.get(TRAINING_ARGS_KEY)
    settings = _settings(task) if executor == SETTLE else config.get(SETTINGS_KEY)
    if _trains(executor) and isinstance(job, dict):
        spec = job.get("job_spec", {})
        pools = spec.get("worker_pool_specs", ())
        yield {
            "what": "its custom job",
            "service_account": spec.get("service_account"),
            "network": spec.get("network"),
            "kms_key": job.get("encryption_spec", {}).get("kms_key_name"),
            "images": [pool.get("container_spec", {}).get("image_uri") for pool in pools],
            "labels": job.get("labels", {}),
            "faults": [*_faults_of_pools(pools), *_faults_of_timeout(spec.get("scheduling", {}))],
        }
    elif executor in (PUSHER, SETTLE) and isinstance(settings, dict):
        yield {
            "what": "its deployment" if executor == SETTLE else "its upload",
            "service_account": settings.get("service_account"),
            "network": settings.get("network"),
            "kms_key": settings.get("kms_key"),
            "images": [settings.get("server_image")],
            "labels": settings.get("labels", {}),
            "faults": [*_faults_of_endpoint(settings)] if executor == SETTLE else [],
        }


def _trains(executor: str) -> bool:
    return executor == TRAINER or executor.rpartition(".")[0] == TFX_TRAINERS


def _faults_of_pools(pools: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not pools:
        yield "has no worker pool"
    for pool in pools:
        replicas, disk = pool.get("replica_count"), pool.get("disk_spec", {}).get("boot_disk_size_gb", 100)
        if _is_number(replicas) and replicas < 1:
            yield f"replica_count is {replicas}, not one of at least 1"
        if _is_number(disk) and not 100 <= disk <= 64_000:
            yield f"boot_disk_size_gb is {disk}, not one from 100 to 64000"


def _faults_of_timeout(scheduling: Mapping[str, Any]) -> Iterator[str]:
    written = str(scheduling.get("timeout", ""))
    if re.fullmatch(r"-?[0-9]+s", written) and not 0 < int(written[:-1]) <= 7 * 24 * 60 * 60:
        yield f"its timeout is {written}, not one from 1s to 604800s (7 days)"


def _faults_of_endpoint(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yields what the configuration's own section would refuse of the values that it wrote."""
    fields = {key: settings[key] for key in EndpointConfig.model_fields if key in settings}
    try:
        EndpointConfig.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            key = ".".join(map(str, fault["loc"])) or "the endpoint"
            yield f"{key}: {fault['msg'].removeprefix('Value error, ')}"


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _custom_config(task: Mapping[str, Any]) -> dict[str, Any]:
    return _json_of(task, "custom_config")


def _settings(task: Mapping[str, Any]) -> dict[str, Any]:
    return _json_of(task, DEPLOYMENT)


def _json_of(task: Mapping[str, Any], parameter: str) -> dict[str, Any]:
    source = task.get("inputs", {}).get("parameters", {}).get(parameter, {})
    try:
        values = json.loads(source.get("runtimeValue", {}).get("constant", "{}"))
    except (TypeError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _training(config: dict[str, Any]) -> Iterator[str]:
    if config.get(ENABLE_VERTEX_KEY) is not True:
        yield f"{ENABLE_VERTEX_KEY} is not set: TFX would call the AI Platform that Google has closed"
    if not config.get(VERTEX_REGION_KEY):
        yield f"{VERTEX_REGION_KEY} is missing"
    job = config.get(TRAINING_ARGS_KEY)
    if not isinstance(job, dict):
        yield f"{TRAINING_ARGS_KEY} is missing"
        return
    if not job.get("project"):
        yield f"{TRAINING_ARGS_KEY}.project is missing"
    try:
        message = custom_job.request(job, str(config.get(VERTEX_REGION_KEY)))
    except (json_format.ParseError, AttributeError, TypeError) as error:
        yield f"its custom job is no aiplatform_v1.CustomJob: {error}"
        return
    yield from _incomplete(message)


def _outlives(config: dict[str, Any], command: Sequence[str]) -> Iterator[str]:
    """Yields why a custom job could go on after the step that waits for it."""
    try:
        job_s = float(config[TRAINING_ARGS_KEY]["job_spec"]["scheduling"]["timeout"].removesuffix("s"))
        step_s = float(command[2])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return  # that something is missing is said elsewhere
    if job_s >= step_s:
        yield f"its custom job may take {job_s:g} s and the step {step_s:g} s: it would outlive the step"


def _accelerator(number: int) -> str:
    """Returns an accelerator's name; the message gives a member of the enumeration or its number."""
    from google.cloud.aiplatform_v1.types import AcceleratorType

    return AcceleratorType(number).name


def _incomplete(message: Any) -> Iterator[str]:
    pools = message.job_spec.worker_pool_specs
    if not message.display_name:
        yield "its custom job has no display_name; it is required"
    if not message.job_spec.service_account:
        yield "its custom job has no service_account: it would run as the project's default"
    if not message.job_spec.scheduling.timeout:
        yield "its custom job has no timeout"
    for pool in pools:
        machine = pool.machine_spec
        kind = _accelerator(machine.accelerator_type) if machine.accelerator_count else None
        try:
            machines.refuse_impossible(machine.machine_type, kind, machine.accelerator_count)
        except ValueError as error:
            yield f"its custom job: {error}"
        if not pool.container_spec.image_uri:
            yield "its custom job has no container_spec.image_uri"


def _upload(settings: Any) -> Iterator[str]:
    if not isinstance(settings, dict):
        yield f"{SETTINGS_KEY} is missing"
        return
    faults = [*_incomplete_settings(settings, SETTINGS_KEY, REQUIRED)]
    yield from faults
    if not faults:
        yield from _unbuilt("its upload", lambda: model_versions.upload_request(settings, "gs://b/m", None))


def _deployment(settings: dict[str, Any]) -> Iterator[str]:
    faults = [*_incomplete_settings(settings, DEPLOYMENT, REQUIRED_TO_SERVE)]
    yield from faults
    if not faults:
        yield from _unbuilt("its deployment", lambda: endpoint.deployed_model(settings, "model@1"))


def _incomplete_settings(settings: dict[str, Any], key: str, required: Sequence[str]) -> Iterator[str]:
    missing = [each for each in required if not settings.get(each)]
    if missing:
        yield f"{key} lacks {', '.join(missing)}"
        return
    if not re.fullmatch(r"projects/[^/]+/locations/[^/]+", settings["parent"]):
        yield f"{key}.parent is {settings['parent']!r}, not projects/PROJECT/locations/REGION"


def _unbuilt(what: str, build: Callable[[], object]) -> Iterator[str]:
    try:
        build()
    except (KeyError, ValueError, TypeError) as error:
        yield f"{what} cannot be put into the API's messages: {type(error).__name__} {error}"
