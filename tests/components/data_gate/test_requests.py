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
        ("", "no JSON object"),
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
