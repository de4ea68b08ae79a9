"""Stand-ins for `docker buildx` and `cosign`, which know only the options of the real ones that builds use.

They note what they pushed and signed in the folder that IMAGE_TOOLS names. BREAK names an image that fails;
with WITHOUT_BUILDX docker has no such plugin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

KEY = r"gcpkms://projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+/(cryptoKeyVersions|versions)/\d+"
BY_DIGEST = r"\S+@sha256:[0-9a-f]{64}"


def install(folder: Path) -> None:
    """Puts `docker` and `cosign` into a folder for PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("docker", "cosign"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {Path(__file__).resolve()} {name} "$@"\n')
        program.chmod(0o755)


def _note(what: str, value: object) -> None:
    with Path(os.environ["IMAGE_TOOLS"], what).open("a") as file:
        file.write(json.dumps(value) + "\n")


def noted(folder: Path, what: str) -> list[str]:
    """What was noted of pushes or signatures."""
    path = folder / what
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _docker(words: list[str]) -> int:
    if words == ["buildx", "version"]:
        return int("WITHOUT_BUILDX" in os.environ)
    if words[:2] == ["buildx", "inspect"]:
        return int("builder" not in noted(Path(os.environ["IMAGE_TOOLS"]), "builders"))
    if words[:3] == ["buildx", "create", "--name"]:
        _note("builders", "builder")
        return 0
    if words[:4] == ["buildx", "imagetools", "inspect", "--raw"]:
        if words[4] not in noted(Path(os.environ["IMAGE_TOOLS"]), "pushed"):
            return 1
        print(json.dumps({"layers": [{"size": 1_000_000}]}))
        return 0
    if words[:2] == ["buildx", "build"]:
        return _build(words[2:])
    return _docker_on_github(words)


def _docker_on_github(words: list[str]) -> int:
    if words[:4] == ["login", "--username", "oauth2accesstoken", "--password-stdin"]:
        _note("logins", words[4])
        return int(not sys.stdin.read().strip())
    if words[0] == "create":
        print(words[1])  # the container bears its image's name
        return 0
    if words[0] == "cp":
        Path(words[2]).write_text(words[1].removesuffix(":/ko-app/cosign"))
        return 0
    return int(words[0] != "rm") * 125


def _build(words: list[str]) -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--push", action="store_true", required=True)
    for option in ("builder", "provenance", "sbom", "metadata-file", "file", "tag"):
        parser.add_argument(f"--{option}", required=True)
    for option in ("build-arg", "cache-from", "cache-to"):
        parser.add_argument(f"--{option}", action="append", default=[], required=True)
    parser.add_argument("context")
    options = parser.parse_args(words)
    image = options.tag.rpartition(":")[0]
    if image.endswith(f"/{os.environ.get('BREAK')}"):
        return 1
    digest = f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
    Path(options.metadata_file).write_text(json.dumps({"containerimage.digest": digest}))
    _note("pushed", f"{image}@{digest}")
    _note("builds", vars(options))
    return 0


def _cosign(words: list[str]) -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("action", choices=("sign", "verify"))
    parser.add_argument("--yes", action="store_true")
    parser.add_argument("--tlog-upload", choices=("false",))
    parser.add_argument("--insecure-ignore-tlog", choices=("true",))
    parser.add_argument("--key", required=True)
    parser.add_argument("image")
    options = parser.parse_args(words)
    if not re.fullmatch(KEY, options.key) or not re.fullmatch(BY_DIGEST, options.image):
        return 1
    signature = f"{options.key} {options.image}"
    if options.action == "verify":
        return int(signature not in noted(Path(os.environ["IMAGE_TOOLS"]), "signatures"))
    if not options.yes:
        return 1  # it would wait for an answer
    _note("signatures", signature)
    return 0


if __name__ == "__main__":
    sys.exit({"docker": _docker, "cosign": _cosign}[sys.argv[1]](sys.argv[2:]))
