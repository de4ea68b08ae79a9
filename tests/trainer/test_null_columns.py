"""A column that is null throughout the window is transformed and trained on like any other."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.trainer import in_memory
from tests.trainer.random_inputs import BINARY
from tests.trainer.random_rows import HYPERPARAMETERS, random_table
from trainer.features import COLUMNS
from trainer.training.rows import rows_of
from trainer.training.train import train

ROWS = 2_000


def test_columns_without_any_value_are_transformed_and_trained_on(tmp_path: Path):
    """Categories and numbers; all of them, so that none lends the others a value."""
    table = random_table(ROWS, seed=2)
    optional = {
        column.name: column.kind
        for column in COLUMNS
        if not column.required and column.kind in ("category", "number")
    }
    assert {*optional.values()} == {"category", "number"}
    for name in optional:
        position = table.schema.get_field_index(name)
        table = table.set_column(position, name, pa.nulls(ROWS, table.schema.field(name).type))

    transform = in_memory.analyze(table, str(tmp_path / "graph"))
    rows = rows_of(in_memory.transform(table, transform))

    assert len(rows) == ROWS
    assert all(np.isfinite(values).all() for values in rows.features.values())
    model, report = train(rows, BINARY, HYPERPARAMETERS, tmp_path)
    assert np.isfinite(report.validation_loss)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
