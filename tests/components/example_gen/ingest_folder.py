"""Ingests a folder's data by ExampleGen, as a stage of a run does; a program, so that a test can kill it.

    python -m tests.components.example_gen.ingest_folder FOLDER NAME

FOLDER/data has one CSV a day, the last of which is for evaluation; the store is FOLDER/store, the examples
are FOLDER/NAME.
"""

import hashlib
import json
import sys
from pathlib import Path

from components.workers import default_max_workers, worker_pool

SCHEMA = """
feature { name: "day" type: BYTES }
feature { name: "late" type: INT }
feature { name: "temp" type: FLOAT }
feature { name: "carrier" type: BYTES }
"""
HEADER = "day,late,temp,carrier\n"


def spans_of(data: Path) -> list[dict[str, object]]:
    """The spans as the graph hands them to ExampleGen."""
    return [
        {
            "span": number,
            "path": str(path),
            "fingerprint": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for number, path in enumerate(sorted(data.iterdir()))
    ]


def ingest(folder: Path, name: str, **parameters: object):
    """Runs the component and returns its Examples artifact."""
    from tfx.types import standard_artifacts

    from components.example_gen.component import ExampleGen

    schema, examples = standard_artifacts.Schema(), standard_artifacts.Examples()
    schema.uri, examples.uri = str(folder / "schema"), str(folder / name)
    Path(schema.uri).mkdir(exist_ok=True)
    Path(schema.uri, "schema.pbtxt").write_text(SCHEMA)
    spans = spans_of(folder / "data")
    values = {
        "train_spans": json.dumps(spans[:-1]),
        "eval_spans": json.dumps(spans[-1:]),
        "data_format": "csv",
        "random_eval_fraction": 0.0,
        "store": str(folder / "store"),
        "label": "late",
        "date": "day",
        "code_fingerprint": "code",
    }
    ExampleGen.test_call(schema=schema, examples=examples, **{**values, **parameters})
    return examples


if __name__ == "__main__":
    with worker_pool(default_max_workers()):
        ingest(Path(sys.argv[1]), sys.argv[2])
