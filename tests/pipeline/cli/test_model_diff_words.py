"""One sentence says what is different about a model and what that did, for somebody who made neither."""

import dataclasses
from typing import Any

import pytest

from pipeline.cli.model_diff_words import Differing, Side, direction, in_short, verdict

MARCH, APRIL = (
    {"train_first": f"2013-0{month}-01", "train_last": f"2013-0{month}-20", "eval_last": f"2013-0{month}-30"}
    for month in (3, 4)
)
SAME = Differing(data=False, code=[], columns=[], hyperparameters=[], same_rows=True)
AS_BEFORE = "with the same training code, columns and hyperparameters"


def said(
    before: Any = MARCH, after: Any = MARCH, old: Any = (0.7, 0.5), new: Any = (0.8, 0.5), **other: Any
) -> str:
    sides = (
        Side(name, window, dict(zip(("AUC", "BinaryCrossentropy"), metrics, strict=False)))
        for name, window, metrics in (("1.0.1", before, old), ("1.0.2", after, new))
    )
    return in_short(*sides, dataclasses.replace(SAME, **other))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"after": APRIL, "new": (0.8, 0.6)},
            f"1.0.2 was trained on days up to 2013-04-20, 31 days later than 1.0.1, {AS_BEFORE}; on the same "
            "rows AUC went from 0.7 to 0.8 (better) and BinaryCrossentropy went from 0.5 to 0.6 (worse).",
        ),
        (
            {"before": APRIL, "same_rows": False},
            f"1.0.2 was trained on days up to 2013-03-20, 31 days earlier than 1.0.1, {AS_BEFORE}; AUC went "
            "from 0.7 to 0.8 (higher is better) and BinaryCrossentropy stayed 0.5, each on other days, so "
            "that says little of which model is better.",
        ),
    ],
)
def test_days_causes_and_effect_are_one_sentence(given: dict, sentence: str):
    assert said(**given) == sentence


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({}, "trained on the same days as 1.0.1, with the same"),
        ({"data": True}, "on the same days as 1.0.1, though with other rows, with"),
        ({"after": {**MARCH, "train_last": "2013-03-21"}}, "up to 2013-03-21, 1 day later than 1.0.1"),
        (
            {"after": {**MARCH, "train_first": "2013-02-01"}},
            "up to 2013-03-20, as 1.0.1, but from or beside other ones",
        ),
        ({"after": {}}, "on days that are not on record beside those of 1.0.1"),
        (
            {"code": ["Trainer"]},
            "with other training code (Trainer), and the same columns and hyperparameters;",
        ),
        (
            {"code": ["Trainer"], "columns": ["a", "b", "c", "d"], "hyperparameters": ["training.seed"]},
            "with other training code (Trainer), columns (a, b, c and 1 more) and hyperparameters (seed);",
        ),
        ({"code": None}, "with the same columns and hyperparameters, and training code not on record;"),
        ({"old": ()}, "; no metrics to compare are on record."),
    ],
)
def test_each_part_is_said_as_it_is(given: dict, part: str):
    assert part in said(**given)


@pytest.mark.parametrize(
    ("metric", "before", "after", "told", "way"),
    [
        ("AUC", 0.7, 0.8, "better", "higher is better"),
        ("AUC", 0.8, 0.7, "worse", "higher is better"),
        ("AUC", 0.7, 0.7, "", "higher is better"),
        ("BinaryCrossentropy", 0.5, 0.6, "worse", "lower is better"),
        ("BinaryCrossentropy", 0.6, 0.5, "better", "lower is better"),
        ("MeanLabel", 0.1, 0.2, "", ""),
        ("of another time", 0.1, 0.2, "", ""),
    ],
)
def test_a_metric_is_better_in_its_own_direction(
    metric: str, before: float, after: float, told: str, way: str
):
    assert (verdict(metric, before, after), direction(metric)) == (told, way)
