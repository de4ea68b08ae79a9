"""Uploads job templates, and moves the one pointer `current` that the trigger function follows.

python -m infra.promotion.current_revision upload --bucket B --template build/template.json
python -m infra.promotion.current_revision move --bucket B --revision v1.2.0     (to go back: an older one)
python -m infra.promotion.current_revision move --bucket B --revision <commit> --keep-as dev
python -m infra.promotion.current_revision show --bucket B
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage  # type: ignore[attr-defined]

from components import foreign_answer
from infra.promotion import images
from infra.promotion.revision import revision
from pipeline.errors import DONE, UserError
from pipeline.runners.vertex.api import api_errors
from serving.client.foreign_answer import excerpt

CURRENT = "current.json"


class PromotionError(UserError):
    """One line: what stands in the way, and what to do."""


def upload(bucket: Any, template: Path) -> str:
    """Keeps a template under its revision's name, once and for all, and its schema.

    Returns:
      The revision.

    Raises:
      PromotionError: the revision is there already, with other content.
    """
    content = template.read_text(encoding="utf-8")
    values = json.loads(content)
    schema_bucket, _, schema_name = values["schema_uri"].removeprefix("gs://").partition("/")
    _keep(bucket.client.bucket(schema_bucket).blob(schema_name), values["schema"])
    _keep(bucket.blob(_path(values["revision"])), content)
    return values["revision"]


def _keep(blob: Any, content: str) -> None:
    try:
        blob.upload_from_string(content, if_generation_match=0)
    except PreconditionFailed as error:
        if blob.download_as_text() != content:
            raise PromotionError(
                f"{blob.name} is there already, with other content; give the revision another name"
            ) from error


def move(bucket: Any, revision: str, now: dt.datetime, keep_as: str = "") -> dict[str, str]:
    """Points `current` at a revision whose image clean-up will keep.

    Args:
      bucket: of promotions.
      revision: whose template is there.
      now: with time zone.
      keep_as: environment by which the image is tagged, so that clean-up keeps it. Empty for a release, whose
        image bears the release's tag.

    Returns:
      The pointer, which names the image by digest, and the revision before it too.

    Raises:
      PromotionError: there is no such revision, its image is named by a tag or kept by nothing, or somebody
        else moved the pointer at the same time.
    """
    image = _image(bucket, revision)
    if not keep_as and not images.RELEASE.fullmatch(revision):
        raise PromotionError(
            f"{revision} is no release as in v1.2.0, so clean-up may delete its image; name the environment "
            "that shall keep it (make promote KEEP_AS=dev)"
        )
    before, generation = _read(bucket)
    if before.get("revision") == revision:
        return before
    if keep_as:
        images.keep_current(keep_as, image, before.get("image"))
    pointer = {
        "revision": revision,
        "template": _path(revision),
        "image": image,
        "previous": before.get("revision", ""),
        "moved": now.isoformat(timespec="seconds"),
    }
    try:
        bucket.blob(CURRENT).upload_from_string(
            json.dumps(pointer), content_type="application/json", if_generation_match=generation
        )
    except PreconditionFailed as error:
        raise PromotionError(
            "somebody else moved the pointer at the same time; look, and move it again"
        ) from error
    return pointer


def _image(bucket: Any, revision: str) -> str:
    """Returns the image of a revision's template, by digest."""
    try:
        template = json.loads(bucket.blob(_path(revision)).download_as_bytes())
    except NotFound as error:
        there = ", ".join(revisions(bucket)) or "none"
        raise PromotionError(f"no revision {revision!r}; there are {there}") from error
    image = str(template.get("config", {}).get("cloud", {}).get("image", ""))
    if not images.digest_of(image):
        raise PromotionError(
            f"the template of {revision} names the image {image!r:.200} by no digest; make it anew "
            "(make template)"
        )
    return image


def show(bucket: Any) -> dict[str, str]:
    """Returns the pointer; empty before the first promotion."""
    return _read(bucket)[0]


def revisions(bucket: Any) -> list[str]:
    """Returns the names of the revisions whose templates are there."""
    names = (blob.name for blob in bucket.client.list_blobs(bucket, prefix="templates/"))
    return sorted(name.removeprefix("templates/").removesuffix(".json") for name in names)


def _path(revision: str) -> str:
    return f"templates/{revision}.json"


def _read(bucket: Any) -> tuple[dict[str, str], int]:
    blob = bucket.blob(CURRENT)
    try:
        text = blob.download_as_bytes().decode(errors="replace")
    except NotFound:
        return {}, 0
    try:
        return {**json.loads(text)}, int(blob.generation)
    except (ValueError, TypeError) as error:
        raise PromotionError(f"{CURRENT} holds {excerpt(text)!r}; expected what `move` writes") from error


def _run(options: argparse.Namespace) -> str:
    client = storage.Client()
    client._http.hooks["response"].append(foreign_answer.refuse)  # there is no public way
    bucket = client.bucket(options.bucket.removeprefix("gs://"))
    if options.action == "upload":
        return f"revision {upload(bucket, options.template)} is in {options.bucket}"
    if options.action == "move":
        now = dt.datetime.now(dt.timezone.utc)
        return json.dumps(move(bucket, options.revision, now, options.keep_as))
    return json.dumps({**show(bucket), "revisions": revisions(bucket)})


def main(arguments: list[str] | None = None) -> int:
    """Runs one action and prints a line; exit codes as everywhere."""
    parser = argparse.ArgumentParser(description="Uploads job templates and moves the pointer `current`.")
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("upload", "move", "show"):
        action = actions.add_parser(name)
        action.add_argument("--bucket", required=True, help="terraform output promotions")
        if name == "upload":
            action.add_argument("--template", type=Path, required=True)
        if name == "move":
            action.add_argument("--revision", type=revision, required=True)
            action.add_argument("--keep-as", default="", help="environment that keeps an image of no release")
    options = parser.parse_args(arguments)
    try:
        with api_errors(f"asking for {options.bucket}"):
            print(_run(options))
    except UserError as error:
        print(f"pointer: {error}", file=sys.stderr)
        return error.exit_code
    return DONE


if __name__ == "__main__":
    sys.exit(main())
