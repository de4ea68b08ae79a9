"""Rows out of a CSV file: typed as the model takes them, refused in the words of ingestion."""

from pathlib import Path

import pytest

from components.example_gen.errors import SpanDataError
from pipeline.cli.request_rows import read_rows
from serving.client.connection import ModelInputs
from serving.tensors.signature import NUMPY_TYPES, TensorSpec
from trainer import features

TYPES = {"distance": "DT_FLOAT", "hour": "DT_INT64", "carrier": "DT_STRING", "rain": "DT_BOOL"}


def inputs(**more: str) -> ModelInputs:
    specs = {
        name: TensorSpec("", kind, NUMPY_TYPES[kind], (None,)) for name, kind in {**TYPES, **more}.items()
    }
    return ModelInputs(specs, frozenset({"carrier", "rain"}))


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refusal(path: Path, **more: str) -> str:
    with pytest.raises(SpanDataError) as refused:
        list(read_rows(path, inputs(**more)))
    text = str(refused.value)
    assert text.startswith("rows.csv: ")
    assert "\n" not in text
    return text.removeprefix("rows.csv: ")


def test_cells_get_the_models_types_and_other_columns_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "late,hour,distance,carrier,rain\n1,7,3,ÜA,true\n,8,4.5,DL,0\n", "utf-8-sig")
    assert list(read_rows(path, inputs())) == [
        {"hour": 7, "distance": 3.0, "carrier": "ÜA", "rain": True},
        {"hour": 8, "distance": 4.5, "carrier": "DL", "rain": False},
    ]


def test_empty_cells_and_missing_columns_with_a_default_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "hour,distance,carrier\n7,3,\n\n8.0,4,DL\n")
    assert list(read_rows(path, inputs())) == [
        {"hour": 7, "distance": 3.0},
        {"hour": 8, "distance": 4.0, "carrier": "DL"},
    ]


def test_a_missing_required_column_is_named_before_any_row_is_read(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "Hour,carrier,rain\nx,UA,x\n")) == (
        "columns 'distance', 'hour' are missing; unexpected instead: 'Hour', 'carrier', 'rain'"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("7.5,3,UA,1", "line 3, column 'hour': '7.5' is not a whole number; round it"),
        ("1_5,3,UA,1", "line 3, column 'hour': '1_5' is not a whole number"),
        ("٣,3,UA,1", "line 3, column 'hour': '٣' is not a whole number; write the digits 0 to 9"),
        ("7,far,UA,1", "line 3, column 'distance': 'far' is not a finite number"),
        ("7,1e400,UA,1", "line 3, column 'distance': 'inf' is not a finite number; numbers end at"),
        ("7,nan,UA,1", "line 3, column 'distance': 'nan' is not a finite number; leave it empty"),
        ("7,3,UA,maybe", "line 3, column 'rain': 'maybe' is not true or false"),
        (",3,UA,1", "line 3, column 'hour': the cell is empty, and every row needs a value"),
        ("-9223372036854775808,3,UA,1", "line 3, column 'hour': '-9223372036854775808' stands for a missing"),
        ("7,3", "line 3: 2 cells, expected 4 as in the header"),
    ],
)
def test_a_bad_cell_is_reported_as_ingestion_reports_it(tmp_path: Path, line: str, message: str) -> None:
    assert refusal(write(tmp_path, f"hour,distance,carrier,rain\n1,1,UA,1\n{line}\n")).startswith(message)


@pytest.mark.parametrize("text", ["2013-02-30", "2013-01-01T00:00:00Z", "01.01.2013"])
def test_a_date_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, f"hour,distance,{features.DATE}\n1,1,2013-02-28\n1,1,{text}\n")
    assert refusal(path, **{features.DATE: "DT_STRING"}) == (
        f"line 3, column '{features.DATE}': '{text}' is not a day written YYYY-MM-DD"
    )


def test_a_file_that_is_no_csv_is_refused(tmp_path: Path) -> None:
    assert "stands twice in the header" in refusal(write(tmp_path, "hour,distance,hour\n1,2,3\n"))
    assert "the file is in UTF-16" in refusal(write(tmp_path, "hour,distance\n1,2\n", "utf-16"))
    assert "separated by semicolons" in refusal(write(tmp_path, "hour;distance;note\n1;2;3\n"))
    assert "opened and never closed" in refusal(write(tmp_path, 'hour,distance\n"1,2\n'))
    assert "NUL byte" in refusal(write(tmp_path, "hour,distance,late\n1,2,\0\n"))
