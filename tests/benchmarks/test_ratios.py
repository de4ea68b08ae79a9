"""A target is met or not by the medians of what was measured."""

import dataclasses

import pytest

from benchmarks import ratios
from benchmarks.contenders import STAGES, Outcome
from benchmarks.observation import Cost
from benchmarks.ratios import Run


def run(contender: str, wall_s: float, repeat: int = 1, scale: str = "1") -> Run:
    """A run that took a tenth of its time in each stage."""
    part = Cost(wall_s / 10, 1.0, 100.0)
    stages = dict.fromkeys(STAGES, part)
    return Run(
        scale,
        contender,
        repeat,
        Cost(wall_s, 10.0, 100.0),
        stages,
        90.0,
        0.0,
        Outcome(10, 5, 0.7),
        True,
        "abc",
    )


def line(runs: list[Run], name: str) -> ratios.Line:
    (found,) = (line for line in ratios.lines(runs) if line.name == name)
    return found


def test_a_ratio_is_one_of_medians_and_the_pairs_are_those_of_one_repeat():
    walls = {"stock": (100.0, 110.0, 300.0), "ours": (20.0, 10.0, 22.0)}
    runs = [run(name, wall, n) for name, of_it in walls.items() for n, wall in enumerate(of_it, start=1)]
    found = line(runs, "year: stock / ours, wall")
    assert found.value == pytest.approx(110 / 20)
    assert found.met is True
    assert (found.pairs.lowest, found.pairs.highest) == (5.0, pytest.approx(300 / 22))


@pytest.mark.parametrize(("stock_s", "met"), [(50.0, True), (49.9, False)])
def test_stock_has_to_take_five_times_as_long(stock_s: float, met: bool):
    assert line([run("stock", stock_s), run("ours", 10.0)], "year: stock / ours, wall").met is met


@pytest.mark.parametrize(("ours_s", "met"), [(25.0, True), (25.1, False)])
def test_ours_may_take_two_and_a_half_times_as_long_as_the_plain_script(ours_s: float, met: bool):
    assert line([run("ours", ours_s), run("plain", 10.0)], "year: ours / plain, wall").met is met


@pytest.mark.parametrize(("wall_s", "met"), [(110.0, True), (110.1, False)])
def test_ten_times_the_year_may_take_eleven_times_as_long(wall_s: float, met: bool):
    runs = [run("ours", 10.0), run("ours", wall_s, scale="10")]
    assert line(runs, "ours: 10 years / year, wall").met is met


@pytest.mark.parametrize(("auc", "met"), [(0.7019, True), (0.6981, True), (0.7021, False), (0.6979, False)])
def test_the_aucs_may_be_two_thousandths_apart_either_way(auc: float, met: bool):
    ours = dataclasses.replace(run("ours", 10.0), outcome=Outcome(10, 5, auc))
    assert line([run("stock", 50.0), ours], "year: AUC, ours - stock").met is met


@pytest.mark.parametrize(("peak", "met"), [(4095.0, True), (4096.0, False)])
def test_ten_years_have_to_stay_under_four_gib(peak: float, met: bool):
    ten = dataclasses.replace(run("ours", 10.0, scale="10"), whole=Cost(10.0, 1.0, peak))
    assert line([ten], "ours: 10 years, peak memory, MiB").met is met


@pytest.mark.parametrize(
    ("stage", "limit"), [("ingestion", 15), ("statistics", 3), ("transform", 2), ("evaluation", 15)]
)
def test_stages_have_limits_of_their_own(stage: str, limit: int):
    name = f"year: stock / ours, {stage}"
    assert line([run("stock", 10.0 * limit), run("ours", 10.0)], name).met is True
    assert line([run("stock", 10.0 * limit - 1), run("ours", 10.0)], name).met is False


def test_what_was_not_measured_is_not_met_either():
    assert {line.met for line in ratios.lines([])} == {None}
    assert {line.met for line in ratios.lines([run("stock", 10.0, scale="0.1")])} == {None}
