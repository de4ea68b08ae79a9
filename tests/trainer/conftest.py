"""The chain that the tests of this folder share: rows, transformed, trained, exported, loaded.

Each link imports what it needs: tests of plain rules do not pay for TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pyarrow as pa

    from tests.trainer.random_rows import Servable, Trained, Transformed


@pytest.fixture(scope="session")
def table() -> pa.Table:
    """Raw rows, nulls as nulls, in one batch so that Beam keeps their order."""
    from tests.trainer.random_rows import ROWS, random_table

    return random_table(ROWS, seed=1)


@pytest.fixture(scope="session")
def transformed(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Transformed:
    """The rows analysed and transformed by Beam, encoded and written as Transform does."""
    import apache_beam as beam
    import tensorflow_transform as tft
    import tensorflow_transform.beam as tft_beam

    from tests.trainer import in_memory
    from tests.trainer.random_rows import Transformed
    from trainer.preprocessing import preprocessing_fn

    folder = tmp_path_factory.mktemp("transform")
    with (
        in_memory.source(table) as (batches, config),
        tft_beam.Context(temp_dir=str(folder / "temporary")),
        beam.Pipeline() as pipeline,
    ):
        made, graph = (pipeline | batches, config) | tft_beam.AnalyzeAndTransformDataset(
            preprocessing_fn, output_record_batches=True
        )
        _ = graph | tft_beam.WriteTransformFn(str(folder / "graph"))
        encoded = made | tft_beam.EncodeTransformedDataset()
        _ = encoded | beam.io.WriteToTFRecord(str(folder / "train"), file_name_suffix=".gz", num_shards=1)
    return Transformed(tft.TFTransformOutput(str(folder / "graph")), str(folder / "train*.gz"))


@pytest.fixture(scope="session")
def trained(transformed: Transformed, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model trained for an epoch or two on the rows."""
    from tests.trainer.random_rows import HYPERPARAMETERS, Trained
    from trainer import features
    from trainer.heads import head_of
    from trainer.training.train import train

    run_dir = tmp_path_factory.mktemp("run")
    rows = transformed.rows()
    head = head_of(features.TASK, rows.label)
    model, report = train(rows, head, HYPERPARAMETERS, run_dir)
    return Trained(model, head, report, run_dir)


@pytest.fixture(scope="session")
def servable(
    trained: Trained, transformed: Transformed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servable]:
    """The exported model, loaded as TensorFlow Serving does."""
    import tensorflow as tf

    from tests.trainer.random_rows import Servable
    from trainer.training.export import export

    folder = tmp_path_factory.mktemp("exported") / "1"
    export(trained.model, trained.head, transformed.output, str(folder))
    graph = tf.Graph()
    session = tf.compat.v1.Session(
        graph=graph
    )  # not by `with`, which would make its graph everybody's default
    with graph.as_default():
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
    yield Servable(session, dict(loaded.signature_def))
    session.close()
