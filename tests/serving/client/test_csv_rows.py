"""Rows out of a CSV file: typed as the model takes them, and every fault reported with its place."""

from pathlib import Path

import pytest

from serving.client.connection import ModelInputs
from serving.client.csv_rows import RowsError, read_rows
from serving.tensors.signature import NUMPY_TYPES, TensorSpec

TYPES = {"distance": "DT_FLOAT", "hour": "DT_INT64", "carrier": "DT_STRING", "rain": "DT_BOOL"}
INPUTS = ModelInputs(
    {name: TensorSpec("", kind, NUMPY_TYPES[kind], (None,)) for name, kind in TYPES.items()},
    frozenset({"carrier", "rain"}),
)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RowsError) as refused:
        list(read_rows(path, INPUTS))
    text = str(refused.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    return text.removeprefix(str(path))


def test_cells_get_the_models_types_and_other_columns_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "late,hour,distance,carrier,rain\n1,7,3,ÜA,true\n,8,4.5,DL,0\n", "utf-8-sig")
    assert list(read_rows(path, INPUTS)) == [
        {"hour": 7, "distance": 3.0, "carrier": "ÜA", "rain": True},
        {"hour": 8, "distance": 4.5, "carrier": "DL", "rain": False},
    ]


def test_empty_cells_and_missing_columns_with_a_default_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "hour,distance,carrier\n7,3,\n\n8,4,DL\n")
    assert list(read_rows(path, INPUTS)) == [
        {"hour": 7, "distance": 3.0},
        {"hour": 8, "distance": 4.0, "carrier": "DL"},
    ]


def test_a_missing_required_column_is_named_before_any_row_is_read(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "carrier,rain\nUA,x\n")) == (
        ": missing column(s) distance, hour; the header line has: carrier, rain"
    )
    assert "missing column(s)" in refusal(write(tmp_path, ""))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("7.5,3,UA,1", ", line 3, column hour: expected a whole number, found '7.5'"),
        ("7,far,UA,1", ", line 3, column distance: expected a number, found 'far'"),
        ("7,3,UA,maybe", ", line 3, column rain: expected true or false, found 'maybe'"),
        (",3,UA,1", ", line 3, column hour: is empty, and the model has no default for it"),
        ("7,3", ", line 3: 2 cells, the header line has 4"),
    ],
)
def test_a_bad_cell_is_reported_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    assert refusal(write(tmp_path, f"hour,distance,carrier,rain\n1,1,UA,1\n{line}\n")) == message


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    assert "names a column twice" in refusal(write(tmp_path, "hour,distance,hour\n1,2,3\n"))


def test_a_file_that_is_no_csv_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.csv")
    assert "UTF-8" in refusal(write(tmp_path, "hour,distance\n1,2\nü,3\n", "latin-1"))
    assert "cannot be read as CSV" in refusal(write(tmp_path, 'hour,distance\n"1,2\n'))


@pytest.mark.parametrize("text", ["hour,distance,late\0\n1,2,3\n", "hour,distance,late\n1,2,\0\n"])
def test_a_nul_byte_is_refused_also_in_a_column_that_the_model_does_not_take(
    tmp_path: Path, text: str
) -> None:
    assert refusal(write(tmp_path, text)) == ": cannot be read as CSV in UTF-8: line contains NUL"
