"""A server on this machine that answers as Vertex AI, Cloud Scheduler and Cloud Storage do.

Every request is parsed strictly with the API's own published message types; the rules it enforces beyond
them name their source. It can refuse, fail and delay.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import google_crc32c
from google.cloud import aiplatform_v1 as api
from google.cloud import scheduler_v1
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

# CreatePipelineJobRequest.parent: "projects/{project}/locations/{location}".
PARENT = re.compile(r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/locations/[a-z]+-[a-z]+\d$")
# CreatePipelineJobRequest.pipeline_job_id: "less than 128 characters, and valid characters are
# /[a-z][0-9]-/".
JOB_ID = re.compile(r"^[a-z0-9-]{1,127}$")
# https://cloud.google.com/resource-manager/docs/labels-overview: keys and values, at most 63 characters.
LABEL_KEY, LABEL_VALUE = re.compile(r"^[a-z][a-z0-9_-]{0,62}$"), re.compile(r"^[a-z0-9_-]{0,63}$")
# https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules: five fields of unix-cron.
CRON = re.compile(r"^(\S+ ){4}\S+$")
# UploadModelRequest.model_id: "up to 63 characters, [a-z0-9_-], the first cannot be a number or hyphen".
MODEL_ID = re.compile(r"^[a-z_][a-z0-9_-]{0,62}$")
# Model.version_aliases: "[a-z][a-zA-Z0-9-]{0,126}[a-z-0-9] to distinguish from version_id".
ALIAS = re.compile(r"^[a-z][a-zA-Z0-9-]{0,126}[a-z0-9-]$")


class RefusedError(Exception):
    """What the service answers instead: an HTTP code, a status and a message."""

    def __init__(self, code: int, status: str, message: str):
        super().__init__(message)
        self.body = {"error": {"code": code, "status": status, "message": message}}
        self.code = code


@dataclasses.dataclass
class Cloud:
    """What the service knows, and how it should misbehave.

    Attributes:
      refuse: method and path pattern to an error that is answered. delay_s: before every answer.
      calls: method and path of every request, in order.
    """

    jobs: dict[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    models: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    endpoints: dict[str, Any] = dataclasses.field(default_factory=dict)
    schedules: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    refuse: dict[str, RefusedError] = dataclasses.field(default_factory=dict)
    delay_s: float = 0.0
    calls: list[str] = dataclasses.field(default_factory=list)
    url: str = ""

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
        """The answer to one request: a message, JSON values or bytes."""
        self.calls.append(f"{method} {path}")
        time.sleep(self.delay_s)
        for pattern, error in self.refuse.items():
            if re.search(pattern, f"{method} {path}"):
                raise error
        for pattern, handle in ROUTES.items():
            match = re.fullmatch(pattern, f"{method} {path}")
            if match:
                return handle(self, match.groupdict(), query, body)
        raise RefusedError(404, "NOT_FOUND", f"{method} {path} is unknown")


def parsed(message_type: Any, body: bytes) -> Any:
    """A request's body as the API's own message; an unknown field or a wrong type is refused."""
    message = message_type.pb()()
    try:
        json_format.Parse(body or b"{}", message)
    except json_format.ParseError as error:
        raise RefusedError(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from error
    return message_type.wrap(message)


def need(condition: Any, message: str) -> None:
    """Refuses with INVALID_ARGUMENT."""
    if not condition:
        raise RefusedError(400, "INVALID_ARGUMENT", message)


def create_job(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """PipelineService.CreatePipelineJob."""
    job, identifier = parsed(api.PipelineJob, body), query.get("pipelineJobId", "")
    need(PARENT.match(part["parent"]), f"parent {part['parent']!r}")
    need(JOB_ID.match(identifier), f"pipeline_job_id {identifier!r}")
    need(job.runtime_config.gcs_output_directory.startswith("gs://"), "gcs_output_directory is required")
    for key, text in job.labels.items():
        need(LABEL_KEY.match(key) and LABEL_VALUE.match(text), f"label {key}: {text}")
    spec = json_format.MessageToDict(api.PipelineJob.pb(job).pipeline_spec)
    try:
        whole = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
        deployment = json_format.MessageToDict(whole.deployment_spec)
        json_format.ParseDict(deployment, pipeline_spec_pb2.PipelineDeploymentConfig())
    except json_format.ParseError as error:
        raise RefusedError(400, "INVALID_ARGUMENT", f"invalid pipeline_spec: {error}") from error
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    given = json_format.MessageToDict(api.PipelineJob.pb(job).runtime_config).get("parameterValues", {})
    need(set(declared) == set(given), "every declared parameter and no other needs a value")
    name = f"{part['parent']}/pipelineJobs/{identifier}"
    if name in cloud.jobs:
        raise RefusedError(409, "ALREADY_EXISTS", f"PipelineJob {identifier} already exists")
    job.name, job.state = name, api.PipelineState.PIPELINE_STATE_PENDING
    job.create_time = _time(len(cloud.jobs))
    cloud.jobs[name] = job
    return job


def _time(number: int) -> Any:

    return dt.datetime(2026, 11, 21, 10, number, tzinfo=dt.timezone.utc)


def get_job(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """PipelineService.GetPipelineJob."""
    del query, body
    if part["name"] not in cloud.jobs:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    return cloud.jobs[part["name"]]


def list_jobs(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """PipelineService.ListPipelineJobs; knows the filter and the order that are used."""
    del body
    need(PARENT.match(part["parent"]), f"parent {part['parent']!r}")
    wanted = re.fullmatch(r'labels\.([a-z0-9_-]+)="([^"]*)"', query.get("filter", ""))
    need(wanted, f"filter {query.get('filter')!r}")
    need(query.get("orderBy") == "create_time desc", f"order_by {query.get('orderBy')!r}")
    found = [job for job in cloud.jobs.values() if wanted and job.labels.get(wanted[1]) == wanted[2]]
    return api.ListPipelineJobsResponse(
        pipeline_jobs=sorted(found, key=lambda j: j.create_time, reverse=True)
    )


def subgraph(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """MetadataService.QueryContextLineageSubgraph."""
    del query, body
    return api.LineageSubgraph(artifacts=cloud.artifacts.get(part["name"], []))


def get_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.GetModel."""
    del query, body
    if part["name"] not in cloud.models:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    return cloud.models[part["name"]][-1]


def list_versions(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.ListModelVersions."""
    del query, body
    return api.ListModelVersionsResponse(models=cloud.models.get(part["name"], []))


def upload_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.UploadModel: a new entry by model_id, or a version of parent_model."""
    del query
    request = parsed(api.UploadModelRequest, body)
    need(request.model.display_name and request.model.container_spec.image_uri, "display_name, image_uri")
    need(request.model.artifact_uri.startswith("gs://"), f"artifact_uri {request.model.artifact_uri!r}")
    need(all(ALIAS.match(alias) for alias in request.model.version_aliases), "version_aliases")
    name = request.parent_model or f"{part['parent']}/models/{request.model_id}"
    need(request.parent_model or MODEL_ID.match(request.model_id), f"model_id {request.model_id!r}")
    need(bool(request.parent_model) == (name in cloud.models), f"{name}: parent_model names what there is")
    versions = cloud.models.setdefault(name, [])
    model = request.model
    model.name, model.version_id = name, str(len(versions) + 1)
    for older in versions:
        older.version_aliases = [a for a in older.version_aliases if a not in model.version_aliases]
    versions.append(model)
    return _done(api.UploadModelResponse(model=name, model_version_id=model.version_id))


def list_endpoints(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.ListEndpoints by display name."""
    del body, part
    wanted = re.fullmatch(r'display_name="([^"]*)"', query.get("filter", ""))
    need(wanted, f"filter {query.get('filter')!r}")
    found = [each for each in cloud.endpoints.values() if wanted and each.display_name == wanted[1]]
    return api.ListEndpointsResponse(endpoints=found)


def create_endpoint(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.CreateEndpoint."""
    del query
    endpoint = parsed(api.Endpoint, body)
    need(endpoint.display_name, "display_name is required")
    endpoint.name = f"{part['parent']}/endpoints/{len(cloud.endpoints) + 1}"
    cloud.endpoints[endpoint.name] = endpoint
    return _done(endpoint)


def deploy_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.DeployModel; `0` in the traffic split is the model that is deployed now."""
    del query
    request, endpoint = parsed(api.DeployModelRequest, body), cloud.endpoints[part["name"]]
    deployed, split = request.deployed_model, dict(request.traffic_split)
    resources = deployed.dedicated_resources
    need(resources.min_replica_count >= 1, "min_replica_count must be at least 1")
    need(resources.max_replica_count >= resources.min_replica_count, "max_replica_count")
    need(sum(split.values()) == 100, f"traffic_split {split} must sum to 100")
    known = {each.id for each in endpoint.deployed_models}
    need(set(split) - {"0"} <= known, f"traffic_split {split} names what is not deployed")
    deployed.id = str(1000 + len(cloud.calls))
    deployed.model, _, deployed.model_version_id = deployed.model.partition("@")
    endpoint.deployed_models.append(deployed)
    endpoint.traffic_split = {deployed.id if key == "0" else key: share for key, share in split.items()}
    return _done(api.DeployModelResponse(deployed_model=deployed))


def undeploy_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.UndeployModel; a model with traffic stays."""
    del query
    request, endpoint = parsed(api.UndeployModelRequest, body), cloud.endpoints[part["name"]]
    need(not endpoint.traffic_split.get(request.deployed_model_id), "the model has traffic")
    kept = [each for each in endpoint.deployed_models if each.id != request.deployed_model_id]
    endpoint.deployed_models = kept
    return _done(api.UndeployModelResponse())


def list_schedules(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """CloudScheduler.ListJobs."""
    del query, body
    need(PARENT.match(part["parent"]), f"parent {part['parent']!r}")
    need(all(CRON.match(job.schedule) for job in cloud.schedules.values()), "schedule")
    return scheduler_v1.ListJobsResponse(jobs=list(cloud.schedules.values()))


def switch_schedule(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """CloudScheduler.PauseJob, ResumeJob, RunJob; what is paused cannot be paused again."""
    del query
    types = {
        "pause": (
            scheduler_v1.PauseJobRequest,
            scheduler_v1.Job.State.ENABLED,
            scheduler_v1.Job.State.PAUSED,
        ),
        "resume": (
            scheduler_v1.ResumeJobRequest,
            scheduler_v1.Job.State.PAUSED,
            scheduler_v1.Job.State.ENABLED,
        ),
        "run": (scheduler_v1.RunJobRequest, None, None),
    }
    kind, before, after = types[part["what"]]
    parsed(kind, body)
    job = cloud.schedules.get(part["name"])
    if job is None:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    if before is not None and job.state != before:
        raise RefusedError(400, "FAILED_PRECONDITION", f"the job is {job.state.name}")
    job.state = after or job.state
    return job


def list_files(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.list, without folders below the prefix when there is a delimiter."""
    del body
    prefix = f"{part['bucket']}/{query.get('prefix', '')}"
    names = [name for name in sorted(cloud.files) if name.startswith(prefix)]
    if query.get("delimiter"):
        names = [name for name in names if "/" not in name.removeprefix(prefix)]
    items = [_file(cloud, part["bucket"], name) for name in names[: int(query.get("maxResults", 1000))]]
    return {"kind": "storage#objects", "items": items}


def _file(cloud: Cloud, bucket: str, name: str) -> dict[str, Any]:
    content = cloud.files[name]
    checksum = base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
    short = name.removeprefix(f"{bucket}/")
    path = urllib.parse.quote(short, safe="")
    return {
        "kind": "storage#object",
        "name": short,
        "bucket": bucket,
        "size": str(len(content)),
        "crc32c": checksum,
        "mediaLink": f"{cloud.url}/download/storage/v1/b/{bucket}/o/{path}?alt=media",
    }


def get_file(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.get, the content with alt=media."""
    del body
    name = f"{part['bucket']}/{urllib.parse.unquote(part['name'])}"
    if name not in cloud.files:
        raise RefusedError(404, "NOT_FOUND", f"{name} not found")
    return cloud.files[name] if query.get("alt") == "media" else _file(cloud, part["bucket"], name)


def put_file(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.insert, multipart."""
    del query
    boundary = body.split(b"\r\n", 1)[0]
    parts = body.split(boundary)
    values = json.loads(parts[1].split(b"\r\n\r\n", 1)[1])
    name = f"{part['bucket']}/{values['name']}"
    cloud.files[name] = parts[2].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    return _file(cloud, part["bucket"], name)


def _done(response: Any) -> dict[str, Any]:
    """A long-running operation that has ended."""
    message = type(response).pb(response)
    values = json_format.MessageToDict(message)
    kind = f"type.googleapis.com/{message.DESCRIPTOR.full_name}"
    return {
        "name": "projects/p/locations/l/operations/1",
        "done": True,
        "response": {"@type": kind, **values},
    }


_PLACE = r"(?P<parent>projects/[^/]+/locations/[^/]+)"
_NAME = r"(?P<name>projects/[^/]+/locations/[^/]+/{}/[^/:]+)"
ROUTES: dict[str, Callable[..., Any]] = {
    rf"POST /v1/{_PLACE}/pipelineJobs": create_job,
    rf"GET /v1/{_PLACE}/pipelineJobs": list_jobs,
    rf"GET /v1/{_NAME.format('pipelineJobs')}": get_job,
    r"GET /v1/(?P<name>projects/.+/contexts/[^/:]+):queryContextLineageSubgraph": subgraph,
    rf"POST /v1/{_PLACE}/models:upload": upload_model,
    rf"GET /v1/{_NAME.format('models')}:listVersions": list_versions,
    rf"GET /v1/{_NAME.format('models')}": get_model,
    rf"GET /v1/{_PLACE}/endpoints": list_endpoints,
    rf"POST /v1/{_PLACE}/endpoints": create_endpoint,
    rf"POST /v1/{_NAME.format('endpoints')}:deployModel": deploy_model,
    rf"POST /v1/{_NAME.format('endpoints')}:undeployModel": undeploy_model,
    rf"GET /v1/{_PLACE}/jobs": list_schedules,
    rf"POST /v1/{_NAME.format('jobs')}:(?P<what>pause|resume|run)": switch_schedule,
    r"GET /storage/v1/b/(?P<bucket>[^/]+)/o": list_files,
    r"GET (?:/download)?/storage/v1/b/(?P<bucket>[^/]+)/o/(?P<name>[^/]+)": get_file,
    r"POST /upload/storage/v1/b/(?P<bucket>[^/]+)/o": put_file,
}


class _Handler(BaseHTTPRequestHandler):
    cloud: Cloud

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = url.path if "/storage/" in url.path else urllib.parse.unquote(url.path)
        try:
            code, answer = (
                200,
                self.cloud.answer(self.command, path, dict(urllib.parse.parse_qsl(url.query)), body),
            )
        except RefusedError as error:
            code, answer = error.code, error.body
        content = answer if isinstance(answer, bytes) else _as_json(answer)
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _as_json(answer: Any) -> bytes:
    if isinstance(answer, dict):
        return json.dumps(answer).encode()
    return json_format.MessageToJson(type(answer).pb(answer)).encode()


@contextmanager
def serve() -> Iterator[Cloud]:
    """Serves an empty cloud on a free port of this machine."""
    cloud = Cloud()
    handler = type("Handler", (_Handler,), {"cloud": cloud})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    cloud.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
