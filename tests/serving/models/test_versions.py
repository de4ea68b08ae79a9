"""Which version is served: what the folder decides."""

import shutil
import threading
from pathlib import Path

import pytest

from serving.errors import NotFoundError, NotReleasedError
from serving.models.version_folders import find_versions
from serving.models.versions import ModelVersions
from tests.serving.models.fake_model import FakeModel, release


@pytest.fixture
def versions(tmp_path: Path) -> ModelVersions[FakeModel]:
    return ModelVersions("m", tmp_path, FakeModel)


def served(versions: ModelVersions[FakeModel]) -> int | None:
    """Returns the version that a request is answered by; None if it is refused."""
    try:
        with versions.acquire("m") as version:
            assert not version.model.closed
            return version.number
    except NotFoundError:
        return None


def states(versions: ModelVersions[FakeModel]) -> dict[int, str]:
    return {status.version: status.state.name for status in versions.all_statuses()}


def test_the_highest_integer_folder_with_a_model_is_served(tmp_path: Path, versions: ModelVersions) -> None:
    for name in ["9", "10", "latest", "-11", "1e2", "unfinished-12"]:
        release(tmp_path, name)
    (tmp_path / "13").mkdir()
    (tmp_path / "14").write_text("a file")
    assert find_versions(tmp_path) == {9: tmp_path / "9", 10: tmp_path / "10"}
    versions.poll()
    assert served(versions) == 10
    assert states(versions) == {10: "AVAILABLE"}


def test_a_version_that_is_not_released_yet_is_looked_for_again_and_told_once(tmp_path: Path, caplog) -> None:
    released = {"1"}

    def load(folder: Path) -> FakeModel:
        if folder.name not in released:
            raise NotReleasedError(f"no release names {folder.name}")
        return FakeModel(folder)

    versions = ModelVersions("m", tmp_path, load)
    for name in ("1", "2"):
        release(tmp_path, name)
    for _ in range(3):
        versions.poll()
        assert served(versions) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "version 2 of m failed to load: no release names 2"
    ]
    released.add("2")
    versions.poll()
    assert served(versions) == 2


def test_a_new_version_is_loaded_before_it_takes_over(tmp_path: Path) -> None:
    served_while_loading = []

    def load(folder: Path) -> FakeModel:
        served_while_loading.append((served(versions), states(versions)))
        return FakeModel(folder)

    versions = ModelVersions("m", tmp_path, load)
    release(tmp_path, "1")
    versions.poll()
    release(tmp_path, "2")
    versions.poll()
    assert served_while_loading[1] == (1, {1: "AVAILABLE", 2: "LOADING"})
    assert served(versions) == 2
    assert states(versions) == {1: "END", 2: "AVAILABLE"}


def test_the_replaced_version_finishes_its_requests(tmp_path: Path, versions: ModelVersions) -> None:
    release(tmp_path, "1")
    versions.poll()
    with versions.acquire("m") as held:
        release(tmp_path, "2")
        versions.poll()
        assert served(versions) == 2
        assert held.model.closed is False
        assert states(versions) == {1: "UNLOADING", 2: "AVAILABLE"}
    assert states(versions) == {1: "END", 2: "AVAILABLE"}


def test_a_version_that_fails_to_load_is_reported_and_the_previous_goes_on(
    tmp_path: Path, versions: ModelVersions
) -> None:
    release(tmp_path, "1")
    versions.poll()
    release(tmp_path, "2", "bad")
    versions.poll()
    versions.poll()
    assert served(versions) == 1
    assert [s.error for s in versions.statuses("m", 2)] == ["2 is bad"]


def test_a_server_that_starts_with_a_bad_newest_version_serves_the_one_before(
    tmp_path: Path, versions: ModelVersions
) -> None:
    release(tmp_path, "1")
    release(tmp_path, "2", "bad")
    versions.poll()
    assert served(versions) == 1


def test_a_failed_version_is_tried_again_only_when_its_files_change(tmp_path: Path) -> None:
    attempts = []

    def load(folder: Path) -> FakeModel:
        attempts.append(folder.name)
        return FakeModel(folder)

    versions = ModelVersions("m", tmp_path, load)
    release(tmp_path, "1", "bad")
    versions.poll()
    versions.poll()
    assert attempts == ["1"]
    release(tmp_path, "1", "good now")
    versions.poll()
    assert attempts == ["1", "1"]
    assert served(versions) == 1


def test_a_withdrawn_version_gives_way_to_the_highest_remaining(
    tmp_path: Path, versions: ModelVersions
) -> None:
    for name in ["1", "2", "3"]:
        release(tmp_path, name)
    versions.poll()
    shutil.rmtree(tmp_path / "3")
    versions.poll()
    assert served(versions) == 2
    assert states(versions) == {2: "AVAILABLE", 3: "END"}
    release(tmp_path, "3")
    versions.poll()
    assert served(versions) == 3


def test_where_every_version_is_withdrawn_nothing_is_served(tmp_path: Path, versions: ModelVersions) -> None:
    release(tmp_path, "1")
    versions.poll()
    shutil.rmtree(tmp_path / "1")
    versions.poll()
    assert served(versions) is None
    assert states(versions) == {1: "END"}


def test_while_the_base_folder_cannot_be_read_everything_stays(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    release(base, "1")
    versions = ModelVersions("m", base, FakeModel)
    versions.poll()
    base.rename(tmp_path / "gone")
    with pytest.raises(OSError, match="base"):
        versions.poll()
    assert served(versions) == 1


def test_other_models_and_versions_are_not_found(tmp_path: Path, versions: ModelVersions) -> None:
    with pytest.raises(NotFoundError, match="Could not find any versions of model m"):
        versions.statuses("m")
    release(tmp_path, "1")
    versions.poll()
    with pytest.raises(NotFoundError, match=r"Latest\(other\)"), versions.acquire("other"):
        pass
    with pytest.raises(NotFoundError, match=r"Specific\(m, 2\)"), versions.acquire("m", 2):
        pass
    with pytest.raises(NotFoundError, match="Could not find version 2 of model m"):
        versions.statuses("m", 2)
    with pytest.raises(NotFoundError, match="Could not find any versions of model other"):
        versions.statuses("other")
    with versions.acquire("m", 1) as version:
        assert version.number == 1


def test_no_request_fails_while_versions_come_and_go(tmp_path: Path, versions: ModelVersions) -> None:
    release(tmp_path, "1")
    versions.poll()
    stop = threading.Event()
    answers: list[int | None] = []

    def ask() -> None:
        while not stop.is_set():
            answers.append(served(versions))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        release(tmp_path, "2")
        versions.poll()
        shutil.rmtree(tmp_path / "2")
        versions.poll()
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {1, 2}


def test_stopping_without_a_poller_unloads_too(tmp_path: Path, versions: ModelVersions) -> None:
    release(tmp_path, "1")
    versions.poll()
    versions.stop()
    assert states(versions) == {1: "END"}


def test_the_poller_follows_the_folder_until_it_is_stopped(tmp_path: Path, versions: ModelVersions) -> None:
    loaded = threading.Event()
    release(tmp_path, "1")
    versions.start(poll_wait_seconds=0.01)
    assert served(versions) == 1
    release(tmp_path, "2")
    for _ in range(500):
        if served(versions) == 2:
            break
        loaded.wait(0.01)
    assert served(versions) == 2
    versions.stop()
    assert served(versions) is None
