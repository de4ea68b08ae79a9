"""A local server that answers as Cloud Storage and Vertex AI answer the trigger function.

What is sent to Vertex AI is parsed strictly as the API's own published message.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.cloud import aiplatform_v1
from google.protobuf import json_format

from pipeline.config import load as configs

Answer = tuple[int, Any]
JOBS_OF_A_PAGE = 2


class LocalGoogle:
    """Objects, pipeline jobs and artifacts in memory.

    Attributes:
      objects: (bucket, name) to content.
      updated: (bucket, name) to when it was written; the others were in 2013.
      jobs: job id to job, as the API would list it.
      details: job id to what is said only when that job is asked for.
      artifacts: resource name to artifact.
      answer_once: status that the next creation answers with, created or not; None for the truth.
      read_faults: what the next requests that only read are answered with: statuses; 0 is half of an answer.
      create_faults: statuses that the next creations are refused with, and nothing is created.
      created: how many jobs.
      listings: how many times a bucket was listed, but to look for the record of models.
    """

    def __init__(self) -> None:
        self.forget()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def forget(self) -> None:
        """Begins anew, on the same port."""
        self.objects: dict[tuple[str, str], bytes] = {}
        self.updated: dict[tuple[str, str], dt.datetime] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.details: dict[str, dict[str, Any]] = {}
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.answer_once: int | None = None
        self.read_faults: list[int] = []
        self.create_faults: list[int] = []
        self.created = 0
        self.listings = 0

    def close(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()

    def get(self, path: str, query: dict[str, str]) -> Answer:
        """Answers a GET."""
        if self.read_faults:
            return self.read_faults.pop(0), {"error": {"status": "UNAVAILABLE"}}
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        if parts[:3] == ["storage", "v1", "b"]:
            bucket, *name = parts[3], *parts[5:]
            return self._object(bucket, *name, query) if name else self._objects(bucket, query)
        name = "/".join(parts[1:])
        if name.endswith("/pipelineJobs"):
            return 200, self._page_of_jobs(query)
        if "/artifacts/" in name:
            return (200, self.artifacts[name]) if name in self.artifacts else (404, {})
        job = self.jobs.get(parts[-1])
        return (200, {**job, **self.details.get(parts[-1], {})}) if job else (404, {})

    def create(self, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answers the creation of a job."""
        json_format.ParseDict(body, aiplatform_v1.PipelineJob.pb()())
        if self.create_faults:
            return self.create_faults.pop(0), {"error": {"status": "RESOURCE_EXHAUSTED"}}
        job_id = query["pipelineJobId"]
        if job_id in self.jobs:
            return 409, {"error": {"status": "ALREADY_EXISTS"}}
        self.created += 1
        self.jobs[job_id] = {
            **body,
            "name": f"{path.strip('/').removeprefix('v1/')}/{job_id}",
            "state": "PIPELINE_STATE_RUNNING",
            "createTime": dt.datetime.now(dt.timezone.utc).isoformat().replace("+00:00", "Z"),
        }
        if self.answer_once is not None:
            status, self.answer_once = self.answer_once, None
            return status, {"error": {"status": "UNAVAILABLE"}}
        return 200, self.jobs[job_id]

    def _page_of_jobs(self, query: dict[str, str]) -> dict[str, Any]:
        """Two jobs, every other page none: a service may answer a page without a job, and go on."""
        jobs, number = self._listed(query), int(query.get("pageToken", 0))
        first, empty = number // 2 * JOBS_OF_A_PAGE, number % 2
        page = {} if empty else {"pipelineJobs": jobs[first : first + JOBS_OF_A_PAGE]}
        goes_on = len(jobs) > first + JOBS_OF_A_PAGE
        return page | ({"nextPageToken": str(number + 1)} if goes_on else {})

    def _objects(self, bucket: str, query: dict[str, str]) -> Answer:
        prefix, below = query.get("prefix", ""), query.get("delimiter", "\n")
        self.listings += not query.get("pageToken") and not prefix.startswith("registry/")
        names = sorted(n for b, n in self.objects if b == bucket and n.startswith(prefix))
        names = [name for name in names if below not in name.removeprefix(prefix)]
        first = int(query.get("pageToken", 0))
        page = {"items": [self._described(bucket, name) for name in names[first : first + 20]]}
        return 200, page | ({"nextPageToken": str(first + 20)} if len(names) > first + 20 else {})

    def _described(self, bucket: str, name: str) -> dict[str, str]:
        long_ago = dt.datetime(2013, 1, 1, tzinfo=dt.timezone.utc)
        updated = self.updated.get((bucket, name), long_ago)
        generation = str(zlib.crc32(self.objects[bucket, name]) + 1)
        return {
            "name": name,
            "updated": updated.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "generation": generation,
        }

    def _object(self, bucket: str, name: str, query: dict[str, str]) -> Answer:
        found = self.objects.get((bucket, name))
        if found is None:
            return 404, {"error": f"no object {name}"}
        generation = self._described(bucket, name)["generation"]
        return (200, found) if query.get("ifGenerationMatch", generation) == generation else (412, {})

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        wanted = query["filter"].removeprefix('pipeline_name="').removesuffix('"')
        jobs = [j for j in self.jobs.values() if j["pipelineSpec"]["pipelineInfo"]["name"] == wanted]
        mask = query["readMask"].split(",")
        unknown = set(mask) - {field.json_name for field in aiplatform_v1.PipelineJob.pb().DESCRIPTOR.fields}
        assert not unknown, f"a job has no {', '.join(unknown)}"
        newest_first = sorted(jobs, key=lambda job: job["createTime"], reverse=True)
        return [{field: job[field] for field in mask if field in job} for job in newest_first]


def _handler(google: LocalGoogle) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            self._send(google.get(path, dict(urllib.parse.parse_qsl(query))))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path, _, query = self.path.partition("?")
            try:
                answer = google.create(path, dict(urllib.parse.parse_qsl(query)), body)
            except json_format.ParseError as fault:
                answer = 400, {"error": str(fault)}
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            status, body = answer
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status or 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if status else content[: len(content) // 2])
            self.close_connection = not status

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def add_released(google: LocalGoogle, parent: str, number: int, more: dict[str, str]) -> None:
    """A run of the beginning of the year that released version 1.0.<number>, as Vertex AI tells of it."""
    artifact = f"{parent}/metadataStores/default/artifacts/{number}"
    google.artifacts[artifact] = {
        "name": artifact,
        "metadata": {
            "blessed": 1,
            "version": f"1.0.{number}",
            "model_uri": f"gs://bucket/model-{number}",
            "pushed_destination": "projects/1/locations/us-central1/endpoints/1",
            "window": json.dumps({"train_first": "2012-01-01", "train_last": "2012-02-01"}),
            **more,
        },
    }
    google.jobs[f"old-{number}"] = {
        "name": f"{parent}/pipelineJobs/old-{number}",
        "state": "PIPELINE_STATE_SUCCEEDED",
        "createTime": f"2026-01-0{number}T00:00:00.123456789Z",
        "pipelineSpec": {"pipelineInfo": {"name": configs.load("dev").name}},
    }
    release = {"taskName": "Release", "outputs": {"release": {"artifacts": [{"name": artifact}]}}}
    google.details[f"old-{number}"] = {"jobDetail": {"taskDetails": [release]}}
