"""Two models on the same rows differ by less than each of them varies, and by days they differ more."""

import time

import numpy as np
import pytest

from components.evaluator import metric_table, paired
from components.evaluator.influence import INFLUENCES
from components.evaluator.metric_table import BINARY, BY_NAME, REGRESSION
from components.evaluator.metrics import FUNCTIONS
from components.evaluator.paired import differences
from tests.components.evaluator.test_influence import KIND_AND_NAME, rows


def sides(kind: str, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, the answers of a candidate and those of a champion, which are blurred."""
    labels, champion = rows(kind, count)
    random = np.random.default_rng(4)
    candidate = champion + random.normal(0, 0.05, champion.shape)
    if kind != REGRESSION:
        candidate = np.clip(candidate, 0.01, 0.99)
    return labels, candidate, champion


@pytest.mark.parametrize(("kind", "name"), KIND_AND_NAME)
def test_a_loss_is_positive_where_the_candidate_is_worse_in_whichever_direction(kind: str, name: str):
    labels, answers = rows(kind, 500)
    shuffled = answers[np.random.default_rng(5).permutation(500)]
    found = differences(kind, labels, shuffled, answers, [name])[name]
    assert found.loss > 0
    assert differences(kind, labels, answers, shuffled, [name])[name].loss == -found.loss
    assert (found.rows, found.se_by_day) == (500, None)


@pytest.mark.parametrize(("kind", "name"), KIND_AND_NAME)
def test_its_error_is_that_of_rows_drawn_anew_for_both(kind: str, name: str):
    labels, candidate, champion = sides(kind, 1_000)
    found = differences(kind, labels, candidate, champion, [name])[name]
    metric = getattr(FUNCTIONS[kind], BY_NAME[name].function)
    random = np.random.default_rng(2)
    drawn = [
        metric(labels[each], candidate[each]) - metric(labels[each], champion[each])
        for each in random.integers(0, 1_000, (400, 1_000))
    ]
    assert found.se == pytest.approx(np.std(drawn), rel=0.2)


def test_rows_of_a_day_count_together():
    labels, candidate, champion = sides(BINARY, 600)
    each_its_own = differences(BINARY, labels, candidate, champion, ["AUC"], np.arange(600))["AUC"]
    assert each_its_own.se_by_day == pytest.approx(each_its_own.se * np.sqrt(600 / 599))
    copies = [np.repeat(each, 9) for each in (labels, candidate, champion)]
    days = np.repeat([f"day {day}" for day in range(600)], 9)
    copied = differences(BINARY, *copies, ["AUC"], days)["AUC"]
    assert copied.se == pytest.approx(each_its_own.se / 3, rel=0.01)  # nine times the rows, by themselves
    assert copied.se_by_day == pytest.approx(each_its_own.se, rel=0.01)  # and no more than 600 days


def test_one_day_says_nothing_of_days():
    labels, candidate, champion = sides(BINARY, 100)
    found = differences(BINARY, labels, candidate, champion, ["AUC"], np.full(100, "2013-01-01"))["AUC"]
    assert np.isnan(found.se_by_day)
    assert np.isfinite(found.se)


def test_the_same_answers_differ_by_nothing():
    labels, answers = rows(BINARY, 100)
    found = differences(BINARY, labels, answers, answers, ["AUC", "BinaryCrossentropy"])
    assert [(each.loss, each.se) for each in found.values()] == [(0, 0), (0, 0)]


def test_a_metric_without_an_influence_function_is_bootstrapped_alike_each_time(
    monkeypatch: pytest.MonkeyPatch,
):
    labels, candidate, champion = sides(BINARY, 800)
    days = np.arange(800) // 40
    exact = differences(BINARY, labels, candidate, champion, ["BinaryAccuracy"], days)["BinaryAccuracy"]
    monkeypatch.delitem(INFLUENCES, (BINARY, "BinaryAccuracy"))
    assert BY_NAME is metric_table.BY_NAME
    first, again = (
        differences(BINARY, labels, candidate, champion, ["BinaryAccuracy"], days)["BinaryAccuracy"]
        for _ in range(2)
    )
    assert first == again
    assert first.se == pytest.approx(exact.se, rel=0.15)
    assert first.se_by_day == pytest.approx(exact.se_by_day, rel=0.25)
    assert (
        differences(BINARY, labels, candidate, champion, ["BinaryAccuracy"])["BinaryAccuracy"].se == first.se
    )
    assert paired.RESAMPLES >= 200


def test_comparing_a_fortnight_takes_a_moment():
    labels, candidate, champion = sides(BINARY, 12_700)
    started = time.process_time()
    differences(BINARY, labels, candidate, champion, ["AUC", "BinaryCrossentropy"], np.arange(12_700) // 900)
    assert time.process_time() - started < 0.3
