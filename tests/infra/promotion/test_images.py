"""The images of a revision: found by digest, and tagged so that clean-up keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.promotion import images
from pipeline.errors import ConfigError
from tests.infra.local_registry import REPOSITORY, LocalRegistry

FIRST, SECOND = (f"sha256:{digit * 64}" for digit in "12")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRegistry]:
    """Every image under the commit `c1`."""
    server = LocalRegistry()
    server.versions = {FIRST, SECOND}
    server.tags = {(name, "c1"): FIRST for name in images.IMAGES}
    monkeypatch.setenv("ARTIFACT_REGISTRY_ENDPOINT", server.url)
    yield server
    server.close()


def resolved(folder: Path, tag: str = "c1") -> Path:
    into = folder / "build" / "images.json"
    assert images.main(["resolve", "--repository", REPOSITORY, "--tag", tag, "--into", str(into)]) == 0
    return into


def test_a_commits_images_are_named_by_digest(registry: LocalRegistry, tmp_path: Path) -> None:
    """Found once; whoever moves the tag afterwards changes nothing."""
    path = resolved(tmp_path)
    registry.tags["pipeline", "c1"] = SECOND
    assert images.read(path) == {name: f"{REPOSITORY}/{name}@{FIRST}" for name in images.IMAGES}


def test_without_the_file_one_plain_sentence_says_what_makes_it(tmp_path: Path) -> None:
    """With no error of Python's in it."""
    path = tmp_path / "images.json"
    with pytest.raises(ConfigError) as refused:
        images.read(path)
    assert str(refused.value) == f"there is no {path}; make it with `make images` or `make resolve-images`"


def test_a_commit_without_images_is_refused(
    registry: LocalRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them or none: no file is left."""
    del registry.tags["serving", "c1"]
    into = tmp_path / "images.json"
    assert images.main(["resolve", "--repository", REPOSITORY, "--tag", "c1", "--into", str(into)]) == 1
    assert f"images: {REPOSITORY}/serving has no tag c1: no build has pushed" in capsys.readouterr().err
    assert not into.exists()


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("repository", [REPOSITORY, "docker.io/r"])
def test_what_was_found_before_is_no_answer(
    tmp_path: Path, repository: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another revision's images are not left for the commands behind."""
    into = resolved(tmp_path)
    asked = ["resolve", "--repository", repository, "--tag", "c2", "--into", str(into)]
    assert images.main(asked) in (1, 2)
    assert capsys.readouterr().err.startswith("images: ")
    assert not into.exists()


@pytest.mark.usefixtures("registry")
def test_a_file_says_whose_images_it_names(tmp_path: Path) -> None:
    """Whoever needs a revision's is refused another's, and those that are nobody's."""
    path = resolved(tmp_path)
    assert images.read(path, "c1") == images.read(path)
    with pytest.raises(ConfigError, match=r"names the images of 'c1', not of 'v1\.3\.0'; .*TAG=v1\.3\.0`"):
        images.read(path, "v1.3.0")
    path.write_text(json.dumps(images.read(path)))
    with pytest.raises(ConfigError, match=r"names the images of None, not of 'c1'"):
        images.read(path, "c1")


def test_a_tag_that_another_build_sets_is_waited_for(
    registry: LocalRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as asked, not longer."""

    def later(_: float) -> None:
        registry.tags["pipeline", "v1.2.0"] = FIRST

    monkeypatch.setattr(images.time, "sleep", later)
    for name in ("trainer", "serving"):
        registry.tags[name, "v1.2.0"] = FIRST
    assert images.resolve(REPOSITORY, "v1.2.0", wait_s=60)["pipeline"].endswith(FIRST)
    with pytest.raises(images.ImageError, match="has no tag v9"):
        images.resolve(REPOSITORY, "v9", wait_s=0)


def test_a_release_tags_every_image_and_is_not_moved(
    registry: LocalRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Repeating it is harmless; the same number for another image is refused before any tag is set."""
    path = resolved(tmp_path)
    for _ in range(2):
        assert images.main(["release", "--images", str(path), "--tag", "v1.2.0"]) == 0
    assert {registry.tags[name, "v1.2.0"] for name in images.IMAGES} == {FIRST}
    registry.tags["trainer", "c2"] = SECOND
    registry.tags.update({(name, "c2"): SECOND for name in images.IMAGES})
    assert images.main(["release", "--images", str(resolved(tmp_path, "c2")), "--tag", "v1.2.0"]) == 1
    assert f"v1.2.0 names {FIRST} of pipeline already" in capsys.readouterr().err
    assert {registry.tags[name, "v1.2.0"] for name in images.IMAGES} == {FIRST}


@pytest.mark.parametrize("tag", ["latest", "v1", "1.2.0", "v1.2.0-rc1", ""])
def test_a_release_has_a_releases_name(registry: LocalRegistry, tmp_path: Path, tag: str) -> None:
    """Clean-up keeps tags by their first letter, so no other name may begin with it."""
    before = dict(registry.tags)
    assert images.main(["release", "--images", str(resolved(tmp_path)), "--tag", tag]) == 1
    assert registry.tags == before


@pytest.mark.parametrize(
    "content",
    [None, "", "[]", "{}", "null", json.dumps(dict.fromkeys(images.IMAGES, f"{REPOSITORY}/pipeline:c1"))],
)
def test_a_file_that_names_no_digests_is_refused(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what makes it, and as a usage error."""
    path = tmp_path / "images.json"
    if content is not None:
        path.write_text(content)
    assert images.main(["release", "--images", str(path), "--tag", "v1.2.0"]) == 2
    assert "make it with `make images` or `make resolve-images`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"pipeline": f"{REPOSITORY}/serving@{FIRST}"}, f"pipeline is '{REPOSITORY}/serving@{FIRST}'"),
        (
            {"trainer": f"evil.example.com/r/trainer@{FIRST}"},
            "they are in evil.example.com/r and us-central1",
        ),
        (
            {"serving": f"{REPOSITORY}/others/serving@{FIRST}"},
            f"they are in {REPOSITORY} and {REPOSITORY}/others",
        ),
    ],
)
def test_an_image_is_what_its_key_says_beside_the_others(
    tmp_path: Path, changed: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One build pushes all three into one repository."""
    path = tmp_path / "images.json"
    path.write_text(json.dumps({name: f"{REPOSITORY}/{name}@{FIRST}" for name in images.IMAGES} | changed))
    assert images.main(["release", "--images", str(path), "--tag", "v1.2.0"]) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (f"--wait-s={time}", "is no time; expected 0 to 3600 seconds")
        for time in ("nan", "inf", "-1", "3601", "x")
    ]
    + [(f"--tag={tag}", "is no revision; expected a tag or a commit") for tag in ("", " ", "v 1")],
)
def test_what_is_waited_for_has_a_name_and_an_end(
    option: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is asked for."""
    asked = ["resolve", "--repository", REPOSITORY, "--tag", "c1", "--into", "images.json", option]
    with pytest.raises(SystemExit, match="2"):
        images.main(asked)
    assert why in capsys.readouterr().err


def test_a_mistyped_repository_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked for."""
    into = str(tmp_path / "images.json")
    assert images.main(["resolve", "--repository", "docker.io/r", "--tag", "c1", "--into", into]) == 2
    assert "'docker.io/r' is not <region>-docker.pkg.dev/<project>/<repository>" in capsys.readouterr().err
