"""What a row may hold, whatever reader it comes from."""

import pyarrow as pa
import pytest

from components.example_gen.errors import SpanDataError
from components.example_gen.values import check_classes, check_filled, check_values, known_labels


def batch(**columns: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def where(row: int) -> str:
    return f"row {row}"


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2, None]),
        pa.array(["a", "b", None]),
        pa.array(["a", "b", ""]),
        pa.array([1.0, 2.0, None]),
    ],
    ids=["number", "null", "empty text", "decimal"],
)
def test_a_required_cell_that_is_empty_is_named_with_the_way_out(column: pa.Array):
    """An empty text, too: a CSV cannot tell it from a null, and it stands for a missing one in a request."""
    with pytest.raises(SpanDataError) as refused:
        check_filled(batch(shop=column, other=pa.nulls(3)), ["shop"], where)
    assert str(refused.value) == (
        "row 2, column 'shop': the cell is empty, and every row needs a value; fill it in, or make the "
        "column optional in trainer/columns.yaml"
    )


def test_a_row_that_is_counted_out_needs_no_value():
    rows = batch(shop=pa.array(["a", None, "c"]))
    check_filled(rows, ["shop"], where, but=pa.array([False, True, False]))
    check_filled(rows, [], where)
    with pytest.raises(SpanDataError, match=r"^row 1, column 'shop'"):
        check_filled(rows, ["shop"], where, but=pa.array([True, False, True]))


def test_a_nul_byte_is_refused_in_every_format():
    check_values(batch(shop=pa.array(["a", None, ""])), (), where)
    with pytest.raises(SpanDataError) as refused:
        check_values(batch(shop=pa.array(["a", None, "b\0"])), (), where)
    assert str(refused.value) == "row 2, column 'shop': the cell has a NUL byte"


def test_a_label_that_is_none_of_the_classes_is_refused_and_not_left_out():
    for label, classes, shown in (
        (pa.array([1, None, 0, 7, 8]), (0, 1), "'7' is none of the label's classes 0, 1"),
        (pa.array(["a", None, "b", "B"]), ("a", "b"), "'B' is none of the label's classes a, b"),
        (pa.array(["a", "a", "a", ""]), ("a", "b"), "'' is none of the label's classes a, b"),
        (
            pa.array([0, 1, 2, 99]),
            tuple(range(11)),
            "'99' is none of the label's classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …",
        ),
    ):
        with pytest.raises(SpanDataError) as refused:
            check_classes(label, "late", classes, where)
        assert str(refused.value) == (
            f"row 3, column 'late': {shown}; correct it, or add it to `values` of 'late' in "
            "trainer/columns.yaml"
        )
    check_classes(pa.array([1, None, 0]), "late", (0, 1), where)
    check_classes(pa.array([1.5, None]), "delay", (), where)


def test_an_empty_text_is_a_label_that_is_missing():
    """In a CSV it is null from the start, in Parquet not."""
    assert known_labels(pa.array(["a", "", None])).to_pylist() == ["a", None, None]
    assert known_labels(pa.array([0, None])).to_pylist() == [0, None]
