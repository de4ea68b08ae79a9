"""What is known only after the row's day is found by its distance to that day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from tests.pipeline.data.practice_tables import Table


def _proposed(folder, days_after, form="%Y-%m-%d", answers=None):
    """Returns the proposal of orders that are late where delivered after more than five days."""
    random, rows = np.random.default_rng(5), []
    for row in range(1_500):
        day = dt.datetime(2023, 1, 1, 12) + dt.timedelta(days=row // 10)
        taken, x = int(random.integers(0, 11)), int(random.integers(0, 50))
        other = day + dt.timedelta(days=days_after(taken, x))
        rows.append([day.strftime("%Y-%m-%d"), other.strftime(form), x, int(taken > 5)])
    table = Table("orders.csv", "late", rows, dict.fromkeys(["ordered_on", "other", "x", "late"]))
    found = survey(open_raw(str(table.write(folder))))
    answers = answers or Answers(date="ordered_on")
    proposal = propose(found, "late", answers, Defaults(), dt.date(2024, 6, 1))
    return proposal, next(column for column in proposal.columns if column.source == "other")


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"])
def test_a_day_whose_distance_to_the_row_s_day_tells_the_label_is_a_leak(form, tmp_path):
    _, other = _proposed(tmp_path, lambda taken, _: taken, form)
    assert other.left_out
    assert other.reason.startswith("a leak")


def test_a_leak_of_days_stays_where_somebody_says_so(tmp_path):
    told = Answers(date="ordered_on", keep=("other",))
    _, other = _proposed(tmp_path, lambda taken, _: taken, answers=told)
    assert not other.left_out


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"])
def test_a_day_that_is_never_before_the_row_s_day_is_said(form, tmp_path):
    proposal, other = _proposed(tmp_path, lambda _, x: x % 7, form)
    assert not other.left_out
    assert any("other is never before the row's day" in each for each in proposal.warnings)


@pytest.mark.parametrize("days_after", [lambda _, x: x % 7 - 1, lambda _, x: -(x % 7)])
def test_a_day_that_is_before_the_row_s_day_in_some_row_is_not(days_after, tmp_path):
    proposal, _ = _proposed(tmp_path, days_after)
    assert not any("never before" in each for each in proposal.warnings)
