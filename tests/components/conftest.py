"""What several components start from: a few days of flights, ingested by our ExampleGen."""

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import pytest

SCHEMA = Path(__file__).parents[2] / "trainer" / "schema.pbtxt"


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory):
    """(examples, schema) of six days of flights: four to train, two to evaluate."""
    from tfx.types import standard_artifacts

    # A fork that has deleted the sample sees these tests skipped.
    flights = pytest.importorskip("sample.flights")
    folder = tmp_path_factory.mktemp("ingested")
    flights.write_days(folder / "data", dt.date(2013, 1, 1), dt.date(2013, 1, 6))
    schema = standard_artifacts.Schema()
    schema.uri = str(folder / "schema")
    Path(schema.uri).mkdir()
    shutil.copy(SCHEMA, schema.uri)
    days = sorted((folder / "data").glob("*.csv"))
    return ingest_days(days[:4], days[4:], schema, folder), schema


def ingest_days(train: list[Path], evaluate: list[Path], schema, folder: Path):
    """Examples of CSV files by ExampleGen, with its span store in `folder`."""
    from tfx.types import standard_artifacts

    from components.example_gen.component import ExampleGen

    examples = standard_artifacts.Examples()
    examples.uri = str(folder / f"examples-{len(list(folder.iterdir()))}")
    train_spans, eval_spans = (
        [
            {"span": n, "path": str(path), "fingerprint": hashlib.sha256(path.read_bytes()).hexdigest()}
            for n, path in enumerate(paths, start=first)
        ]
        for first, paths in ((0, train), (len(train), evaluate))
    )
    ExampleGen.test_call(
        schema=schema,
        examples=examples,
        train_spans=json.dumps(train_spans),
        eval_spans=json.dumps(eval_spans),
        data_format="csv",
        random_eval_fraction=0.0,
        store=str(folder / "store"),
        label="late",
        date="flight_date",
        code_fingerprint="",
    )
    return examples
