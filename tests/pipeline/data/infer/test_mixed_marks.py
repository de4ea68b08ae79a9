"""Numbers in several units are no one column: left out with a warning, or kept as they are written."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.infer.column import infer
from pipeline.data.infer.label import label_of
from pipeline.data.infer.mixed_marks import mixture, warnings_of
from pipeline.data.infer.proposed import Context
from pipeline.data.profile.profiler import Profiler
from pipeline.errors import DataError


def _profile(cells: list[str]):
    profiler = Profiler(["x"])
    profiler.add(pa.RecordBatch.from_arrays([pa.array(cells)], ["x"]))
    return profiler.columns()[0]


def _inferred(*values: str):
    profile = _profile([values[row % len(values)] for row in range(60)])
    return profile, infer(profile, "x", Context(None, None, dt.date(2024, 6, 1)))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["12%", "13%", "0.12"], "units are mixed: 40 cells are as 12% and 20 cells are as 0.12"),
        (["$5", "€5", "6"], "units are mixed: 20 cells are as $5 and 20 cells are as €5"),
        (["5 EUR", "5 GBP", "7 EUR"], "units are mixed: 40 cells are as 5 EUR and 20 cells are as 5 GBP"),
        (["12%", "12‰", "1%"], "units are mixed: 40 cells are as 12% and 20 cells are as 12‰"),
        (["$5", "5%", "$6"], "units are mixed: 40 cells are as $5 and 20 cells are as 5%"),
    ],
)
def test_several_units_are_said_with_an_example_of_each(values, said):
    _, found = _inferred(*values)
    assert found.mixed.replace("'", "") == said
    assert (found.left_out, found.reason) == (True, found.mixed)


@pytest.mark.parametrize(
    "values",
    [["12%", "13 %", "NA"], ["12%", "0", "0.0"], ["$5", "6", "7"], ["$5", "6 USD", "US$7"], ["5 €", "6 EUR"]],
)
def test_one_unit_is_not_mixed_however_it_is_written(values):
    _, found = _inferred(*values)
    assert (found.mixed, found.left_out, found.kind) == ("", False, "number")


def test_units_of_a_column_of_more_values_than_are_counted_are_told_by_their_shapes():
    cells = [f"{row}%" if row % 2 else f"{row}.5" for row in range(24_000)]
    profile = _profile(cells)
    assert profile.counts is None
    assert mixture(profile).startswith("units are mixed: ")


def test_a_warning_says_what_became_of_the_column():
    _, found = _inferred("12%", "13%", "0.12")
    assert "left out: write one unit in the file" in warnings_of([found])[0]
    assert "--keep 'x'" in warnings_of([found])[0]
    assert "as the numbers are written" in warnings_of([found.changed(left_out=False)])[0]
    assert warnings_of([found.dropped("as you said")]) == []


def test_a_label_in_several_units_is_refused():
    with pytest.raises(DataError, match="expected one unit"):
        label_of(*_inferred("12%", "13%", "0.12"))
