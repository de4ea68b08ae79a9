"""Which version is served: what the numbers in the folder decide."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.models.follower import Follower
from serving.models.highest_number import HighestNumber
from serving.models.version_folders import find_versions
from serving.models.versions import ModelVersions
from tests.serving.models.fake_model import FakeModel, load_fake, release, served, states


def following(base: Path, load: Callable[[Path, str], FakeModel] = load_fake) -> Follower[FakeModel]:
    return Follower("m", HighestNumber(base), load)


@pytest.fixture
def follower(tmp_path: Path) -> Follower[FakeModel]:
    return following(tmp_path)


def test_the_highest_integer_folder_with_a_model_is_served(tmp_path: Path, follower: Follower) -> None:
    for name in ["9", "10", "latest", "-11", "1e2", "unfinished-12"]:
        release(tmp_path, name)
    (tmp_path / "13").mkdir()
    (tmp_path / "14").write_text("a file")
    release(tmp_path, str(2**63))  # gRPC could not name it
    assert find_versions(tmp_path) == {9: tmp_path / "9", 10: tmp_path / "10"}
    follower.poll()
    assert served(follower) == 10
    assert states(follower) == {10: "AVAILABLE"}
    release(tmp_path, str(2**63 - 1))
    follower.poll()
    assert served(follower) == 2**63 - 1


def test_a_new_version_is_loaded_before_it_takes_over(tmp_path: Path) -> None:
    served_while_loading = []

    def load(folder: Path, files: str) -> FakeModel:
        served_while_loading.append((served(follower), states(follower)))
        return load_fake(folder, files)

    follower = following(tmp_path, load)
    release(tmp_path, "1")
    follower.poll()
    release(tmp_path, "2")
    follower.poll()
    assert served_while_loading[1] == (1, {1: "AVAILABLE", 2: "LOADING"})
    assert served(follower) == 2
    assert states(follower) == {1: "END", 2: "AVAILABLE"}


def test_the_replaced_version_finishes_its_requests(tmp_path: Path, follower: Follower) -> None:
    release(tmp_path, "1")
    follower.poll()
    with ModelVersions(follower).acquire("m") as held:
        release(tmp_path, "2")
        follower.poll()
        assert served(follower) == 2
        assert held.model.closed is False
        assert states(follower) == {1: "UNLOADING", 2: "AVAILABLE"}
    assert states(follower) == {1: "END", 2: "AVAILABLE"}


def test_a_version_that_fails_to_load_is_reported_and_the_previous_goes_on(
    tmp_path: Path, follower: Follower
) -> None:
    release(tmp_path, "1")
    follower.poll()
    release(tmp_path, "2", "bad")
    follower.poll()
    follower.poll()
    assert served(follower) == 1
    assert [s.error for s in ModelVersions(follower).statuses("m", 2)] == ["2 is bad"]


def test_a_server_that_starts_with_a_bad_newest_version_serves_the_one_before(
    tmp_path: Path, follower: Follower
) -> None:
    release(tmp_path, "1")
    release(tmp_path, "2", "bad")
    follower.poll()
    assert served(follower) == 1


def test_a_failed_version_is_tried_again_only_when_its_files_change(tmp_path: Path) -> None:
    attempts = []

    def load(folder: Path, files: str) -> FakeModel:
        attempts.append(folder.name)
        return load_fake(folder, files)

    follower = following(tmp_path, load)
    release(tmp_path, "1", "bad")
    follower.poll()
    follower.poll()
    assert attempts == ["1"]
    release(tmp_path, "1", "good now")
    follower.poll()
    assert attempts == ["1", "1"]
    assert served(follower) == 1


def test_a_withdrawn_version_gives_way_to_the_highest_remaining(tmp_path: Path, follower: Follower) -> None:
    for name in ["1", "2", "3"]:
        release(tmp_path, name)
    follower.poll()
    shutil.rmtree(tmp_path / "3")
    follower.poll()
    assert served(follower) == 2
    assert states(follower) == {2: "AVAILABLE", 3: "END"}
    release(tmp_path, "3")
    follower.poll()
    assert served(follower) == 3


def test_where_every_version_is_withdrawn_nothing_is_served(tmp_path: Path, follower: Follower) -> None:
    release(tmp_path, "1")
    follower.poll()
    shutil.rmtree(tmp_path / "1")
    follower.poll()
    assert served(follower) is None
    assert states(follower) == {1: "END"}


def test_while_the_base_folder_cannot_be_read_everything_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    release(base, "1")
    follower = following(base)
    follower.poll()
    base.rename(tmp_path / "gone")
    for _ in range(2):
        follower.poll()
    assert served(follower) == 1
    (said,) = caplog.messages
    assert said.endswith(f"No such file or directory: '{base}'; version 1 goes on")


def test_no_request_fails_while_versions_come_and_go(tmp_path: Path, follower: Follower) -> None:
    release(tmp_path, "1")
    follower.poll()
    stop = threading.Event()
    answers: list[int | None] = []

    def ask() -> None:
        while not stop.is_set():
            answers.append(served(follower))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        release(tmp_path, "2")
        follower.poll()
        shutil.rmtree(tmp_path / "2")
        follower.poll()
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {1, 2}


def test_stopping_without_a_poller_unloads_too(tmp_path: Path, follower: Follower) -> None:
    release(tmp_path, "1")
    follower.poll()
    follower.stop()
    assert states(follower) == {1: "END"}


def test_the_poller_follows_the_folder_until_it_is_stopped(tmp_path: Path, follower: Follower) -> None:
    loaded = threading.Event()
    release(tmp_path, "1")
    follower.start(poll_wait_seconds=0.01)
    assert served(follower) == 1
    release(tmp_path, "2")
    for _ in range(500):
        if served(follower) == 2:
            break
        loaded.wait(0.01)
    assert served(follower) == 2
    follower.stop()
    assert served(follower) is None
