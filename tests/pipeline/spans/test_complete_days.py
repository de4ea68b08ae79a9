"""A file is a day by its name; what only looks like one is left out, with what to do about it."""

import pytest

from components.spans.grain import GRAINS
from pipeline.errors import DataError
from pipeline.spans.complete_days import WRITING, ListedFile, complete_days
from pipeline.spans.left_out import LeftOut
from pipeline.spans.window import Readiness
from tests.pipeline.spans.january import day

OLD = ListedFile(9e9)


def found(*names: str, data_format: str = "csv", ready: Readiness | None = None, **files: ListedFile):
    listed = {name: OLD for name in ("2013-01-01.csv", *names)} | files
    if data_format != "csv":
        listed[f"2013-01-01.{data_format}"] = listed.pop("2013-01-01.csv")
    return complete_days(listed, "/data", data_format, ready or Readiness())


class TestNames:
    @pytest.mark.parametrize(
        ("data_format", "name"),
        [
            ("csv", "2013-01-09.csv"),
            ("csv", "2013-01-09.csv.gz"),
            ("parquet", "2013-01-09.parquet"),
            ("tfrecord", "2013-01-09.tfrecord"),
            ("tfrecord", "2013-01-09.tfrecord.gz"),
        ],
    )
    def test_a_day_is_a_date_and_the_suffix_of_the_format(self, data_format: str, name: str):
        names, left_out = found(name, data_format=data_format)
        assert (names[day(9)], len(names), left_out) == (name, 2, ())

    @pytest.mark.parametrize(
        "name",
        [
            "README.txt",
            "flights.csv",
            "x2013-01-09.csv",
            ".2013-01-09.csv",
            "2013-01.csv",
            "2013-01-09-notes.csv",
            "12345678.csv",
            "2013-1-32.csv",
        ],
    )
    def test_what_does_not_look_like_a_day_is_ignored(self, name: str):
        assert found(name) == ({day(1): "2013-01-01.csv"}, ())

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("2013-01-09.CSV", "rename it to 2013-01-09.csv"),
            ("2013-01-09.Csv.GZ", "rename it to 2013-01-09.csv.gz"),
            ("2013-1-9.csv", "rename it to 2013-01-09.csv"),
            ("20130109.csv", "rename it to 2013-01-09.csv"),
            ("2013_01_09.csv", "rename it to 2013-01-09.csv"),
            ("٢٠١٣-٠١-٠٩.csv", "rename it to 2013-01-09.csv"),
            ("2013-01-09.csv.bz2", "data.format is csv, which expects 2013-01-09.csv or 2013-01-09.csv.gz"),
            ("2013-01-09.parquet", "data.format is csv, which expects 2013-01-09.csv or 2013-01-09.csv.gz"),
            ("2013-01-09", "data.format is csv, which expects 2013-01-09.csv or 2013-01-09.csv.gz"),
        ],
    )
    def test_what_looks_like_a_day_is_left_out_with_the_name_it_should_have(self, name: str, why: str):
        assert found(name) == ({day(1): "2013-01-01.csv"}, (LeftOut(day(9), name, why),))

    def test_a_day_that_has_a_right_file_too_is_not_left_out(self):
        assert found("2013-01-01.CSV", "2013-01-01.parquet")[1] == ()

    def test_a_date_that_the_calendar_has_not_is_refused(self):
        with pytest.raises(DataError, match=r"^/data/2013-02-30.csv: '2013-02-30' is no day of the calendar"):
            found("2013-02-30.csv")

    def test_two_files_of_one_day_are_refused(self):
        with pytest.raises(DataError, match=r"^/data/2013-01-09.csv and 2013-01-09.csv.gz are the same day"):
            found("2013-01-09.csv", "2013-01-09.csv.gz")


class TestReadiness:
    def test_a_file_without_its_marker_is_left_out_and_markers_are_no_days(self):
        names, left_out = found(
            "2013-01-01.csv.done", "2013-01-09.csv", "2013-01-10.csv.done", ready=Readiness(".done")
        )
        assert names == {day(1): "2013-01-01.csv"}
        assert left_out == (LeftOut(day(9), "2013-01-09.csv", WRITING),)

    def test_without_markers_a_file_named_as_one_stands_for_a_day_that_is_missing(self):
        assert [each.name for each in found("2013-01-10.csv.done")[1]] == ["2013-01-10.csv.done"]

    def test_a_file_that_just_changed_is_left_out(self):
        files = {"2013-01-09.csv": ListedFile(59.0), "2013-01-08.csv": ListedFile(60.0)}
        names, left_out = found(ready=Readiness(after_s=60.0), **files)
        assert (list(names), [each.day for each in left_out]) == ([day(1), day(8)], [day(9)])

    def test_a_file_that_cannot_be_read_is_left_out_as_that(self):
        fault = ListedFile(9e9, "no permission to read it")
        _, left_out = found(**{"2013-01-09.csv": fault, "2013-01-08.csv.gz": fault})
        assert [each.name for each in left_out] == ["2013-01-08.csv.gz", "2013-01-09.csv"]
        assert all(each.unreadable and each.why == fault.fault for each in left_out)


class TestNoDay:
    def test_a_place_without_days_says_what_it_expects(self):
        with pytest.raises(DataError) as caught:
            complete_days({"README.txt": OLD}, "/data", "csv", Readiness())
        assert str(caught.value) == "/data holds no span; expected files named like 2013-01-31.csv"

    def test_a_place_whose_days_cannot_be_used_says_why(self):
        with pytest.raises(DataError) as caught:
            complete_days({"2013-01-09.CSV": OLD}, "/data", "csv", Readiness())
        assert str(caught.value) == (
            "/data holds no span that can be used; left out: 2013-01-09.CSV (rename it to 2013-01-09.csv)"
        )


class TestGrains:
    @pytest.mark.parametrize(
        ("grain", "name"), [("week", "2013-01-07"), ("month", "2013-02-01"), ("file", "2013-01-09")]
    )
    def test_a_span_is_named_by_its_first_day(self, grain: str, name: str):
        names, _ = complete_days({f"{name}.csv": OLD}, "/data", "csv", Readiness(), GRAINS[grain])
        assert [*names.values()] == [f"{name}.csv"]

    @pytest.mark.parametrize(
        ("grain", "name", "words"),
        [
            (
                "week",
                "2013-01-08",
                "data.grain is week, and a week is named by its Monday; rename the file to 2013-01-07",
            ),
            (
                "month",
                "2013-02-28",
                "data.grain is month, and a month is named by its first day; rename the file to 2013-02-01",
            ),
        ],
    )
    def test_a_file_that_another_day_names_is_refused(self, grain: str, name: str, words: str):
        files = {"2013-01-07.csv": OLD, "2013-02-01.csv": OLD, f"{name}.csv.gz": OLD}
        files.pop("2013-02-01.csv" if grain == "week" else "2013-01-07.csv")
        with pytest.raises(DataError) as caught:
            complete_days(files, "/data", "csv", Readiness(), GRAINS[grain])
        assert str(caught.value) == (
            f"/data/{name}.csv.gz: {words}.csv.gz, or set data.grain to what a file holds"
        )

    def test_the_right_name_that_is_proposed_begins_a_span(self):
        files = {"2013-01-07.csv": OLD, "20130117.csv": OLD}
        _, (left_out,) = complete_days(files, "/data", "csv", Readiness(), GRAINS["week"])
        assert left_out.why == "rename it to 2013-01-14.csv"
        with pytest.raises(DataError, match=r"expected files named like 2013-01-01\.csv"):
            complete_days({}, "/data", "csv", Readiness(), GRAINS["month"])
