"""A category that is null throughout the window is transformed and trained on like any other."""

from pathlib import Path

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam

from tests.trainer.random_rows import HYPERPARAMETERS, Transformed, random_table
from trainer import in_memory
from trainer.features import COLUMNS
from trainer.preprocessing import preprocessing_fn
from trainer.training import train

ROWS = 2_000


def test_categories_without_any_value_are_transformed_and_trained_on(tmp_path: Path):
    table = random_table(ROWS, seed=2)
    optional = [column for column in COLUMNS if not column.required and column.kind == "category"]
    assert optional
    for name in (column.name for column in optional):
        position = table.schema.get_field_index(name)
        table = table.set_column(position, name, pa.nulls(ROWS, table.schema.field(name).type))

    with (
        in_memory.source(table) as (batches, config),
        tft_beam.Context(temp_dir=str(tmp_path / "temporary")),
        beam.Pipeline() as pipeline,
    ):
        made, graph = (pipeline | batches, config) | tft_beam.AnalyzeAndTransformDataset(
            preprocessing_fn, output_record_batches=True
        )
        _ = graph | tft_beam.WriteTransformFn(str(tmp_path / "graph"))
        encoded = made | tft_beam.EncodeTransformedDataset()
        _ = encoded | beam.io.WriteToTFRecord(str(tmp_path / "train"), file_name_suffix=".gz", num_shards=1)
    rows = Transformed(tft.TFTransformOutput(str(tmp_path / "graph")), str(tmp_path / "train*.gz")).rows()

    assert len(rows) == ROWS
    assert all(np.isfinite(values).all() for values in rows.features.values())
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    model, history = train(rows, HYPERPARAMETERS, run_dir)
    assert np.isfinite(history["validation_loss"])
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
