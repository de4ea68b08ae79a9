"""A batch of raw data as the columns of spans, every cell checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import pyarrow as pa
from pyarrow import compute

from pipeline.data.convert.cells import CellError, convert
from pipeline.data.rules.import_rules import ColumnRule, ImportRules
from pipeline.data.side_by_side import side_by_side
from pipeline.errors import DataError
from serving.values import quoted

RULES, COLUMNS = "pipeline/configs/import.yaml", "trainer/columns.yaml"
_SHOWN = 12


@dataclasses.dataclass(frozen=True)
class Expected:
    """What trainer/columns.yaml says of the columns.

    Attributes:
      label: name of the label's column; a row without a label needs no other value either.
      required: names of other columns whose cells may not be empty.
      values: name to the only values that a column may have.
    """

    label: str | None = None
    required: frozenset[str] = frozenset()
    values: Mapping[str, tuple[object, ...]] = dataclasses.field(default_factory=dict)


def checked_columns(
    batch: pa.RecordBatch, rules: ImportRules, expected: Expected, place: Callable[[int], str]
) -> dict[str, pa.Array]:
    """Returns name to values, in the order of the rules.

    Args:
      batch: of raw data.
      rules: how to read it.
      expected: of the values.
      place: where a person finds a row of the batch.

    Raises:
      DataError: a cell that its rule does not read, a value that a column may not have, an empty cell where
        a value is needed.
    """
    converted = side_by_side(lambda rule: _converted(batch, rule, place), rules.columns)
    columns = {rule.name: values for rule, values in zip(rules.columns, converted, strict=True)}
    for rule in rules.columns:
        if rule.name in expected.values:
            _check_known(columns[rule.name], rule, expected.values[rule.name], place)
    _check_filled(columns, rules, expected, place)
    return columns


def _converted(batch: pa.RecordBatch, rule: ColumnRule, place: Callable[[int], str]) -> pa.Array:
    cells = batch.column(batch.schema.get_field_index(rule.source))
    try:
        return convert(cells, rule)
    except CellError as error:
        raise DataError(
            f"{place(error.row)}, column {quoted(rule.source)}: {quoted(error.value)} is not {error.expected}"
            f"; correct it, or change the line of {rule.name} in {RULES}"
        ) from error


def _check_known(
    column: pa.Array, rule: ColumnRule, values: tuple[object, ...], place: Callable[[int], str]
) -> None:
    known = compute.or_(
        compute.is_null(column), compute.is_in(column, value_set=pa.array(values, column.type))
    )
    row = compute.index(known, False).as_py()
    if row >= 0:
        listed = ", ".join(map(str, values[:_SHOWN])) + (" …" if len(values) > _SHOWN else "")
        raise DataError(
            f"{place(row)}, column {quoted(rule.source)}: {quoted(column[row].as_py())} is none of {listed}; "
            f"correct it, or add it to `values` of {rule.name} in {COLUMNS}"
        )


def _check_filled(
    columns: Mapping[str, pa.Array], rules: ImportRules, expected: Expected, place: Callable[[int], str]
) -> None:
    but = columns[expected.label].is_null() if expected.label is not None else None
    for rule in rules.columns:
        column = columns[rule.name]
        if not column.null_count or rule.name not in {*expected.required, rules.date}:
            continue
        empty = column.is_null()
        if but is not None and rule.name != rules.date:
            empty = compute.and_(empty, compute.invert(but))
        row = compute.index(empty, True).as_py()
        if row >= 0:
            raise DataError(
                f"{place(row)}, column {quoted(rule.source)}: the cell says nothing, and every row needs a "
                f"value; fill it in{_way_out(rule, rules)}"
            )


def _way_out(rule: ColumnRule, rules: ImportRules) -> str:
    return (
        ""
        if rule.name == rules.date
        else f", or set `required: false` in the line of {rule.name} in {COLUMNS}"
    )
