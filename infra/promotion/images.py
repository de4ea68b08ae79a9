"""The images of a revision by digest: found once, written down, and tagged so that clean-up keeps them.

python -m infra.promotion images resolve --repository R --tag <commit or release> --into build/images.json
python -m infra.promotion images release --images build/images.json --tag v1.2.0

infra/docker/build writes the same file, their tag included, of the images that it has pushed. Everything
behind names digests: a tag can be moved, a digest cannot.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.google_apis import ImageRepository
from infra.promotion import command, whole_file
from infra.promotion.revision import revision
from pipeline.errors import DONE, ConfigError, UserError

IMAGES = ("pipeline", "trainer", "serving")
RELEASE = re.compile(r"v\d+\.\d+\.\d+", re.ASCII)
_BY_DIGEST = re.compile(
    r"(?P<repository>[^\s:@]+)/(?P<name>[^\s:@/]+)@(?P<digest>sha256:[0-9a-f]{64})", re.ASCII
)
_POLL_S = 15
_MAKE = "make it with `make images` or `make resolve-images`"
_LONGEST_WAIT_S = 3600


class ImageError(UserError):
    """One line: which image is not as it must be, and what to do."""


def digest_of(image: str) -> str:
    """Returns the digest by which an image is named, `sha256:...`; empty if it is named by a tag."""
    found = _BY_DIGEST.fullmatch(image)
    return found["digest"] if found else ""


def resolve(repository: str, tag: str, wait_s: float = 0) -> dict[str, str]:
    """Returns name to image by digest, of all images of a revision.

    Args:
      repository: address that the images are pulled from.
      tag: of every image: a commit or a release.
      wait_s: how long to wait for a tag that is not there yet, such as a release's.

    Raises:
      ImageError: an image has no such tag.
    """
    registry, deadline = _repository(repository), time.monotonic() + wait_s
    found: dict[str, str] = {}
    for name in IMAGES:
        while not (digest := registry.digest(name, tag)):
            if time.monotonic() >= deadline:
                raise ImageError(
                    f"{repository}/{name} has no tag {tag}: no build has pushed this revision, or clean-up "
                    "has deleted it; build it (make images), or take a revision whose images are there"
                )
            time.sleep(min(_POLL_S, max(0.0, deadline - time.monotonic())))
        found[name] = f"{repository}/{name}@{digest}"
    return found


def release(images: Mapping[str, str], tag: str) -> None:
    """Tags the images of a release, so that clean-up keeps them.

    Raises:
      ImageError: the tag is no release's, or names another image already.
    """
    if not RELEASE.fullmatch(tag):
        raise ImageError(f"{tag!r} is no release; expected a tag as in v1.2.0")
    for image in images.values():
        registry, name, digest = parts(image)
        if (there := registry.digest(name, tag)) not in (None, digest):
            raise ImageError(f"{tag} names {there} of {name} already; give the release another number")
    for image in images.values():
        registry, name, digest = parts(image)
        registry.set_tag(name, tag, digest)


def keep_current(environment: str, images: Iterable[str], previous: Iterable[str]) -> None:
    """Tags the images that `current` is about to name, and those that it names, so that clean-up keeps both.

    Args:
      environment: whose pointer it is.
      images: by digest; one of each name, as a tag names one.
      previous: likewise; none before the first promotion.
    """
    for tag, kept in ((f"previous-{environment}", previous), (f"current-{environment}", images)):
        for image in kept:
            registry, name, digest = parts(image)
            registry.set_tag(name, tag, digest)


def read(path: Path, revision: str = "") -> dict[str, str]:
    """Returns name to image, as `resolve` and infra/docker/build write them.

    Args:
      path: of the file.
      revision: whose images they must be; empty for any.

    Raises:
      ConfigError: there is no such file, an image in it is not named by a digest, is another than its
        key says or in a repository of its own, or they are another revision's.
    """
    try:
        images = json.loads(path.read_text(encoding="utf-8"))
        repositories = set()
        for name in IMAGES:
            if not (found := _BY_DIGEST.fullmatch(images[name])):
                raise ValueError(f"{images[name]!r:.200} names no digest")
            if found["name"] != name:
                raise ValueError(f"{name} is {images[name]!r:.200}")
            repositories.add(found["repository"])
        if len(repositories) > 1:
            raise ValueError(f"they are in {' and '.join(sorted(repositories))}")
        tag = images.get("tag")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}; {_MAKE}") from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConfigError(
            f"{path} does not name {', '.join(IMAGES)} by digest ({type(error).__name__}: {error!s:.200}); "
            f"{_MAKE}"
        ) from error
    if revision and tag != revision:
        raise ConfigError(
            f"{path} names the images of {tag!r:.100}, not of {revision!r}; find those with "
            f"`make resolve-images TAG={revision}`"
        )
    return {name: images[name] for name in IMAGES}


def parts(image: str) -> tuple[ImageRepository, str, str]:
    """Returns repository, name and digest of an image.

    Raises:
      ImageError: it is named by a tag.
    """
    found = _BY_DIGEST.fullmatch(image)
    if not found:
        raise ImageError(f"{image!r} names no digest; expected <image>@sha256:<64 digits>")
    return _repository(found["repository"]), found["name"], found["digest"]


def _repository(address: str) -> ImageRepository:
    try:
        return ImageRepository(address)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _wait_s(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= _LONGEST_WAIT_S:  # which `nan` is not
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r:.100} is no time; expected 0 to {_LONGEST_WAIT_S} seconds")


def _run(options: argparse.Namespace) -> int:
    print(_done(options))
    return DONE


def _done(options: argparse.Namespace) -> str:
    if options.action == "release":
        images = read(options.images)
        release(images, options.tag)
        return "\n".join(f"{image} is {options.tag}" for image in images.values())
    options.into.unlink(missing_ok=True)  # another revision's
    images = resolve(options.repository, options.tag, options.wait_s)
    whole_file.write(options.into, json.dumps({"tag": options.tag, **images}, indent=1) + "\n")
    return "\n".join(images.values())


def main(arguments: list[str] | None = None) -> int:
    """Runs one action and prints the images; exit codes as everywhere."""
    parser = command.parser("images", "Names the images of a revision by digest.")
    actions = parser.add_subparsers(dest="action", required=True)
    resolving = actions.add_parser("resolve")
    resolving.add_argument("--repository", required=True, help="terraform output images")
    resolving.add_argument("--tag", type=revision, required=True, help="a commit or a release")
    resolving.add_argument("--wait-s", type=_wait_s, default=0, help="seconds to wait for the tag")
    resolving.add_argument("--into", type=Path, required=True)
    releasing = actions.add_parser("release")
    releasing.add_argument("--images", type=Path, default=Path("build/images.json"))
    releasing.add_argument("--tag", required=True, help="as in v1.2.0")
    options = parser.parse_args(arguments)
    return command.end("images", "asking for images", lambda: _run(options))
