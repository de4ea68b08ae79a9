"""What a row may hold, whatever reader it comes from."""

import pyarrow as pa
import pytest

from components.example_gen.errors import SpanDataError
from components.example_gen.values import check_filled, check_values


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
