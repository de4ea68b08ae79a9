"""Fixtures that several components start from: a few days of flights, ingested by our ExampleGen."""

import datetime as dt
from pathlib import Path

import pytest

from pipeline.config import schema
from tests.components.ingestion import generate, refs_of, schema_of


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory):
    """(examples, schema) of six days of flights: four to train, two to evaluate."""
    # A fork that has deleted the sample sees these tests skipped.
    flights = pytest.importorskip("sample.flights")
    folder = tmp_path_factory.mktemp("ingested")
    flights.write_days(folder / "data", dt.date(2013, 1, 1), dt.date(2013, 1, 6))
    artifact = schema_of(folder / "schema", schema.read().decode())
    days = sorted((folder / "data").glob("*.csv"))
    return ingest_days(days[:4], days[4:], artifact, folder), artifact


def ingest_days(train: list[Path], evaluate: list[Path], schema, folder: Path):
    """Returns Examples of CSV files by ExampleGen, with its span store in `folder`."""
    spans = refs_of([*train, *evaluate])
    into = folder / f"examples-{len(list(folder.iterdir()))}"
    return generate(
        into, spans[: len(train)], spans[len(train) :], schema=schema, store=str(folder / "store")
    )
