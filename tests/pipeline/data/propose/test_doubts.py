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
