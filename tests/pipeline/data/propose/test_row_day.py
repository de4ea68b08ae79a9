"""Which column is the row's day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.profile import profiler
from pipeline.data.propose.questions import Answers, Defaults, Nobody
from pipeline.data.propose.row_day import with_day
from pipeline.data.raw.open_raw import open_raw

ROWS = 1_200
TODAY = dt.date(2024, 6, 1)


def _days(order: str) -> list[dt.datetime]:
    at = np.arange(ROWS)
    if order == "shuffled":
        np.random.default_rng(3).shuffle(at)
    if order == "falling":
        at = at[::-1]
    if order == "panel":
        at = np.concatenate([at[first::20] for first in range(20)])
    return [dt.datetime(2021, 1, 1, 6) + dt.timedelta(hours=12 * int(each)) for each in at]


def _with_day(folder, answers=None, asks=None, **columns):
    lines = [",".join(columns), *(",".join(cells) for cells in zip(*columns.values(), strict=True))]
    (folder / "f.csv").write_text("\n".join(lines) + "\n")
    found = survey(open_raw(str(folder / "f.csv")))
    columns = [*found.proposals(None, TODAY)]
    columns, calendar = with_day(found, columns, answers or Answers(), asks or Defaults())
    return next((column for column in columns if column.role == "date"), None), calendar


def _plain(order: str) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in _days(order)]


def _epochs(per_second: int) -> list[str]:
    moments = (day.replace(tzinfo=dt.timezone.utc) for day in _days("rising"))
    return [str(int(moment.timestamp()) * per_second) for moment in moments]


X = [str(row % 7) for row in range(ROWS)]


@pytest.mark.parametrize("per_second", [1, 1_000])
@pytest.mark.parametrize("name", ["day", "ts"])
def test_times_since_1970_are_the_row_s_day(tmp_path, per_second, name):
    times = _epochs(per_second)
    settled = Nobody()
    day, calendar = _with_day(
        tmp_path, asks=settled, **{name: times, "last_service": _plain("shuffled"), "x": X}
    )
    settled.refuse()
    assert (day.source, day.rule.name, day.rule.reading) == (name, f"{name}_date", "date")
    assert sum(calendar.rows.values()) == ROWS
    assert day.warnings == ()


def test_of_too_many_times_the_sample_tells_the_days(tmp_path, monkeypatch):
    monkeypatch.setattr(profiler, "_MOST_DAYS", 100)
    monkeypatch.setattr(profiler, "MOST_VALUES", 100)
    day, calendar = _with_day(tmp_path, when=_epochs(1), x=X)
    assert day.source == "when"
    assert sum(calendar.rows.values()) == ROWS


@pytest.mark.parametrize("name", ["Last Review", "Geburtsdatum", "hire date"])
def test_days_of_something_else_are_not_the_row_s(tmp_path, name):
    assert _with_day(tmp_path, **{name: _plain("shuffled"), "x": X}) == (None, None)


def test_a_day_that_neither_name_nor_order_tells_is_taken_with_a_warning(tmp_path):
    day, _ = _with_day(tmp_path, reviewed=_plain("shuffled"), x=X)
    assert day.warnings == ("is taken for the row's day: its newest days judge; if it is not: --date none",)
    day, _ = _with_day(tmp_path, Answers(date="reviewed"), reviewed=_plain("shuffled"), x=X)
    assert day.warnings == ()


@pytest.mark.parametrize("order", ["rising", "falling", "panel"])
def test_the_order_of_rows_tells_their_day(tmp_path, order):
    day, _ = _with_day(tmp_path, reviewed=_plain(order), x=X)
    assert (day.source, day.warnings) == ("reviewed", ())


def test_a_name_tells_the_row_s_day(tmp_path):
    day, _ = _with_day(tmp_path, exam_date=_plain("shuffled"), x=X)
    assert (day.source, day.warnings) == ("exam_date", ())
