"""What serving.json asks for, and when it is looked at."""

import os
import time
from pathlib import Path

import pytest

from serving.models import served_file
from serving.models.named_versions import NamedVersions
from serving.models.served_file import ServedEntry, ServedFile, ServedFileError, ServedRollout
from serving.models.wish import Wanted, Wish
from serving.rollout.plan import CANARY, RolloutPlan, Stage
from tests.serving.models.served_names import name_versions


@pytest.fixture
def source(tmp_path: Path) -> NamedVersions:
    return NamedVersions(tmp_path, "m")


def test_the_champion_comes_first_and_all_that_is_named_is_kept(
    tmp_path: Path, source: NamedVersions
) -> None:
    name_versions(tmp_path, "m", {3: "record"}, previous=2, champion=3)
    wish = source.read()
    wanted = (Wanted(3, tmp_path / "3", "record"), Wanted(2, tmp_path / "2", ""))
    assert (wish.default, wish.kept) == (wanted, wanted)
    assert wish.labels == {"champion": 3, "previous": 2}


def test_the_candidate_of_a_rollout_is_kept_and_never_answers_instead_of_another(
    tmp_path: Path, source: NamedVersions
) -> None:
    rollout = ServedRollout(RolloutPlan("r", CANARY, (Stage(0.75, 9),)), 0, False, 3)
    shares = {1: 0.0, 2: 0.25, 3: 0.75}
    entries = tuple(ServedEntry(n, f"1.0.{n}", (), share, "") for n, share in shares.items())
    served_file.write(tmp_path, ServedFile("m", entries, rollout))
    wish = source.read()
    one, two, three = (Wanted(n, tmp_path / str(n), "") for n in shares)
    assert (wish.default, wish.kept, wish.rollout) == ((two, one), (two, one, three), rollout)


def test_a_file_without_versions_asks_for_nothing(tmp_path: Path, source: NamedVersions) -> None:
    name_versions(tmp_path, "m")
    assert source.read() == Wish(revision=source.read().revision)


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path, source: NamedVersions) -> None:
    assert not source.changed()
    with pytest.raises(ServedFileError, match=f"^there is no {tmp_path}/serving.json$"):
        source.read()


@pytest.mark.parametrize(
    ("served", "why"),
    [
        (ServedFile("other"), "is of 'other', and 'm' is served"),
        (
            ServedFile("m", tuple(ServedEntry(n, f"1.0.{n}", (), 0.5, "") for n in (1, 2))),
            "divides the requests among several versions, and names no rollout that does so",
        ),
    ],
    ids=["another model's", "shares"],
)
def test_what_this_server_cannot_serve_is_refused(
    tmp_path: Path, source: NamedVersions, served: ServedFile, why: str
) -> None:
    served_file.write(tmp_path, served)
    with pytest.raises(ServedFileError, match=why):
        source.read()


def settle() -> None:
    """Waits until the file is not young any more."""
    time.sleep(0.06)


def test_a_change_is_seen_until_it_is_read(tmp_path: Path, source: NamedVersions) -> None:
    for number in (1, 2):
        name_versions(tmp_path, "m", champion=number)
        settle()
        assert source.changed()
        source.read()
        assert not source.changed()
    served_file.path_in(tmp_path).unlink()
    assert source.changed()
    with pytest.raises(ServedFileError):
        source.read()
    assert not source.changed()


def test_a_broken_file_is_read_once(tmp_path: Path, source: NamedVersions) -> None:
    served_file.path_in(tmp_path).write_text('{"format": 1, "mo')
    settle()
    assert source.changed()
    with pytest.raises(ServedFileError, match="is not JSON"):
        source.read()
    assert not source.changed()


def test_a_file_that_was_just_written_is_looked_at_again(tmp_path: Path, source: NamedVersions) -> None:
    """Written in place twice within a tick of the file system's clock, it may have one time and one size."""
    name_versions(tmp_path, "m", champion=1)
    source.read()
    assert source.changed()
    settle()
    source.read()
    assert not source.changed()


def test_the_same_versions_named_again_are_another_revision(tmp_path: Path, source: NamedVersions) -> None:
    name_versions(tmp_path, "m", champion=1)
    settle()
    first = source.read()
    assert source.read() == first
    name_versions(tmp_path, "m", champion=1)
    assert source.read().revision != first.revision


@pytest.mark.parametrize("linked", [False, True], ids=["alone", "with a hard link, as a back-up has it"])
def test_a_file_that_was_replaced_is_seen_whatever_its_size_time_and_inode(
    tmp_path: Path, source: NamedVersions, linked: bool
) -> None:
    name_versions(tmp_path, "m", champion=1)
    path = served_file.path_in(tmp_path)
    if linked:
        path.with_name("back-up").hardlink_to(path)
    settle()
    source.read()
    for number in (2, 1, 2):
        assert not source.changed()
        name_versions(tmp_path, "m", champion=number)
        assert source.changed()
        settle()
        assert source.read().default[0].number == number


def test_files_that_were_read_are_closed(tmp_path: Path, source: NamedVersions) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))

    name_versions(tmp_path, "m", champion=1)
    source.read()
    before = opened()
    for _ in range(20):
        source.read()
    assert opened() == before


def test_a_pipe_in_place_of_the_file_keeps_no_request_waiting(tmp_path: Path, source: NamedVersions) -> None:
    os.mkfifo(served_file.path_in(tmp_path))
    assert source.changed()
    with pytest.raises(ServedFileError, match=r"serving\.json cannot be read: .* is no regular file"):
        source.read()
