"""What building the images leaves: digests and signatures; with stand-ins for docker and cosign."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.promotion import images
from tests.infra import image_tools

ROOT = Path(__file__).parents[2]
REPOSITORY = "us-central1-docker.pkg.dev/p/r"
KEY = "gcpkms://projects/p/locations/us-central1/keyRings/evergreen-images/cryptoKeys/signing/cryptoKeyVersions/1"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of infra/docker to build in, and the stand-ins."""
    shutil.copytree(ROOT / "infra" / "docker", tmp_path / "infra" / "docker")
    image_tools.install(tmp_path / "bin")
    return tmp_path


@pytest.fixture
def run(tree: Path) -> Run:
    def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{tree / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [tree / "infra" / "docker" / script, *arguments],
            cwd=tree,
            env=os.environ | {"PATH": path, "IMAGE_TOOLS": str(tree)} | environment,
            capture_output=True,
            text=True,
        )

    return run


def test_a_build_names_by_digest_and_signs_what_it_pushed(tree: Path, run: Run) -> None:
    """Every image: provenance, SBOM, cache, and a signature on the digest."""
    done = run("build", REPOSITORY, "c1", KEY)
    assert done.returncode == 0, done.stderr
    named = images.read(tree / "build" / "images.json", "c1")
    assert sorted(named.values()) == sorted(image_tools.noted(tree, "pushed"))
    assert image_tools.noted(tree, "signatures") == [f"{KEY} {image}" for image in named.values()]
    for build in image_tools.noted(tree, "builds"):
        assert (build["provenance"], build["sbom"]) == ("mode=max", "true")  # type: ignore[index]
        assert build["tag"].endswith(":c1")  # type: ignore[index]
        assert "type=registry" in build["cache_from"][0]  # type: ignore[index]
        assert "mode=max" in build["cache_to"][0]  # type: ignore[index]


def test_a_build_that_fails_names_nothing(tree: Path, run: Run) -> None:
    """Not even what an earlier one has named."""
    assert run("build", REPOSITORY, "c1", KEY).returncode == 0
    assert run("build", REPOSITORY, "c2", KEY, BREAK="trainer").returncode != 0
    assert not (tree / "build" / "images.json").exists()


@pytest.mark.parametrize("arguments", [(), (REPOSITORY, "c1"), (REPOSITORY, "c1", ""), ("", "c1", KEY)])
def test_a_build_without_a_key_does_not_begin(tree: Path, run: Run, arguments: tuple[str, ...]) -> None:
    """An unsigned image could not be promoted."""
    done = run("build", *arguments)
    assert (done.returncode, "SIGNING_KEY=gcpkms://" in done.stderr) == (2, True)
    assert image_tools.noted(tree, "pushed") == []


def test_signed_images_are_let_through_and_others_named(tree: Path, run: Run) -> None:
    """By the key of the build: another key's signature, another digest and a tag are none."""
    run("build", REPOSITORY, "c1", KEY)
    path = tree / "build" / "images.json"
    assert run("verify", str(path), KEY).returncode == 0
    other = run("verify", str(path), f"{KEY}2")
    assert other.returncode == 1
    assert f"{REPOSITORY}/pipeline@sha256:" in other.stderr
    assert "bears no signature of" in other.stderr
    named = json.loads(path.read_text())
    for serving, why in (
        (f"{REPOSITORY}/serving@sha256:{'0' * 64}", "bears no signature"),
        (f"{REPOSITORY}/serving:c1", "names no digest"),
    ):
        path.write_text(json.dumps({**named, "serving": serving}))
        done = run("verify", str(path), KEY)
        assert (done.returncode, why in done.stderr) == (1, True), done.stderr
    path.write_text("{}")
    assert run("verify", str(path), KEY).returncode == 1


def alone(folder: Path, *stand_ins: str) -> None:
    """Leaves some of the stand-ins, and what a script needs to begin."""
    for program in folder.iterdir():
        if program.name not in stand_ins:
            program.unlink()
    for name in ("bash", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")


@pytest.mark.parametrize(
    ("there", "environment", "said"),
    [
        ((), {}, "build: docker is not on PATH, and images are built with it; install it\n"),
        (("docker",), {"WITHOUT_BUILDX": "1"}, "build: docker has no buildx, which provenance, SBOM"),
        (("docker",), {}, "build: cosign is not on PATH, and an image that is not signed is not promoted"),
    ],
)
def test_a_build_without_its_tools_does_not_begin(
    tree: Path, run: Run, there: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    """One sentence with what to do, before anything is built or pushed."""
    alone(tree / "bin", *there)
    done = run("build", REPOSITORY, "c1", KEY, PATH=str(tree / "bin"), **environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith(said)
    assert not (tree / "build").exists()


def test_where_no_signature_can_be_looked_at_none_is_denied(tree: Path, run: Run) -> None:
    """Without the file, and without cosign: one sentence with what to do, not that an image is unsigned."""
    absent = run("verify", "build/images.json", KEY)
    assert (absent.returncode, absent.stderr) == (
        2,
        "verify: there is no build/images.json; make resolve-images writes it\n",
    )
    run("build", REPOSITORY, "c1", KEY)
    alone(tree / "bin", "docker")
    done = run("verify", str(tree / "build" / "images.json"), KEY, PATH=str(tree / "bin"))
    assert (done.returncode, "cosign is not on PATH" in done.stderr) == (2, True), done.stderr
