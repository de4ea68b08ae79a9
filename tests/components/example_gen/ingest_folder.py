"""Ingests a folder's data by ExampleGen, as a stage of a run does; a program, so that a test can kill it.

    python -m tests.components.example_gen.ingest_folder FOLDER NAME

FOLDER/data has one CSV a day, the last of which is for evaluation; the store is FOLDER/store, the examples
are FOLDER/NAME.
"""

import sys
from pathlib import Path

from components.spans.span_ref import SpanRef
from components.workers import default_max_workers, worker_pool
from tests.components.ingestion import generate, refs_of, schema_of

SCHEMA = """
feature { name: "day" type: BYTES }
feature { name: "late" type: INT }
feature { name: "temp" type: FLOAT }
feature { name: "carrier" type: BYTES }
"""
HEADER = "day,late,temp,carrier\n"


def spans_of(data: Path) -> list[SpanRef]:
    """Returns the files of a folder, in order, as a launch names them."""
    return refs_of(sorted(data.iterdir()))


def ingest(folder: Path, name: str, **parameters: object):
    """Runs the component and returns its Examples artifact."""
    spans = spans_of(folder / "data")
    defaults = {
        "schema": schema_of(folder / "schema", SCHEMA),
        "store": str(folder / "store"),
        "days": '["day"]',
    }
    return generate(folder / name, spans[:-1], spans[-1:], **{**defaults, **parameters})


if __name__ == "__main__":
    with worker_pool(default_max_workers()):
        ingest(Path(sys.argv[1]), sys.argv[2])
