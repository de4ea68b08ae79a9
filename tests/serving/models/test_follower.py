"""A follower of serving.json: what it loads, keeps, frees and points at, and what it says."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.errors import ModelLoadError, NotLoadableNowError
from serving.models import served_file
from serving.models.follower import Follower
from serving.models.named_versions import NamedVersions
from serving.models.versions import ModelVersions
from serving.models.wish import Wish
from tests.serving.models.fake_model import FakeModel, load_fake, release, served, states
from tests.serving.models.served_names import name_versions


class Loads:
    """Loads versions and writes down which; `fails` holds what stands in the way, by number."""

    def __init__(self) -> None:
        self.of: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.models: list[FakeModel] = []

    def __call__(self, folder: Path, files: str) -> FakeModel:
        self.of.append(folder.name)
        if folder.name in self.fails:
            raise self.fails[folder.name]
        self.models.append(load_fake(folder, files))
        return self.models[-1]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def follower(tmp_path: Path, loads: Loads, clock: Clock) -> Follower[FakeModel]:
    """Of a folder that holds the versions 1, 2 and 3, and no file yet."""
    for number in ("1", "2", "3"):
        release(tmp_path, number)
    return Follower("m", NamedVersions(tmp_path, "m"), loads, clock)


@pytest.fixture
def name(tmp_path: Path) -> Callable[..., object]:
    return lambda **labelled: name_versions(tmp_path, "m", **labelled)


def test_exactly_what_is_named_is_loaded_and_answers(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    assert loads.of == ["2", "1"]
    assert [served(follower, number) for number in (None, 2, 1, 3)] == [2, 2, 1, None]
    assert states(follower) == {2: "AVAILABLE", 1: "AVAILABLE"}


def test_a_new_champion_takes_over_once_loaded_and_what_is_not_named_is_freed(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    name(champion=3, previous=2)
    assert served(follower) == 2
    follower.poll()
    assert [served(follower, number) for number in (None, 3, 2, 1)] == [3, 3, 2, None]
    assert loads.of == ["2", "1", "3"]
    assert {model.folder.name: model.closed for model in loads.models} == {"2": False, "1": True, "3": False}


def test_a_label_goes_on_with_the_version_before_until_its_new_one_is_loaded(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    name(champion=3, previous=2)
    assert [served(follower, asked) for asked in (None, "champion", "previous", 3)] == [2, 2, 2, None]
    loads.fails["3"] = ModelLoadError("no model")
    follower.poll()
    assert [served(follower, asked) for asked in (None, "champion", "previous")] == [2, 2, 2]
    name(champion=1, previous=3)
    follower.poll()
    assert [served(follower, asked) for asked in (None, "champion", "previous")] == [1, 1, None]


def test_two_decisions_within_one_load_leave_the_label_of_the_champion_with_what_serves(
    follower: Follower, name: Callable
) -> None:
    name(champion=1)
    follower.poll()
    name(champion=2, previous=1)
    assert [served(follower, asked) for asked in (None, "champion", 1)] == [1, 1, 1]
    name(champion=3, previous=2)
    assert [served(follower, asked) for asked in (None, "champion", 1)] == [1, 1, None]
    follower.poll()
    assert [served(follower, asked) for asked in (None, "champion", "previous")] == [3, 3, 2]


def test_room_is_made_before_the_next_version_is_loaded(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    open_while_loading = []
    load = follower._load_model
    follower._load_model = lambda *of: (
        open_while_loading.append([model.folder.name for model in loads.models if not model.closed]),
        load(*of),
    )[1]
    name(champion=3, previous=2)
    follower.poll()
    assert open_while_loading == [["2"]]


def test_going_back_holds_for_the_very_next_request_and_loads_nothing(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    for _ in range(20):
        name(champion=1)
        assert [served(follower, asked) for asked in (None, "champion", 2)] == [1, 1, None]
        name(champion=2, previous=1)
        assert [served(follower, asked) for asked in (None, "champion", "previous")] == [2, 2, 1]
    assert loads.of == ["2", "1"]


def test_a_version_that_is_not_named_any_more_is_answered_by_no_number_at_once(
    follower: Follower, name: Callable
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    name(champion=2)
    assert served(follower, 1) is None


def test_where_nothing_is_named_nothing_serves_from_the_next_request_on(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=1)
    follower.poll()
    name()
    assert served(follower) is None
    follower.poll()
    assert [model.closed for model in loads.models] == [True]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        '{"format": 1, "model": "m", "ver',
        '{"format": 2}',
        "\x00" * 40,
        "[]",
        "[" * 100_000,
        '{"format": ' + "1" * 10_000 + "}",
    ],
    ids=lambda content: str(content)[:20],
)
def test_with_a_missing_or_broken_file_what_was_served_goes_on_and_it_is_said_once(
    tmp_path: Path, follower: Follower, name: Callable, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    name(champion=2, previous=1)
    follower.poll()
    path = served_file.path_in(tmp_path)
    path.unlink()
    if content is not None:
        path.write_text(content)
    for _ in range(3):
        assert [served(follower, asked) for asked in (None, 1, "previous")] == [2, 1, 1]
        follower.poll()
    (said,) = caplog.messages
    assert str(path) in said
    assert said.endswith("; version 2 goes on")
    name(champion=1)
    assert served(follower) == 1


def test_what_is_being_written_beside_the_file_is_not_looked_at(
    tmp_path: Path, follower: Follower, name: Callable
) -> None:
    name(champion=1)
    follower.poll()
    (tmp_path / ".serving.json.0123").write_text('{"format": 1, "model": "m", "versions": []')
    follower.poll()
    assert served(follower) == 1


def test_at_the_start_nothing_serves_until_the_file_can_be_read(
    tmp_path: Path, follower: Follower, loads: Loads, name: Callable
) -> None:
    follower.poll()
    assert served(follower) is None
    served_file.path_in(tmp_path).write_text("{")
    follower.poll()
    assert (served(follower), loads.of) == (None, [])
    name(champion=1)
    follower.poll()
    assert served(follower) == 1


def test_a_champion_that_cannot_be_loaded_leaves_the_version_that_served(
    follower: Follower, loads: Loads, name: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    name(champion=1)
    follower.poll()
    loads.fails["2"] = ModelLoadError("2 has other files")
    name(champion=2)  # and 1 is not named
    for _ in range(3):
        follower.poll()
    assert [served(follower, asked) for asked in (None, 1, 2, "champion")] == [1, None, None, 1]
    assert loads.of == ["1", "2"]
    assert caplog.messages == ["version 2 of m failed to load: 2 has other files; version 1 goes on"]
    (status,) = ModelVersions(follower).statuses("m", 2)
    assert (status.state.name, status.error) == ("END", "2 has other files")


def test_a_server_that_starts_with_a_champion_that_cannot_be_loaded_serves_the_other_named_one(
    follower: Follower, loads: Loads, name: Callable
) -> None:
    loads.fails["2"] = ModelLoadError("2 has other files")
    name(champion=2, previous=1)
    follower.poll()
    assert served(follower) == 1


@pytest.mark.parametrize(
    "reason", [OSError(28, "No space left on device"), MemoryError(), NotLoadableNowError("later")], ids=repr
)
def test_what_fails_for_a_passing_reason_is_tried_again_after_growing_pauses(
    follower: Follower, loads: Loads, clock: Clock, name: Callable, reason: Exception
) -> None:
    name(champion=1)
    follower.poll()
    loads.fails["2"] = reason
    name(champion=2, previous=1)
    tries_at = []
    for second in range(200):
        clock.now_s = 1000.0 + second
        before = len(loads.of)
        follower.poll()
        tries_at += [second] * (len(loads.of) - before)
        assert served(follower) == 1
    assert tries_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    loads.fails.clear()
    clock.now_s += 60
    follower.poll()
    assert served(follower) == 2


def test_what_fails_for_good_is_tried_again_when_its_files_or_the_serving_file_change(
    tmp_path: Path, follower: Follower, loads: Loads, clock: Clock, name: Callable
) -> None:
    release(tmp_path, "2", "bad")
    name(champion=2)
    follower.poll()
    clock.now_s += 3600
    follower.poll()
    assert loads.of == ["2"]
    name(champion=2)
    follower.poll()
    assert loads.of == ["2", "2"]
    release(tmp_path, "2", "good now")
    follower.poll()
    assert loads.of == ["2", "2", "2"]
    assert served(follower) == 2


def test_a_version_whose_folder_is_not_there_is_loaded_as_soon_as_it_is(
    tmp_path: Path, follower: Follower, loads: Loads, name: Callable
) -> None:
    name(champion=4, previous=1)
    follower.poll()
    assert (served(follower), loads.of) == (1, ["1"])
    assert [status.error for status in ModelVersions(follower).statuses("m", 4)] == [
        f"{tmp_path}/4 is not there"
    ]
    release(tmp_path, "4")
    follower.poll()
    assert served(follower) == 4


def test_a_loaded_version_needs_its_folder_no_more(
    tmp_path: Path, follower: Follower, name: Callable
) -> None:
    name(champion=1)
    follower.poll()
    (tmp_path / "1" / "saved_model.pb").unlink()
    (tmp_path / "1").rmdir()
    follower.poll()
    assert served(follower) == 1


def test_with_another_record_of_its_files_a_version_is_loaded_anew(
    tmp_path: Path, follower: Follower, loads: Loads
) -> None:
    name_versions(tmp_path, "m", {1: "a record"}, champion=1)
    follower.poll()
    name_versions(tmp_path, "m", {1: "another"}, champion=1)
    follower.poll()
    assert (served(follower), loads.of) == (1, ["1", "1"])
    assert [model.closed for model in loads.models] == [True, False]


def test_a_change_during_a_load_counts(tmp_path: Path, clock: Clock) -> None:
    """What is named while another version is being loaded is loaded next, and that one is freed."""
    models: list[FakeModel] = []

    def load(folder: Path, files: str) -> FakeModel:
        if folder.name == "1":
            name_versions(tmp_path, "m", champion=2)
        models.append(load_fake(folder, files))
        return models[-1]

    for number in ("1", "2"):
        release(tmp_path, number)
    name_versions(tmp_path, "m", champion=1)
    follower = Follower("m", NamedVersions(tmp_path, "m"), load, clock)
    follower.poll()
    assert (served(follower), served(follower, 1)) == (2, None)
    assert [model.closed for model in models] == [True, False]


def test_no_request_fails_while_champions_come_and_go(
    follower: Follower, name: Callable, loads: Loads
) -> None:
    name(champion=1)
    follower.start(poll_wait_seconds=0.001)
    stop = threading.Event()
    answers: list[int | None] = []

    def ask() -> None:
        while not stop.is_set():
            answers.append(served(follower))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        name(champion=2, previous=1)
        while served(follower) != 2:
            pass
        name(champion=1)
        while served(follower) != 1:
            pass
    stop.set()
    for thread in threads:
        thread.join()
    follower.stop()
    assert set(answers) == {1, 2}
    assert served(follower) is None
    assert all(model.closed for model in loads.models)


def test_whatever_a_look_meets_the_thread_looks_again(
    tmp_path: Path, loads: Loads, name: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(NamedVersions):
        fault = False

        def read(self) -> Wish:
            if self.fault:
                self.fault = False
                raise RuntimeError("unforeseen")
            return super().read()

    release(tmp_path, "1")
    release(tmp_path, "2")
    source = Faulty(tmp_path, "m")
    follower = Follower("m", source, loads)
    name(champion=1)
    follower.start(poll_wait_seconds=0.01)
    try:
        source.fault = True
        for _ in range(500):
            if caplog.messages:
                break
            time.sleep(0.01)
        assert caplog.messages == ["m: a look at what should serve failed; version 1 goes on"]
        name(champion=2)
        for _ in range(500):
            if served(follower) == 2:
                break
            time.sleep(0.01)
        assert served(follower) == 2
    finally:
        follower.stop()
