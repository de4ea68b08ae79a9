"""ExampleGen on files, as a stage of a run calls it; for every test that starts from ingested spans."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from components.spans import span_ref
from components.spans.span_ref import SpanRef


def ref_of(path: Path, number: int = 0) -> SpanRef:
    """Returns a file as a launch names it."""
    return SpanRef(number, str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def refs_of(paths: Iterable[Path]) -> list[SpanRef]:
    """Returns files, numbered from 0, as a launch names them."""
    return [ref_of(path, number) for number, path in enumerate(paths)]


def schema_of(folder: Path, content: str):
    """Returns a Schema artifact in a new folder."""
    from tfx.types import standard_artifacts

    schema = standard_artifacts.Schema()
    schema.uri = str(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.pbtxt").write_text(content)
    return schema


def by_hash(fraction: float, *columns: str, spread_copies: bool = False) -> str:
    """Returns the split of a share of rows by a hash of columns; by time for a share of 0."""
    from components.example_gen.hash_split import HashSplit

    split = HashSplit(fraction, tuple((name, "string") for name in columns), spread_copies)
    return split.as_json() if fraction else ""


def generate(into: Path, train: Sequence[SpanRef], evaluate: Sequence[SpanRef], **parameters: object):
    """Runs ExampleGen and returns its Examples artifact.

    Args:
      into: folder of the artifact.
      parameters: `schema` and `store` at least; the others default to the sample's.
    """
    from tfx.types import standard_artifacts

    from components.example_gen.component import ExampleGen

    examples = standard_artifacts.Examples()
    examples.uri = str(into)
    defaults = {
        "data_format": "csv",
        "split": "",
        "strict_columns": 0,
        "label": "late",
        "classes": "[0, 1]",
        "days": '["flight_date"]',
        "timestamps": "[]",
        "code_fingerprint": "code",
        "train_spans": span_ref.to_json(train),
        "eval_spans": span_ref.to_json(evaluate),
    }
    ExampleGen.test_call(examples=examples, **{**defaults, **parameters})
    return examples
