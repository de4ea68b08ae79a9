"""A server on this machine that answers as Vertex AI, Cloud Scheduler and Cloud Storage do.

Every request is parsed strictly with the API's own published message types; the rules it enforces beyond
them name their source. It can refuse, fail and delay.
"""

from __future__ import annotations

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

from google.cloud import aiplatform_v1 as api
from google.cloud import scheduler_v1
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from tests.pipeline.runners.vertex.cloud_files import Content, get_bucket, get_file, list_files, put_file
from tests.pipeline.runners.vertex.cloud_models import (
    deploy_model,
    get_endpoint,
    get_model,
    list_endpoints,
    list_versions,
    merge_aliases,
    undeploy_model,
    update_endpoint,
    upload_model,
)
from tests.pipeline.runners.vertex.cloud_monitoring import list_time_series
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError, need, parsed
from tests.pipeline.runners.vertex.cloud_training import (
    cancel_custom_job,
    create_custom_job,
    get_custom_job,
)

# CreatePipelineJobRequest.parent: "projects/{project}/locations/{location}".
PARENT = re.compile(r"^projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/locations/[a-z]+-[a-z]+\d$")
# CreatePipelineJobRequest.pipeline_job_id: "less than 128 characters, and valid characters are
# /[a-z][0-9]-/".
JOB_ID = re.compile(r"^[a-z0-9-]{1,127}$")
# https://cloud.google.com/resource-manager/docs/labels-overview: keys and values, at most 63 characters.
LABEL_KEY, LABEL_VALUE = re.compile(r"^[a-z][a-z0-9_-]{0,62}$"), re.compile(r"^[a-z0-9_-]{0,63}$")
# https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules: five fields of unix-cron.
CRON = re.compile(r"^(\S+ ){4}\S+$")


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


def update_artifact(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """MetadataService.UpdateArtifact; knows the mask that is used."""
    given = parsed(api.Artifact, body)
    need(query.get("updateMask") == "metadata", f"update_mask {query.get('updateMask')!r}")
    for artifacts in cloud.artifacts.values():
        for position, artifact in enumerate(artifacts):
            if artifact.name == part["name"]:
                need(artifact.etag == given.etag, "etag")
                artifacts[position] = api.Artifact(artifact)
                artifacts[position].metadata = given.metadata
                return artifacts[position]
    raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")


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


_PLACE = r"(?P<parent>projects/[^/]+/locations/[^/]+)"
_NAME = r"(?P<name>projects/[^/]+/locations/[^/]+/{}/[^/:]+)"
ROUTES: dict[str, Callable[..., Any]] = {
    rf"POST /v1/{_PLACE}/pipelineJobs": create_job,
    rf"GET /v1/{_PLACE}/pipelineJobs": list_jobs,
    rf"GET /v1/{_NAME.format('pipelineJobs')}": get_job,
    rf"POST /v1/{_PLACE}/customJobs": create_custom_job,
    rf"GET /v1/{_NAME.format('customJobs')}": get_custom_job,
    rf"POST /v1/{_NAME.format('customJobs')}:cancel": cancel_custom_job,
    r"GET /v1/(?P<name>projects/.+/contexts/[^/:]+):queryContextLineageSubgraph": subgraph,
    r"PATCH /v1/(?P<name>projects/.+/artifacts/[^/:]+)": update_artifact,
    rf"POST /v1/{_PLACE}/models:upload": upload_model,
    rf"GET /v1/{_NAME.format('models')}:listVersions": list_versions,
    rf"GET /v1/{_NAME.format('models')}": get_model,
    rf"POST /v1/{_NAME.format('models')}:mergeVersionAliases": merge_aliases,
    rf"GET /v1/{_PLACE}/endpoints": list_endpoints,
    rf"GET /v1/{_NAME.format('endpoints')}": get_endpoint,
    rf"PATCH /v1/{_NAME.format('endpoints')}": update_endpoint,
    rf"POST /v1/{_NAME.format('endpoints')}:deployModel": deploy_model,
    rf"POST /v1/{_NAME.format('endpoints')}:undeployModel": undeploy_model,
    r"GET /v3/(?P<name>projects/[^/]+)/timeSeries": list_time_series,
    rf"GET /v1/{_PLACE}/jobs": list_schedules,
    rf"POST /v1/{_NAME.format('jobs')}:(?P<what>pause|resume|run)": switch_schedule,
    r"GET /storage/v1/b/(?P<bucket>[^/]+)": get_bucket,
    r"GET /storage/v1/b/(?P<bucket>[^/]+)/o": list_files,
    r"GET (?:/download)?/storage/v1/b/(?P<bucket>[^/]+)/o/(?P<name>[^/]+)": get_file,
    r"POST /upload/storage/v1/b/(?P<bucket>[^/]+)/o": put_file,
}


def answer(cloud: Cloud, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
    """The answer to one request: a message, JSON values or bytes."""
    cloud.calls.append(f"{method} {path}")
    time.sleep(cloud.delay_s)
    for pattern, error in cloud.refuse.items():
        if re.search(pattern, f"{method} {path}"):
            raise error
    for pattern, handle in ROUTES.items():
        match = re.fullmatch(pattern, f"{method} {path}")
        if match:
            with cloud.one_at_a_time:
                return handle(cloud, match.groupdict(), query, body)
    raise RefusedError(404, "NOT_FOUND", f"{method} {path} is unknown")


class _Handler(BaseHTTPRequestHandler):
    cloud: Cloud

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = url.path if "/storage/" in url.path else urllib.parse.unquote(url.path)
        try:
            query = dict(urllib.parse.parse_qsl(url.query))
            code, answered = 200, answer(self.cloud, self.command, path, query, body)
        except RefusedError as error:
            code, answered = error.code, error.body
        content = answered if isinstance(answered, bytes) else _as_json(answered)
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if isinstance(answered, Content):
            self.send_header("X-Goog-Generation", str(answered.generation))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _as_json(answered: Any) -> bytes:
    if isinstance(answered, dict):
        return json.dumps(answered).encode()
    return json_format.MessageToJson(type(answered).pb(answered)).encode()


@contextmanager
def serve() -> Iterator[Cloud]:
    """Serves an empty cloud on a free port of this machine."""
    cloud = Cloud()
    handler = type("Handler", (_Handler,), {"cloud": cloud})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    cloud.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
