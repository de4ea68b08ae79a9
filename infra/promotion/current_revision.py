"""Uploads job templates, and moves the one pointer `current` that the trigger function follows.

python -m infra.promotion pointer upload --bucket B --template build/template.json
python -m infra.promotion pointer move --bucket B --revision v1.2.0     (to go back: an older one)
python -m infra.promotion pointer move --bucket B --revision <commit> --keep-as dev
python -m infra.promotion pointer show --bucket B
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage  # type: ignore[attr-defined]

from components import foreign_answer
from infra.promotion import command, images
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


def move(bucket: Any, revision: str, now: dt.datetime, keep_as: str = "") -> dict[str, Any]:
    """Points `current` at a revision whose images clean-up will keep.

    Args:
      bucket: of promotions.
      revision: whose template is there.
      now: with time zone.
      keep_as: environment by which the images are tagged, so that clean-up keeps them. Empty for a release,
        whose images bear the release's tag.

    Returns:
      The pointer, which names the images by digest, and the revision before it too.

    Raises:
      PromotionError: there is no such revision, one of its images is named by a tag or kept by nothing, or
        somebody else moved the pointer at the same time.
    """
    named = _images(bucket, revision)
    if not keep_as and not images.RELEASE.fullmatch(revision):
        raise PromotionError(
            f"{revision} is no release as in v1.2.0, so clean-up may delete its images; name the environment "
            "that shall keep them (make promote KEEP_AS=dev)"
        )
    before, generation = _read(bucket)
    if before.get("revision") == revision:
        return before
    if keep_as:
        images.keep_current(keep_as, named, before.get("images", ()))
    pointer = {
        "revision": revision,
        "template": _path(revision),
        "images": named,
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


def _images(bucket: Any, revision: str) -> list[str]:
    """Returns the images of ours that a revision's template names, by digest, wherever it names them.

    Ours are those in the repository of the steps' image: what clean-up may delete.
    """
    try:
        text = bucket.blob(_path(revision)).download_as_bytes().decode()
    except NotFound as error:
        there = ", ".join(revisions(bucket)) or "none"
        raise PromotionError(f"no revision {revision!r}; there are {there}") from error
    of_steps = str(json.loads(text).get("config", {}).get("cloud", {}).get("image", ""))
    repository = re.split("[@:]", of_steps)[0].rpartition("/")[0]
    named = sorted(
        {of_steps, *re.findall(rf"{re.escape(repository)}/[\w.-]+(?:[@:][\w.:-]+)?", text, re.ASCII)}
    )
    for image in named:
        if not images.digest_of(image):
            raise PromotionError(
                f"the template of {revision} names the image {image!r:.200} by no digest; make it anew "
                "(make template)"
            )
    names = [image.partition("@")[0] for image in named]
    for name in {name for name in names if names.count(name) > 1}:
        raise PromotionError(
            f"the template of {revision} names two images {name}, and a tag keeps one; make it anew "
            "(make template)"
        )
    return named


def show(bucket: Any) -> dict[str, Any]:
    """Returns the pointer; empty before the first promotion."""
    return _read(bucket)[0]


def revisions(bucket: Any) -> list[str]:
    """Returns the names of the revisions whose templates are there."""
    names = (blob.name for blob in bucket.client.list_blobs(bucket, prefix="templates/"))
    return sorted(name.removeprefix("templates/").removesuffix(".json") for name in names)


def _path(revision: str) -> str:
    return f"templates/{revision}.json"


def _read(bucket: Any) -> tuple[dict[str, Any], int]:
    blob = bucket.blob(CURRENT)
    try:
        text = blob.download_as_bytes().decode(errors="replace")
    except NotFound:
        return {}, 0
    try:
        return {**json.loads(text)}, int(blob.generation)
    except (ValueError, TypeError, RecursionError) as error:
        raise PromotionError(f"{CURRENT} holds {excerpt(text)!r}; expected what `move` writes") from error


def _run(options: argparse.Namespace) -> int:
    with api_errors(f"asking for {options.bucket}"):
        print(_done(options))
    return DONE


def _done(options: argparse.Namespace) -> str:
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
    parser = command.parser("pointer", "Uploads job templates and moves the pointer `current`.")
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
    return command.end("pointer", f"asking for {options.bucket}", lambda: _run(options))
