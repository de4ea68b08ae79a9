"""What a request is told of versions: by number, by label, of another model, of none."""

from pathlib import Path

import pytest

from serving.errors import InvalidRequestError, NotFoundError
from serving.models.follower import Follower
from serving.models.lifecycle import State
from serving.models.named_versions import NamedVersions
from serving.models.versions import ModelVersions
from tests.serving.models.fake_model import FakeModel, load_fake, release
from tests.serving.models.served_names import name_versions


@pytest.fixture
def versions(tmp_path: Path) -> ModelVersions[FakeModel]:
    """Version 2, which serves, and version 1, called "previous"; 3, called "next", is not there."""
    follower = Follower("m", NamedVersions(tmp_path, "m"), load_fake)
    release(tmp_path, "1")
    release(tmp_path, "2")
    name_versions(tmp_path, "m", champion=2, previous=1, next=3)
    follower.poll()
    return ModelVersions(follower)


@pytest.mark.parametrize(
    ("asked", "number"), [(None, 2), (2, 2), ("champion", 2), (1, 1), ("previous", 1)], ids=str
)
def test_a_version_is_found_by_number_and_by_label(
    versions: ModelVersions, asked: int | str | None, number: int
) -> None:
    with versions.acquire("m", asked) as version:
        assert version.number == number
    if asked is not None:
        (status,) = versions.statuses("m", asked)
        assert (status.version, status.state) == (number, State.AVAILABLE)


def test_an_unknown_label_is_the_requests_error(versions: ModelVersions) -> None:
    for ask in (versions.acquire, versions.statuses):
        with pytest.raises(InvalidRequestError, match=r"^Unrecognized servable version label: best$"):
            ask("m", "best")


def test_a_label_of_a_version_that_is_not_loaded_is_answered_by_no_other(versions: ModelVersions) -> None:
    with pytest.raises(NotFoundError, match=r"Specific\(m, next\)"):
        versions.acquire("m", "next")


def test_other_models_and_versions_are_not_found(versions: ModelVersions) -> None:
    with pytest.raises(NotFoundError, match=r"Latest\(other\)"):
        versions.acquire("other")
    with pytest.raises(NotFoundError, match=r"Specific\(m, 7\)"):
        versions.acquire("m", 7)
    with pytest.raises(NotFoundError, match="Could not find version 7 of model m"):
        versions.statuses("m", 7)
    with pytest.raises(NotFoundError, match="Could not find any versions of model other"):
        versions.statuses("other")


def test_before_the_first_version_there_is_none(tmp_path: Path) -> None:
    versions = ModelVersions(Follower("m", NamedVersions(tmp_path, "m"), load_fake))
    with pytest.raises(NotFoundError, match="Could not find any versions of model m"):
        versions.statuses("m")
    with pytest.raises(NotFoundError, match=r"Latest\(m\)"):
        versions.acquire("m")
