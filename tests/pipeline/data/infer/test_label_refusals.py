"""A label that names its row is refused; amounts that happen to differ are none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.data.infer.column import infer
from pipeline.data.infer.label import LEAST_OF_A_CLASS, LEAST_ROWS, label_of
from pipeline.data.infer.proposed import Context
from pipeline.data.profile.profiler import Profiler
from pipeline.errors import DataError


def _label(cells, name: str = "y"):
    profiler = Profiler([name])
    profiler.add(pa.RecordBatch.from_arrays([pa.array([str(cell) for cell in cells])], [name]))
    profile = profiler.columns()[0]
    return label_of(profile, infer(profile, name, Context(None, None, dt.date(2024, 6, 1))))


def _different(number: int, range_of: int) -> list[int]:
    return [int(each) for each in np.random.default_rng(1).choice(range_of, number, replace=False)]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("y", range(400)),
        ("y", range(7_000, 7_400)),
        ("y", [*range(395), *range(5)]),  # a few delivered twice
        ("y", range(12_000)),
        ("order_id", _different(400, 10**9)),
        ("y", _different(1_000, 45_000)),
    ],
)
def test_a_label_that_names_its_row_is_refused(name, cells):
    with pytest.raises(DataError, match="has another whole number in nearly every row, as an id has"):
        _label(cells, name)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("price", _different(400, 300_000)),  # of 80,000 pairs, chance makes none or one equal
        ("price", [_different(380, 45_000)[max(0, row)] for row in range(-20, 380)]),
        ("price", [*(20 * row for row in range(399)), 7_979]),  # chance makes ten equal pairs, and no more
        ("y", [f"{row}.5" for row in range(400)]),
        ("id", [f"{row}.5" for row in range(400)]),
        ("y", [row % 97 for row in range(400)]),
    ],
)
def test_amounts_that_happen_to_differ_can_be_predicted(name, cells):
    assert _label(cells, name).task.kind == "regression"


def test_the_docs_name_the_number_of_rows_below_which_a_label_is_refused():
    limits = (Path(__file__).resolve().parents[4] / "docs" / "your-data.md").read_text(encoding="utf-8")
    assert f"at least {LEAST_ROWS} with a label, and {LEAST_OF_A_CLASS} of the rarest class" in limits
    with pytest.raises(DataError, match=f"expected at least {LEAST_ROWS}"):
        _label([row % 2 for row in range(LEAST_ROWS - 1)])
    assert _label([row % 2 for row in range(LEAST_ROWS)]).rows == LEAST_ROWS
