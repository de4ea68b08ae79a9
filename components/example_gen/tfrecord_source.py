"""Reader of one span's TFRecord of tf.Example, batch by batch, with the schema's types."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

import pyarrow as pa
import tensorflow as tf
from pyarrow import compute
from tfx_bsl.coders import example_coder

from components.example_gen.byte_streams import CHUNK_BYTES, GZIP_ERRORS, open_bytes, open_content
from components.example_gen.checks import extra_columns, refuse_renamed
from components.example_gen.errors import SpanDataError
from components.example_gen.values import describe_type
from components.spans.entry import BATCH_ROWS
from components.spans.lists import first_values

_GZIP = b"\x1f\x8b"
_VALUES = {"int64": pa.int64(), "float": pa.float32(), "string": pa.large_binary()}


class TFRecordSource:
    """A TFRecord file, plain or gzip: tf.Examples with at most one value a feature.

    Attributes:
      extra: features so far that are not among `types`, and so not read.
    """

    decimals = 0  # a tf.Example says itself which numbers are whole

    def __init__(self, path: str, types: Mapping[str, pa.DataType]):
        self._path, self._types = path, dict(types)
        self._file = os.path.basename(path)
        self.extra: tuple[str, ...] = ()
        self._absent = set(types)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows; a feature that is absent or empty is a null.

        Raises:
          SpanDataError: damaged records, no tf.Examples, features of another type or with several values, one
            that looks renamed, no rows.
        """
        self._check_compression()
        decoder = example_coder.ExamplesToRecordBatchDecoder()
        first = 0
        for records in self._records():
            try:
                decoded = decoder.DecodeBatch(records)
            except RuntimeError as error:
                raise self._undecodable(records, first, decoder) from error
            yield self._typed(decoded, first)
            first += len(records)
        if not first:
            raise SpanDataError(f"{self._file}: no records; expected at least one")
        refuse_renamed(self._file, sorted(self._absent), self.extra)

    def place(self, row: int) -> str:
        """Returns the number of a record, counted from 0."""
        return f"record {row}"

    def _check_compression(self) -> None:
        """Raises unless the bytes are compressed as the name says, to their end: TensorFlow misses no end."""
        with open_bytes(self._path) as stream:
            compressed = stream.read(len(_GZIP)) == _GZIP
        if compressed != self._path.endswith(".gz"):
            raise SpanDataError(
                f"{self._file}: the file is compressed by gzip; let its name end in .gz"
                if compressed
                else f"{self._file}: the file is not compressed by gzip; let its name end in .tfrecord"
            )
        if not compressed:
            return
        try:
            with open_content(self._path) as stream:
                while stream.read(CHUNK_BYTES):
                    pass
        except GZIP_ERRORS as error:
            raise SpanDataError(
                f"{self._file}: the gzip file is damaged or cut off; write the file again"
            ) from error

    def _records(self) -> Iterator[list[bytes]]:
        try:
            for batch in self._dataset().batch(BATCH_ROWS):
                yield batch.numpy().tolist()
        except tf.errors.OpError as error:
            raise SpanDataError(
                f"{self._file}: damaged or cut off in record {self._count_readable()}; write the file again"
            ) from error

    def _dataset(self) -> tf.data.Dataset:
        compression = "GZIP" if self._path.endswith(".gz") else ""
        return tf.data.TFRecordDataset(self._path, compression_type=compression)

    def _count_readable(self) -> int:
        """Returns how many records can be read before the first that cannot."""
        read = 0
        with contextlib.suppress(tf.errors.OpError):
            for _ in self._dataset():
                read += 1
        return read

    def _typed(self, decoded: pa.RecordBatch, first: int) -> pa.RecordBatch:
        names = decoded.schema.names
        self.extra += extra_columns(names, {*self._types, *self.extra})
        self._absent -= set(names)
        columns = [self._column(decoded, name, required, first) for name, required in self._types.items()]
        return pa.RecordBatch.from_arrays(columns, list(self._types))

    def _column(self, decoded: pa.RecordBatch, name: str, required: pa.DataType, first: int) -> pa.Array:
        position = decoded.schema.get_field_index(name)
        if position < 0 or pa.types.is_null(decoded.column(position).type):
            return pa.nulls(decoded.num_rows, required)
        lists = decoded.column(position)
        counts = compute.fill_null(compute.list_value_length(lists), 0)
        several = compute.index(compute.greater(counts, 1), True).as_py()
        if several >= 0:
            raise SpanDataError(
                f"{self._file}: record {first + several}, column {name!r}: {counts[several]} values; "
                "expected at most one"
            )
        return self._cast(first_values(lists), name, required, first)

    def _cast(self, values: pa.Array, name: str, required: pa.DataType, first: int) -> pa.Array:
        if values.type != _VALUES[str(required)]:
            row = compute.index(values.is_valid(), True).as_py()
            raise SpanDataError(
                f"{self._file}: record {first + row}, column {name!r} holds {values.type}, which is not "
                f"{describe_type(required)}"
            )
        try:
            return values.cast(required)
        except pa.ArrowInvalid as error:
            row = next(row for row, value in enumerate(values.to_pylist()) if not _is_text(value))
            raise SpanDataError(
                f"{self._file}: record {first + row}, column {name!r}: the value is not UTF-8 text"
            ) from error

    def _undecodable(
        self, records: list[bytes], first: int, decoder: example_coder.ExamplesToRecordBatchDecoder
    ) -> SpanDataError:
        """Returns an error that names the first record that is no tf.Example, or a column of another type."""
        good, bad = 0, len(records)  # the first `good` records decode together, the first `bad` do not
        while bad - good > 1:
            middle = (good + bad) // 2
            if _decoded(decoder, records[:middle]) is None:
                bad = middle
            else:
                good = middle
        alone = _decoded(decoder, records[good:bad])
        if alone is None:
            return SpanDataError(f"{self._file}: record {first + good}: no tf.Example")
        try:
            self._typed(decoder.DecodeBatch(records[:good]), first)
            self._typed(alone, first + good)
        except SpanDataError as error:
            return error
        return SpanDataError(f"{self._file}: record {first + good}: no tf.Example like those before it")


def _decoded(
    decoder: example_coder.ExamplesToRecordBatchDecoder, records: list[bytes]
) -> pa.RecordBatch | None:
    try:
        return decoder.DecodeBatch(records)
    except RuntimeError:
        return None


def _is_text(value: bytes | None) -> bool:
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
