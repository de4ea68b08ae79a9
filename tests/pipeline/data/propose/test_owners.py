"""A table that is not split by whom its rows belong to says so."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from tests.pipeline.data.practice_tables import Table

ROWS = 600


def _warnings(folder, name, owners=40, answers=None, day=None):
    rows = []
    for row in range(ROWS):
        random = (row * 7919) % 101
        first = day(row) if day else row * 31 % 89
        rows.append([first, f"p{row * 13 % owners}", random, int(random * 31 % 97 > 48)])
    table = Table("rows.csv", "y", rows, dict.fromkeys(["first", name, "x", "y"]))
    found = survey(open_raw(str(table.write(folder))))
    proposal = propose(found, "y", answers or Answers(), Defaults(), dt.date(2024, 6, 1))
    return [each for each in proposal.warnings if "on both sides" in each]


@pytest.mark.parametrize("name", ["customer_id", "patient", "User", "CustomerID", "account no"])
def test_rows_of_one_owner_on_both_sides_are_said(name, tmp_path):
    (warning,) = _warnings(tmp_path, name)
    assert f"rows of one {name} fall on both sides" in warning
    assert f"--split-key '{name}'" in warning


@pytest.mark.parametrize("name", ["customer_type", "city", "user_agent"])
def test_what_is_no_owner_by_its_name_is_not(name, tmp_path):
    assert not _warnings(tmp_path, name)


def test_few_kinds_of_owners_are_none(tmp_path):
    assert not _warnings(tmp_path, "customer", owners=9)
    assert _warnings(tmp_path, "customer", owners=10)


@pytest.mark.parametrize("key", ["customer", "none"])
def test_what_somebody_said_of_the_split_is_not_said_again(key, tmp_path):
    assert not _warnings(tmp_path, "customer", answers=Answers(split_key=key))


def test_the_newest_days_judge_whoever_they_belong_to(tmp_path):
    def day(row):
        return (dt.date(2023, 1, 1) + dt.timedelta(days=row // 10)).isoformat()

    assert not _warnings(tmp_path, "customer", day=day)
