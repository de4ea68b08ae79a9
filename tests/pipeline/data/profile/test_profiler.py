"""What is counted of a raw table, whatever its batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from pipeline.data.profile import profiler as profiler_module
from pipeline.data.profile.column_profile import Numbers
from pipeline.data.profile.profiler import Profiler
from pipeline.data.profile.shape import shape
from pipeline.data.profile.shapes import hashes, shapes


def _profile(values: list[str | None], batch: int = 7):
    profiler = Profiler(["x"])
    for start in range(0, len(values), batch):
        profiler.add(
            pa.RecordBatch.from_arrays([pa.array(values[start : start + batch], pa.string())], ["x"])
        )
    (found,) = profiler.columns()
    return found


def test_values_and_null_codes_are_counted_over_the_whole_file():
    found = _profile(["a", "b", "", None, "NA", " a "] * 10)
    assert found.counts == {"a": 20, "b": 10, "": 20, "NA": 10}
    assert found.codes == {"": 20, "NA": 10}
    assert (found.rows, found.filled, found.distinct) == (60, 30, 2)


VALUES = [*(f"{number / 4:.2f}" for number in range(-400, 1_000)), "NA", "0", "007", "2013-01-31 10:00", ""]


@pytest.mark.parametrize("most", [10, 500, 10_000])
def test_few_and_many_values_give_the_same_profile(most, monkeypatch):
    expected = _profile(VALUES)
    monkeypatch.setattr(profiler_module, "MOST_VALUES", most)
    found = _profile(VALUES, batch=100)
    for name in (
        "rows",
        "codes",
        "shapes",
        "heads",
        "point",
        "leading_zeros",
        "distinct",
        "longest",
        "examples",
    ):
        assert getattr(found, name) == getattr(expected, name), name


def test_numbers_have_a_range_until_a_cell_is_none():
    assert _profile(["1", "-2.5", "NA"]).point == Numbers(-2.5, 1.0, whole=False)
    assert _profile(["1", "3"]).point == Numbers(1.0, 3.0, whole=True)
    assert _profile(["1", "3", "x1"]).point is None
    assert _profile(["1,5", "1.234,25"]).comma == Numbers(1.5, 1234.25, whole=False)


def test_the_number_of_many_values_is_estimated_to_a_few_percent(monkeypatch):
    monkeypatch.setattr(profiler_module, "MOST_VALUES", 100)
    values = [f"C{number}" for number in range(30_000)]
    assert abs(_profile(values * 2, batch=10_000).distinct / 30_000 - 1) < 0.07


def test_the_sample_is_spread_over_the_file():
    profiler = Profiler(["x"], sample_rows=100)
    for start in range(0, 5_000, 500):
        profiler.add(
            pa.RecordBatch.from_arrays([pa.array([f"{row}" for row in range(start, start + 500)])], ["x"])
        )
    rows = [int(each) for each in profiler.sample()["x"].to_pylist()]
    assert 50 <= len(rows) <= 100
    assert len({*np.diff(rows)}) == 1
    assert rows[-1] > 4_800


def test_the_shape_of_values_is_that_of_each():
    values = ["2013-01-31", "", "naïve 7", "1.234,5 €"]
    assert shapes(pa.array(values)).to_pylist() == [shape(value) for value in values]
    assert shapes(pa.array(["x", *values])[1:3]).to_pylist() == ["9999-99-99", ""]


def test_equal_values_have_equal_hashes_and_others_have_not():
    found = hashes(pa.array(["ab", "ba", "ab", "", "a", "aa"]))
    assert found[0] == found[2]
    assert len({*found.tolist()}) == 5
    assert (hashes(pa.array(["z", "ab", "ba"])[1:]) == found[:2]).all()
