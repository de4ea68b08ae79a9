"""RawParquet: a Parquet file, its typed columns as text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from components.example_gen.parquet_source import MAX_BATCH_ROWS, VERIFIED
from pipeline.data.raw.typed_text import TypedBatches
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.header_rule import checked_header
from pipeline.errors import DataError


class RawParquet:
    """A Parquet file of flat columns.

    Attributes:
      name: of the file.
      dialect: of the file.
      header: names of the columns.
    """

    def __init__(self, path: Path):
        """Reads the names of the columns, and how many rows there are.

        Raises:
          DataError: no whole Parquet file, nested columns, names that stand twice, no rows.
        """
        self._path, self._typed = path, TypedBatches()
        self.name, self.dialect = path.name, Dialect("parquet")
        with _errors_named(self.name):
            file = parquet.ParquetFile(path, **VERIFIED)
        self.header = checked_header(self.name, file.schema_arrow.names)
        metadata = file.metadata
        self._group_rows = [metadata.row_group(each).num_rows for each in range(metadata.num_row_groups)]
        if not sum(self._group_rows):
            raise DataError(f"{self.name}: columns and no rows; expected at least one row")
        for name, kind in zip(self.header, file.schema_arrow.types, strict=True):
            if pa.types.is_nested(kind):
                raise DataError(
                    f"{self.name}: column {name!r} is nested ({kind}); flatten it into one value a row"
                )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows.

        Raises:
          DataError: a damaged page, bytes that are not UTF-8.
        """
        rows, self._typed = 0, TypedBatches()
        with _errors_named(self.name):
            file = parquet.ParquetFile(self._path, **VERIFIED)
            for batch in file.iter_batches(MAX_BATCH_ROWS):
                yield self._typed.as_text(batch, self.header)
                rows += batch.num_rows
        if rows != sum(self._group_rows):
            raise DataError(f"{self.name}: {rows} rows were read of {sum(self._group_rows)}; write it again")

    def infinite(self) -> Mapping[str, int]:
        """Returns column to how many of its cells were infinite, and are null."""
        return self._typed.infinite

    def place(self, row: int) -> str:
        """Returns file, row group and row, the last two counted from 0 as Parquet's tools do."""
        for group, rows in enumerate(self._group_rows):
            if row < rows:
                return f"{self.name}: row group {group}, row {row}"
            row -= rows
        return f"{self.name}: row {row}"


@contextlib.contextmanager
def _errors_named(name: str) -> Iterator[None]:
    """Turns errors of Arrow into one line with the file's name."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, RuntimeError) as error:
        why = " ".join(str(error).split())[:120]
        raise DataError(f"{name}: not a whole Parquet file ({why}); write it again") from error
