"""What a survey says of columns beyond their profiles."""

import datetime as dt

import pyarrow as pa
from pyarrow import parquet

from pipeline.data.infer.survey import survey
from pipeline.data.raw.open_raw import open_raw


def test_a_column_of_numbers_stays_one_however_many_are_infinite(tmp_path):
    numbers = [row + 0.5 if row % 3 else float("-inf" if row % 2 else "inf") for row in range(300)]
    parquet.write_table(
        pa.table({"a": numbers, "b": [row / 7 for row in range(300)]}), tmp_path / "f.parquet"
    )
    first, second = survey(open_raw(str(tmp_path / "f.parquet"))).proposals(None, dt.date(2024, 1, 1))
    assert (first.kind, first.required) == ("number", False)
    assert first.warnings == ("100 cells are infinite and read as empty",)
    assert (second.kind, second.required, second.warnings) == ("number", True, ())
