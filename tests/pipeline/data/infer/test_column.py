"""What a column is, from its cells."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.infer.column import infer
from pipeline.data.infer.proposed import Context
from pipeline.data.profile.profiler import Profiler

ROWS = 60


def _column(cells: list[str], name: str = "x", decimal: str | None = None):
    profiler = Profiler([name])
    profiler.add(pa.RecordBatch.from_arrays([pa.array(cells)], [name]))
    (profile,) = profiler.columns()
    return infer(profile, name, Context(decimal, None, dt.date(2024, 6, 1)))


def _cells(*values: str) -> list[str]:
    return [values[row % len(values)] for row in range(ROWS)]


@pytest.mark.parametrize(
    ("cells", "reading", "kind"),
    [
        (_cells("1", "2", "3"), "whole", "number"),
        (_cells("1.0", "2.5"), "number", "number"),
        (_cells("1.0", "2.0", "3.0"), "number", "number"),
        (_cells("1\u00a0234", "2\u202f345", "9"), "whole", "number"),
        (_cells("1 234,5", "2 345,5", "9,0"), "number", "number"),
        (_cells("\u22121.5", "2.5", "3-"), "number", "number"),
        (_cells("\u22121", "1"), "whole", "category"),
        (_cells("1 000", "2 000"), "whole", "category"),
        (_cells("0", "1"), "whole", "category"),
        (_cells("0.0", "1.0", ""), "whole", "category"),
        (_cells("Yes", "no", ""), "boolean", "category"),
        (_cells("T", "F"), "boolean", "category"),
        (_cells("00123", "10025", "94110"), "text", "category"),
        (_cells("a", "b", "None"), "text", "category"),
        (_cells("12 %", "7,5 %"), "number", "number"),
        (_cells("2013-01-31", "2013-02-28"), "date", "date"),
        (_cells("2013-01-31 00:00:00", "2013-02-28 00:00:00"), "date", "date"),
        (_cells("2013-01-31 10:00", "2013-02-28 11:30"), "timestamp", "timestamp"),
        (_cells("10:15", "23:59"), "clock", "clock"),
        ([f"the shop sold {row} things" for row in range(ROWS)], "text", "text"),
    ],
)
def test_cells_tell_what_a_column_is(cells, reading, kind):
    found = _column(cells)
    assert (found.rule.reading, found.kind, found.left_out) == (reading, kind, False)


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("x", _cells("7"), "constant"),
        ("x", _cells(""), "empty in every row"),
        ("x", [str(row) for row in range(ROWS)], "another value in every row"),
        ("user_id", [str(max(row, 1) ** 2 * 7) for row in range(ROWS)], "another value in nearly every row"),
        ("user_id", [str(row * row * 7) for row in range(ROWS)], "another value in every row"),
        ("x", [f"user{row}@example.org" for row in range(ROWS)], "another value in every row"),
        ("x", [f"+1 555 29{row % 10} {1000 + row}" for row in range(ROWS)], "another value in every row"),
    ],
)
def test_what_says_nothing_of_a_new_row_is_left_out(name, cells, why):
    found = _column(cells, name)
    assert found.left_out
    assert found.reason.startswith(why)


def test_measures_that_happen_to_differ_everywhere_stay():
    assert not _column([str(row * row * 7) for row in range(ROWS)], "price").left_out
    assert not _column([f"{row}.5" for row in range(ROWS)], "user_id").left_out
    thousands = [f"{row}.{row * 7 % 1000:03d}" for row in range(1, ROWS)]
    assert not _column(thousands, "kilometres", decimal=",").left_out  # 1.007 to 59.413 are not 58 numbers


def test_numbers_that_are_names_by_the_column_s_name_are_categories():
    assert _column(_cells("10", "20", "30"), "store_id").kind == "category"
    assert _column(_cells("10", "20", "30"), "price").kind == "number"


def test_null_codes_are_those_that_are_there():
    found = _column(_cells("1", "2", "NA", "?", ""))
    assert set(found.rule.nulls) == {"NA", "?"}
    assert not found.required


def test_a_word_that_stands_for_nothing_is_one_in_numbers_only():
    assert "None" in _column(_cells("1", "2", "None")).rule.nulls
    assert "None" not in _column(_cells("a", "b", "None")).rule.nulls


def test_a_number_far_from_all_others_is_read_as_empty_and_said():
    cells = [str(row) if row % 5 else "-999" for row in range(ROWS)]
    found = _column(cells)
    assert found.rule.nulls == ("-999",)
    assert "-999 in 12 rows is read as empty" in found.warnings[0]


def test_a_few_words_among_numbers_are_read_as_empty_and_said():
    cells = [str(row) if row else "closed" for row in range(ROWS)]
    found = _column(cells, "price")
    assert found.rule.nulls == ("closed",)
    assert "1 cells are no numbers ('closed')" in found.warnings[0]


def test_tomorrow_s_first_thousand_can_be_read_where_the_decimal_mark_is_known():
    assert _column(_cells("1,5", "2,25")).rule.thousands == "."
    assert _column(_cells("$1.50", "$2.25")).rule.thousands == ","
    assert _column(_cells("1.5", "2.25")).rule.thousands == ""


def test_one_group_of_three_is_what_the_rest_of_the_file_says():
    assert _column(_cells("1.234", "2.345"), decimal=",").rule.decimal == ","
    assert _column(_cells("1.234", "2.345")).rule.decimal == "."


def test_times_since_1970_are_known_by_name_and_size():
    cells = [str(1_600_000_000 + 3_600 * row) for row in range(ROWS)]
    assert _column(cells, "created_at").rule.formats == ("unix seconds",)
    assert _column(cells, "population").rule.reading == "whole"
