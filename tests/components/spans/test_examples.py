"""What an Examples artifact says of the spans it was made of."""

from pathlib import Path

import pytest
from tfx.types import standard_artifacts

from components.spans.examples import SpanPart, spans, write_spans


@pytest.fixture
def examples(tmp_path: Path) -> standard_artifacts.Examples:
    artifact = standard_artifacts.Examples()
    artifact.uri = str(tmp_path)
    return artifact


def part(folder: Path, name: str) -> SpanPart:
    columns = folder / f"{name}.arrow"
    columns.write_bytes(b"")
    return SpanPart(0, str(folder), name, str(columns))


def test_spans_are_read_as_they_were_noted(examples: standard_artifacts.Examples, tmp_path: Path):
    noted = {"train": [part(tmp_path, "a"), part(tmp_path, "b")], "eval": [part(tmp_path, "c")]}
    write_spans(examples, noted)
    assert spans(examples) == noted


def test_examples_of_another_origin_have_no_spans(examples: standard_artifacts.Examples):
    assert spans(examples) is None


def test_when_a_span_was_swept_the_records_are_read_instead(
    examples: standard_artifacts.Examples, tmp_path: Path
):
    write_spans(examples, {"train": [part(tmp_path, "a")], "eval": [part(tmp_path, "b")]})
    (tmp_path / "b.arrow").unlink()
    assert spans(examples) is None
