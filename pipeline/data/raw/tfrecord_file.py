"""A TFRecord file of tf.Examples, as text; features of several types or values are shown as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.errors import DataError

_ROWS = 8_192


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yields all rows; a feature that is absent or empty is null; one that no record has is no column.

    Raises:
      DataError: damaged records, or no tf.Examples.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    compression = "GZIP" if path.name.endswith(".gz") else ""
    try:
        for records in tf.data.TFRecordDataset(str(path), compression_type=compression).batch(_ROWS):
            yield _as_text([tf.train.Example.FromString(record) for record in records.numpy()])
    except (tf.errors.OpError, DecodeError) as error:
        raise DataError(f"{path.name}: damaged, or no tf.Examples; write the file again") from error


def _as_text(examples: list) -> pa.RecordBatch:
    columns: dict[str, list[str | None]] = {}
    for row, example in enumerate(examples):
        for name, feature in example.features.feature.items():
            cells = columns.setdefault(name, [None] * len(examples))
            kind = feature.WhichOneof("kind")
            values = getattr(feature, kind).value if kind else ()
            cells[row] = ", ".join(map(_text, values)) or None
    return pa.RecordBatch.from_arrays(
        [pa.array(cells, pa.string()) for cells in columns.values()], [*columns]
    )


def _text(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
