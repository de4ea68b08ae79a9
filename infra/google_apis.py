"""The few calls to Cloud Storage, Vertex AI, Pub/Sub, BigQuery and Artifact Registry, by REST.

The trigger function makes most of them, promotions the others.

This is the limit: so few calls need none of Google's clients in the function's lock
(docs/decisions/0022-one-trigger.md). What needs more of them (metrics, labels, endpoints, logs) runs in Cloud
Run with the official clients.

Every request ends in an OSError where it fails: one of `requests`, or a `ForeignAnswerError`.

Each service can be replaced by a local server, which needs no credentials: STORAGE_EMULATOR_HOST,
PUBSUB_EMULATOR_HOST and BIGQUERY_EMULATOR_HOST as Google's clients know them, VERTEX_ENDPOINT and
ARTIFACT_REGISTRY_ENDPOINT of our own.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import google.auth
import google.auth.transport.requests
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from components import foreign_answer
from components.shown import shown
from pipeline.config import google_names
from pipeline.errors import ConfigError
from pipeline.spans.bucket import StoredFile
from serving.client.foreign_answer import LONGEST_REFUSAL, excerpt

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TIMEOUT_S = 20
_CHUNK_BYTES = 1 << 20
# Asking is repeated, doing is not. The waits of half a second and a second, and three time-outs, stay within
# the function's time.
_RETRIES = Retry(
    total=2,
    backoff_factor=0.5,
    allowed_methods=("GET",),
    status_forcelist=(429, 500, 502, 503, 504),
    raise_on_status=False,
    respect_retry_after_header=False,
)
# What the function needs to know of every job that ever ran; a compiled job has some hundred kilobytes.
_JOB_FIELDS = "name,state,createTime,labels,runtimeConfig"
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)
_REPOSITORY = re.compile(r"([a-z0-9-]+)-docker\.pkg\.dev/([a-z0-9.:-]+)/([a-z0-9-]+)", re.ASCII)
# Stricter than `fromisoformat`, which takes more with every version of Python.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)


class AlreadyExistsError(Exception):
    """A job with this id is there."""


class Bucket:
    """Objects of one Cloud Storage bucket."""

    def __init__(self, name: str):
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        base = emulator or "https://storage.googleapis.com"
        self._objects = f"{base}/storage/v1/b/{name}/o"
        self._session = _session(emulator)

    def files(self, prefix: str) -> list[StoredFile]:
        """Returns the files whose names begin with a prefix and have no `/` after it."""
        parameters = {
            "prefix": prefix,
            "delimiter": "/",
            "fields": "items(name,updated,generation),nextPageToken",
        }
        return [
            StoredFile(item["name"], parse_time(item["updated"]), int(item["generation"]))
            for page in _pages(self._session, self._objects, parameters)
            for item in page.get("items", [])
        ]

    def download(self, file: StoredFile, take: Callable[[bytes], object]) -> None:
        """Passes a file's content to `take`, piece by piece.

        Raises:
          HTTPError: among others, it was written since it was listed.
        """
        parameters = {"alt": "media", "ifGenerationMatch": str(file.generation)}
        with self._session.get(
            self._url(file.name), params=parameters, timeout=_TIMEOUT_S, stream=True
        ) as answer:
            for piece in _checked(answer).iter_content(_CHUNK_BYTES):
                take(piece)

    def read(self, name: str) -> bytes:
        """Returns an object's content."""
        answer = self._session.get(self._url(name), params={"alt": "media"}, timeout=_TIMEOUT_S)
        return _checked(answer).content

    def _url(self, name: str) -> str:
        return f"{self._objects}/{urllib.parse.quote(name, safe='')}"


class PipelineJobs:
    """The pipeline jobs of one project and region."""

    def __init__(self, project: str, region: str):
        """Takes names as Google writes them: the region is a part of the host that the token is sent to.

        Raises:
          ConfigError: one of them is none.
        """
        for name, written in ((project, google_names.PROJECT), (region, google_names.REGION)):
            if fault := written.fault(name):
                raise ConfigError(f"{shown(name)}: {fault}")
        emulator = os.environ.get("VERTEX_ENDPOINT")
        self._base = f"{emulator or f'https://{region}-aiplatform.googleapis.com'}/v1"
        self._jobs = f"{self._base}/projects/{project}/locations/{region}/pipelineJobs"
        self._session = _session(emulator)

    def of_pipeline(self, name: str) -> list[dict[str, Any]]:
        """Returns the jobs of a pipeline, newest first, without their details."""
        query = {
            "filter": f'pipeline_name="{name}"',
            "orderBy": "create_time desc",
            "pageSize": "100",
            "readMask": _JOB_FIELDS,
        }
        return [
            job for page in _pages(self._session, self._jobs, query) for job in page.get("pipelineJobs", [])
        ]

    def get(self, resource_name: str) -> dict[str, Any]:
        """Returns a job or an artifact by its resource name, with its details."""
        return _object(self._session.get(f"{self._base}/{resource_name}", timeout=_TIMEOUT_S))

    def create(self, job_id: str, job: Mapping[str, Any]) -> dict[str, Any]:
        """Starts a job.

        Raises:
          AlreadyExistsError: there is one with this id.
        """
        answer = self._session.post(
            self._jobs, params={"pipelineJobId": job_id}, json=job, timeout=_TIMEOUT_S
        )
        if answer.status_code == requests.codes.conflict:
            raise AlreadyExistsError(job_id)
        return _object(answer, "name")


class ImageRepository:
    """One repository of images in Artifact Registry: their tags, parts, and what scanning found in them."""

    def __init__(self, address: str):
        """Takes the address that images are pulled from, `<region>-docker.pkg.dev/<project>/<repository>`.

        Raises:
          ValueError: it is none.
        """
        if not (found := _REPOSITORY.fullmatch(address)):
            raise ValueError(f"{address!r} is not <region>-docker.pkg.dev/<project>/<repository>")
        emulator = os.environ.get("ARTIFACT_REGISTRY_ENDPOINT")
        self._base = f"{emulator or 'https://artifactregistry.googleapis.com'}/v1"
        region, self._project, name = found.groups()
        self._packages = f"projects/{self._project}/locations/{region}/repositories/{name}/packages"
        self._address = address
        self._manifests = f"{emulator or f'https://{region}-docker.pkg.dev'}/v2/{self._project}/{name}"
        self._analysis = f"{emulator or 'https://containeranalysis.googleapis.com'}/v1"
        self._session = _session(emulator)

    def digest(self, image: str, tag: str) -> str | None:
        """Returns what a tag of an image names, `sha256:...`; None where there is no such tag."""
        answer = self._session.get(f"{self._base}/{self._tag(image, tag)}", timeout=_TIMEOUT_S)
        if answer.status_code == requests.codes.not_found:
            foreign_answer.json_object(answer)
            return None
        return str(_object(answer, "version")["version"].rsplit("/", 1)[-1])

    def set_tag(self, image: str, tag: str, digest: str) -> None:
        """Lets a tag of an image name a digest, whatever it named before."""
        name = self._tag(image, tag)
        body = {"name": name, "version": f"{self._packages}/{image}/versions/{digest}"}
        if self.digest(image, tag) is None:
            url, parameters = f"{self._base}/{self._packages}/{image}/tags", {"tagId": tag}
            _object(self._session.post(url, params=parameters, json=body, timeout=_TIMEOUT_S), "name")
        else:
            url, parameters = f"{self._base}/{name}", {"updateMask": "version"}
            _object(self._session.patch(url, params=parameters, json=body, timeout=_TIMEOUT_S), "name")

    def platforms(self, image: str, digest: str) -> list[str]:
        """Returns the digests of the manifests that an index names for a platform; none if it is no index."""
        url, headers = f"{self._manifests}/{image}/manifests/{digest}", {"Accept": _MANIFESTS}
        manifest = _object(self._session.get(url, headers=headers, timeout=_TIMEOUT_S))
        named = manifest.get("manifests", [])
        return [part["digest"] for part in named if part.get("platform", {}).get("os") != "unknown"]

    def occurrences(self, image: str, digest: str) -> list[dict[str, Any]]:
        """Returns what Artifact Analysis noted of an image: scans and their findings."""
        url = f"{self._analysis}/projects/{self._project}/occurrences"
        query = {"filter": f'resourceUrl="https://{self._address}/{image}@{digest}"', "pageSize": "1000"}
        return [each for page in _pages(self._session, url, query) for each in page.get("occurrences", [])]

    def _tag(self, image: str, tag: str) -> str:
        return f"{self._packages}/{image}/tags/{urllib.parse.quote(tag, safe='')}"


def query(project: str, text: str) -> list[list[Any]]:
    """Runs a query in BigQuery; values come as text, times as microseconds since 1970.

    Args:
      project: which pays for it.
      text: GoogleSQL.

    Raises:
      TimeoutError: it did not end in time.
    """
    emulator = os.environ.get("BIGQUERY_EMULATOR_HOST")
    url = f"{emulator or 'https://bigquery.googleapis.com'}/bigquery/v2/projects/{project}/queries"
    session = _session(emulator)
    body: dict[str, Any] = {
        "query": text,
        "useLegacySql": False,
        "timeoutMs": _TIMEOUT_S * 500,
        "formatOptions": {"useInt64Timestamp": True},
    }
    answer = _object(session.post(url, json=body, timeout=_TIMEOUT_S), "jobComplete")
    if not answer["jobComplete"]:
        raise TimeoutError(f"BigQuery did not answer within {_TIMEOUT_S / 2:g} s: {text}")
    rows, job = [*answer.get("rows", [])], answer.get("jobReference", {})
    parameters = {"location": job.get("location", ""), "formatOptions.useInt64Timestamp": "true"}
    while token := answer.get("pageToken"):
        page = session.get(
            f"{url}/{job['jobId']}", params={**parameters, "pageToken": token}, timeout=_TIMEOUT_S
        )
        answer = _object(page)
        rows += answer["rows"]
    return [[cell["v"] for cell in row["f"]] for row in rows]


def parse_time(text: str) -> dt.datetime:
    """Reads a time as these services write it, by RFC 3339; nanoseconds are cut to microseconds.

    Raises:
      ValueError: it is no such time.
    """
    if not (match := _TIME.fullmatch(text)):
        raise ValueError(f"{text!r} is not a time like 2026-11-21T12:00:00.123Z")
    whole, fraction, offset = match.groups("")
    return dt.datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}{offset.replace('Z', '+00:00')}")


def publish(project: str, topic: str, data: bytes, attributes: Mapping[str, str]) -> None:
    """Sends a message to a topic."""
    emulator = os.environ.get("PUBSUB_EMULATOR_HOST")
    base = f"http://{emulator}" if emulator else "https://pubsub.googleapis.com"
    message = {"data": base64.b64encode(data).decode(), "attributes": dict(attributes)}
    _object(
        _session(emulator).post(
            f"{base}/v1/projects/{project}/topics/{topic}:publish",
            data=json.dumps({"messages": [message]}),
            headers={"Content-Type": "application/json"},
            timeout=_TIMEOUT_S,
        ),
        "messageIds",
    )


def _session(emulator: str | None) -> requests.Session:
    session = requests.Session() if emulator else _authorized()
    session.hooks["response"].append(foreign_answer.refuse)
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRIES))
    return session


def _authorized() -> requests.Session:
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    session: requests.Session = google.auth.transport.requests.AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return session


def _pages(session: requests.Session, url: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    token = ""
    while True:
        parameters = {**query, **({"pageToken": token} if token else {})}
        page = _object(session.get(url, params=parameters, timeout=_TIMEOUT_S))
        yield page
        token = page.get("nextPageToken", "")
        if not token:
            return


def _checked(answer: requests.Response) -> requests.Response:
    if not answer.ok:
        foreign_answer.json_object(answer)  # the API's own errors are JSON, too
        said = excerpt(answer.text, LONGEST_REFUSAL)
        raise requests.HTTPError(f"{answer.url}: {answer.status_code} {said}", response=answer)
    return answer


def _object(answer: requests.Response, key: str | None = None) -> dict[str, Any]:
    return foreign_answer.json_object(_checked(answer), key)
