"""A table of columns that cannot be trained on or served is refused, each fault with the place of it."""

import dataclasses
from typing import Any

import pytest

from trainer import features
from trainer.column import Column, ColumnTable
from trainer.column_rule import MOST_CLASSES, RANGES, Fault, find_faults

DAY = Column("day", "string", "date", role="date")
LATE = Column("late", "int64", "category", role="label", values=(0, 1))
ORIGIN, DEST = Column("origin", "string", "category"), Column("dest", "string", "category")
CLOCK = Column("clock", "int64", "clock")
TEMP = Column("temp", "float32", "number", required=False)
COLUMNS = (DAY, LATE, ORIGIN, DEST, CLOCK, TEMP)
CROSSES = (("origin", "dest"), ("origin", "clock.hour"), ("clock.hour", "day.weekday"))
CATEGORIES = "day.weekday, origin, dest, clock.hour"


def faults(*columns: Column, crosses: Any = CROSSES, **numbers: Any) -> list[Fault]:
    return [*find_faults(ColumnTable(columns=columns or COLUMNS, crosses=crosses, **numbers))]


def with_column(*values: Any, **more: Any) -> list[Fault]:
    return faults(*COLUMNS, Column(*values, **more))


def with_label(**changes: Any) -> list[Fault]:
    return faults(DAY, dataclasses.replace(LATE, **changes), ORIGIN, DEST, CLOCK, TEMP)


def test_a_table_that_works_is_accepted():
    assert faults() == []


def test_the_table_of_the_trainer_is_accepted():
    assert [*find_faults(features.TABLE)] == []


def test_a_table_may_have_no_day():
    assert faults(LATE, ORIGIN, crosses=()) == []


def test_a_day_alone_is_something_to_learn_from():
    assert faults(LATE, DAY, crosses=()) == []


@pytest.mark.parametrize(
    "name",
    ["label", "date", "numbers", "categories", "examples", "probability", "x_", "temp_1", "match", "A1"],
)
def test_a_name_that_the_graph_uses_itself_is_one_like_others(name: str):
    """Tried through Transform, training, export and both signatures."""
    assert with_column(name, "int64", "number") == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *(
            (
                name,
                f"column {name!r} has a name that TensorFlow cannot serve; "
                "use letters a to z, digits and _, a letter first",
            )
            for name in ("", "a b", "1a", "_x", "__x", "a-b", "a.b", "größe", "日付", "a\n", "a×b")
        ),
        *(
            (
                name,
                f"column {name!r} has a name that Python keeps for itself, and no signature can take; "
                "rename it",
            )
            for name in ("class", "None", "self")
        ),
        ("origin", "column 'origin' stands twice; leave one"),
        ("Origin", "columns 'origin' and 'Origin' differ only by case, which no signature takes; rename one"),
    ],
)
def test_a_name_that_cannot_be_served_is_refused(name: str, words: str):
    assert with_column(name, "string", "category") == [(("columns", 6, "name"), words)]


@pytest.mark.parametrize(
    ("column", "key", "words"),
    [
        (("x", "int32", "number"), "dtype", "has the dtype 'int32'; expected int64, float32 or string (did"),
        (("x", "string", "word"), "kind", "has the kind 'word'; expected number, category, clock, date, tim"),
        (("x", "string", "category", "target"), "role", "has the role 'target'; expected label, date, key o"),
        (("x", "string", "number"), "dtype", "is a number and string; expected int64 or float32"),
        (("x", "float32", "category"), "dtype", "is a category and float32; expected string or int64"),
        (("x", "string", "clock"), "dtype", "is a clock and string; expected int64"),
        (("x", "int64", "date"), "dtype", "is a date and int64; expected string"),
        (("x", "int64", "timestamp"), "dtype", "is a timestamp and int64; expected string"),
        (("x", "int64", "text"), "dtype", "is a text and int64; expected string"),
        (("x", "float32", "category", "key"), "dtype", "is a category and float32; expected string or int64"),
        (("x", "int64", "number", "key"), "kind", "has the role 'key' and the kind 'number'; expected categ"),
        (("x", "int64", "category", "key", False), "required", "has the role 'key', so no row may lack it;"),
    ],
)
def test_a_column_that_cannot_become_features_is_refused(column: tuple[Any, ...], key: str, words: str):
    ((place, said),) = with_column(*column)
    assert place == ("columns", 6, key)
    assert said.startswith(f"column 'x' {words}")


def test_every_kind_is_accepted_with_its_type():
    for dtype, kind in (
        ("string", "category"),
        ("int64", "category"),
        ("int64", "number"),
        ("float32", "number"),
        ("int64", "clock"),
        ("string", "date"),
        ("string", "timestamp"),
        ("string", "text"),
    ):
        assert with_column("x", dtype, kind, required=False) == []
    for dtype in ("string", "int64"):
        assert with_column("x", dtype, "category", role="key") == []


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"kind": "clock"}, "kind", "has the role 'label' and the kind 'clock'; expected category or number"),
        ({"dtype": "float32"}, "dtype", "is a category and float32; expected string or int64"),
        ({"required": False}, "required", "has the role 'label', so no row may lack it; make it required"),
        ({"values": ()}, "values", "is the label and a category of 0 values; list its classes in `values`"),
        ({"values": (1,)}, "values", "is the label and a category of 1 values; list its classes in `values`"),
        ({"values": tuple(range(MOST_CLASSES + 1))}, "values", "is the label and a category of 1001 values"),
        (
            {"values": (0, "1")},
            "values",
            "has the value '1' in `values`, which is no whole number of 64 bits",
        ),
        ({"values": (0, 2**63)}, "values", f"has the value {2**63} in `values`, which is no whole number of"),
        (
            {"values": (0, -(2**63))},
            "values",
            f"has the value {-(2**63)} in `values`, which is no whole numb",
        ),
        ({"values": (0, 1, 0)}, "values", "has the value 0 twice in `values`; leave one"),
        ({"values": (0, 1, 1)}, "values", "has the value 1 twice in `values`; leave one"),
        (
            {"dtype": "string", "values": ("a", "")},
            "values",
            "has the value '' in `values`, which stands for",
        ),
        (
            {"dtype": "string", "values": ("a", "b\0")},
            "values",
            "has the value 'b\\x00' in `values`, which h",
        ),
        ({"kind": "number"}, "values", "is a number, which has no list of values; remove `values`"),
    ],
)
def test_a_label_that_cannot_be_predicted_is_refused(changes: dict[str, Any], key: str, words: str):
    place, said = with_label(**changes)[0]
    assert place == ("columns", 1, key)
    assert said.startswith(f"column 'late' {words}")


def test_a_label_has_two_classes_or_more_or_is_a_number():
    for values in ((0, 1), (7, 3), tuple(range(MOST_CLASSES)), (0, 2**63 - 1), (0, 1 - 2**63)):
        assert with_label(values=values) == []
    assert with_label(dtype="string", values=("no", "yes")) == []
    for dtype in ("int64", "float32"):
        assert with_label(dtype=dtype, kind="number", values=()) == []


@pytest.mark.parametrize(
    ("column", "limits", "key", "words"),
    [
        (("x", "string", "category"), {"min": 1}, "min", "is string and has no `min`; remove it"),
        (("x", "string", "date"), {"max": 1}, "max", "is string and has no `max`; remove it"),
        (("x", "int64", "category"), {"min": 0, "values": (1,)}, "min", "lists its `values`, so it needs no"),
        (
            ("x", "int64", "number"),
            {"min": 1.5},
            "min",
            "is int64 and has the min 1.5; expected a whole numb",
        ),
        (
            ("x", "float32", "number"),
            {"max": float("inf")},
            "max",
            "has the max inf; expected a finite number",
        ),
        (("x", "float32", "number"), {"min": 2, "max": 1}, "min", "has the min 2 above the max 1, so no val"),
    ],
)
def test_a_limit_that_allows_nothing_is_refused(
    column: tuple[Any, ...], limits: dict[str, Any], key: str, words: str
):
    ((place, said),) = with_column(*column, **limits)
    assert place == ("columns", 6, key)
    assert said.startswith(f"column 'x' {words}")


def test_limits_may_be_equal_or_one_alone():
    assert with_column("x", "float32", "number", min=1, max=1) == []
    assert with_column("x", "int64", "clock", max=2400.0) == []
    assert with_column("x", "int64", "category", min=1) == []


@pytest.mark.parametrize(
    ("columns", "place", "words"),
    [
        ((DAY, ORIGIN), ("columns",), "no column has the role 'label'; give it to one"),
        ((LATE,), ("columns",), "no column is left to learn from; add one with the role 'feature'"),
        (
            (LATE, Column("x", "int64", "category", role="key")),
            ("columns",),
            "no column is left to learn from; add one with the role 'feature'",
        ),
        (
            (LATE, ORIGIN, Column("x", "int64", "number", "label")),
            ("columns", 2, "role"),
            "2 columns have the role 'label': 'late', 'x'; leave it to one",
        ),
        (
            (LATE, DAY, Column("x", "string", "date", "date")),
            ("columns", 2, "role"),
            "2 columns have the role 'date': 'day', 'x'; leave it to one",
        ),
        (
            (LATE, ORIGIN, *(Column(name, "int64", "category", role="key") for name in ("x", "y"))),
            ("columns", 3, "role"),
            "2 columns have the role 'key': 'x', 'y'; leave it to one",
        ),
    ],
)
def test_a_table_needs_one_label_at_most_one_day_and_one_key(columns: Any, place: Any, words: str):
    assert faults(*columns, crosses=()) == [(place, words)]


@pytest.mark.parametrize(
    ("cross", "words"),
    [
        (
            ("origin", "dset"),
            f"there is no column 'dset' (did you mean 'dest'?); categories are {CATEGORIES}",
        ),
        (("shade", "dest"), f"there is no column 'shade'; categories are {CATEGORIES}"),
        (("origin", "late"), "column 'late' is the label, which no request has"),
        (("origin", "temp"), "column 'temp' is a 'number', which gives no category"),
        (("origin", "dest.hour"), "column 'dest' is a category, which gives 'dest'"),
        (("origin", "clock"), "column 'clock' is a clock, which gives 'clock.hour'"),
        (("origin", "day.hour"), "column 'day' is a date, which gives 'day.weekday'"),
    ],
)
def test_a_cross_is_of_two_categories(cross: tuple[str, str], words: str):
    shown = f"the cross [{', '.join(cross)}]"
    assert faults(crosses=(*CROSSES, cross)) == [(("crosses", 3), f"{shown}: {words}")]


def test_a_cross_is_of_different_categories_and_stands_once():
    for cross, words in (
        (("dest", "dest"), "is of a category with itself; remove it"),
        (("origin", "dest"), "stands twice, in this order or the other; remove one"),
        (("dest", "origin"), "stands twice, in this order or the other; remove one"),
    ):
        shown = f"the cross [{', '.join(cross)}]"
        assert faults(crosses=(*CROSSES, cross)) == [(("crosses", 3), f"{shown} {words}")]


def test_a_timestamp_gives_an_hour_and_a_weekday_and_a_key_nothing():
    columns = (*COLUMNS, Column("at", "string", "timestamp"), Column("who", "int64", "category", role="key"))
    assert faults(*columns, crosses=(("at.hour", "at.weekday"),)) == []
    assert faults(*columns, crosses=(("at", "dest"),)) == [
        (
            ("crosses", 0),
            "the cross [at, dest]: column 'at' is a timestamp, which gives 'at.hour' or 'at.weekday'",
        )
    ]
    assert faults(*columns, crosses=(("who", "dest"),)) == [
        (("crosses", 0), "the cross [who, dest]: column 'who' is the key, which no request has")
    ]


@pytest.mark.parametrize("name", RANGES)
def test_a_number_that_cannot_work_is_refused(name: str):
    lowest, highest = RANGES[name]
    for value in (lowest, highest):
        assert faults(**{name: value}) == []
    for value in (lowest - 1, highest + 1):
        words = f"{name} is {value}; expected a whole number from {lowest} to {highest:,}"
        assert faults(**{name: value}) == [((name,), words)]


def test_a_long_name_is_cut():
    assert all(len(words) < 300 for _, words in with_column("x" * 10_000, "string", "words"))
