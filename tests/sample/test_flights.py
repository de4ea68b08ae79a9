"""The sample data: deterministic, joined without looking ahead, whole."""

import datetime
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from sample import flights as sample_flights
from sample.flights import COLUMNS, flights, write_days

KNOWN_ONLY_AFTER_DEPARTURE = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}


@pytest.fixture(scope="module")
def year():
    return flights()


def test_every_departure_of_the_year_is_there(year):
    """The joins neither lose nor multiply flights."""
    assert len(year) == 336_776
    assert year["flight_date"].nunique() == 365


def test_no_column_is_known_only_after_departure():
    """Nothing measured at or after departure is in the files, except the label."""
    assert not KNOWN_ONLY_AFTER_DEPARTURE & set(COLUMNS)


def test_rows_are_in_the_order_of_the_schedule(year):
    """The order of rows does not tell who left late."""
    keys = list(zip(year["flight_date"], year["sched_dep_time"], year["origin"], strict=True))
    assert keys == sorted(keys)


def test_late_means_more_than_15_minutes(year):
    """The label is 1 above 15 minutes, 0 up to 15, null where the flight never arrived."""
    delays = pd.Series([15.0, 16.0, -5.0, None])
    assert sample_flights._late(delays).tolist() == [0, 1, 0, pd.NA]
    assert year["late"].isna().sum() == 9_430
    assert year["late"].sum() == 77_630


def test_weather_is_that_of_the_hour_before_departure(year):
    """The joined weather is the origin's reading one hour before the scheduled hour, winter and summer alike.

    The code joins in UTC; here the local hour is compared, on all days but those on which the clocks change.
    """
    local = year.assign(hour=year["sched_dep_time"] // 100 - 1).drop(columns=["temp", "visib"])
    readings = sample_flights._read("weather.csv")
    readings["flight_date"] = pd.to_datetime(readings[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
    same_hour = ["origin", "flight_date", "hour"]
    readings = readings.drop_duplicates(same_hour)[[*same_hour, "temp", "visib"]]
    by_local_hour = local.merge(readings, on=same_hour, how="left")
    checked = ~year["flight_date"].isin(["2013-03-10", "2013-11-03"])
    pd.testing.assert_frame_equal(
        by_local_hour.loc[checked, ["temp", "visib"]], year.loc[checked, ["temp", "visib"]]
    )


def test_flights_without_weather_have_nulls(year):
    """The source's weather ends on 30 December: the flights of the 31st are there, without weather."""
    last = year[year.flight_date == "2013-12-31"]
    assert len(last) == 776
    assert last["temp"].isna().all()


def test_the_same_days_are_the_same_bytes(tmp_path):
    """Two runs write the same files, byte for byte, and no other file."""
    span = (datetime.date(2013, 2, 27), datetime.date(2013, 3, 1))
    assert write_days(tmp_path / "a", *span) == write_days(tmp_path / "b", *span)
    names = ["2013-02-27.csv", "2013-02-28.csv", "2013-03-01.csv"]
    for folder in ("a", "b"):
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == names
    digest = [
        hashlib.sha256(b"".join((tmp_path / folder / name).read_bytes() for name in names)).hexdigest()
        for folder in ("a", "b")
    ]
    assert digest[0] == digest[1]


def test_a_file_holds_the_rows_of_its_day(tmp_path):
    """Each file has the header line, its own day's flights, whole numbers whole, and nulls empty."""
    write_days(tmp_path, datetime.date(2013, 1, 31), datetime.date(2013, 1, 31))
    lines = (tmp_path / "2013-01-31.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 1 + 928
    assert lines[1].startswith("2013-01-31,0,US,1117,N702UW,EWR,CLT,500,648,529,60.8,")
    labels = {line.split(",")[1] for line in lines[1:]}
    assert labels == {"0", "1", ""}


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    """When the disk refuses, neither a half-written day nor its temporary file is left."""

    def refuse(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample_flights.os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_days(tmp_path, datetime.date(2013, 1, 1), datetime.date(2013, 1, 1))
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_appears_only_when_all_its_days_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`make` takes a folder that is there for all of the data."""
    written = []
    write_whole = sample_flights._write_whole

    def until_the_disk_is_full(rows, path):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        write_whole(rows, path)

    monkeypatch.setattr(sample_flights, "_write_whole", until_the_disk_is_full)
    with pytest.raises(OSError, match="No space"):
        sample_flights.write_days(tmp_path / "flights", datetime.date(2013, 1, 1), datetime.date(2013, 1, 5))
    assert not (tmp_path / "flights").exists()

    monkeypatch.undo()
    sample_flights.write_days(tmp_path / "flights", datetime.date(2013, 1, 1), datetime.date(2013, 1, 5))
    assert len(list((tmp_path / "flights").glob("*.csv"))) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["flights"]
