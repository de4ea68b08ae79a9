"""An override is one line more in the file, wherever its list stands and however it is written."""

import difflib

import pytest

from components.gates.override import Override
from pipeline.data.write.overrides_edit import added
from pipeline.errors import UserError

ONE = Override(gate="data", check="rows at least", reason="a holiday", by="Ada", expires="2026-03-10")
LINE = "- {gate: data, check: rows at least, reason: a holiday, by: Ada, expires: '2026-03-10'}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a  # x\n", ["+ overrides:", f"+   {LINE}"]),
        ("name: a", ["+ overrides:", f"+   {LINE}"]),
        (
            "overrides: []   # none\nname: a\n",
            ["- overrides: []   # none", "+ overrides:   # none", f"+   {LINE}"],
        ),
        ("overrides:\nname: a\n", [f"+   {LINE}"]),
        (
            "overrides:\n    - {gate: infra, check: served}  # why\n\n# end\nname: a\n",
            [f"+     {LINE}"],
        ),
        ("overrides:\n- gate: infra\n  check: served  # why\nname: a\n", [f"+ {LINE}"]),
    ],
    ids=["none", "no line end", "empty", "null", "one", "a block"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_line_is_added_and_nothing_else_changes(text: str, expected: list[str], newline: str):
    before = text.replace("\n", newline)
    after = added(before, ONE)
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    quoted = LINE if f"+   {LINE}" in changed or any(LINE in each for each in changed) else None
    assert quoted or any("2026-03-10}" in each for each in changed)
    assert [each.replace("'2026-03-10'", "2026-03-10") for each in changed] == [
        each.replace("'2026-03-10'", "2026-03-10") for each in expected
    ]


def test_a_list_on_one_line_is_left_to_a_person():
    with pytest.raises(UserError, match="nothing was written: add by hand - "):
        added("overrides: [{gate: infra, check: served}]\n", ONE)
