"""A column without a name that numbers the rows is an index; another one with cells is doubted."""

import dataclasses
import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.infer.proposed import Proposed
from pipeline.data.infer.row_index import is_index, with_doubt_of_its_name
from pipeline.data.infer.survey import survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.profile.profiler import Profiler
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.rules.import_rules import ColumnRule


def profile(name: str, cells: list) -> ColumnProfile:
    profiler = Profiler([name])
    profiler.add(pa.record_batch([pa.array(cells, pa.string())], names=[name]))
    return profiler.columns()[0]


@pytest.mark.parametrize("name", ["Unnamed: 0", "__index_level_0__"])
def test_another_whole_number_in_every_row_is_an_index(name: str):
    assert is_index(profile(name, ["0", "1", "2"]))
    assert is_index(profile(name, ["7", "41", "3"]))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("count", ["0", "1", "2"]),
        ("Unnamed: 0", ["0", "1", None]),
        ("Unnamed: 0", ["0", "1", "1"]),
        ("Unnamed: 0", ["0", "1.5", "2"]),
        ("Unnamed: 0", ["a", "b", "c"]),
    ],
)
def test_others_are_none(name: str, cells: list):
    assert not is_index(profile(name, cells))


def test_of_many_rows_the_number_of_values_is_about_right():
    found = profile("Unnamed: 0", ["0", "1", "2"])
    assert is_index(dataclasses.replace(found, rows=100, counts=None, codes={}, distinct=97))
    assert not is_index(dataclasses.replace(found, rows=100, counts=None, codes={}, distinct=96))


def test_cells_without_a_name_are_doubted():
    column = Proposed("a", ColumnRule("a", "a"), "category", "words")
    assert with_doubt_of_its_name(profile("a", ["x"]), column) == column
    doubted = with_doubt_of_its_name(profile("Unnamed: 3", ["x"]), column)
    assert doubted.warnings[0].endswith("name it in the file, or --leave-out 'Unnamed: 3'")


def test_in_a_table_they_are_left_out_with_a_reason(tmp_path):
    lines = "".join(f"{row},{row % 3},{row % 7},{'' if row < 150 else 5 + row % 4},\n" for row in range(300))
    (tmp_path / "f.csv").write_text(f",a,b,,\n{lines}", encoding="utf-8")
    columns = survey(open_raw(str(tmp_path / "f.csv"))).proposals(None, dt.date(2024, 1, 1))
    assert [column.source for column in columns] == ["Unnamed: 0", "a", "b", "Unnamed: 3", "Unnamed: 4"]
    assert [column.left_out for column in columns] == [True, False, False, False, True]
    assert columns[0].reason.startswith("an index")
    assert columns[4].reason == "empty in every row"
    assert "no name in the header" in columns[3].warnings[0]
