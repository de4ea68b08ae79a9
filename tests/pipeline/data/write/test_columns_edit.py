"""An edit of columns.yaml changes its line and nothing else, in whichever way a person wrote it."""

import difflib
import stat
from pathlib import Path

import pytest

from pipeline.data.differences.difference_rule import Edit
from pipeline.data.write.columns_edit import edited
from pipeline.data.write.yaml_lines import write
from pipeline.errors import UserError
from trainer import columns_file

TEXT = """\
# The head.
columns:
  - {name: day, dtype: string, kind: date, role: date}
  - {name: late, dtype: int64, kind: category, role: label, values: [0, 1]}  # the label
  # Who flies.
  - {name: carrier, dtype: string, kind: category, values: [AA, "no"] }   # two of them
  - name: temp   # by hand
    dtype: float32
    kind: number
    required: true  # for now

  - name: code
    dtype: string
    kind: category
    values:
      - a
      - b   # the last
# Pairs.
crosses:
  - [carrier, day.weekday]
  - [code, carrier]   # why

minimum_count: 20   # of rows
"""


def changed(edit: Edit, text: str = TEXT) -> list[str]:
    """Returns the lines that an edit takes away (-) and adds (+)."""
    lines = difflib.ndiff(text.splitlines(), edited(text, [edit]).splitlines())
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            Edit("carrier", {"values": ["AA", "no", "B6", "yes"]}),
            [
                '-   - {name: carrier, dtype: string, kind: category, values: [AA, "no"] }   # two of them',
                "+   - {name: carrier, dtype: string, kind: category, "
                "values: [AA, \"no\", B6, 'yes'] }   # two of them",
            ],
        ),
        (
            Edit("late", {"values": [0, 1, 2]}),
            [
                "-   - {name: late, dtype: int64, kind: category, role: label, values: [0, 1]}  # the label",
                "+   - {name: late, dtype: int64, kind: category, role: label, values: [0, 1, 2]}  # "
                "the label",
            ],
        ),
        (
            Edit("carrier", {"required": False}),
            [
                '-   - {name: carrier, dtype: string, kind: category, values: [AA, "no"] }   # two of them',
                "+   - "
                '{name: carrier, dtype: string, kind: category, values: [AA, "no"], required: false }   '
                "# two of them",
            ],
        ),
        (
            Edit("temp", {"required": False}),
            ["-     required: true  # for now", "+     required: false  # for now"],
        ),
        (Edit("temp", {"max": 130.5}), ["+     max: 130.5"]),
        (Edit("code", {"values": ["a", "b", "c", "d"]}), ["+       - c", "+       - d"]),
        (
            Edit("gate", {"name": "gate", "dtype": "string", "kind": "category", "required": False}, "add"),
            ["+   - {name: gate, dtype: string, kind: category, required: false}"],
        ),
        (
            Edit("carrier", what="remove"),
            [
                '-   - {name: carrier, dtype: string, kind: category, values: [AA, "no"] }   # two of them',
                "- crosses:",
                "+ crosses: []",
                "-   - [carrier, day.weekday]",
                "-   - [code, carrier]   # why",
            ],
        ),
        (
            Edit("temp", what="remove"),
            [
                "-   - name: temp   # by hand",
                "-     dtype: float32",
                "-     kind: number",
                "-     required: true  # for now",
            ],
        ),
    ],
    ids=[
        "values",
        "classes",
        "a key of a line",
        "a key of a block",
        "a new key of a block",
        "values of a block",
        "add",
        "remove a line",
        "remove a block",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_only_what_changes_is_touched(edit: Edit, expected: list[str], newline: str):
    text = TEXT.replace("\n", newline)
    after = edited(text, [edit])
    assert sorted(changed(edit, text)) == sorted(expected)
    assert after.count("\r\n") == (after.count("\n") if newline == "\r\n" else 0)


def test_several_edits_are_made_together():
    edits = [
        Edit("gate", {"name": "gate", "dtype": "int64", "kind": "number", "required": False}, "add"),
        Edit("temp", {"max": 99}),
        Edit("code", what="remove"),
    ]
    table = columns_file.parse(edited(TEXT, edits))
    assert [column.name for column in table.columns] == ["day", "late", "carrier", "temp", "gate"]
    assert table.columns[3].max == 99
    assert table.crosses == (("carrier", "day.weekday"),)


def test_what_would_leave_an_unusable_file_is_refused():
    with pytest.raises(UserError, match=r"nothing was written: trainer/columns.yaml:"):
        edited(TEXT, [Edit("temp", {"min": 5, "max": 1})])
    with pytest.raises(UserError, match="has no column 'gone' any more"):
        edited(TEXT, [Edit("gone", {"min": 5})])
    with pytest.raises(UserError, match="edit them by hand"):
        edited(
            "columns: [{name: late, dtype: int64, kind: category, role: label, values: [0, 1]}]\n",
            [Edit("late", {"required": True})],
        )


def test_the_file_is_replaced_whole_with_its_permissions(tmp_path: Path):
    path = tmp_path / "columns.yaml"
    path.write_bytes(TEXT.encode())
    path.chmod(0o640)
    write(path, "columns: ä\r\n")
    assert path.read_bytes() == "columns: ä\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["columns.yaml"]
