"""Our ExampleGen writes what TFX's CsvExampleGen writes, less the rows without a label."""

from pathlib import Path

import pytest

from pipeline.config import schema as derived
from tests.components.ingestion import generate, refs_of, schema_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_examples_equal_those_of_csv_example_gen(tmp_path: Path):
    import datetime as dt

    from sample.flights import write_days

    write_days(tmp_path / "data", dt.date(2013, 1, 1), dt.date(2013, 1, 2))
    stock = [row for row in _stock(tmp_path / "data", tmp_path / "stock") if "late" in row]
    ours = [*_ours(tmp_path / "data", tmp_path / "ours")]
    assert len(ours) > 1500
    assert _sorted(ours) == _sorted(stock)


def _ours(data: Path, root: Path):
    from components.spans.examples import records

    schema = schema_of(root / "schema", derived.read().decode())
    first, second = refs_of(sorted(data.glob("*.csv")))
    examples = generate(root / "examples", [first], [second], schema=schema, store=str(root / "store"))
    for split in ("train", "eval"):
        yield from map(_row, records(examples, split))


def _stock(data: Path, root: Path):
    import tensorflow as tf
    from tfx.components.example_gen.csv_example_gen.component import CsvExampleGen
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner
    from tfx.orchestration.metadata import sqlite_metadata_connection_config
    from tfx.orchestration.pipeline import Pipeline

    LocalDagRunner().run(
        Pipeline(
            pipeline_name="stock",
            pipeline_root=str(root),
            metadata_connection_config=sqlite_metadata_connection_config(str(root / "metadata.sqlite")),
            components=[CsvExampleGen(input_base=str(data))],
        )
    )
    files = [str(path) for path in root.glob("CsvExampleGen/examples/*/Split-*/*")]
    for record in tf.data.TFRecordDataset(files, compression_type="GZIP"):
        yield _row(record.numpy())


def _row(serialized: bytes) -> dict[str, object]:
    import tensorflow as tf

    features = tf.train.Example.FromString(serialized).features.feature
    values = {
        name: getattr(value, value.WhichOneof("kind") or "int64_list").value
        for name, value in features.items()
    }
    return {name: value[0] for name, value in values.items() if value}


def _sorted(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: sorted((name, str(value)) for name, value in row.items()))
