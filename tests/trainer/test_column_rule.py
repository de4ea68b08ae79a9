"""A table of columns that cannot be trained on or served is refused in one line that names the file."""

from typing import Any

import pytest

from trainer import features
from trainer.column import Column
from trainer.column_rule import HIGHEST, LOWEST, ColumnsError, check

DAY = Column("day", "string", "date", role="date")
LATE = Column("late", "int64", "number", role="label")
ORIGIN, DEST = Column("origin", "string", "category"), Column("dest", "string", "category")
CLOCK = Column("clock", "int64", "clock")
TEMP = Column("temp", "float32", "number", required=False)
COLUMNS = (DAY, LATE, ORIGIN, DEST, CLOCK, TEMP)
CROSSES = (("origin", "dest"), ("origin", "clock.hour"), ("clock.hour", "day.weekday"))
NUMBERS = {
    "MINIMUM_COUNT": 1,
    "VOCABULARY_SIZE": 10_000,
    "OUT_OF_VOCABULARY_BUCKETS": 1,
    "QUANTILE_BUCKETS": 10,
}
CATEGORIES = "day.weekday, origin, dest, clock.hour"


def with_column(*values: Any, **more: Any) -> tuple[Column, ...]:
    return (*COLUMNS, Column(*values, **more))


def without(role: str) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if column.role != role)


def refusal(columns: Any = COLUMNS, crosses: Any = CROSSES, numbers: dict[str, Any] = NUMBERS) -> str:
    with pytest.raises(ColumnsError) as fault:
        check(columns, crosses, numbers)
    line = str(fault.value)
    assert "\n" not in line
    assert line.startswith("trainer/features.py: ")
    return line.removeprefix("trainer/features.py: ")


def test_a_table_that_works_is_accepted():
    check(COLUMNS, CROSSES, NUMBERS)
    check(list(COLUMNS), [], NUMBERS)


def test_the_table_of_the_trainer_is_accepted():
    check(features.COLUMNS, features.CROSSES, {name: getattr(features, name) for name in LOWEST})


@pytest.mark.parametrize(
    "name",
    ["label", "date", "numbers", "categories", "examples", "probability", "x_", "temp_1", "match", "A1"],
)
def test_a_name_that_the_graph_uses_itself_is_one_like_others(name: str):
    """Tried through Transform, training, export and both signatures."""
    check(with_column(name, "int64", "number"), CROSSES, NUMBERS)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        *(
            (
                name,
                f"column {name!r} has a name that TensorFlow cannot serve; "
                "use letters a to z, digits and _, a letter first",
            )
            for name in ("", "a b", "1a", "_x", "__x", "a-b", "a.b", "größe", "日付", "a\n", "a×b", 7, None)
        ),
        *(
            (
                name,
                f"column {name!r} has a name that Python keeps for itself, and no signature can take; "
                "rename it",
            )
            for name in ("class", "None", "self")
        ),
        ("origin", "column 'origin' stands 2 times; leave one"),
        ("Origin", "columns 'origin' and 'Origin' differ only by case, which no signature takes; rename one"),
    ],
)
def test_a_name_that_cannot_be_served_is_refused(name: Any, line: str):
    assert refusal(with_column(name, "string", "category")) == line


@pytest.mark.parametrize(
    ("column", "line"),
    [
        (("x", "int32", "number"), "column 'x' has the dtype 'int32'; expected int64, float32 or string"),
        (("x", "string", "text"), "column 'x' has the kind 'text'; expected number, category, clock or date"),
        (
            ("x", "string", "category", "target"),
            "column 'x' has the role 'target'; expected label, date or feature",
        ),
        (
            ("x", "string", "category", "feature", "yes"),
            "column 'x' has required='yes'; expected True or False",
        ),
        (("x", "string", "number"), "column 'x' is a number and string; expected int64 or float32"),
        (("x", "float32", "category"), "column 'x' is a category and float32; expected string or int64"),
        (("x", "string", "clock"), "column 'x' is a clock and string; expected int64"),
        (("x", "int64", "date"), "column 'x' is a date and int64; expected string"),
        (
            ("x", "int32", "text"),
            "column 'x' has the dtype 'int32'; expected int64, float32 or string (and 1 more)",
        ),
    ],
)
def test_a_column_that_cannot_become_features_is_refused(column: tuple[Any, ...], line: str):
    assert refusal(with_column(*column)) == line


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (without("label"), "no column has the role 'label'; give it to one"),
        (
            with_column("x", "int64", "number", "label"),
            "2 columns have the role 'label': 'late', 'x'; leave it to one",
        ),
        (
            with_column("x", "string", "date", "date"),
            "2 columns have the role 'date': 'day', 'x'; leave it to one",
        ),
        (
            (*without("label"), Column("late", "float32", "number", role="label")),
            "column 'late' is the label and float32; expected int64",
        ),
        (
            (*without("label"), Column("late", "int64", "number", role="label", required=False)),
            "column 'late' has the role 'label', so no row may lack it; make it required",
        ),
        (
            (*COLUMNS[1:], Column("day", "string", "date", role="date", required=False)),
            "column 'day' has the role 'date', so no row may lack it; make it required",
        ),
        (
            (*COLUMNS[1:], Column("day", "string", "category", role="date")),
            "column 'day' has the role 'date' and the kind 'category'; expected the kind 'date' (and 1 more)",
        ),
        ((), "no column has the role 'label'; give it to one (and 4 more)"),
        ((*COLUMNS, ("x", "string", "category")), None),
    ],
)
def test_a_table_needs_one_label_and_one_day(columns: Any, line: str | None):
    expected = (
        line or "COLUMNS holds ('x', 'string', 'category'); expected Column(\"name\", \"dtype\", \"kind\")"
    )
    assert refusal(columns) == expected


def test_a_table_without_a_day_is_refused():
    assert refusal(COLUMNS[1:], ()) == "no column has the role 'date'; give it to one"


def test_a_label_may_be_called_a_category_as_no_feature_is_made_of_it():
    check((*without("label"), Column("late", "int64", "category", role="label")), CROSSES, NUMBERS)


@pytest.mark.parametrize(
    ("cross", "line"),
    [
        (
            ("origin", "dset"),
            f"the cross ('origin', 'dset'): there is no column 'dset' (did you mean 'dest'?); categories "
            f"are {CATEGORIES}",
        ),
        (
            ("shade", "dest"),
            f"the cross ('shade', 'dest'): there is no column 'shade'; categories are {CATEGORIES}",
        ),
        (
            ("origin", "late"),
            "the cross ('origin', 'late'): column 'late' is the label, which no request has",
        ),
        (
            ("origin", "temp"),
            "the cross ('origin', 'temp'): column 'temp' is a 'number', which gives no category",
        ),
        (
            ("origin", "dest.hour"),
            "the cross ('origin', 'dest.hour'): column 'dest' is a category, which gives the category 'dest'",
        ),
        (
            ("origin", "clock"),
            "the cross ('origin', 'clock'): column 'clock' is a clock, which gives the category 'clock.hour'",
        ),
        (
            ("origin", "clock.weekday"),
            "the cross ('origin', 'clock.weekday'): column 'clock' is a clock, which gives the category "
            "'clock.hour'",
        ),
        (
            ("origin", "day.hour"),
            "the cross ('origin', 'day.hour'): column 'day' is a date, which gives the category "
            "'day.weekday'",
        ),
        (("dest", "dest"), "the cross ('dest', 'dest') is of a category with itself; remove it"),
        (
            ("origin", "dest"),
            "the cross ('origin', 'dest') stands twice, in this order or the other; remove one",
        ),
        (
            ("dest", "origin"),
            "the cross ('dest', 'origin') stands twice, in this order or the other; remove one",
        ),
        (
            ("dest",),
            'CROSSES holds (\'dest\',); expected pairs of categories, as in (("a", "b"), ("a", "c"))',
        ),
        ("dest", 'CROSSES holds \'dest\'; expected pairs of categories, as in (("a", "b"), ("a", "c"))'),
        (
            ("dest", 3),
            'CROSSES holds (\'dest\', 3); expected pairs of categories, as in (("a", "b"), ("a", "c"))',
        ),
    ],
)
def test_a_cross_is_of_two_different_categories_and_stands_once(cross: Any, line: str):
    assert refusal(crosses=(*CROSSES, cross)) == line


@pytest.mark.parametrize("name", LOWEST)
def test_a_number_of_the_vocabulary_that_cannot_work_is_refused(name: str):
    for value in (LOWEST[name], HIGHEST[name]):
        check(COLUMNS, CROSSES, {**NUMBERS, name: value})
    for value in (LOWEST[name] - 1, -1, HIGHEST[name] + 1, True, 2.5, "7", None):
        assert refusal(numbers={**NUMBERS, name: value}) == (
            f"{name} is {value!r}; expected a whole number from {LOWEST[name]} to {HIGHEST[name]:,}"
        )


def test_a_long_name_is_cut():
    assert len(refusal(with_column("x" * 10_000, "string", "words"))) < 300
