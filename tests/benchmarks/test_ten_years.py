"""Ten years of data are a year's rows under other dates."""

import datetime
from pathlib import Path

import pytest

from benchmarks import ten_years

HEADER = "flight_date,late,carrier\n"


def a_year(into: Path) -> Path:
    into.mkdir()
    for number in range(365):
        day = datetime.date(2013, 1, 1) + datetime.timedelta(days=number)
        (into / f"{day}.csv").write_text(f"{HEADER}{day},1,UA\n{day},,B{number}\n")
    return into


def test_the_days_follow_each_other_over_leap_years(tmp_path: Path):
    days = sorted(
        path.stem for path in ten_years.write(a_year(tmp_path / "year"), tmp_path / "ten").iterdir()
    )
    assert len(days) == 3_650
    first, last = datetime.date.fromisoformat(days[0]), datetime.date.fromisoformat(days[-1])
    assert last == datetime.date(2013, 12, 31)
    assert (last - first).days == 3_649
    assert "2012-02-29" in days


def test_nothing_of_a_row_changes_but_its_date(tmp_path: Path):
    ten_years.write(a_year(tmp_path / "year"), tmp_path / "ten")
    moved = datetime.date(2013, 1, 5) - datetime.timedelta(days=365 * 9)
    assert (tmp_path / "ten" / f"{moved}.csv").read_text() == f"{HEADER}{moved},1,UA\n{moved},,B4\n"
    newest = "2013-01-05.csv"
    assert (tmp_path / "ten" / newest).read_bytes() == (tmp_path / "year" / newest).read_bytes()


def test_a_year_that_lacks_a_day_is_refused_and_leaves_no_data(tmp_path: Path):
    (a_year(tmp_path / "year") / "2013-05-05.csv").unlink()
    with pytest.raises(ValueError, match="364 of the 365 days"):
        ten_years.write(tmp_path / "year", tmp_path / "ten")
    assert not (tmp_path / "ten").exists()


def test_a_file_with_rows_of_another_day_is_refused(tmp_path: Path):
    (a_year(tmp_path / "year") / "2013-05-05.csv").write_text(f"{HEADER}2013-05-06,1,UA\n")
    with pytest.raises(ValueError, match="2013-05-05"):
        ten_years.write(tmp_path / "year", tmp_path / "ten")
