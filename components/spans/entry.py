"""Entry: one ingested span, the list of its files, and reading them back."""

from __future__ import annotations

import dataclasses
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import tensorflow as tf

ENTRY_FILE = "entry.json"
COLUMNS_SUFFIX = ".arrow"
BATCH_ROWS = 8_192  # of a record batch, wherever rows are encoded, stored or read back


@dataclasses.dataclass(frozen=True)
class RecordFile:
    """A file of records or of columns.

    Attributes:
      name: inside the entry.
      size: in bytes, compressed.
      checksum: CRC-32 of those bytes.
      rows: how many records it holds.
    """

    name: str
    size: int
    checksum: int
    rows: int


@dataclasses.dataclass(frozen=True)
class Entry:
    """One ingested span.

    Attributes:
      folder: where it is.
      parts: name to files of records, such as `all`, or `train` and `eval`.
      columns: name of a part to the file of its rows as record batches of one-element lists.
      rows_read: rows of the source.
      refused: reason to rows that were left out.
      decimals: how many values of whole-number columns were written with a decimal point, as in 12.0.
      extra_columns: columns of the source that were not read, as nothing takes them.
    """

    folder: str
    parts: Mapping[str, tuple[RecordFile, ...]]
    columns: Mapping[str, RecordFile]
    rows_read: int
    refused: Mapping[str, int]
    decimals: int = 0
    extra_columns: tuple[str, ...] = ()

    def rows(self, part: str) -> int:
        """Returns how many records a part holds."""
        return sum(file.rows for file in self.parts[part])

    def paths(self, part: str) -> list[str]:
        """Returns the paths of a part's files of records."""
        return [os.path.join(self.folder, file.name) for file in self.parts[part]]

    @property
    def files(self) -> list[RecordFile]:
        """Every file of the entry."""
        return [*(file for files in self.parts.values() for file in files), *self.columns.values()]


def save(entry: Entry, writer_id: str) -> None:
    """Writes the list of an entry's files in one step; without it the files are no entry.

    Args:
      entry: whose files are all written.
      writer_id: unique to the writer.
    """
    staged = os.path.join(entry.folder, f"{ENTRY_FILE}.{writer_id}")
    with tf.io.gfile.GFile(staged, "w") as file:
        file.write(json.dumps(_as_values(entry), sort_keys=True))
    tf.io.gfile.rename(staged, os.path.join(entry.folder, ENTRY_FILE), overwrite=True)


def find_in(folder: str) -> Entry | None:
    """Returns the entry in a folder; None when it is missing or unfinished, or a file has another size.

    Only `is_intact` sees bits that flipped.
    """
    path = os.path.join(folder, ENTRY_FILE)
    try:
        with tf.io.gfile.GFile(path, "r") as file:
            entry = _from_values(folder, json.loads(file.read()))
        complete = all(
            tf.io.gfile.stat(os.path.join(folder, file.name)).length == file.size for file in entry.files
        )
    except (tf.errors.NotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if complete and "://" not in folder:
        os.utime(path)  # marks the entry as used; see `components.spans.store.sweep`
    return entry if complete else None


def is_intact(entry: Entry) -> bool:
    """Returns whether every file still has the bytes that were written."""
    return all(
        measure(os.path.join(entry.folder, file.name)) == (file.size, file.checksum) for file in entry.files
    )


def read_columns(path: str) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a part as record batches: lists of one value, null where there is none."""
    with tf.io.gfile.GFile(path, "rb") as file:
        content = file.read() if "://" in path else None
    source = pa.BufferReader(content) if content is not None else pa.memory_map(path)
    if source.size():
        with pa.ipc.open_stream(source) as stream:
            yield from stream


def copy_records(files: Iterable[str], into: str) -> None:
    """Writes GZIP files of records one after the other into one: a gzip file may have several members."""
    with tf.io.gfile.GFile(into, "wb") as target:
        for path in files:
            for chunk in _chunks(path):
                target.write(chunk)


def measure(path: str) -> tuple[int, int]:
    """Returns the size in bytes and the CRC-32 of a file."""
    size = checksum = 0
    for chunk in _chunks(path):
        size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
    return size, checksum


def _chunks(path: str) -> Iterator[bytes]:
    with tf.io.gfile.GFile(path, "rb") as file:
        while chunk := file.read(1 << 22):
            yield chunk


def _as_values(entry: Entry) -> dict[str, object]:
    return {
        "parts": {part: [vars(file) for file in files] for part, files in entry.parts.items()},
        "columns": {part: vars(file) for part, file in entry.columns.items()},
        "rows_read": entry.rows_read,
        "refused": dict(entry.refused),
        "decimals": entry.decimals,
        "extra_columns": list(entry.extra_columns),
    }


def _from_values(folder: str, values: dict) -> Entry:
    parts = {part: tuple(RecordFile(**file) for file in files) for part, files in values["parts"].items()}
    columns = {part: RecordFile(**file) for part, file in values["columns"].items()}
    extra = tuple(values.get("extra_columns", ()))  # earlier versions refused such a span
    return Entry(folder, parts, columns, values["rows_read"], values["refused"], values["decimals"], extra)
