from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.raw.open_raw import open_raw

ROWS = 40
TODAY = dt.date(2024, 6, 1)


def _columns(folder, delimiter, **columns):
    lines = [delimiter.join(columns)]
    for row in range(ROWS):
        cells = (cells[row % len(cells)] for cells in columns.values())
        lines.append(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells))
    (folder / "f.csv").write_text("\n".join(lines) + "\n")
    return {
        column.source: column for column in survey(open_raw(str(folder / "f.csv"))).proposals(None, TODAY)
    }


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("cells", [("0,342", "-3,171", "12,500"), ("-0,342", "3,171", "7,120")])
def test_no_thousand_begins_with_a_lone_zero(tmp_path, delimiter, cells):
    rule = _columns(tmp_path, delimiter, x=cells, n=("1.5", "22.75"))["x"].rule
    assert (rule.reading, rule.decimal, rule.thousands) == ("number", ",", ".")


def test_a_lone_zero_before_a_point_tells_too(tmp_path):
    columns = _columns(tmp_path, ";", x=("0.342", "3.171"), n=("1,234", "22,750"))
    assert columns["x"].rule.decimal == "."
    assert columns["n"].rule.thousands == ","


def test_ten_and_a_hundred_are_no_lone_zero(tmp_path):
    rule = _columns(tmp_path, ",", x=("10,342", "100,171", "9"))["x"].rule
    assert (rule.reading, rule.thousands) == ("whole", ",")


def test_lone_zeros_are_counted_where_there_are_too_many_values_to_keep(tmp_path):
    cells = [f"{row // 1000},{row % 1000:03}" for row in range(30_000)]
    (tmp_path / "f.csv").write_text(
        "x;y\n" + "".join(f"{cell};{row % 3}\n" for row, cell in enumerate(cells))
    )
    found = survey(open_raw(str(tmp_path / "f.csv")))
    assert found.profiles[0].zero_comma == 1_000
    assert found.proposals(None, TODAY)[0].rule.decimal == ","


def test_semicolons_speak_for_a_decimal_comma_and_it_is_said(tmp_path):
    column = _columns(tmp_path, ";", x=("1,342", "3,171"), n=("a", "b"))["x"]
    assert (column.rule.reading, column.rule.decimal) == ("number", ",")
    assert column.warnings == ("'1,342' is read with a decimal comma; were it a thousand, all is wrong",)
    column = _columns(tmp_path, ";", x=("12", "1.342", "3.171"), n=("a", "b"))["x"]
    assert (column.rule.reading, column.rule.thousands) == ("whole", ".")
    assert column.warnings == ("'1.342' is read as a thousand; were it a decimal point, all is wrong",)


def test_dotted_days_speak_for_a_decimal_comma(tmp_path):
    columns = _columns(tmp_path, "\t", d=("31.12.2013", "01.02.2014"), x=("1,342", "3,171"))
    assert columns["x"].rule.decimal == ","


def test_three_decimals_in_every_cell_are_decimals(tmp_path):
    assert _columns(tmp_path, ";", x=("1.342", "3.171"), n=("a", "b"))["x"].rule.decimal == "."
