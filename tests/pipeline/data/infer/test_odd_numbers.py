from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.convert.numbers import numbers
from pipeline.data.infer.survey import survey
from pipeline.data.raw.open_raw import open_raw

ROWS = 600
PLAIN = [f"{row * 37 % 500 + 100}.{row % 10}" for row in range(ROWS)]
COMMA = [each.replace(".", ",") for each in PLAIN]


def _column(folder, cells, name="x"):
    path = folder / "f.csv"
    path.write_text(f"{name};y\n" + "".join(f"{cell};{row % 3}\n" for row, cell in enumerate(cells)))
    return survey(open_raw(str(path))).proposals(None, dt.date(2024, 6, 1))[0]


def _with(cells, odd, every):
    return [odd if row % every == 0 else cell for row, cell in enumerate(cells)]


def test_one_odd_cell_among_numbers_is_read_as_empty_and_said(tmp_path):
    column = _column(tmp_path, ["1.2.3", *PLAIN[1:]])
    assert (column.kind, column.rule.reading, column.required) == ("number", "number", False)
    assert "1.2.3" in column.rule.nulls
    assert column.warnings == ("1 cell is no number, as '1.2.3'; it is read as empty",)


def test_more_odd_cells_leave_a_category_and_it_is_said(tmp_path):
    column = _column(tmp_path, _with(PLAIN, "1.2.3", 20))
    assert column.rule.reading == "text"
    assert column.warnings[0].startswith("570 of 600 cells are numbers, '1.2.3' is none: it stays a category")


def test_a_column_with_many_odd_cells_is_words_without_a_warning(tmp_path):
    column = _column(tmp_path, _with(PLAIN, "a1.2.3", 8))
    assert (column.rule.reading, column.warnings) == ("text", ())


@pytest.mark.parametrize("every", [10, 20, 300])
@pytest.mark.parametrize(("odd", "sign"), [("<3,0", "<"), ("> 999,5", ">"), ("<=3,0", "<=")])
def test_bounds_are_the_numbers(tmp_path, every, odd, sign):
    column = _column(tmp_path, _with(COMMA, odd, every))
    assert (column.kind, column.rule.decimal, column.rule.remove) == ("number", ",", (sign,))
    assert column.warnings == (
        f"{ROWS // every} cells are bounds, as '{odd}': read as the number without {sign}",
    )
    read = numbers(pa.array([odd, "7,5"]), column.rule)
    assert read.to_pylist() == [float(odd.strip("<>= ").replace(",", ".")), 7.5]


@pytest.mark.parametrize(("one", "other"), [("K", "M"), (" kg", " g"), ("", "K")])
def test_units_that_are_mixed_are_said(tmp_path, one, other):
    cells = [f"{row % 90 + 1}{one if row % 3 else other}" for row in range(ROWS)]
    column = _column(tmp_path, cells)
    assert column.rule.reading == "text"
    assert column.warnings[0].startswith("units are mixed: 400 cells are as ")


def test_codes_stay_codes(tmp_path):
    for cells in (
        [f"{row % 90:03}xx" for row in range(ROWS)],
        [f"{row % 90 + 100}xx" for row in range(ROWS)],
        [f"{row % 40 + 1}{'ABCDEF'[row % 6]}" for row in range(ROWS)],
        [f"{row % 90:05} kg" for row in range(ROWS)],
        ["K1A 0B6", *(f"{row % 90:05}" for row in range(ROWS))],
    ):
        column = _column(tmp_path, cells)
        assert (column.rule.reading, column.kind, column.warnings) == ("text", "category", ())


def test_a_code_among_numbers_by_name_is_no_empty_cell(tmp_path):
    column = _column(tmp_path, ["A12", *(str(row % 90 + 100) for row in range(ROWS))], "product")
    assert (column.rule.reading, column.kind) == ("text", "category")


def test_one_full_date_among_months_is_read_as_empty(tmp_path):
    months = [f"{2015 + row % 60 // 12}-{row % 12 + 1:02}" for row in range(ROWS)]
    column = _column(tmp_path, ["2015-01-15", *months[1:]], "month")
    assert (column.kind, column.rule.formats) == ("date", ("%Y-%m",))
    assert "2015-01-15" in column.rule.nulls
    assert column.warnings


def test_months_beside_as_many_days_are_no_days(tmp_path):
    cells = [f"2015-{row % 12 + 1:02}" + ("-15" if row % 2 else "") for row in range(ROWS)]
    assert _column(tmp_path, cells).kind == "category"
