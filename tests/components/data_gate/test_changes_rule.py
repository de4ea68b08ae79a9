"""Three days in a row beyond every earlier day are a change; one odd day, or weather, is none."""

import numpy as np
import pyarrow as pa
import pytest

from components.data_gate import changes_rule
from components.data_gate.changes_rule import Change, _is_strong, changes, has_others
from components.data_gate.day_profile import profile_of
from components.data_gate.policy import Limits
from components.gates.data_checks import ON_COLUMNS
from monitoring.history import natural_range
from monitoring.profiles import Profile
from tests.components.data_gate.days import COLUMNS, changed, rows

FLOORS = {
    "distribution": 0.01,
    "unseen values": 0.02,
    "unseen numbers": 0.3,
    "null share": 0.02,
    "commonest value": 0.05,
    "median": 0.25,
    "cross": 0.01,
}
LIMITS = Limits(3, 14, 60, 1.25, 2.0, FLOORS)
DAYS = 40
CLEAN = [profile_of(rows(number), COLUMNS) for number in range(DAYS)]


def found(
    planted: dict[int, dict[str, pa.Array]], judged=(DAYS - 1,), limits: Limits = LIMITS
) -> list[Change]:
    days = [profile_of(planted[n], COLUMNS) if n in planted else CLEAN[n] for n in range(DAYS)]
    columns = {name: [day.columns[name] for day in days] for name in CLEAN[0].columns}
    return list(changes(columns, judged, limits))


def newest(change, days: int = 3) -> dict[int, dict[str, pa.Array]]:
    return {number: change(rows(number)) for number in range(DAYS - days, DAYS)}


def some_null(share: float):
    def plant(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
        gone = np.arange(len(of["till"])) < share * len(of["till"])
        return changed(of, till=pa.array(of["till"].to_pylist(), pa.string(), mask=gone))

    return plant


def constant(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
    return changed(of, opened=pa.array([900] * len(of["opened"]), pa.int64()))


def scaled(factor: float):
    return lambda of: changed(of, price=pa.array(of["price"].to_numpy() * factor, pa.float32()))


def new_tills(share: float):
    def plant(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
        many = int(share * len(of["till"]))
        return changed(of, till=pa.array(["new"] * many + of["till"].to_pylist()[many:], pa.string()))

    return plant


def swapped(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
    other = {"north": "south", "south": "north"}
    return changed(of, shop=pa.array([other[each] for each in of["shop"].to_pylist()], pa.string()))


PLANTS = [
    (some_null(0.05), "till", "null share"),
    (some_null(1.0), "till", "null share"),
    (constant, "opened", "commonest value"),
    (constant, "opened", "distribution"),
    (scaled(2), "price", "median"),
    (scaled(2), "price", "distribution"),
    (new_tills(0.05), "till", "unseen values"),
    (swapped, "shop × till", "cross"),
]


def change(statistic: str, measured: float, times: float) -> Change:
    return Change("price", statistic, 30, 32, (0, 30), measured, 0.1, times)


@pytest.mark.parametrize(
    ("told", "also", "strong"),
    [
        (change("median", 1.0, 2.0), None, True),
        (change("median", 0.99, 2.0), None, False),
        (change("median", 1.0, 1.99), None, False),
        (change("distribution", 0.3, 2.0), None, True),
        (change("distribution", 0.29, 9.0), None, False),
        (change("unseen numbers", 0.8, 1.3), "median", True),
        (change("unseen numbers", 0.8, 1.3), "distribution", False),
        (change("unseen numbers", 0.79, 9.0), "median", False),
        (change("unseen numbers", 1.0, 9.0), None, False),
        (change("unseen numbers", 1.0, 9.0), "null share", False),
        (change("null share", 1.0, 9.0), None, False),
        (change("unseen values", 1.0, 9.0), None, False),
    ],
)
def test_only_large_changes_of_numbers_are_beyond_doubt(told: Change, also: str | None, strong: bool):
    others = [change(also, 0.5, 1.5)] if also else []
    assert _is_strong(told, [told, *others], LIMITS) is strong


@pytest.mark.parametrize(("nulls", "told"), [(1, False), (2, True)])
def test_a_change_lies_beyond_the_floor_and_not_on_it(nulls: int, told: bool):
    def of(missing: int) -> Profile:
        return Profile(50, missing, np.array(["a"]), np.array([50.0 - missing]))

    days = {"till": [of(0)] * 20 + [of(nulls)] * 3}
    assert ("null share" in {each.statistic for each in changes(days, (22,), LIMITS)}) is told


@pytest.mark.parametrize(("days", "strong"), [(33, True), (32, False)])
def test_thirty_other_days_say_what_is_beyond_doubt(days: int, strong: bool):
    of = [scaled(3)(rows(n)) if n >= days - 3 else rows(n) for n in range(days)]
    profiles = {"price": [profile_of(each, COLUMNS).columns["price"] for each in of]}
    told = {each.statistic: each.strong for each in changes(profiles, (days - 1,), LIMITS)}
    assert told["median"] is strong


@pytest.mark.parametrize(("of_cross", "told"), [(0.5, False), (0.51, True)])
def test_a_cross_has_to_change_more_than_twice_as_much_as_its_columns(
    monkeypatch, of_cross: float, told: bool
):
    calls = iter([of_cross, 0.125, 0.125])
    monkeypatch.setattr(changes_rule.distances, "divergence", lambda *_: next(calls))
    assert bool([each for each in found(newest(swapped)) if each.column == "shop × till"]) is told


def test_the_very_first_days_of_a_first_run_are_judged():
    planted = {number: constant(rows(number)) for number in (0, 1, 2)}
    told = [each for each in found(planted, judged=range(DAYS)) if each.statistic == "commonest value"]
    assert [(each.first, each.last, each.others) for each in told] == [(0, 2, (3, DAYS))]


def test_changes_of_days_that_meet_are_one():
    shares = (0.05, 0.06, 0.07, 0.8, 0.9, 1.0)
    planted = {n: some_null(share)(rows(n)) for n, share in enumerate(shares, DAYS - 6)}
    told = [each for each in found(planted, judged=(DAYS - 4, DAYS - 1)) if each.statistic == "null share"]
    assert [(each.first, each.last) for each in told] == [(DAYS - 6, DAYS - 1)]


def test_two_days_have_a_range():
    assert natural_range([CLEAN[0].columns["shop"], CLEAN[1].columns["shop"]]) >= 0


def rounded(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
    return changed(of, price=pa.array(np.round(of["price"].to_numpy()), pa.float32()))


def in_another_unit(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
    return scaled(1.05)(rounded(of))


def test_numbers_in_another_unit_are_new_numbers_though_their_distribution_is_hardly_another():
    before = {number: rounded(rows(number)) for number in range(DAYS)}
    assert found(before, judged=range(DAYS)) == []
    (told,) = found({**before, **newest(in_another_unit)})
    assert (told.column, told.statistic) == ("price", "unseen numbers")
    assert told.measured > 0.9


def test_numbers_that_are_always_new_are_not_told():
    assert [each for each in found(newest(lambda of: of)) if each.statistic == "unseen numbers"] == []


def test_clean_days_have_no_change():
    assert found({}, judged=range(DAYS)) == []


@pytest.mark.parametrize(("plant", "column", "statistic"), PLANTS)
def test_three_days_in_a_row_are_told_by_column_and_statistic(plant, column: str, statistic: str):
    told = {(each.column, each.statistic): each for each in found(newest(plant))}
    assert (column, statistic) in told
    change = told[(column, statistic)]
    assert (change.first, change.last) == (DAYS - 3, DAYS - 1)
    assert change.measured > 1.25 * change.usual
    assert change.measured > FLOORS[statistic]


@pytest.mark.parametrize("plant", [plant for plant, *_ in PLANTS])
def test_two_days_are_no_change_yet(plant):
    assert found(newest(plant, days=2)) == []


def test_a_swap_is_invisible_in_each_column_alone():
    assert {each.statistic for each in found(newest(swapped))} == {"cross"}


def test_one_clean_day_between_breaks_the_row():
    planted = newest(constant)
    del planted[DAYS - 2]
    assert found(planted) == []


@pytest.mark.parametrize(("share", "told"), [(0.015, False), (0.03, True)])
def test_what_lies_below_the_floor_is_not_told(share: float, told: bool):
    assert bool(found(newest(some_null(share)))) is told


def test_a_column_that_always_varies_so_much_has_not_changed():
    before = {number: some_null(0.5 if number % 9 == 0 else 0.0)(rows(number)) for number in range(DAYS - 3)}
    assert found({**before, **newest(some_null(0.5))}) == []
    assert found({**before, **newest(some_null(0.9))})[0].statistic == "null share"


def test_a_change_that_stays_is_told_for_its_first_days_while_all_of_them_are_unseen():
    planted = {number: constant(rows(number)) for number in range(DAYS - 10, DAYS)}
    told = [each for each in found(planted, judged=range(DAYS)) if each.statistic == "commonest value"]
    assert [(each.first, each.last) for each in told] == [(DAYS - 10, DAYS - 7)], "one such day is no measure"


def test_a_growing_change_is_told_once_for_all_of_its_days():
    shares = (0.05, 0.1, 0.2, 0.4, 0.8)
    planted = {n: some_null(share)(rows(n)) for n, share in enumerate(shares, DAYS - 5)}
    told = [each for each in found(planted, judged=range(DAYS)) if each.statistic == "null share"]
    assert [(each.first, each.last) for each in told] == [(DAYS - 5, DAYS - 1)]


def test_two_changes_far_apart_are_two():
    days = (*range(20, 23), *range(35, 38))
    planted = {number: some_null(0.2 + number / 100)(rows(number)) for number in days}
    loose = Limits(3, 14, 14, 1.25, 2.0, FLOORS)
    told = [
        each for each in found(planted, judged=range(DAYS), limits=loose) if each.statistic == "null share"
    ]
    assert [(each.first, each.last) for each in told][:1] == [(20, 22)]


def test_without_history_nothing_is_judged():
    assert found(newest(constant), limits=Limits(3, DAYS - 2, 60, 1.25, 2.0, FLOORS)) == []
    assert found(newest(constant), limits=Limits(3, DAYS - 3, 60, 1.25, 2.0, FLOORS)) != []


def test_changes_come_in_the_order_of_the_plainest():
    both = newest(lambda of: some_null(0.3)(constant(of)))
    order = [ON_COLUMNS.index(each.statistic) for each in found(both)]
    assert order == sorted(order)


def test_columns_of_many_values_are_judged_by_their_nulls_alone():
    def many(number: int, nulls: int) -> dict[str, pa.Array]:
        values = [None] * nulls + [f"{number}-{each}" for each in range(600 - nulls)]
        return {**rows(number, 600), "till": pa.array(values, pa.string())}

    before = {number: many(number, 6) for number in range(DAYS)}
    assert [e for e in found(before) if e.column == "till"] == []
    told = [
        e for e in found({**before, **{n: many(n, 60) for n in range(DAYS - 3, DAYS)}}) if e.column == "till"
    ]
    assert [each.statistic for each in told] == ["null share"]


def test_the_natural_range_is_the_largest_day_and_unknown_of_one():
    profiles = [day.columns["shop"] for day in CLEAN]
    assert 0 < natural_range(profiles) < 0.05
    assert np.isnan(natural_range(profiles[:1]))


def of_shops(shares: dict[str, float], number: int, many: int = 400) -> dict[str, pa.Array]:
    random = np.random.default_rng([number, 5])
    shop = random.choice(list(shares), many, p=list(shares.values()))
    till = [f"{each}{random.integers(0, 2)}" for each in shop]
    return changed(rows(number, many), shop=pa.array(shop, pa.string()), till=pa.array(till, pa.string()))


def test_a_new_shop_is_a_new_value_and_no_swap_and_stops_nothing():
    before, after = {"a": 0.6, "b": 0.4}, {"a": 0.55, "b": 0.37, "new": 0.08}
    days = {n: of_shops(before if n < DAYS - 3 else after, n) for n in range(DAYS)}
    told = {(each.column, each.statistic, each.strong) for each in found(days)}
    assert ("shop", "unseen values", False) in told
    assert not any(statistic == "cross" or strong for _, statistic, strong in told)


@pytest.mark.parametrize("period", [1, 3])
def test_a_number_of_the_month_is_new_by_nature(period: int):
    def of(number: int) -> dict[str, pa.Array]:
        values = np.resize(np.arange(period) + 100 * (number >= DAYS - 3) + 10, 200)
        return changed(rows(number), price=pa.array(values, pa.float32()))

    told = [each for each in found({n: of(n) for n in range(DAYS)}) if each.column == "price"]
    assert not any(each.statistic == "unseen numbers" or each.strong for each in told)


def test_fewer_rows_differ_more_by_chance_and_are_no_change():
    planted = {
        n: {name: column.slice(0, 40) for name, column in rows(n).items()} for n in range(DAYS - 3, DAYS)
    }
    assert [each for each in found(planted) if each.statistic in ("cross", "distribution")] == []


def test_a_column_that_became_unique_is_full_of_new_values():
    def unique(number: int) -> dict[str, pa.Array]:
        return {**rows(number, 600), "till": pa.array([f"{number}-{each}" for each in range(600)])}

    told = found({n: unique(n) for n in range(DAYS - 3, DAYS)})
    assert ("till", "unseen values") in {(each.column, each.statistic) for each in told}


def test_a_column_of_many_values_that_became_constant_is_told():
    def of(number: int) -> dict[str, pa.Array]:
        values = ["x"] * 600 if number >= DAYS - 3 else [f"{number}-{each}" for each in range(600)]
        return {**rows(number, 600), "till": pa.array(values, pa.string())}

    told = found({n: of(n) for n in range(DAYS)})
    assert ("till", "commonest value") in {(each.column, each.statistic) for each in told}


def test_the_first_days_of_a_first_run_are_measured_by_those_that_follow():
    planted = {number: constant(rows(number)) for number in (4, 5, 6)}
    told = [each for each in found(planted, judged=range(DAYS)) if each.statistic == "commonest value"]
    assert [(each.first, each.last) for each in told] == [(4, 6)]


@pytest.mark.parametrize(("share", "strong"), [(0.49, False), (0.5, True)])
def test_one_value_in_half_of_the_rows_is_beyond_doubt(share: float, strong: bool):
    def of(common: float) -> Profile:
        rest = (100 - 100 * common) / 10
        return Profile(100, 0, np.array([*"abcdefghijk"]), np.array([100 * common, *[rest] * 10]))

    days = {"till": [of(0.25 if day % 2 else 0.3) for day in range(20)] + [of(share)] * 3}
    told = [each for each in changes(days, (22,), LIMITS) if each.statistic == "commonest value"]
    other = [each for each in changes(days, (22,), LIMITS) if each.statistic != "commonest value"]
    assert [each.strong for each in told] == [strong]
    assert not any(each.strong or each.mild for each in other)


@pytest.mark.parametrize(("before", "after", "mild"), [(40, 10, True), (10, 40, False)])
def test_fewer_nulls_may_be_meant(before: int, after: int, mild: bool):
    def of(missing: int) -> Profile:
        return Profile(50, missing, np.array(["a"]), np.array([50.0 - missing]))

    told = changes({"till": [of(before)] * 20 + [of(after)] * 3}, (22,), LIMITS)
    assert {each.statistic: each.mild for each in told} == {
        "null share": mild,
        **({"commonest value": False} if mild else {}),
    }


@pytest.mark.parametrize(("last", "expected"), [(5, True), (6, False), (15, False), (16, True)])
def test_days_enough_stand_before_or_after(last: int, expected: bool):
    assert has_others(last, 20, LIMITS) is expected


@pytest.mark.parametrize(("odd", "strong"), [(3.0, False), (1.0, True)])
def test_beyond_doubt_is_only_what_no_other_day_came_near(odd: float, strong: bool):
    """One day of fog is odd, and three in a row are told; but they are weather, and stop nothing."""
    planted = {DAYS - 20: scaled(odd)(rows(DAYS - 20)), **newest(scaled(3.0))}
    told = {each.statistic: each.strong for each in found(planted) if each.column == "price"}
    assert told["median"] is strong
    assert told["distribution"] is strong
