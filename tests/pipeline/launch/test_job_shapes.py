"""Every launch has one shape, and every shape has a stand-in."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from pipeline.config.load import load
from pipeline.launch import job_shapes
from pipeline.launch.champion import Champion
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import Launch
from pipeline.spans.window import Span, Window


def launch(champion: Champion | None = None, ignore_champion: str | None = None) -> Launch:
    days = [dt.date(2013, 1, number) for number in range(1, 8)]
    spans = tuple(Span(day, f"/data/{day}.csv", f"{day:%d}") for day in days)
    return Launch(load("local"), Window(spans[:4], spans[4:]), champion, ignore_champion, b"schema", {})


CHAMPION = Champion("1.0.7", "/model/7", "/served/7", dt.date(2012, 12, 1), dt.date(2013, 1, 4), "run-7")
SEEN = Champion("1.0.7", "/model/7", "/served/7", dt.date(2012, 12, 1), dt.date(2013, 1, 5), "run-7")


@pytest.mark.parametrize(
    ("started", "name", "imported"),
    [
        (launch(), "alone", {}),
        (launch(CHAMPION), "beside_champion", {"Champion": "/model/7"}),
        (launch(SEEN), "alone", {}),
        (launch(CHAMPION, "label changed"), "alone", {}),
        (launch(None, "label changed"), "alone", {}),
    ],
    ids=["first run", "champion", "champion saw the eval days", "ignored", "nothing to ignore"],
)
def test_a_launch_imports_only_a_champion_it_compares(started: Launch, name: str, imported: dict[str, str]):
    assert job_shapes.shape(started) == name
    assert job_shapes.imports(started) == imported


def test_every_shape_has_a_stand_in_that_leaves_no_input_out():
    """Its job needs a place for a reason not to compare, though a first run has none."""
    stand_ins = job_shapes.stand_ins(launch(Champion.stand_in()))
    assert set(stand_ins) == set(job_shapes.SHAPES)
    assert all(job_shapes.shape(each) == name for name, each in stand_ins.items())
    assert stand_ins["alone"].incomparable == "stand-in reason"


def test_a_shape_that_no_launch_of_the_configuration_has_needs_no_stand_in(monkeypatch: pytest.MonkeyPatch):
    """As one that only a section of the configuration brings about."""
    absent = job_shapes.Shape(lambda each: each.config.name == "other", {})
    monkeypatch.setattr(job_shapes, "SHAPES", {"absent": absent, **job_shapes.SHAPES})
    assert "absent" not in job_shapes.stand_ins(launch(Champion.stand_in()))


def test_a_shape_that_stands_before_another_takes_its_launches(monkeypatch: pytest.MonkeyPatch):
    first = job_shapes.Shape(lambda each: each.champion is not None, {})
    monkeypatch.setattr(job_shapes, "SHAPES", {"first": first, **job_shapes.SHAPES})
    assert [job_shapes.shape(launch(each)) for each in (CHAMPION, SEEN, None)] == ["first", "first", "alone"]


def test_inputs_hold_all_that_the_launch_decides_in_the_graph():
    inputs = graph_inputs(launch(CHAMPION))
    of_champion = {"baseline", "answers", "champion_files"}
    plain = {"train_spans", "eval_spans", "window", "incomparable", "calendar", *of_champion}
    assert set(inputs) == {*plain, "overrides", "model_gate", "newest", "Champion"}
    assert '"path": "/data/2013-01-04.csv"' in inputs["train_spans"]
    assert '"path": "/data/2013-01-05.csv"' in inputs["eval_spans"]
    assert (inputs["incomparable"], inputs["Champion"]) == ("", "/model/7")
    assert "was trained on 1 of the 3 eval days" in graph_inputs(launch(SEEN))["incomparable"]


@pytest.mark.parametrize(
    ("champion", "expected"),
    [
        (None, ""),
        (CHAMPION, "none"),
        (dataclasses.replace(CHAMPION, data_profile="/a/kept/7", answers="/a/kept/7"), "/a/kept/7"),
    ],
)
@pytest.mark.parametrize("baseline", ["baseline", "answers"])
def test_the_gates_are_told_where_the_champions_baselines_are_or_that_there_are_none(
    champion, expected, baseline
):
    assert graph_inputs(launch(champion))[baseline] == expected


def test_what_is_wrong_with_the_day_of_the_launch_reaches_the_gate_and_makes_another_launch():
    stale = dataclasses.replace(launch(None), calendar={"stale data": "old"})
    assert graph_inputs(stale)["calendar"] == '{"stale data": "old"}'
    assert stale.identity != launch(None).identity
    assert graph_inputs(launch(None))["calendar"] == ""
