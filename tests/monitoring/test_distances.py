"""Distances are what their definitions say, on numbers worked out by hand and on others' implementations."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial import distance

from monitoring import distances, profiles
from monitoring.history import history


def numbers(*values: float | None) -> profiles.Profile:
    return profiles.of_numbers(pa.array(values, pa.float32()))


def texts(*values: str | None) -> profiles.Profile:
    return profiles.of_categories(pa.array(values, pa.string()))


def test_the_divergence_is_that_of_scipy():
    random = np.random.default_rng(1)
    ours, theirs = random.integers(0, 50, (5, 9)), random.integers(0, 50, (5, 9))
    expected = [distance.jensenshannon(a, b, base=2) ** 2 for a, b in zip(ours, theirs, strict=True)]
    assert distances.jensen_shannon(ours, theirs) == pytest.approx(expected)


def test_the_divergence_is_0_of_equals_and_1_of_strangers_and_unknown_without_rows():
    counts = np.array([[2, 2, 0], [2, 2, 0], [0, 0, 0]])
    others = np.array([[5, 5, 0], [0, 0, 3], [1, 1, 1]])
    assert distances.jensen_shannon(counts, others)[:2] == pytest.approx([0, 1])
    assert np.isnan(distances.jensen_shannon(counts, others)[2])


def test_nulls_and_unseen_values_are_shares_of_all_rows():
    counts, others = np.array([3.0, 2.0, 5.0]), np.array([6.0, 0.0, 4.0])
    assert distances.unseen_share(counts, others, 1) == pytest.approx(0.2)
    assert distances.unseen_share(counts, np.array([6.0, 1.0, 4.0]), 2) == pytest.approx(0.2)
    assert distances.null_change(counts, others) == pytest.approx(0.1)


def test_a_median_is_measured_in_interquartile_ranges():
    reference = numbers(*range(1, 101))
    assert distances.median_shift(np.array([50.0, 100.0, 0.0]), reference) == pytest.approx([0, 1, 1])
    assert np.isnan(distances.median_shift(np.array([1.0]), numbers(7, 7, 7)))


def test_numbers_are_compared_by_deciles_and_texts_by_values():
    assert distances.divergence(numbers(*range(100)), numbers(*range(100))) == pytest.approx(0, abs=0.02)
    assert distances.divergence(numbers(*range(200, 300)), numbers(*range(100))) > 0.7
    assert distances.divergence(texts("a", "b"), texts("b", "a")) == 0
    assert distances.divergence(texts("c"), texts("a", None)) == 1


@pytest.mark.parametrize("make", [numbers, texts])
def test_the_values_that_changed_most_come_first_with_both_shares(make):
    ours, theirs = ([1, 1, 1, 2], [1, 2, 2, 2]) if make is numbers else (["x"] * 3 + ["y"], ["x"] + ["y"] * 3)
    first = distances.most_changed(make(*ours), make(*theirs))[0]
    assert sorted(first[1:]) == [0.25, 0.75]
    if make is texts:
        assert first == ("'x'", 0.75, 0.25)


def test_a_missing_value_is_named():
    assert distances.most_changed(texts("a", None), texts("a", "a"))[1] == ("no value", 0.5, 0.0)


def test_a_history_holds_every_day_by_value_and_numbers_between_deciles_of_the_earlier_days():
    days = [texts("a", "b"), texts("b", None), texts()]
    known = history(days)
    assert known.table.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    of_numbers = history([numbers(*range(100)), numbers(*range(1000, 1100), None)])
    table = of_numbers.between_deciles(np.array([0]), np.array([0, 1]))
    assert table.sum(axis=1).tolist() == [100, 101]
    assert table[0, :-1] == pytest.approx(10, abs=1)
    assert table[1, -2:].tolist() == [100, 1], "beyond the last decile, and nulls"


def test_a_history_of_too_many_categories_knows_nulls_alone():
    known = history([texts(*map(str, range(400))), texts(*map(str, range(300, 700)), None)])
    assert known.many
    assert known.table.tolist() == [[400, 0], [400, 1]]


def test_of_numbers_that_are_mostly_one_the_others_are_told_apart():
    mostly_zero = numbers(*[0] * 900, *range(1, 101))
    assert distances.divergence(mostly_zero, mostly_zero) == 0
    more = numbers(*[0] * 600, *range(1, 101), *range(1, 101), *range(1, 101), *range(1, 101))
    assert distances.divergence(more, mostly_zero) > 0.05, "the zeros became fewer"
    larger = numbers(*[0] * 900, *range(100, 10_100, 100))
    assert distances.divergence(larger, mostly_zero) > 0.03, "the rest became larger"
    names = [name for name, *_ in distances.most_changed(larger, mostly_zero, most=99)]
    assert names[0] == "at least 90"
    assert {"below 0", "0", "above 0, below 10", "10 to 20", "no value"} < {*names}
    only_zero = [name for name, *_ in distances.most_changed(larger, numbers(*[0] * 9), most=99)]
    assert sorted(only_zero) == ["0", "above 0", "below 0", "no value"]


def test_edges_of_large_numbers_have_names_that_differ():
    ids = numbers(*range(12_345_000, 12_345_100))
    names = [name for name, *_ in distances.most_changed(ids, ids, most=99)]
    assert len(names) == len({*names}) == 11


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0),
        ([float("nan")], 0),
        ([0.3], 0.3),
        ([0.1, 0.3], 0.1),
        ([0.15, 0.3], 0.3),
        ([0.1, 0.2, 0.9], 0.2),
        ([0.1, 0.9, 0.9, float("nan")], 0.9),
    ],
)
def test_the_largest_is_usual_unless_it_is_odd_by_itself(values: list[float], expected: float):
    assert distances.usual(np.array(values)) == expected


def test_a_value_of_one_other_day_is_new_where_two_are_asked_for():
    table = np.array([[5, 1, 0], [5, 0, 0], [5, 0, 0], [4, 2, 0]], float)
    assert distances.unseen_beside(table, 3, 2)[0] == pytest.approx([1 / 3])
    assert distances.unseen_beside(table, 3, 1)[0] == pytest.approx([0])
    assert distances.unseen_beside(table, 3, 1)[1] == pytest.approx(0.0), "one day in three is odd"
