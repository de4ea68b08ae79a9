"""Requests are read as they were sent, and what cannot be read is told."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def kept(folder: Path, day: str, *lines: str) -> None:
    (folder / f"{day}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_requests_are_profiled_like_rows(tmp_path: Path):
    from components.data_gate.requests import NEWEST_FILES, read_requests
    from tests.components.data_gate.days import COLUMNS

    for number in range(NEWEST_FILES + 1):
        row = {"shop": "north", "till": "00", "opened": 900 + number, "price": number, "other": [1]}
        kept(tmp_path, f"2026-02-{number + 1:02d}", json.dumps(row), json.dumps({"shop": "", "price": None}))
    of = read_requests(str(tmp_path), COLUMNS)
    assert of.rows == 2 * NEWEST_FILES
    assert of.columns["price"].values.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert of.columns["opened"].values.tolist() == ["9 h"]
    assert (of.columns["shop"].nulls, of.columns["sold"].nulls) == (NEWEST_FILES, 2 * NEWEST_FILES)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (None, "there is no folder"),
        ("", "has no rows"),
        (r'"\ud800"', "no JSON object"),
        ("[" * 5_000, "no JSON object"),
        ("[1]", "no JSON object"),
        ("{", "no JSON object"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, line: str | None, fault: str):
    from components.data_gate.requests import NoRequestsError, read_requests
    from tests.components.data_gate.days import COLUMNS

    folder = tmp_path / "kept"
    if line is not None:
        folder.mkdir()
        kept(folder, "2026-02-01", line)
    with pytest.raises(NoRequestsError, match=fault):
        read_requests(str(folder), COLUMNS)


def test_a_folder_without_rows_is_told(tmp_path: Path):
    from components.data_gate.requests import NoRequestsError, read_requests
    from tests.components.data_gate.days import COLUMNS

    with pytest.raises(NoRequestsError, match="has no rows"):
        read_requests(str(tmp_path), COLUMNS)


def test_values_that_the_data_could_not_have_are_nulls(tmp_path: Path):
    from components.data_gate.requests import read_requests
    from tests.components.data_gate.days import COLUMNS

    for price in ("16777217", "9" * 400, "NaN", "1e400", "true", '"7"'):
        kept(tmp_path, "2026-02-01", f'{{"price": {price}}}', '{"price": 1.5}')
        of = read_requests(str(tmp_path), COLUMNS).columns["price"]
        assert of.nulls == (0 if price in ("16777217", "true") else 1), price
    for clock, hour in (
        ('"515"', "5 h"),
        ("0", "0 h"),
        ("2400", "24 h"),
        ("NaN", ""),
        ("1e400", ""),
        ("-1", ""),
    ):
        kept(tmp_path, "2026-02-01", f'{{"opened": {clock}}}')
        assert read_requests(str(tmp_path), COLUMNS).columns["opened"].values.tolist() == [hour] * bool(hour)
    kept(tmp_path, "2026-02-01", r'{"shop": "\ud800"}')
    assert read_requests(str(tmp_path), COLUMNS).columns["shop"].values.tolist() == [r"\ud800"]


def test_a_file_in_another_encoding_is_told(tmp_path: Path):
    from components.data_gate.requests import NoRequestsError, read_requests
    from tests.components.data_gate.days import COLUMNS

    for encoding in ("utf-16", "latin-1"):
        (tmp_path / "2026-02-01.jsonl").write_bytes('{"shop": "Köln"}'.encode(encoding))
        with pytest.raises(NoRequestsError, match=r"line 1 of .* is no JSON object in UTF-8"):
            read_requests(str(tmp_path), COLUMNS)


def test_the_compacted_days_of_the_request_log_are_read_too(tmp_path: Path):
    """Of requests that were answered; and a damaged file is told."""
    import pyarrow as pa
    from pyarrow import parquet

    from components.data_gate.requests import NEWEST_FILES, NoRequestsError, read_requests
    from tests.components.data_gate.days import COLUMNS

    for number in range(NEWEST_FILES + 1):
        folder = tmp_path / f"day=2026-02-{number + 1:02d}"
        folder.mkdir()
        table = pa.table(
            {"price": [float(number), 99.0], "shop": ["north", None], "request.status": [200, 400]}
        )
        parquet.write_table(table, folder / "a.parquet")
    of = read_requests(str(tmp_path), COLUMNS)
    assert of.rows == NEWEST_FILES
    assert of.columns["price"].values.tolist() == [1, 2, 3, 4, 5, 6, 7]
    (folder / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(NoRequestsError, match="cannot be read"):
        read_requests(str(tmp_path), COLUMNS)
