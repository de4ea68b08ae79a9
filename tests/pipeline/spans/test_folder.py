"""The days of a folder are its complete files, and a file whose marker is listed is read whole."""

import errno
import hashlib
import os
import time
from pathlib import Path

import pytest

from pipeline.errors import STOPPED, USAGE, ConfigError, DataError
from pipeline.spans.folder import available_days
from pipeline.spans.window import AvailableDays, Readiness
from tests.pipeline.spans.january import day, days


def find(folder: Path, data_format: str = "csv", ready: Readiness | None = None) -> AvailableDays:
    return available_days(folder, data_format, ready or Readiness())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(1, 11):
        (tmp_path / f"{day(number)}.csv").write_text(f"content of day {number}\n")
    return tmp_path


class TestAvailableDays:
    def test_files_that_are_no_spans_are_left_alone(self, folder: Path):
        for name in ("README.md", "2013-01-11.csv.tmp", "x2013-01-11.csv", "2013-1-1.csv", ".2013-01-11.csv"):
            (folder / name).touch()
        assert sorted(find(folder).days) == days(*range(1, 11))

    def test_a_missing_folder_is_named_with_the_way_out(self, tmp_path: Path):
        with pytest.raises(ConfigError) as fault:
            find(tmp_path / "flights")
        assert fault.value.exit_code == USAGE
        assert str(fault.value) == (
            f"no data folder at {tmp_path}/flights; set data.source to the folder of your daily files "
            "(`make data` writes the sample)"
        )

    def test_a_folder_without_spans_is_refused(self, tmp_path: Path):
        (tmp_path / "flights.csv").touch()
        with pytest.raises(DataError) as fault:
            find(tmp_path)
        assert str(fault.value) == f"{tmp_path} holds no span; expected files named like 2013-01-31.csv"

    @pytest.mark.parametrize(
        ("data_format", "names"),
        [
            ("csv", ["2013-01-11.csv", "2013-01-12.csv.gz"]),
            ("parquet", ["2013-01-11.parquet"]),
            ("tfrecord", ["2013-01-11.tfrecord", "2013-01-12.tfrecord.gz"]),
        ],
    )
    def test_the_files_of_a_format_are_available_and_no_others(self, tmp_path: Path, data_format, names):
        for name in ("2013-01-11.csv", "2013-01-12.csv.gz", "2013-01-11.parquet"):
            (tmp_path / name).touch()
        for name in ("2013-01-11.tfrecord", "2013-01-12.tfrecord.gz", "2013-01-13.csv.bz2"):
            (tmp_path / name).touch()
        available = find(tmp_path, data_format)
        assert [Path(read().path).name for read in available.days.values()] == names


class TestFilesThatCannotBeRead:
    def left_out(self, folder: Path) -> list[str]:
        available = find(folder)
        assert sorted(available.days) == days(*range(1, 11))
        assert all(each.unreadable for each in available.left_out)
        return [str(each) for each in available.left_out]

    def test_a_folder_named_as_a_day_is_left_out(self, folder: Path):
        (folder / "2013-01-11.csv").mkdir()
        assert self.left_out(folder) == ["2013-01-11.csv (a folder or a device; expected a file)"]

    def test_a_pipe_named_as_a_day_is_left_out_and_not_waited_for(self, folder: Path):
        os.mkfifo(folder / "2013-01-11.csv")
        assert self.left_out(folder) == ["2013-01-11.csv (a folder or a device; expected a file)"]

    @pytest.mark.parametrize(
        ("target", "why"),
        [("gone.csv", "No such file or directory"), ("2013-01-11.csv", "Too many levels of symbolic links")],
    )
    def test_a_link_to_nothing_is_left_out(self, folder: Path, target: str, why: str):
        (folder / "2013-01-11.csv").symlink_to(target)
        assert self.left_out(folder) == [
            f"2013-01-11.csv (a link whose target cannot be read: {why}; mend it)"
        ]

    def test_a_file_without_permission_is_left_out(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        """As the system answers; root may read everything."""
        (folder / "2013-01-11.csv").touch()
        monkeypatch.setattr(os, "access", lambda path, _: path.name != "2013-01-11.csv")
        assert self.left_out(folder) == [
            "2013-01-11.csv (no permission to read it; give this account the right)"
        ]

    def test_a_day_that_breaks_off_while_it_is_read_is_named(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """The system's error carries no name then."""

        def broken(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        available = find(folder)
        monkeypatch.setattr(Path, "open", broken)
        with pytest.raises(DataError) as fault:
            available.days[day(10)]()
        assert (fault.value.exit_code, str(fault.value)) == (
            STOPPED,
            f"{folder}/2013-01-10.csv cannot be read (Input/output error); make it readable, and start again",
        )

    def test_a_folder_that_cannot_be_listed_is_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        def refuse(_: Path) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        with pytest.raises(DataError, match=rf"^{folder} cannot be read \(Permission denied\)"):
            find(folder)


class TestReadiness:
    def test_a_span_without_its_marker_is_not_there_yet(self, folder: Path):
        for path in folder.glob("*.csv"):
            path.with_name(path.name + ".done").touch()
        (folder / f"{day(10)}.csv.done").unlink()
        available = find(folder, ready=Readiness(".done"))
        assert sorted(available.days) == days(*range(1, 10))
        assert [each.day for each in available.left_out] == [day(10)]

    def test_a_span_that_just_changed_is_not_there_yet(self, folder: Path):
        for path in folder.iterdir():
            os.utime(path, (1e9, 1e9))
        (folder / f"{day(10)}.csv").touch()
        available = find(folder, ready=Readiness(after_s=3600))
        assert sorted(available.days) == days(*range(1, 10))

    @pytest.mark.parametrize("listed_until", [1, 18, 19])
    def test_a_span_whose_marker_comes_while_the_folder_is_listed_is_whole_or_not_there(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, listed_until: int
    ):
        """A writer that finishes during the listing: whoever takes its span reads all that it wrote."""
        late = folder / f"{day(10)}.csv"
        late.write_text("half")
        for number in range(1, 10):
            (folder / f"{day(number)}.csv.done").touch()

        def listing(_: Path):
            """Yields some names, lets the writer finish, and yields the rest."""
            listed = sorted(os.listdir(folder))[:listed_until]
            yield from (folder / name for name in listed)
            late.write_text("all of it")
            late.with_name(late.name + ".done").touch()
            yield from (folder / name for name in sorted(os.listdir(folder)) if name not in listed)

        monkeypatch.setattr(Path, "iterdir", listing)
        available = find(folder, ready=Readiness(".done"))
        assert day(10) in available.days
        assert available.days[day(10)]().fingerprint == hashlib.sha256(b"all of it").hexdigest()

    def test_a_span_that_goes_while_the_folder_is_listed_is_not_there(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        listed = sorted(folder.iterdir())
        (folder / f"{day(10)}.csv").unlink()
        monkeypatch.setattr(Path, "iterdir", lambda _: iter(listed))
        assert sorted(find(folder).days) == days(*range(1, 10))

    def test_age_is_measured_by_the_wall_clock_that_files_are_stamped_with(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for number, path in enumerate(sorted(folder.iterdir()), start=1):
            os.utime(path, (1e9 + number, 1e9 + number))
        monkeypatch.setattr(time, "time", lambda: 1e9 + 65)
        available = find(folder, ready=Readiness(after_s=60))
        assert sorted(available.days) == days(*range(1, 6))

    def test_without_a_waiting_time_a_file_from_the_future_is_complete(self, folder: Path):
        """The clock of the machine that wrote it may be ahead of ours."""
        for path in folder.iterdir():
            os.utime(path, (1e9, 1e9))
        ahead = time.time() + 3600
        os.utime(folder / f"{day(10)}.csv", (ahead, ahead))
        assert day(10) in find(folder).days
        assert day(10) not in find(folder, ready=Readiness(after_s=60)).days

    def test_a_folder_of_spans_that_all_are_being_written_is_refused_with_the_reason(self, folder: Path):
        with pytest.raises(DataError) as fault:
            find(folder, ready=Readiness(".done"))
        assert str(fault.value) == (
            f"{folder} holds no span that can be used; left out: 2013-01-01.csv … 2013-01-10.csv, 10 in all "
            "(the last: still being written; wait, or change data.ready_marker or data.ready_after_s)"
        )
