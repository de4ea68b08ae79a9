"""Ingested spans, kept by content and never changed, so that a run pays for what is new.

    <folder>/<key[:2]>/<key>/records-<part>-<number>-<writer>.gz   GZIP TFRecord of tf.Example
                             columns-<part>-<writer>.arrow         the same rows as an Arrow stream
                             entry.json                            names those files; written last
                             <name>                                what later stages keep beside it

The key is a digest of everything that decides the content. Every writer has files of its own, so two writers
of one entry do not meet, and what a writer that died has left is not taken for an entry.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import tensorflow as tf

PART_BYTES = 100_000_000
ENTRY_FILE = "entry.json"
COLUMNS_SUFFIX = ".arrow"
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)


class StoreError(OSError):
    """The store cannot be written to: one line with its folder, the cause, and the way out."""


@dataclasses.dataclass(frozen=True)
class RecordFile:
    """A file of records.

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
    """

    folder: str
    parts: Mapping[str, tuple[RecordFile, ...]]
    columns: Mapping[str, RecordFile]
    rows_read: int
    refused: Mapping[str, int]

    def rows(self, part: str) -> int:
        """How many records a part holds."""
        return sum(file.rows for file in self.parts[part])

    def paths(self, part: str) -> list[str]:
        """The files of a part."""
        return [os.path.join(self.folder, file.name) for file in self.parts[part]]

    @property
    def files(self) -> list[RecordFile]:
        """Every file of the entry."""
        return [*(file for files in self.parts.values() for file in files), *self.columns.values()]


class SpanStore:
    """A folder, or a place in a bucket, of entries."""

    def __init__(self, folder: str):
        self._folder = folder

    def folder_of(self, key: str) -> str:
        """Where the entry of a key is, or would be."""
        return os.path.join(self._folder, key[:2], key)

    def find(self, key: str) -> Entry | None:
        """The entry of a key; None when there is none, or what there is was not finished or is damaged."""
        return find_in(self.folder_of(key))

    def write(
        self,
        key: str,
        rows: Iterable[tuple[str, list[bytes], pa.RecordBatch]],
        counts: Mapping[str, int],
        parts: tuple[str, ...],
    ) -> Entry:
        """Writes an entry.

        Args:
          rows: (part, records, the same rows as lists) in the order of the source; taken as they come.
          counts: rows refused by reason, and `read`; looked at when `rows` have come to their end.
          parts: every name that may come.

        Raises:
          StoreError: the disk is full, or the folder cannot be written. Whatever is raised, by `rows` too:
            nothing of what was begun is left.
        """
        folder = self.folder_of(key)
        writer_id = uuid.uuid4().hex[:12]
        with _explained(folder):
            tf.io.gfile.makedirs(folder)
            writers = {part: _PartWriter(folder, part, writer_id) for part in parts}
        try:
            for part, records, batch in rows:
                with _explained(folder):
                    writers[part].write(records, batch)
            with _explained(folder):
                return _finish(folder, writers, counts, writer_id)
        except Exception:
            for writer in writers.values():
                writer.abandon()
            raise


def _finish(
    folder: str, writers: Mapping[str, _PartWriter], counts: Mapping[str, int], writer_id: str
) -> Entry:
    files, columns = {}, {}
    for part, writer in writers.items():
        files[part], columns[part] = writer.finish()
    refused = {reason: number for reason, number in counts.items() if reason != "read"}
    entry = Entry(folder, files, columns, counts["read"], refused)
    staged = os.path.join(folder, f"{ENTRY_FILE}.{writer_id}")
    with tf.io.gfile.GFile(staged, "w") as file:
        file.write(json.dumps(_as_values(entry), sort_keys=True))
    tf.io.gfile.rename(staged, os.path.join(folder, ENTRY_FILE), overwrite=True)
    return entry


@contextlib.contextmanager
def _explained(folder: str) -> Iterator[None]:
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        known = isinstance(error, OSError) and error.errno
        why = os.strerror(error.errno) if known else str(error).rsplit("; ", 1)[-1]
        raise StoreError(f"{folder}: {why}; make room and run again: finished spans are kept") from error


class _PartWriter:
    """Writes records of one part into files of at most PART_BYTES before compression, and its columns."""

    def __init__(self, folder: str, part: str, writer_id: str):
        self._folder, self._part, self._id = folder, part, writer_id
        self._rows: list[int] = []
        self._bytes = PART_BYTES
        self._writer: tf.io.TFRecordWriter | None = None
        self._columns = _open_to_write(os.path.join(folder, self._columns_name))
        self._stream: pa.RecordBatchStreamWriter | None = None

    def write(self, records: list[bytes], batch: pa.RecordBatch) -> None:
        if self._stream is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._stream = pa.ipc.new_stream(self._columns, batch.schema, options=options)
        self._stream.write_batch(batch)
        for record in records:
            if self._bytes + len(record) > PART_BYTES:
                self._next_file()
            self._writer.write(record)
            self._bytes += len(record)
            self._rows[-1] += 1

    def finish(self) -> tuple[tuple[RecordFile, ...], RecordFile]:
        for open_file in (self._writer, self._stream, self._columns):
            if open_file is not None:
                open_file.close()
        files = tuple(self._file(self._name(number), rows) for number, rows in enumerate(self._rows))
        return files, self._file(self._columns_name, sum(self._rows))

    def abandon(self) -> None:
        """Removes what was written."""
        for open_file in (self._writer, self._stream, self._columns):
            with contextlib.suppress(Exception):  # it may be this file that could not be written
                if open_file is not None:
                    open_file.close()
        for name in (self._columns_name, *map(self._name, range(len(self._rows)))):
            with contextlib.suppress(tf.errors.NotFoundError):
                tf.io.gfile.remove(os.path.join(self._folder, name))

    def _file(self, name: str, rows: int) -> RecordFile:
        size, checksum = _measure(os.path.join(self._folder, name))
        return RecordFile(name, size, checksum, rows)

    def _next_file(self) -> None:
        if self._writer:
            self._writer.close()
        path = os.path.join(self._folder, self._name(len(self._rows)))
        self._writer = tf.io.TFRecordWriter(path, _OPTIONS)
        self._rows.append(0)
        self._bytes = 0

    def _name(self, number: int) -> str:
        return f"records-{self._part}-{number:05d}-{self._id}.gz"

    @property
    def _columns_name(self) -> str:
        return f"columns-{self._part}-{self._id}{COLUMNS_SUFFIX}"


def key_of(**parts: str) -> str:
    """The digest of everything that decides an entry's content."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_in(folder: str) -> Entry | None:
    """The entry in a folder; None when it is missing, unfinished or damaged."""
    path = os.path.join(folder, ENTRY_FILE)
    try:
        with tf.io.gfile.GFile(path, "r") as file:
            entry = _from_values(folder, json.loads(file.read()))
        whole = all(
            tf.io.gfile.stat(os.path.join(folder, file.name)).length == file.size for file in entry.files
        )
    except (tf.errors.NotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if whole and "://" not in folder:
        os.utime(path)  # when it was last used; see sweep
    return entry if whole else None


def read_columns(path: str) -> Iterator[pa.RecordBatch]:
    """The rows of a part, a record batch at a time: lists of one value, null where there is none."""
    with tf.io.gfile.GFile(path, "rb") as file:
        content = file.read() if "://" in path else None
    source = pa.BufferReader(content) if content is not None else pa.memory_map(path)
    if source.size():
        with pa.ipc.open_stream(source) as stream:
            yield from stream


def keep(folder: str, name: str, content: bytes) -> None:
    """Keeps what a later stage made of an entry beside it, compressed and with a checksum."""
    packed = len(content).to_bytes(8, "big") + pa.compress(content, codec="lz4", asbytes=True)
    staged = os.path.join(folder, f"{name}.{uuid.uuid4().hex[:12]}")
    with _explained(folder):
        with tf.io.gfile.GFile(staged, "wb") as file:
            file.write(zlib.crc32(packed).to_bytes(4, "big") + packed)
        tf.io.gfile.rename(staged, os.path.join(folder, name), overwrite=True)


def kept(folder: str, name: str) -> bytes | None:
    """What was kept beside an entry under a name; None when it is missing or damaged."""
    try:
        with tf.io.gfile.GFile(os.path.join(folder, name), "rb") as file:
            content = file.read()
    except tf.errors.NotFoundError:
        return None
    checksum, packed = content[:4], content[4:]
    if zlib.crc32(packed).to_bytes(4, "big") != checksum:
        return None
    size = int.from_bytes(packed[:8], "big")
    return pa.decompress(packed[8:], decompressed_size=size, codec="lz4", asbytes=True)


def sweep(folder: str, unused_days: float) -> list[str]:
    """Removes unfinished entries, and those that no run has used for so many days; returns their folders.

    For a folder of this machine, while no run writes to it; in a bucket the lifecycle rules do it.
    """
    removed = []
    oldest = time.time() - unused_days * 24 * 3600
    for entry in sorted(tf.io.gfile.glob(os.path.join(folder, "??", "*"))):
        path = os.path.join(entry, ENTRY_FILE)
        if not os.path.isfile(path) or os.path.getmtime(path) < oldest:
            tf.io.gfile.rmtree(entry)
            removed.append(entry)
    return removed


def copy_records(files: Iterable[str], into: str) -> None:
    """Joins GZIP files of records: members of a gzip file may follow each other."""
    with tf.io.gfile.GFile(into, "wb") as target:
        for path in files:
            for chunk in _chunks(path):
                target.write(chunk)


def is_intact(entry: Entry) -> bool:
    """Whether every record file still has the bytes that were written."""
    return all(
        _measure(os.path.join(entry.folder, file.name)) == (file.size, file.checksum) for file in entry.files
    )


def _open_to_write(path: str) -> pa.NativeFile:
    if "://" not in path:
        return pa.OSFile(path, "wb")
    return pa.PythonFile(tf.io.gfile.GFile(path, "wb"), "w")


def _measure(path: str) -> tuple[int, int]:
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
        "parts": {part: [dataclasses.asdict(file) for file in files] for part, files in entry.parts.items()},
        "columns": {part: dataclasses.asdict(file) for part, file in entry.columns.items()},
        "rows_read": entry.rows_read,
        "refused": dict(entry.refused),
    }


def _from_values(folder: str, values: dict) -> Entry:
    parts = {part: tuple(RecordFile(**file) for file in files) for part, files in values["parts"].items()}
    columns = {part: RecordFile(**file) for part, file in values["columns"].items()}
    return Entry(folder, parts, columns, values["rows_read"], values["refused"])
