"""The columns as the gate on data is told of them."""

from __future__ import annotations

from components.data_gate.columns import GateColumns
from trainer.column import ColumnTable


def gate_columns(table: ColumnTable) -> GateColumns:
    """Returns the columns of the data as the gate sees them."""
    key = next((column.name for column in table.columns if column.role == "key"), "")
    return GateColumns(
        kinds={column.name: column.kind for column in table.columns},
        label=table.label.name,
        date=table.date.name if table.date else "",
        key=key,
        crosses=table.crosses,
    )
