"""A server on this machine that answers as Dataflow and Cloud Storage do, to Beam's own clients.

A job that is created is kept as it was sent. Its pipeline is read from where Beam staged it and executed
here, with this Python in place of the workers' image, so that what Dataflow would be sent is shown to work.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import google_crc32c
from apache_beam.metrics import monitoring_infos
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import fn_runner

from tests.pipeline.runners.beam.dataflow_messages import read_job


@dataclasses.dataclass
class Job:
    """A job that was created.

    Attributes:
      message: plain values, by the API's names.
      pipeline: the steps, as Beam staged them.
      state: JOB_STATE_*.
      elements: of each collection of the executed pipeline, how many it held.
      error: why it failed.
    """

    message: dict[str, Any]
    pipeline: Any
    state: str = "JOB_STATE_RUNNING"
    elements: dict[str, int] = dataclasses.field(default_factory=dict)
    error: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """Beam's, of the program that sent it."""
        return self.message["environment"]["sdkPipelineOptions"]["options"]

    @property
    def steps(self) -> list[str]:
        """Full names of the transforms."""
        return [each.unique_name for each in self.pipeline.components.transforms.values()]


class Dataflow:
    """Objects of buckets by `<bucket>/<name>`, and jobs in the order they came."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.jobs: list[Job] = []

    @property
    def endpoint(self) -> str:
        """For `dataflow_endpoint`. To a sandbox Beam speaks REST; to localhost too, but of other workers."""
        return f"{self.url}/sandbox"

    def create(self, body: bytes) -> dict[str, Any]:
        """projects.locations.jobs.create: the job is read strictly, and starts.

        Raises:
          ValueError: this is no job.
        """
        job = Job(read_job(body.decode()), beam_runner_api_pb2.Pipeline())
        job.pipeline.ParseFromString(self.files[job.options["pipelineUrl"].removeprefix("gs://")])
        self.jobs.append(job)
        threading.Thread(target=_execute, args=[job], daemon=True).start()
        answered = {name: job.message[name] for name in ("name", "clientRequestId")}
        return {"id": str(len(self.jobs) - 1), **answered}


def _execute(job: Job) -> None:
    pipeline = beam_runner_api_pb2.Pipeline()
    pipeline.CopyFrom(job.pipeline)
    for environment in pipeline.components.environments.values():
        environment.urn, environment.payload = python_urns.EMBEDDED_PYTHON, b""
    try:
        result = fn_runner.FnApiRunner().run_via_runner_api(pipeline, PipelineOptions([]))
        result.wait_until_finish()
        for info in result.monitoring_infos():
            if info.urn == monitoring_infos.ELEMENT_COUNT_URN:
                job.elements[info.labels["PCOLLECTION"]] = monitoring_infos.extract_counter_value(info)
        job.state = "JOB_STATE_DONE"
    except Exception as fault:  # noqa: BLE001 - whatever a step raises is how the job ended
        job.state, job.error = "JOB_STATE_FAILED", repr(fault)


_BUCKET = r"/storage/v1/b/(?P<bucket>[^/]+)"
_JOBS = r"/sandbox/v1b3/projects/[^/]+/locations/[^/]+/jobs"


class _Handler(BaseHTTPRequestHandler):
    here: Dataflow

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        if found := re.fullmatch(rf"(?:/download)?{_BUCKET}/o/(?P<name>[^/]+)", url.path):
            self._file(found["bucket"], urllib.parse.unquote(found["name"]), "alt=media" in url.query)
        elif found := re.fullmatch(rf"{_JOBS}/(\d+)", url.path):
            self._send({"id": found[1], "currentState": self.here.jobs[int(found[1])].state})
        elif found := re.fullmatch(rf"{_JOBS}/(\d+)/messages", url.path):
            self._send(_messages(self.here.jobs[int(found[1])]))
        elif found := re.fullmatch(_BUCKET, url.path):
            self._send({"name": found["bucket"], "softDeletePolicy": {"retentionDurationSeconds": "0"}})
        else:
            self._send({}, 404)

    def do_POST(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if re.fullmatch(_JOBS, url.path):
            self._create(body)
        elif found := re.fullmatch(rf"/upload{_BUCKET}/o", url.path):
            assert "uploadType=resumable" in url.query, url.query
            name = urllib.parse.quote(json.loads(body)["name"], safe="")
            self._send({}, location=f"{self.here.url}/upload/{found['bucket']}/{name}")
        else:
            self._send({}, 404)

    def _create(self, body: bytes) -> None:
        try:
            self._send(self.here.create(body))
        except ValueError as fault:
            self._send({"error": {"code": 400, "message": str(fault), "status": "INVALID_ARGUMENT"}}, 400)

    def do_PUT(self) -> None:
        """The content of a resumable upload, which is small and comes at once."""
        _, _, bucket, name = self.path.split("/")
        name = urllib.parse.unquote(name)
        self.here.files[f"{bucket}/{name}"] = self.rfile.read(int(self.headers["Content-Length"]))
        self._file(bucket, name, whole=False)

    def _file(self, bucket: str, name: str, whole: bool) -> None:
        content = self.here.files.get(f"{bucket}/{name}")
        if content is None:
            self._send({}, 404)
        elif whole:
            first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-")).groups()
            part = content[int(first) : int(last) + 1 if last else None]
            self._send(part, 206 if "Range" in self.headers else 200, total=len(content), first=int(first))
        else:
            checksum = base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
            self._send({"name": name, "bucket": bucket, "size": str(len(content)), "crc32c": checksum})

    def _send(
        self, answer: Any, status: int = 200, location: str = "", total: int = 0, first: int = 0
    ) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{first + len(content) - 1}/{total}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _messages(job: Job) -> dict[str, Any]:
    if not job.error:
        return {}
    error = {
        "messageImportance": "JOB_MESSAGE_ERROR",
        "messageText": job.error,
        "time": "2026-11-21T00:00:00Z",
    }
    return {"jobMessages": [error]}


@contextmanager
def serve() -> Iterator[Dataflow]:
    """Serves on a free port of this machine."""
    here = Dataflow()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"here": here}))
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
