"""The champion's answers to new days are held against those of its release."""

import math

import numpy as np
import pytest

from components.evaluator.policy import PredictionDrift
from components.evaluator.prediction_drift_rule import ANSWER, answers_of, judge
from components.task import Task
from monitoring.baseline import Baseline

BINARY = Task("binary", (0, 1), "probability")
SEVERAL = Task("multiclass", ("bus", "car", "van"), "probabilities")
NUMBER = Task("regression", (), "prediction")
WARN = PredictionDrift(reaction="warn", floor=0.01)
RELEASED = [f"2026-03-{day:02}" for day in range(1, 15)]
NEW = [f"2026-03-{day:02}" for day in range(8, 22)]  # a week later


def answered(days: list[str], *, times: float = 1.0, since: str = "", rows: int = 500) -> np.ndarray:
    """Probabilities [days x rows] like a model's, from some day on higher."""
    parts = []
    for day in days:
        random = np.random.default_rng(int(day[-2:]))
        values = random.beta(2, 8, rows) * random.uniform(0.97, 1.03)
        parts.append(values * times if day >= since else values)
    return np.concatenate(parts)


def by_row(days: list[str], rows: int = 500) -> np.ndarray:
    return np.repeat(np.array(days), rows)


AT_RELEASE = answers_of(BINARY, answered(RELEASED), by_row(RELEASED))


def judged(answers: np.ndarray, days: list[str] = NEW, released: Baseline | None = AT_RELEASE, **given):
    policy = given.pop("policy", WARN)
    return judge(BINARY, answers, by_row(days), released, given.pop("why", ""), policy)


def test_answers_like_those_of_the_release_pass():
    check = judged(answered(NEW))
    assert (check.name, check.subject, check.passed) == ("prediction drift", "2026-03-15 … 2026-03-21", True)


def test_other_answers_to_the_new_days_are_told_with_what_changed():
    check = judged(answered(NEW, times=1.5, since="2026-03-15"))
    assert (check.passed, check.action) == (False, "warn")
    assert check.measured > check.threshold
    assert check.reason.startswith(
        "the champion's answer of 2026-03-15 … 2026-03-21 is unlike that of its release, "
        f"2026-03-01 … 2026-03-14, by {check.measured:.3g} bits, where single days usually differ by "
    )
    assert "; most changed: " in check.reason


def test_days_that_the_release_has_seen_are_not_judged_again():
    assert judged(answered(RELEASED, times=1.5), RELEASED).subject == "no new days"
    assert judged(answered(RELEASED, times=1.5), RELEASED).passed


def test_one_new_day_is_judged_with_the_two_before_it():
    days = [*RELEASED[1:], "2026-03-15"]
    odd_day = judged(answered(days, times=1.25, since="2026-03-15"), days)
    assert (odd_day.subject, odd_day.passed) == ("2026-03-13 … 2026-03-15", True)
    assert not judged(answered(days, times=1.25, since="2026-03-13"), days).passed


@pytest.mark.parametrize(("reaction", "action"), [("warn", "warn"), ("stop", "stop")])
def test_what_it_does_is_configured(reaction: str, action: str):
    policy = PredictionDrift(reaction=reaction, floor=0.01)
    assert judged(answered(NEW, times=1.5), policy=policy).action == action
    gone = judged(answered(NEW), released=None, why="it is gone", policy=policy)
    assert (gone.action, gone.passed, gone.measured) == (action, False, None)
    assert gone.reason == "prediction drift was not judged: it is gone"


def test_it_may_be_ignored():
    policy = PredictionDrift(reaction="ignore", floor=0.01)
    assert judged(answered(NEW, times=1.5), policy=policy) is None
    assert judged(answered(NEW), released=None, why="it is gone", policy=policy) is None


def test_below_the_floor_nothing_is_told():
    policy = PredictionDrift(reaction="warn", floor=0.5)
    assert judged(answered(NEW, times=1.5), policy=policy).passed


def test_rows_without_days_are_judged_together():
    kept = answers_of(BINARY, answered(RELEASED), None)
    assert math.isnan(kept.ranges[ANSWER])
    alike = judge(BINARY, answered(NEW), None, kept, "", WARN)
    other = judge(BINARY, answered(NEW, times=1.5), None, kept, "", WARN)
    assert (alike.passed, other.passed) == (True, False)
    assert other.reason.startswith("the champion's answer of all rows is unlike that of its release, by ")


def test_of_several_classes_the_likeliest_is_counted():
    random = np.random.default_rng(5)
    before, after = random.dirichlet((5, 3, 1), 7_000), random.dirichlet((3, 5, 1), 7_000)
    kept = answers_of(SEVERAL, before, by_row(RELEASED))
    assert kept.columns[ANSWER].values.tolist() == ["bus", "car", "van"]
    assert judge(SEVERAL, before, by_row(NEW), kept, "", WARN).passed
    told = judge(SEVERAL, after, by_row(NEW), kept, "", WARN)
    assert not told.passed
    assert "'bus' is in " in told.reason


def test_numbers_are_told_by_where_they_lie():
    random = np.random.default_rng(5)
    before, after = random.normal(50, 10, 7_000), random.normal(60, 10, 7_000)
    kept = answers_of(NUMBER, before.astype(np.float32), by_row(RELEASED))
    assert judge(NUMBER, before, by_row(NEW), kept, "", WARN).passed
    assert not judge(NUMBER, after, by_row(NEW), kept, "", WARN).passed


def test_what_is_kept_of_a_release_is_read_by_a_later_run():
    kept = Baseline.from_json(AT_RELEASE.as_json())
    assert kept.span == "2026-03-01 … 2026-03-14"
    told, at_once = (judged(answered(NEW, times=1.5), released=each) for each in (kept, AT_RELEASE))
    assert told.measured == pytest.approx(at_once.measured, rel=0.05)


def test_answers_that_are_no_numbers_are_none():
    answers = answered(NEW)
    answers[:] = np.nan
    assert judged(answers).passed is False
