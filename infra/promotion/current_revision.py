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
import sys
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage  # type: ignore[attr-defined]

from components import foreign_answer
from infra.functions.trigger.job_template import JobTemplate
from infra.promotion import command, images
from infra.promotion.revision import revision
from pipeline.config import google_names
from pipeline.errors import DONE, ConfigError, UserError
from pipeline.runners.vertex.api import api_errors
from serving.client.foreign_answer import excerpt

CURRENT = "current.json"
# What JSON ends in that is none, that has other types, lacks a key, or is nested too deeply.
_UNREADABLE = (ValueError, TypeError, KeyError, RecursionError)


class PromotionError(UserError):
    """One line: what stands in the way, and what to do."""


def upload(bucket: Any, template: Path) -> str:
    """Keeps a template under its revision's name, once and for all, and its schema.

    Returns:
      The revision.

    Raises:
      ConfigError: the file holds no template of this code.
      PromotionError: the revision is there already, with other content.
    """
    content, made = _made(template)
    schema_bucket, _, schema_name = made.schema_uri.removeprefix("gs://").partition("/")
    _keep(bucket.client.bucket(schema_bucket).blob(schema_name), made.schema)
    _keep(bucket.blob(_path(made.revision)), content)
    return made.revision


def _made(path: Path) -> tuple[str, JobTemplate]:
    """Returns the text and the template of a file, whose values are of their types."""
    try:
        content = path.read_bytes().decode()
        made = JobTemplate.from_json(content)
        for name in ("revision", "source", "schema", "schema_uri", "split"):
            if not isinstance(value := getattr(made, name), str):
                raise TypeError(f"{name} is {value!r:.100}, which is no text")
        for name in ("code", "jobs"):
            if not isinstance(value := getattr(made, name), dict):
                raise TypeError(f"{name} is {value!r:.100}, which is no object")
        if fault := google_names.FOLDER.fault(made.schema_uri):
            raise ValueError(f"schema_uri is {made.schema_uri!r:.100}; {fault}")
        revision(made.revision)
    # Of what is no object, a template says that it has no keys.
    except (*_UNREADABLE, OSError, AttributeError, argparse.ArgumentTypeError) as error:
        raise ConfigError(
            f"{path} is no job template ({type(error).__name__}: {error!s:.200}); make it with "
            "`make template`"
        ) from error
    return content, made


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
      The pointer, which names the images by digest, and the revision before it too. A pointer that cannot be
      read is replaced; its content stays as an older version of the object.

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
    text, generation = _read(bucket)
    try:
        before = _pointer(text)
    except PromotionError as error:
        print(f"pointer: warning: {error}; it is replaced now", file=sys.stderr)
        before = {}
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
        text = bucket.blob(_path(revision)).download_as_bytes().decode(errors="replace")
    except NotFound as error:
        there = ", ".join(revisions(bucket)) or "none"
        raise PromotionError(f"no revision {revision!r}; there are {there}") from error
    try:
        of_steps = json.loads(text)["config"]["cloud"]["image"]
        if not isinstance(of_steps, str):
            raise TypeError(f"cloud.image is {of_steps!r:.100}")
    except _UNREADABLE as error:
        raise PromotionError(
            f"{_path(revision)} is no job template ({type(error).__name__}: {error!s:.200}); take "
            "another revision"
        ) from error
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
    """Returns the pointer; empty before the first promotion.

    Raises:
      PromotionError: it is not as `move` writes it.
    """
    return _pointer(_read(bucket)[0])


def revisions(bucket: Any) -> list[str]:
    """Returns the names of the revisions whose templates are there."""
    names = (blob.name for blob in bucket.client.list_blobs(bucket, prefix="templates/"))
    return sorted(name.removeprefix("templates/").removesuffix(".json") for name in names)


def _path(revision: str) -> str:
    return f"templates/{revision}.json"


def _read(bucket: Any) -> tuple[str, int]:
    """Returns the pointer's text and generation; before the first promotion those of an empty one."""
    blob = bucket.blob(CURRENT)
    try:
        text = blob.download_as_bytes().decode(errors="replace")
        return text, int(blob.generation or 0)  # what is no bucket names none, and its text is no pointer
    except NotFound:
        return "{}", 0


def _pointer(text: str) -> dict[str, Any]:
    try:
        values = {**json.loads(text)}
        named = values.get("images", [])
        revision = values["revision"] if values else ""
        if not isinstance(revision, str) or not isinstance(named, list):
            raise TypeError(text)
        if not all(images.digest_of(image) for image in named):
            raise ValueError(text)
    except _UNREADABLE as error:
        raise PromotionError(
            f"{CURRENT} holds {excerpt(text)!r}, not what a promotion writes; promote a revision anew "
            "(make promote)"
        ) from error
    return values


def _run(options: argparse.Namespace) -> int:
    with api_errors(f"asking for gs://{options.bucket}"):
        print(_done(options))
    return DONE


def _done(options: argparse.Namespace) -> str:
    client = storage.Client()
    client._http.hooks["response"].append(foreign_answer.refuse)  # there is no public way
    bucket = client.bucket(options.bucket)
    if options.action == "upload":
        return f"revision {upload(bucket, options.template)} is in gs://{options.bucket}"
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
        action.add_argument(
            "--bucket", type=command.bucket, required=True, help="terraform output promotions"
        )
        if name == "upload":
            action.add_argument("--template", type=Path, required=True)
        if name == "move":
            action.add_argument("--revision", type=revision, required=True)
            action.add_argument("--keep-as", default="", help="environment that keeps an image of no release")
    options = parser.parse_args(arguments)
    return command.end("pointer", f"asking for gs://{options.bucket}", lambda: _run(options))
