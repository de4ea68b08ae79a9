"""What newest data has and columns.yaml does not expect is said with counts, days, examples and a name."""

import dataclasses
import datetime as dt

import pytest

from pipeline.data.differences.difference_rule import Edit, accepted, compare
from pipeline.data.differences.seen import Cells, ColumnSeen, NewColumn, TableSeen
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable

DAYS = (dt.date(2026, 3, 9), dt.date(2026, 3, 10))
TABLE = ColumnTable(
    columns=(
        Column("late", "int64", "category", role="label", values=(0, 1)),
        Column("carrier", "string", "category", values=("AA", "UA")),
        Column("temp", "float32", "number", required=False, min=-40, max=130),
        Column("seats", "int64", "number"),
        Column("code", "int64", "category"),
    ),
    crosses=(("carrier", "code"),),
)


def cells(rows: int, *examples: str) -> Cells:
    return Cells(rows, [DAYS[1]] if rows else [], list(examples))


def seen(new: tuple[NewColumn, ...] = (), has_header: bool = True, **columns: ColumnSeen | None) -> TableSeen:
    whole = {column.name: ColumnSeen(days=[*DAYS]) for column in TABLE.columns}
    held = {name: each for name, each in {**whole, **columns}.items() if each is not None}
    return TableSeen(DAYS, 100, held, new, has_header=has_header)


def only(found: TableSeen):
    (difference,) = compare(TABLE, found)
    return difference


def test_where_the_data_is_as_it_should_be_there_is_nothing():
    assert compare(TABLE, seen()) == ()


def test_new_values_are_counted_and_would_be_added_behind_those_that_are_there():
    found = only(
        seen(carrier=ColumnSeen([*DAYS], unlisted={"B6": 12, "WN": 3}, others=cells(15, "B6", "WN")))
    )
    assert found.name == "carrier.values"
    assert found.sentence == "2 new values of 'carrier' in 15 rows of 2026-03-10: 'B6' (12), 'WN' (3)"
    assert found.edit == Edit("carrier", {"values": ["AA", "UA", "B6", "WN"]})
    assert not found.caution


def test_a_new_class_of_the_label_is_accepted_by_name_only_and_is_a_major_change():
    found = only(seen(late=ColumnSeen([*DAYS], unlisted={"2": 4}, others=cells(4, "2"))))
    assert found.sentence == "1 new value of 'late' in 4 rows of 2026-03-10: '2' (4)"
    assert (found.name, found.edit) == ("late.values", Edit("late", {"values": [0, 1, 2]}))
    assert "gets a new MAJOR" in found.caution
    assert accepted([found], [], every=True) == ()
    assert accepted([found], ["late.values"], every=False) == (found,)


@pytest.mark.parametrize(
    ("column", "name", "sentence", "keys"),
    [
        (
            ColumnSeen([*DAYS], above=cells(7, "131.5"), high=140.25),
            "temp.max",
            "7 rows of 2026-03-10 of 'temp' are over its max of 130, to 140.25, such as '131.5'",
            {"max": 140.25},
        ),
        (
            ColumnSeen([*DAYS], below=cells(1, "-50"), low=-50.0),
            "temp.min",
            "1 row of 2026-03-10 of 'temp' is under its min of -40, to -50, such as '-50'",
            {"min": -50},
        ),
    ],
)
def test_a_wider_range_would_become_the_limit(column: ColumnSeen, name: str, sentence: str, keys: dict):
    found = only(seen(temp=column))
    assert (found.name, found.sentence, found.edit) == (name, sentence, Edit("temp", keys))


def test_empty_cells_of_a_required_column_would_make_it_optional():
    found = only(seen(seats=ColumnSeen([*DAYS], empty=cells(5))))
    assert (found.name, found.edit) == ("seats.required", Edit("seats", {"required": False}))
    assert found.sentence == "5 rows of 2026-03-10 of 'seats' are empty, and it is required"
    assert compare(TABLE, seen(temp=ColumnSeen([*DAYS], empty=cells(5)))) == ()
    assert compare(TABLE, seen(late=ColumnSeen([*DAYS], empty=cells(5)))) == ()


@pytest.mark.parametrize(
    ("name", "numbers", "keys", "what"),
    [
        ("seats", True, {"dtype": "float32"}, "numbers with decimals, such as '2.5': dtype float32"),
        ("seats", False, None, "no int64, such as '2.5'"),
        ("temp", True, None, "no float32, such as '2.5'"),
        ("code", False, {"dtype": "string"}, "no int64, such as '2.5': dtype string"),
        ("late", False, None, "no int64, such as '2.5'"),
    ],
)
def test_another_type_is_taken_where_the_kind_allows_it(
    name: str, numbers: bool, keys: dict | None, what: str
):
    found = only(seen(**{name: ColumnSeen([*DAYS], untyped=cells(3, "2.5"), numbers=numbers)}))
    assert (found.name, found.sentence) == (f"{name}.dtype", f"3 rows of 2026-03-10 of {name!r} are {what}")
    assert found.edit == (Edit(name, keys) if keys else None)
    if not keys:
        with pytest.raises(ConfigError, match=rf"--accept {name}\.dtype: .*; correct the data"):
            accepted([found], [found.name], every=False)


def test_a_lost_column_can_be_given_up_if_every_span_lacks_it():
    lost = only(seen(carrier=None))
    assert (lost.name, lost.edit) == ("carrier.lost", Edit("carrier", what="remove"))
    assert "gets a new MAJOR" in lost.caution
    some = only(seen(carrier=ColumnSeen([DAYS[0]])))
    assert (some.name, some.edit) == ("carrier.lost", None)
    assert some.sentence == "column 'carrier' is missing in 1 of 2 spans (2026-03-10)"
    assert compare(TABLE, seen(carrier=ColumnSeen([DAYS[0]]), has_header=False)) == ()
    assert only(seen(late=None)).edit is None


def new(name: str, **changes: object) -> NewColumn:
    values = {"dtype": "string", "kind": "category", "why": "", "distinct": 3}
    return NewColumn(name, cells(20, "B7"), DAYS, **{**values, **changes})


def test_a_new_column_would_be_optional():
    found = only(seen((new("gate"),)))
    assert found.name == "gate.new"
    assert found.sentence == (
        "new column 'gate' in 2 of 2 spans (2026-03-09, 2026-03-10), 20 rows with a value, 3 "
        "different, such as "
        "'B7': category, string"
    )
    keys = {"name": "gate", "dtype": "string", "kind": "category", "required": False}
    assert found.edit == Edit("gate", keys, "add")
    assert accepted([found], [], every=True) == (found,)


def test_a_new_column_with_a_caution_is_not_among_all():
    late = NewColumn("gate", cells(9, "B7"), (DAYS[1],), "string", "category", "", 3)
    for each, words in (
        (late, "a span without a column"),
        (new("gate", useless=True, why="x"), "left out: x"),
    ):
        found = only(seen((each,)))
        assert words in found.caution
        assert accepted([found], [], every=True) == ()


def test_a_new_column_of_which_older_spans_are_not_known_has_a_caution():
    found = only(dataclasses.replace(seen((new("gate"),)), older=53))
    assert found.caution.startswith(
        "53 older spans of the window were not looked at (--days 55); a span without a column"
    )


def test_a_column_that_is_written_another_way_is_named_beside_the_lost_one():
    lost, other = compare(TABLE, seen((new("Carrier "),), carrier=None))
    assert "(is it 'Carrier '?)" in lost.sentence
    assert (other.edit, "call it" in other.advice) == (None, True)


def test_a_name_that_is_none_is_refused_with_the_one_that_was_meant():
    found = compare(TABLE, seen((new("gate"),)))
    with pytest.raises(ConfigError, match=r"no difference is called so \(did you mean 'gate.new'\?\)"):
        accepted(found, ["gates.new"], every=False)
    with pytest.raises(ConfigError, match="there are none"):
        accepted((), ["gate.new"], every=False)
