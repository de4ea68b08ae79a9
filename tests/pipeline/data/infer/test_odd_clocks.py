"""A time of day that no clock shows does not keep a table from being read."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.odd_clocks import is_time_of_day
from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from tests.pipeline.data.practice_tables import Table

ROWS = 1_200


def _proposed(folder, times):
    random = [(row * 7919) % 101 for row in range(ROWS)]
    rows = [[times[row], random[row], int(random[row] * 31 % 97 > 48)] for row in range(ROWS)]
    table = Table("times.csv", "y", rows, {"at": None, "x": None, "y": None})
    found = survey(open_raw(str(table.write(folder))))
    proposal = propose(found, "y", Answers(), Defaults(), dt.date(2024, 6, 1))
    return proposal, next(column for column in proposal.columns if column.source == "at")


@pytest.mark.parametrize("odd", ["24:00", "25:19", "12:60", "noon"])
def test_a_few_cells_that_no_clock_shows_are_read_as_empty_and_said(odd, tmp_path):
    times = [f"{row % 24:02d}:{row % 60:02d}" for row in range(ROWS)]
    times[100] = odd
    proposal, at = _proposed(tmp_path, times)
    assert (at.kind, at.required) == ("clock", False)
    assert odd in at.rule.nulls
    assert any(f"as '{odd}'; they are read as empty" in each for each in proposal.warnings)


@pytest.mark.parametrize("hours", [30, 100])
def test_durations_are_no_clock_and_said(hours, tmp_path):
    proposal, at = _proposed(tmp_path, [f"{row * 7 % hours}:{row % 6}0" for row in range(ROWS)])
    assert at.kind == "category"
    assert any("looks like times of day" in each for each in proposal.warnings)


def test_true_times_are_a_clock_without_a_word(tmp_path):
    _, at = _proposed(tmp_path, [f"{row % 24}:{row % 60:02d}" for row in range(ROWS)])
    assert (at.kind, at.required, at.warnings) == ("clock", True, ())


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("0:00", True),
        ("23:59", True),
        ("24:00", False),
        ("12:00 AM", True),
        ("13:00 PM", False),
        ("0:30 am", False),
        ("10:59:59", True),
        ("10:59:60", False),
        ("10:60", False),
    ],
)
def test_a_clock_shows(text, fits):
    assert is_time_of_day(text) is fits
