from __future__ import annotations

import dataclasses

import pytest

from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.same_reading import read_otherwise

NUMBER = ColumnRule("fare", "Fare", "number", nulls=("NA",), remove=("€",))
TEXT = ColumnRule("zone", "Zone")
DAY = ColumnRule("day", "Day", "date", formats=("%d.%m.%Y",))
FLAG = ColumnRule("late", "Late", "boolean", ones=("yes",), zeros=("no",))


def _other(rule: ColumnRule, **changes: object) -> str | None:
    return read_otherwise((NUMBER, TEXT, DAY, FLAG), (TEXT, dataclasses.replace(rule, **changes)))


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (NUMBER, {"reading": "whole"}),
        (NUMBER, {"decimal": ","}),
        (NUMBER, {"thousands": "'"}),
        (NUMBER, {"negative_parentheses": True}),
        (NUMBER, {"remove": ()}),
        (NUMBER, {"nulls": ()}),
        (NUMBER, {"nulls": ("NA", "-999")}),
        (TEXT, {"nulls": ("unknown",)}),
        (DAY, {"formats": ("%m.%d.%Y",)}),
        (DAY, {"formats": ("%m.%d.%Y", "%d.%m.%Y")}),
        (DAY, {"pivot": 30}),
        (FLAG, {"ones": ("no",), "zeros": ("yes",)}),
        (FLAG, {"ones": ("no", "yes"), "zeros": ()}),
        (FLAG, {"ones": (), "zeros": ("no", "yes")}),
        (FLAG, {"nulls": ("No",)}),
    ],
)
def test_another_value_of_the_same_cell_is_another_reading(rule: ColumnRule, changes: dict[str, object]):
    assert _other(rule, **changes) == rule.name


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (NUMBER, {}),
        (NUMBER, {"source": "Fare in €"}),
        (NUMBER, {"remove": ("€", "$")}),
        (NUMBER, {"nulls": ("NA", "none")}),
        (DAY, {"formats": ("%d.%m.%Y", "%Y-%m-%d")}),
        (FLAG, {"ones": ("yes", "y"), "nulls": ("?",)}),
    ],
)
def test_what_was_refused_before_may_be_read_now(rule: ColumnRule, changes: dict[str, object]):
    assert _other(rule, **changes) is None


def test_a_column_of_one_side_is_the_header_s_matter():
    assert read_otherwise((NUMBER,), (TEXT, NUMBER)) is None
