"""Uploads templates, and moves the one pointer `current` that the trigger function follows.

python -m infra.promotion.pointer upload --bucket B --template build/template.json
python -m infra.promotion.pointer move --bucket B --release v1.2.0     (to go back: an older one)
python -m infra.promotion.pointer show --bucket B
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
from google.cloud import storage  # type: ignore[attr-defined]

from pipeline.errors import DONE, STOPPED

CURRENT = "current.json"


class ReleaseError(Exception):
    """One line: what stands in the way, and what to do."""


def upload(bucket: Any, template: Path) -> str:
    """Keeps a template under its release's name, once and for all, and its schema; returns the release.

    Raises:
      ReleaseError: the release is there already, with other content.
    """
    content = template.read_text(encoding="utf-8")
    values = json.loads(content)
    schema_bucket, _, schema_name = values["schema_uri"].removeprefix("gs://").partition("/")
    _keep(bucket.client.bucket(schema_bucket).blob(schema_name), values["schema"])
    _keep(bucket.blob(_path(values["release"])), content)
    return values["release"]


def _keep(blob: Any, content: str) -> None:
    try:
        blob.upload_from_string(content, if_generation_match=0)
    except PreconditionFailed as error:
        if blob.download_as_text() != content:
            raise ReleaseError(
                f"{blob.name} is there already, with other content; give the release another name"
            ) from error


def move(bucket: Any, release: str, now: dt.datetime) -> dict[str, str]:
    """Points `current` at a release and returns the pointer, which names the release before it.

    Raises:
      ReleaseError: there is no such release, or somebody else moved the pointer at the same time.
    """
    if not bucket.blob(_path(release)).exists():
        raise ReleaseError(f"no release {release!r}; there are {', '.join(releases(bucket)) or 'none'}")
    before, generation = _read(bucket)
    if before.get("release") == release:
        return before
    pointer = {
        "release": release,
        "template": _path(release),
        "previous": before.get("release", ""),
        "moved": now.isoformat(timespec="seconds"),
    }
    try:
        bucket.blob(CURRENT).upload_from_string(
            json.dumps(pointer), content_type="application/json", if_generation_match=generation
        )
    except PreconditionFailed as error:
        raise ReleaseError(
            "somebody else moved the pointer at the same time; look, and move it again"
        ) from error
    return pointer


def show(bucket: Any) -> dict[str, str]:
    """The pointer; empty before the first release."""
    return _read(bucket)[0]


def releases(bucket: Any) -> list[str]:
    """Names of the releases whose templates are there."""
    names = (blob.name for blob in bucket.client.list_blobs(bucket, prefix="templates/"))
    return sorted(name.removeprefix("templates/").removesuffix(".json") for name in names)


def _path(release: str) -> str:
    return f"templates/{release}.json"


def _read(bucket: Any) -> tuple[dict[str, str], int]:
    blob = bucket.blob(CURRENT)
    try:
        text = blob.download_as_text()
    except NotFound:
        return {}, 0
    return json.loads(text), int(blob.generation)


def _run(given: argparse.Namespace) -> str:
    bucket = storage.Client().bucket(given.bucket.removeprefix("gs://"))
    if given.action == "upload":
        return f"release {upload(bucket, given.template)} is in {given.bucket}"
    if given.action == "move":
        return json.dumps(move(bucket, given.release, dt.datetime.now(dt.timezone.utc)))
    return json.dumps({**show(bucket), "releases": releases(bucket)})


def main(arguments: list[str] | None = None) -> int:
    """Prints one line; exit codes as everywhere."""
    parser = argparse.ArgumentParser(description="Uploads templates and moves the pointer `current`.")
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("upload", "move", "show"):
        action = actions.add_parser(name)
        action.add_argument("--bucket", required=True, help="of releases: terraform output releases")
        if name == "upload":
            action.add_argument("--template", type=Path, required=True)
        if name == "move":
            action.add_argument("--release", required=True)
    try:
        print(_run(parser.parse_args(arguments)))
    except (ReleaseError, GoogleAPIError) as error:
        print(f"pointer: {error}", file=sys.stderr)
        return STOPPED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
