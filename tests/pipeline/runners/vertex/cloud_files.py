"""Cloud Storage's part of `cloud_server.py`: listing, reading and writing files."""

from __future__ import annotations

import base64
import datetime as dt
import json
import urllib.parse
import zlib
from typing import Any

import google_crc32c

from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError

_LONG_AGO = dt.datetime(2013, 1, 1, tzinfo=dt.timezone.utc)


def get_bucket(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.buckets.get; a bucket that holds nothing is there as well."""
    del query, body
    name = part["bucket"]
    location = cloud.locations.get(name, "US-CENTRAL1")
    return {"kind": "storage#bucket", "id": name, "name": name, "location": location}


def list_files(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.list, without folders below the prefix when there is a delimiter."""
    del body
    prefix = f"{part['bucket']}/{query.get('prefix', '')}"
    names = [name for name in sorted(cloud.files) if name.startswith(prefix)]
    if query.get("delimiter"):
        names = [name for name in names if "/" not in name.removeprefix(prefix)]
    first, size = int(query.get("pageToken", 0)), int(query.get("maxResults", 20))
    page = {
        "kind": "storage#objects",
        "items": [_file(cloud, part["bucket"], name) for name in names[first : first + size]],
    }
    return page | ({"nextPageToken": str(first + size)} if len(names) > first + size else {})


class Content(bytes):
    """A file's content, with the number that every write changes."""

    generation: int


def _generation(cloud: Cloud, name: str) -> int:
    """Another number after each write, and for other content that a test put there; 0 for no file."""
    if name not in cloud.files:
        return 0
    return (cloud.writes.get(name, 0) << 32) + zlib.crc32(cloud.files[name]) + 1


def _check_generation(cloud: Cloud, name: str, query: dict[str, str]) -> None:
    """ifGenerationMatch; 0: there is no such object. cloud.google.com/storage/docs/request-preconditions"""
    if query.get("ifGenerationMatch", "") not in ("", str(_generation(cloud, name))):
        raise RefusedError(412, "PRECONDITION_FAILED", f"{name} is of another generation")


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
        "generation": str(_generation(cloud, name)),
        "updated": cloud.updated.get(name, _LONG_AGO).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "mediaLink": f"{cloud.url}/download/storage/v1/b/{bucket}/o/{path}?alt=media",
    }


def get_file(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.get, the content with alt=media."""
    del body
    name = f"{part['bucket']}/{urllib.parse.unquote(part['name'])}"
    if name not in cloud.files:
        raise RefusedError(404, "NOT_FOUND", f"{name} not found")
    _check_generation(cloud, name, query)
    if query.get("alt") != "media":
        return _file(cloud, part["bucket"], name)
    content = Content(cloud.files[name])
    content.generation = _generation(cloud, name)
    return content


def put_file(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """storage.objects.insert, multipart."""
    boundary = body.split(b"\r\n", 1)[0]
    parts = body.split(boundary)
    values = json.loads(parts[1].split(b"\r\n\r\n", 1)[1])
    name = f"{part['bucket']}/{values['name']}"
    _check_generation(cloud, name, query)
    cloud.files[name] = parts[2].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    cloud.writes[name] = cloud.writes.get(name, 0) + 1
    return _file(cloud, part["bucket"], name)
