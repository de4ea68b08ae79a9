"""Answers that contradict each other are refused, not settled by their order."""

from __future__ import annotations

import pytest

from pipeline.data.propose.contradictions import order, refuse
from pipeline.data.propose.questions import Answers
from pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (Answers(keep=("x",), leave_out=("x",)), "--keep 'x' contradicts --leave-out 'x'"),
        (Answers(leave_out=("a", "y")), "--label 'y' contradicts --leave-out 'y'"),
        (Answers(split_key="y"), "--label 'y' contradicts --split-key 'y'"),
        (Answers(date="y"), "--label 'y' contradicts --date 'y'"),
        (Answers(date="x", leave_out=("x",)), "--date 'x' contradicts --leave-out 'x'"),
        (Answers(split_key="x", keep=("x",)), "--split-key 'x' contradicts --keep 'x'"),
        (Answers(split_key="x", leave_out=("x",)), "--split-key 'x' contradicts --leave-out 'x'"),
        (Answers(split_key="x", date="x"), "--date 'x' contradicts --split-key 'x'"),
    ],
)
def test_two_answers_of_one_column_are_refused(answers, words):
    with pytest.raises(ConfigError, match=words):
        refuse(answers, "y")


@pytest.mark.parametrize(
    "answers",
    [
        Answers(),
        Answers(date="none", split_key="none"),
        Answers(keep=("x", "x"), leave_out=("z",)),
        Answers(keep=("y",), date="x", split_key="z"),
    ],
)
def test_answers_that_agree_are_taken(answers):
    refuse(answers, "y")


def test_day_and_month_are_not_both_first():
    assert order(day_first=True, month_first=False) == "day"
    assert order(day_first=False, month_first=True) == "month"
    assert order(day_first=False, month_first=False) is None
    with pytest.raises(ConfigError, match="--day-first contradicts --month-first"):
        order(day_first=True, month_first=True)
