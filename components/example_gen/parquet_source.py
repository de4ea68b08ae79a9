"""Reader of one span's Parquet file, row group by row group, with the schema's types."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyarrow import parquet

from components.example_gen.byte_streams import open_bytes
from components.example_gen.cast import cast, decimals_in
from components.example_gen.checks import check_columns, extra_columns
from components.example_gen.errors import SpanDataError
from components.example_gen.values import describe_type

# Older set: pyarrow 10 knows no page checksums, and runs code that a file's schema brings (CVE-2023-47248)
# unless the hotfix is imported. Goes with it.
if int(pa.__version__.partition(".")[0]) < 14:
    import pyarrow_hotfix  # noqa: F401

    VERIFIED = {}
else:
    VERIFIED = {"page_checksum_verification": True}

MAX_BATCH_ROWS = 65_536


class ParquetSource:
    """A Parquet file of flat, named columns in any order; page checksums are verified where it has them.

    Attributes:
      decimals: how many values of whole-number columns have been read so far that were stored as floats.
      extra: columns that are not among `types`, and so not read; known once rows are read.
    """

    def __init__(self, path: str, types: Mapping[str, pa.DataType]):
        self._path, self._types = path, dict(types)
        self._file = os.path.basename(path)
        self._group_rows: list[int] = []
        self.decimals = 0
        self.extra: tuple[str, ...] = ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows, never more than one row group's batch at a time.

        Raises:
          SpanDataError: no Parquet, a damaged page, wrong or nested columns, another type, a value beyond it,
            no rows.
        """
        try:
            with open_bytes(self._path) as stream:
                file = parquet.ParquetFile(stream, **VERIFIED)
                self._check_columns(file.schema_arrow)
                self._count_rows(file.metadata)
                for group in range(file.metadata.num_row_groups):
                    yield from self._group(file, group)
        except SpanDataError:
            raise
        except (pa.ArrowException, OSError, ValueError, RuntimeError) as error:
            why = " ".join(str(error).split())[:120]
            raise SpanDataError(f"{self._file}: not a whole Parquet file ({why}); write it again") from error

    def place(self, row: int) -> str:
        """Returns a row's row group and its number in it, both counted from 0 as Parquet's tools do."""
        for group, rows in enumerate(self._group_rows):
            if row < rows:
                return f"row group {group}, row {row}"
            row -= rows
        return f"row {row}"

    def _check_columns(self, schema: pa.Schema) -> None:
        check_columns(self._file, schema.names, list(self._types))
        self.extra = extra_columns(schema.names, self._types)
        for name, required in self._types.items():
            kind = schema.field(name).type
            if pa.types.is_nested(kind):
                raise SpanDataError(
                    f"{self._file}: column {name!r} is nested ({kind}); flatten it into one value a row"
                )
            if not _fits(kind, required):
                raise SpanDataError(
                    f"{self._file}: column {name!r} holds {kind}, which is not "
                    f"{describe_type(required)}; write it as {required}"
                )

    def _count_rows(self, metadata: parquet.FileMetaData) -> None:
        groups = range(metadata.num_row_groups)
        self._group_rows = [metadata.row_group(group).num_rows for group in groups]
        _check_rows("the row groups", sum(self._group_rows), metadata.num_rows)
        if not metadata.num_rows:
            raise SpanDataError(f"{self._file}: no rows; expected at least one")

    def _group(self, file: parquet.ParquetFile, group: int) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in file.iter_batches(MAX_BATCH_ROWS, row_groups=[group], columns=list(self._types)):
            where = f"{self._file}: row group {group},"
            columns = [
                cast(batch.column(name), required, name, where, first)
                for name, required in self._types.items()
            ]
            self.decimals += sum(decimals_in(batch.column(name), kind) for name, kind in self._types.items())
            yield pa.RecordBatch.from_arrays(columns, list(self._types))
            first += batch.num_rows
        _check_rows(f"row group {group}", first, self._group_rows[group])


def _check_rows(where: str, found: int, stated: int) -> None:
    """Raises ValueError unless all rows are there: a header has no checksum, and may hide the others."""
    if found != stated:
        raise ValueError(f"{found} rows in {where}, {stated} expected")


def _fits(stored: pa.DataType, required: pa.DataType) -> bool:
    """Returns whether a value of the stored type can be one of the required type, if it is not too large."""
    kind = stored.value_type if pa.types.is_dictionary(stored) else stored
    if pa.types.is_null(kind):
        return True
    if pa.types.is_integer(required):
        return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind)
    if pa.types.is_floating(required):
        return pa.types.is_floating(kind) or pa.types.is_integer(kind)
    return any(
        matches(kind)
        for matches in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_date32,
        )
    )
