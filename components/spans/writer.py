"""PartWriter: the files of one part of a span's entry."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pyarrow as pa
import tensorflow as tf

from components.spans.entry import COLUMNS_SUFFIX, RecordFile, measure

PART_BYTES = 100_000_000
_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)


class StoreError(OSError):
    """The span store cannot be written to: one line with the folder, the cause, and the way out."""


@contextlib.contextmanager
def write_errors(folder: str) -> Iterator[None]:
    """Turns an error of writing into one line.

    Raises:
      StoreError: names the folder.
    """
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        known = isinstance(error, OSError) and error.errno
        why = os.strerror(error.errno) if known else str(error).rsplit("; ", 1)[-1]
        raise StoreError(f"{folder}: {why}; make room and run again: finished spans are kept") from error


class PartWriter:
    """Writes records of one part into files of at most PART_BYTES before compression, and its columns."""

    def __init__(self, folder: str, part: str, writer_id: str):
        self._folder, self._part, self._id = folder, part, writer_id
        self._rows: list[int] = []
        self._bytes = 0
        self._writer: tf.io.TFRecordWriter | None = None
        self._columns = _open_to_write(os.path.join(folder, self._columns_name))
        self._stream: pa.RecordBatchStreamWriter | None = None

    def write(self, records: list[bytes], batch: pa.RecordBatch) -> None:
        """Adds records, and the same rows as lists."""
        if self._stream is None:
            self._next_file()
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._stream = pa.ipc.new_stream(self._columns, batch.schema, options=options)
        self._stream.write_batch(batch)
        for group in self._by_file(records):
            for record in group:
                self._writer.write(record)
            self._rows[-1] += len(group)

    def finish(self) -> tuple[tuple[RecordFile, ...], RecordFile]:
        """Closes the files; returns those of records and the one of columns."""
        for open_file in (self._writer, self._stream, self._columns):
            if open_file is not None:
                open_file.close()
        files = tuple(self._file(self._name(number), rows) for number, rows in enumerate(self._rows))
        return files, self._file(self._columns_name, sum(self._rows))

    def abandon(self) -> None:
        """Removes the files."""
        for open_file in (self._writer, self._stream, self._columns):
            with contextlib.suppress(Exception):  # it may be this file that could not be written
                if open_file is not None:
                    open_file.close()
        for name in (self._columns_name, *map(self._name, range(len(self._rows)))):
            with contextlib.suppress(tf.errors.NotFoundError):
                tf.io.gfile.remove(os.path.join(self._folder, name))

    def _by_file(self, records: list[bytes]) -> Iterator[list[bytes]]:
        """Yields the records in a list for each file; that file is open when its list is yielded."""
        size = sum(map(len, records))
        if self._bytes + size <= PART_BYTES:
            self._bytes += size
            yield records
            return
        for record in records:
            if self._bytes and self._bytes + len(record) > PART_BYTES:
                self._next_file()
            self._bytes += len(record)
            yield [record]

    def _file(self, name: str, rows: int) -> RecordFile:
        size, checksum = measure(os.path.join(self._folder, name))
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


def _open_to_write(path: str) -> pa.NativeFile:
    if "://" not in path:
        return pa.OSFile(path, "wb")
    return pa.PythonFile(tf.io.gfile.GFile(path, "wb"), "w")
