from __future__ import annotations

import pytest

from pipeline.data.write.hand_edits import merge

BEFORE = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n"


def test_a_hand_edit_stays_and_the_rest_is_written_anew():
    merged = merge(BEFORE.replace("a: 1", "a: 10"), BEFORE, BEFORE.replace("e: 5", "e: 50"))
    assert merged.text == "a: 10\nb: 2\nc: 3\nd: 4\ne: 50\n"
    assert merged.conflicts == 0


def test_where_both_changed_the_hand_edit_stays_and_is_counted():
    merged = merge(BEFORE.replace("c: 3", "c: 30"), BEFORE, BEFORE.replace("c: 3", "c: 31"))
    assert merged.text == BEFORE.replace("c: 3", "c: 30")
    assert merged.conflicts == 1


def test_a_file_that_nobody_edited_is_written_anew():
    assert merge(BEFORE, BEFORE, "x: 1\n").text == "x: 1\n"


def test_where_nobody_knows_what_was_written_the_file_stays():
    assert merge("mine: 1\n", None, BEFORE).text == "mine: 1\n"


COLUMNS = [f"  - {{name: {name}, kind: number}}\n" for name in "abcd"]


@pytest.mark.parametrize("edited", range(4))
@pytest.mark.parametrize("gone", range(4))
def test_the_edit_of_one_entry_is_no_conflict_with_another_that_goes(edited, gone):
    if edited == gone:
        return
    now = [line.replace("}", ", max: 5}") if at == edited else line for at, line in enumerate(COLUMNS)]
    merged = merge("".join(now), "".join(COLUMNS), "".join(COLUMNS[:gone] + COLUMNS[gone + 1 :]))
    assert merged.text == "".join(now[:gone] + now[gone + 1 :])
    assert merged.conflicts == 0


def test_an_entry_that_came_beside_an_edited_one_is_written():
    now = COLUMNS[1].replace("}", ", max: 5}")
    merged = merge(COLUMNS[0] + now, "".join(COLUMNS[:2]), "".join(COLUMNS[:3]))
    assert (merged.text, merged.conflicts) == (COLUMNS[0] + now + COLUMNS[2], 0)
