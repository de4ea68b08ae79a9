"""What ExampleGen writes is sharded by size: small days share a shard, a large day fills several."""

import csv
import secrets
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.example_gen import component
from components.spans import writer as span_writer
from components.spans.examples import files, records
from components.spans.span_ref import SpanRef
from tests.components.ingestion import generate, ref_of, schema_of

LIMIT = 6_000
SCHEMA = """
feature { name: "day" type: BYTES }
feature { name: "late" type: INT }
feature { name: "note" type: BYTES }
"""


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(span_writer, "PART_BYTES", LIMIT)
    monkeypatch.setattr(component, "PART_BYTES", LIMIT)


def ingest(folder: Path, rows_of_days: list[int]) -> standard_artifacts.Examples:
    """Examples of days with so many rows of 100 bytes that do not compress."""
    spans = [_write(folder / f"{number}.csv", number, rows) for number, rows in enumerate(rows_of_days)]
    schema = schema_of(folder / "schema", SCHEMA)
    return generate(
        folder / "examples",
        spans[:-1],
        spans[-1:],
        schema=schema,
        store=str(folder / "store"),
        days='["day"]',
    )


def _write(path: Path, number: int, rows: int) -> SpanRef:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["day", "late", "note"])
        writer.writerows(["2013-01-01", row % 2, secrets.token_urlsafe(60)] for row in range(rows))
    return ref_of(path, number)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def sizes(examples: standard_artifacts.Examples) -> list[int]:
    return [Path(path).stat().st_size for path in files(examples, "train")]


def test_days_of_a_few_rows_share_a_shard(tmp_path: Path):
    examples = ingest(tmp_path, [2] * 40 + [1])
    assert len(list(records(examples, "train"))) == 80
    assert 2 <= len(sizes(examples)) <= 4
    assert max(sizes(examples)) <= LIMIT
    assert min(sizes(examples)[:-1]) > LIMIT / 2


def test_a_day_above_the_bound_is_split_and_its_rows_stay_in_order(tmp_path: Path):
    examples = ingest(tmp_path, [2, 300, 2, 1])
    assert len(sizes(examples)) >= 300 * 60 / LIMIT
    assert max(sizes(examples)) <= LIMIT
    notes = [
        tf.train.Example.FromString(record).features.feature["note"].bytes_list.value[0].decode()
        for record in records(examples, "train")
    ]
    rows = [row["note"] for day in range(3) for row in csv.DictReader(_lines(tmp_path / f"{day}.csv"))]
    assert notes == rows
