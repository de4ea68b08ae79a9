"""Checks on the values of a batch of rows that every reader's batches pass, and those of `predict`."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import pyarrow as pa
from pyarrow import compute

from components.example_gen.errors import SpanDataError
from serving.values import (
    EXACT_BELOW,
    MISSING_INT,
    Kind,
    day_refusal,
    describe,
    quoted,
    refusal,
    timestamp_refusal,
)

Where = Callable[[int], str]  # from the number of a row in the batch to the file and the place in it
_CLASSES_SHOWN = 10
_EXACT_BELOW = {16: 10**3, 32: 10**7, 64: EXACT_BELOW}  # whole numbers that floats of so many bits hold
_YEAR = r"(\d{3}[1-9]|\d{2}[1-9]\d|\d[1-9]\d{2}|[1-9]\d{3})"  # no calendar has a year 0
_ISO_DATE = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"


def kind_of(required: pa.DataType) -> Kind:
    """Returns the kind of a column's values, by which they are described."""
    if pa.types.is_integer(required):
        return "int"
    if pa.types.is_floating(required):
        return "float"
    return "bool" if pa.types.is_boolean(required) else "text"


def describe_type(required: pa.DataType) -> str:
    """Returns what a value of a type is called."""
    return describe(kind_of(required))


def check_values(
    batch: pa.RecordBatch, days: Collection[str], where: Where, timestamps: Collection[str] = ()
) -> None:
    """Accepts rows whose numbers are finite and whose days are days.

    Raises:
      SpanDataError: `nan` or `inf`, which would spoil every mean of the column; the whole number that stands
        for a missing one; a NUL byte; in a column of `days`, what is no day of the calendar; in one of
        `timestamps`, what is not such a day with a time.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_floating(column.type):
            _check_finite(column, name, where)
        elif column.type == pa.int64():
            _check_reserved(column, name, where)
        elif column.type == pa.string():
            _check_nul(column, name, where)
        if name in days:
            _check_days(column, name, where, _ISO_DATE, day_refusal)
        if name in timestamps:
            _check_days(column, name, where, _ISO_DATE + _TIME, timestamp_refusal)


def check_filled(
    batch: pa.RecordBatch, required: Collection[str], where: Where, but: pa.BooleanArray | None = None
) -> None:
    """Accepts rows that have a value in every required column.

    Args:
      batch: of rows.
      required: names of columns.
      where: place of a row.
      but: rows that need none.

    Raises:
      SpanDataError: a cell is empty.
    """
    for name in required:
        column = batch.column(batch.schema.get_field_index(name))
        empty = column.is_null()
        if column.type == pa.string():  # as a CSV, which cannot tell it from a null
            empty = compute.or_(empty, compute.fill_null(compute.equal(column, ""), False))
        if compute.any(empty).as_py():
            empty = empty if but is None else compute.and_(empty, compute.invert(but))
            row = compute.index(empty, True).as_py()
            if row >= 0:
                raise SpanDataError(
                    f"{where(row)}, column {name!r}: the cell is empty, and every row needs a value; fill it "
                    "in, or make the column optional in trainer/columns.yaml"
                )


def known_labels(label: pa.Array) -> pa.Array:
    """Returns labels, null where a text is empty: a CSV cannot tell the two apart, and no class is empty."""
    if label.type != pa.string():
        return label
    return compute.if_else(compute.equal(label, ""), pa.scalar(None, label.type), label)


def check_classes(label: pa.Array, name: str, classes: Collection[int | str], where: Where) -> None:
    """Accepts labels that are null or one of the classes; any, if there are none.

    Raises:
      SpanDataError: another class. The row is not left out: the model would never hear of the class.
    """
    if not classes:
        return
    known = compute.is_in(label, value_set=pa.array(list(classes), label.type), skip_nulls=True)
    row = compute.index(compute.or_(known, label.is_null()), False).as_py()
    if row >= 0:
        raise SpanDataError(
            f"{where(row)}, column {name!r}: {quoted(label[row].as_py())} is none of the label's classes "
            f"{_listed(classes)}; correct it, or add it to `values` of {name!r} in trainer/columns.yaml"
        )


def _listed(classes: Collection[int | str]) -> str:
    first = [str(each) for each in classes][:_CLASSES_SHOWN]
    return ", ".join(first) + (", …" if len(classes) > len(first) else "")


def whole_numbers(column: pa.Array, name: str, where: Where) -> pa.Array:
    """Returns floats as int64; null stays null.

    Raises:
      SpanDataError: one has a fraction, is not finite, or is so large that it may have lost digits.
    """
    limit = _EXACT_BELOW[column.type.bit_width]
    exact = compute.and_(
        compute.less(compute.abs(column), pa.scalar(limit, column.type)),
        compute.equal(compute.floor(column), column),
    )
    row = compute.index(compute.fill_null(exact, True), False).as_py()
    if row >= 0:
        raise SpanDataError(f"{where(row)}, column {name!r}: {refusal('int', column[row].as_py())}")
    return column.cast(pa.int64())


def _check_finite(column: pa.Array, name: str, where: Where) -> None:
    if math.isfinite(compute.sum(column).as_py() or 0):
        return
    row = compute.index(compute.fill_null(compute.is_finite(column), True), False).as_py()
    if row >= 0:  # a sum of finite numbers can be infinite
        raise SpanDataError(f"{where(row)}, column {name!r}: {refusal('float', column[row].as_py())}")


def _check_reserved(column: pa.Array, name: str, where: Where) -> None:
    row = compute.index(column, MISSING_INT).as_py()
    if row >= 0:
        raise SpanDataError(
            f"{where(row)}, column {name!r}: '{MISSING_INT}' stands for a missing number; leave it empty if "
            "nothing is known"
        )


def _check_nul(column: pa.Array, name: str, where: Where) -> None:
    row = compute.index(compute.fill_null(compute.match_substring(column, "\0"), False), True).as_py()
    if row >= 0:
        raise SpanDataError(f"{where(row)}, column {name!r}: the cell has a NUL byte")


def _check_days(
    column: pa.Array, name: str, where: Where, form: str, refused: Callable[[object], str]
) -> None:
    """Accepts texts of a form that begins with a day of the calendar."""
    shaped = compute.match_substring_regex(column, f"^{form}$")
    date = compute.utf8_slice_codeunits(compute.if_else(shaped, column, None), 0, 10)
    days = compute.strptime(date, format="%Y-%m-%d", unit="s", error_is_null=True)
    # strptime takes February 31 for March 3; what it wrote back would differ.
    same = compute.equal(compute.strftime(days, format="%Y-%m-%d"), date)
    valid = compute.or_kleene(compute.is_null(column), compute.fill_null(same, False))
    row = compute.index(valid, False).as_py()
    if row >= 0:
        raise SpanDataError(f"{where(row)}, column {name!r}: {refused(column[row].as_py())}")
