"""RawCsv: a text file with one row a line, as text."""

from __future__ import annotations

import csv
import functools
import io
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow import csv as pa_csv

from components.example_gen.csv_text import BLOCK_BYTES, WholeLineEnds, strict_rows_of
from components.example_gen.errors import SpanDataError
from pipeline.data.raw.text_stream import open_text
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.header_rule import checked_header
from pipeline.data.rules.unnamed import with_names
from pipeline.errors import DataError

_ROWS_LOOKED_AT = 100  # for a column without a name


class RawCsv:
    """A text file, read in blocks of 1 MB.

    Attributes:
      name: of the file.
      dialect: of the file.
      header: names of the columns.
    """

    def __init__(self, path: Path, dialect: Dialect, *, has_quotes: bool, before: int = 0):
        """Reads the header.

        Args:
          path: of the file.
          dialect: of it.
          has_quotes: whether a double quote stands in it; pyarrow reads some of them too leniently.
          before: lines before the header, which are no rows.

        Raises:
          DataError: names that are empty or stand twice, or no rows.
        """
        self._path, self._has_quotes, self._before = path, has_quotes, before
        self.name, self.dialect = path.name, dialect
        first = [cells for _, cells in itertools.islice(self._strict_rows(), _ROWS_LOOKED_AT)]
        if not first:
            raise DataError(f"{self.name}: no header and no rows; expected a line of column names, and rows")
        self._raw_header = [cell.encode("latin-1").decode() for cell in first[0]]
        self.header = checked_header(self.name, with_names(self._raw_header, first[1:]))
        if len(first) == 1:
            raise DataError(f"{self.name}: a header and no rows; expected at least one row")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows.

        Raises:
          DataError: a broken quote, a line with too few or too many cells, a row of more than 1 MB.
        """
        expected = self._checked_rows() if self._has_quotes else None
        rows = 0
        try:
            for batch in self._read():
                rows += batch.num_rows
                yield batch
        except pa.ArrowInvalid as error:
            self._checked_rows()
            raise DataError(
                f"{self.name}: {' '.join(str(error).split())[:200]}; is a row longer than "
                f"{BLOCK_BYTES >> 20} MB, or a quote never closed?"
            ) from error
        if expected not in (None, rows):
            raise DataError(f"{self.name}: {rows} rows were read of {expected}; is a quote never closed?")

    def infinite(self) -> Mapping[str, int]:
        """Returns nothing: a text has no numbers yet."""
        return {}

    def place(self, row: int) -> str:
        """Returns file and line of a row."""
        line = next((line for line, _ in itertools.islice(self._strict_rows(), row + 1, None)), row + 2)
        return f"{self.name}: line {line}"

    def _open(self) -> IO[bytes]:
        return open_text(self._path, self.dialect.encoding, self._before)

    def _read(self) -> Iterator[pa.RecordBatch]:
        with self._open() as stream:
            yield from (
                pa.RecordBatch.from_arrays(batch.columns, list(self.header))
                for batch in pa_csv.open_csv(
                    WholeLineEnds(stream),
                    read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
                    parse_options=pa_csv.ParseOptions(
                        delimiter=self.dialect.delimiter, newlines_in_values=True
                    ),
                    convert_options=pa_csv.ConvertOptions(
                        column_types={name: pa.string() for name in self._raw_header},
                        null_values=[""],
                        strings_can_be_null=True,
                    ),
                )
            )

    def _checked_rows(self) -> int:
        """Reads the file as strictly as Python does, and returns its number of rows."""
        stream = self._open()
        with io.TextIOWrapper(stream, encoding="latin-1", newline="") as text:
            lines = iter(functools.partial(text.readline, BLOCK_BYTES), "")
            width, rows = len(self.header), -1  # the header
            try:
                for cells in csv.reader(lines, strict=True, delimiter=self.dialect.delimiter):
                    if len(cells) == width:
                        rows += 1
                    elif cells:
                        break
                else:
                    return rows
            except csv.Error:
                pass
        raise self._bad_row()

    def _bad_row(self) -> DataError:
        """Returns what is wrong with the first row that cannot be read; slower than to find one."""
        for line, cells in self._strict_rows():
            if len(cells) != len(self.header):
                return DataError(
                    f"{self.name}: line {line}: {_cells(len(cells))}, expected {len(self.header)} as in the "
                    "header; correct the line, or put quotes around a cell that holds a delimiter"
                )
        return DataError(f"{self.name}: it changed while it was read; start again")

    def _strict_rows(self) -> Iterator[tuple[int, list[str]]]:
        with self._open() as stream:
            try:
                yield from strict_rows_of(stream, self.name, delimiter=self.dialect.delimiter)
            except SpanDataError as error:
                raise DataError(str(error)) from error


def _cells(number: int) -> str:
    return f"{number} cell{'s' * (number != 1)}"
