"""Reader of one span's CSV, block by block, with the schema's types."""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as pa_csv

from components.example_gen.byte_streams import CHUNK_BYTES, GZIP_ERRORS, open_content
from components.example_gen.cast import castable
from components.example_gen.checks import check_columns, check_content, extra_columns
from components.example_gen.csv_text import (
    ANY_ROW_BYTES,
    BLOCK_BYTES,
    NUL,
    WholeLineEnds,
    is_suspect,
    strict_rows,
)
from components.example_gen.errors import SpanDataError
from components.example_gen.values import kind_of
from serving.values import EXACT_BELOW, refusal

_FIRST_BYTES = 1024
_CELL_ERROR = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to .*?(?:invalid value '(.*)')?$", re.DOTALL
)
# As pandas writes a column of whole numbers with a gap in it; with more digits some may have been lost.
_WHOLE_DECIMAL = rf"^[ \t]*(-?[0-9]{{1,{len(str(EXACT_BELOW)) - 1}}})\.0+[ \t]*$"
_ROW_ERROR = re.compile(r"CSV parse error: (?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")


class CsvSource:
    """A CSV file, plain or gzip: UTF-8, a header line, named columns in any order.

    Attributes:
      decimals: how many values of whole-number columns have been read so far that had a decimal point.
      extra: columns of the header that are not among `types`, and so not read; known once rows are read.
    """

    def __init__(
        self,
        path: str,
        types: Mapping[str, pa.DataType],
        check: Callable[[str, list[str], list[str]], None] = check_columns,
    ):
        """Reads nothing yet.

        Args:
          path: of the file.
          types: name to type of the columns to read. One that the header has not is left out.
          check: refuses a header: takes the file's name, the header, the names of `types`.
        """
        self._path, self._types, self._check = path, dict(types), check
        self._file = os.path.basename(path)
        self.decimals = 0
        self.extra: tuple[str, ...] = ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows in blocks of 1 MB of text; no row may be longer.

        Raises:
          SpanDataError: empty or truncated file, not UTF-8, wrong columns, a broken quote, a NUL byte, a
            cell of the wrong type, no rows.
        """
        try:
            suspect = self._check_content()
            header = self._header()
            self._check(self._file, header, list(self._types))
            self.extra = extra_columns(header, self._types)
            if suspect:
                self._check_cells(header)
            yield from self._typed(header)
        except GZIP_ERRORS as error:
            raise SpanDataError(_broken_gzip(self._file)) from error

    def check_content(self) -> None:
        """Accepts a file that is text in UTF-8 by its first bytes, with whole lines; reads no cell.

        Raises:
          SpanDataError: it is something else.
        """
        try:
            self._check_content()
        except GZIP_ERRORS as error:
            raise SpanDataError(_broken_gzip(self._file)) from error

    def place(self, row: int) -> str:
        """Returns the line of a row."""
        return f"line {self._line(row + 2)}"

    def _typed(self, header: list[str]) -> Iterator[pa.RecordBatch]:
        types = {name: kind for name, kind in self._types.items() if name in header}
        rows = 0
        try:
            for batch in self._read(types):
                rows += batch.num_rows
                yield batch
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            if not self._is_whole_decimal(str(error), header):
                raise SpanDataError(f"{self._file}: {self._explain(str(error), header)}") from error
            yield from self._with_decimals(header, types, rows)
            return
        if not rows:
            raise SpanDataError(f"{self._file}: a header and no rows; expected at least one row")

    def _with_decimals(
        self, header: list[str], types: Mapping[str, pa.DataType], done: int
    ) -> Iterator[pa.RecordBatch]:
        """Yields the rows after the first `done`, read once more: slower, and 12.0 is a whole number."""
        as_text = {name: pa.string() if pa.types.is_integer(kind) else kind for name, kind in types.items()}
        first = 0
        try:
            for batch in self._read(as_text):
                if first >= done:
                    yield self._whole(batch, types, first)
                first += batch.num_rows
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SpanDataError(f"{self._file}: {self._explain(str(error), header)}") from error

    def _whole(self, batch: pa.RecordBatch, types: Mapping[str, pa.DataType], first: int) -> pa.RecordBatch:
        columns = []
        for (name, kind), column in zip(types.items(), batch.columns, strict=True):
            if pa.types.is_integer(kind):
                column = compute.utf8_trim(column, characters=" \t")
                decimal = compute.match_substring_regex(column, _WHOLE_DECIMAL)
                self.decimals += compute.sum(decimal).as_py() or 0
                column = compute.replace_substring_regex(column, _WHOLE_DECIMAL, r"\1")
                column = self._as_integers(column, kind, name, first)
            columns.append(column)
        return pa.RecordBatch.from_arrays(columns, list(types))

    def _as_integers(self, column: pa.Array, kind: pa.DataType, name: str, first: int) -> pa.Array:
        digits = compute.match_substring_regex(column, r"^-?[0-9]+$")
        row = compute.index(compute.fill_null(digits, True), False).as_py()
        if row < 0:
            try:
                return column.cast(kind)
            except pa.ArrowInvalid:  # beyond 64 bits
                row = next(row for row in range(len(column)) if not castable(column.slice(row, 1), kind))
        line = self._line(first + row + 2)
        raise SpanDataError(f"{self._file}: {self._cell_error(line, name, column[row].as_py())}")

    def _is_whole_decimal(self, message: str, header: list[str]) -> bool:
        match = _CELL_ERROR.match(message)
        return (
            match is not None
            and match.group(3) is not None
            and pa.types.is_integer(self._types[header[int(match.group(1))]])
            and re.match(_WHOLE_DECIMAL, match.group(3)) is not None
        )

    def _read(self, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        with open_content(self._path) as stream:
            # Not read_csv: at its end it walks every object of the process, 40 ms a file beside TensorFlow.
            reader = pa_csv.open_csv(
                WholeLineEnds(stream),
                read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
                parse_options=pa_csv.ParseOptions(newlines_in_values=True),
                convert_options=pa_csv.ConvertOptions(
                    column_types=types,
                    include_columns=list(types),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            yield from reader

    def _check_content(self) -> bool:
        """Returns whether the file has anything that pyarrow reads too leniently: a quote, a NUL byte, 0x."""
        first = last = b""
        suspect = has_newline = False
        with open_content(self._path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                first = first or chunk[:_FIRST_BYTES]
                has_newline = has_newline or b"\n" in chunk
                edge = last + chunk
                last = edge[-2:]
                suspect = suspect or is_suspect(edge)
        check_content(self._file, first, last[-1:], has_newline=has_newline)
        return suspect

    def _check_cells(self, header: list[str]) -> None:
        """Reads the file as strictly as Python does.

        pyarrow takes text after a closing quote into the cell, and with it all rows to the next quote.
        """
        numbers = [at for at, name in enumerate(header) if self._types.get(name) == pa.int64()]
        for line, cells in strict_rows(self._path):
            for name, cell in zip(header, cells, strict=False):
                if NUL in cell:
                    raise SpanDataError(
                        f"{self._file}: line {line}, column {name!r}: the cell has a NUL byte"
                    )
            for position in numbers:
                cell = cells[position] if position < len(cells) else ""
                if cell.strip()[:2] in ("0x", "0X"):
                    raise SpanDataError(f"{self._file}: {self._cell_error(line, header[position], cell)}")

    def _header(self) -> list[str]:
        with open_content(self._path) as stream:
            line = stream.readline(CHUNK_BYTES)
        try:
            first = (line.splitlines() or [b""])[0].decode("utf-8-sig")
            if "\0" in first:
                raise csv.Error("line contains NUL")  # Python's reader takes it from 3.11 on
            return next(csv.reader([first], strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise SpanDataError(
                f"{self._file}: the header is not one line of UTF-8 CSV; save the file as UTF-8"
            ) from error

    def _explain(self, message: str, header: list[str]) -> str:
        """Returns line, column, value and expectation instead of pyarrow's message."""
        if match := _CELL_ERROR.match(message):
            column, row, text = match.groups()
            return self._cell_error(self._line(int(row)), header[int(column)], text)
        if "straddl" in message:
            line, name = self._longest_cell(header)
            return (
                f"line {line}, column {name!r}: the row is longer than {BLOCK_BYTES >> 20} MB; shorten it, "
                "or close the quote that opens it"
            )
        if match := _ROW_ERROR.match(message):
            row, expected, cells = match.groups()
            return f"line {self._line(int(row))}: {cells} cells, expected {expected} as in the header"
        return " ".join(message.split())[:200]

    def _cell_error(self, line: int, column: str, text: str | None) -> str:
        why = "the cell is not UTF-8 text; save the file as UTF-8"
        if text is not None:
            why = refusal(kind_of(self._types[column]), text)
        return f"line {line}, column {column!r}: {why}"

    def _longest_cell(self, header: list[str]) -> tuple[int, str]:
        """Returns the line of the longest row and the column of its longest cell."""
        line, cells = max(strict_rows(self._path, ANY_ROW_BYTES), key=lambda row: sum(map(len, row[1])))
        longest = max(range(len(cells)), key=lambda position: len(cells[position]))
        return line, header[min(longest, len(header) - 1)]

    def _line(self, row: int) -> int:
        """Returns the line that a row begins on; the header is row 1."""
        return next((line for line, _ in itertools.islice(strict_rows(self._path), row - 1, None)), row)


def _broken_gzip(file: str) -> str:
    return f"{file}: the gzip file is damaged or cut off; copy it again"
