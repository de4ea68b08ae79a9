"""What init says of a class that has few rows."""

from __future__ import annotations

import dataclasses

import pytest

from pipeline.data.propose.baseline import Baseline, Score
from pipeline.data.propose.doubts import doubts_of
from trainer.task import Task


@dataclasses.dataclass
class _Label:
    task: Task
    rarest: int
    rows: int = 2_000


@dataclasses.dataclass
class _Survey:
    rows: int = 2_000


def test_classes_that_differ_in_case_only_are_named():
    said = doubts_of(_Label(Task("multiclass", ("a", "b", "A")), 900), None, _Survey(), spread=False)
    assert "the classes 'a' and 'A' differ in case only; are they one?" in said
    said = doubts_of(_Label(Task("multiclass", ("a", "b", "c")), 900), None, _Survey(), spread=False)
    assert not any("differ in case" in each for each in said)


def test_one_row_is_no_rows():
    said = doubts_of(_Label(Task("binary", ("a", "b")), 900, 1_999), None, _Survey(), spread=False)
    assert "1 row without a label: left out of training" in said
    said = doubts_of(_Label(Task("binary", ("a", "b")), 900, 1_998), None, _Survey(), spread=False)
    assert "2 rows without a label: left out of training" in said


def _said_of(loss: tuple[float, float, float]) -> list[str]:
    scores = {"AUC": Score(0.9, 0.01, 0.5), "BinaryCrossentropy": Score(*loss)}
    label = _Label(Task("binary", ("a", "b")), 900)
    return doubts_of(label, Baseline(800, 200, scores), _Survey(), spread=False)


def test_the_metric_in_which_boosting_is_worse_than_the_prior_is_named():
    assert _said_of((0.7, 0.01, 0.6)) == ["boosting is no better than the prior in BinaryCrossentropy"]
    assert _said_of((0.6, 0.01, 0.6)) == ["boosting is no better than the prior in BinaryCrossentropy"]
    assert _said_of((0.5, 0.01, 0.6)) == []


@pytest.mark.parametrize(
    ("classes", "rarest", "hint"),
    [(("a", "b", "c"), 39, True), (("a", "b", "c"), 40, False), (("a", "b"), 39, False)],
)
def test_weights_are_named_where_one_of_several_classes_is_rare(classes, rarest, hint):
    kind = "binary" if len(classes) == 2 else "multiclass"
    said = doubts_of(_Label(Task(kind, classes), rarest), None, _Survey(), spread=False)
    (about,) = [each for each in said if "rarest" in each]
    assert about.startswith(f"the rarest class has {rarest} of 2,000 rows")
    assert ("class_weights: balanced" in about) is hint
