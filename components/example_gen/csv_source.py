"""Reads one span's CSV, block by block, with the schema's types."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from typing import IO

import pyarrow as pa
from pyarrow import csv as pa_csv

from components.example_gen.rule import DataFault, check_header, check_whole, wanted_words
from components.example_gen.source import CHUNK_BYTES, DAMAGED_GZIP, open_content

BLOCK_BYTES = 8 << 20
_CELL_FAULT = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to .*?(?:invalid value '(.*)')?$", re.DOTALL
)
_ROW_FAULT = re.compile(r"CSV parse error: (?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")


class CsvSource:
    """A CSV file, plain or gzip: UTF-8, a header line, named columns in any order."""

    def __init__(self, path: str, types: Mapping[str, pa.DataType]):
        self._path, self._types = path, dict(types)
        self._file = os.path.basename(path)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in blocks of 8 MB of text.

        Raises:
          DataFault: empty or truncated file, not UTF-8, wrong columns, a cell of the wrong type, no rows.
        """
        try:
            self._check_whole()
            header = self._header()
            check_header(self._file, header, list(self._types))
            yield from self._typed(header)
        except DAMAGED_GZIP as error:
            raise DataFault(f"{self._file}: the gzip file is damaged or cut off; copy it again") from error

    def place(self, row: int) -> str:
        """The line of a row."""
        return f"line {self._line(row + 2)}"

    def _typed(self, header: list[str]) -> Iterator[pa.RecordBatch]:
        rows = 0
        try:
            with open_content(self._path) as stream:
                for batch in self._reader(stream):
                    rows += batch.num_rows
                    columns = [batch.column(batch.schema.get_field_index(name)) for name in self._types]
                    yield pa.RecordBatch.from_arrays(columns, list(self._types))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataFault(f"{self._file}: {self._explain(str(error), header)}") from error
        if not rows:
            raise DataFault(f"{self._file}: a header and no rows; expected at least one row")

    def _reader(self, stream: IO[bytes]) -> pa_csv.CSVStreamingReader:
        # Not read_csv: at its end it walks every object of the process, 40 ms a file beside TensorFlow.
        return pa_csv.open_csv(
            stream,
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=self._types, null_values=[""], strings_can_be_null=True
            ),
        )

    def _check_whole(self) -> None:
        last, quotes = b"", 0
        with open_content(self._path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                last, quotes = chunk[-1:], quotes + chunk.count(b'"')
        check_whole(self._file, last, quotes)

    def _header(self) -> list[str]:
        with open_content(self._path) as stream:
            line = stream.readline(CHUNK_BYTES)
        try:
            first = (line.splitlines() or [b""])[0]
            return next(csv.reader([first.decode("utf-8-sig")], strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataFault(
                f"{self._file}: the header is not one line of UTF-8 CSV; save the file as UTF-8"
            ) from error

    def _explain(self, message: str, header: list[str]) -> str:
        """Turns pyarrow's message into line, column, what was found and what was expected."""
        if fault := _CELL_FAULT.match(message):
            column, row, found = fault.groups()
            return self._cell_fault(row, header[int(column)], found)
        if fault := _ROW_FAULT.match(message):
            row, wanted, cells = fault.groups()
            return f"line {self._line(int(row))}: {cells} cells, expected {wanted} as in the header"
        return " ".join(message.split())[:200]

    def _cell_fault(self, row: str, column: str, found: str | None) -> str:
        wanted = self._types[column]
        shown = "the cell" if found is None else repr(found[:40])
        words = wanted_words(str(wanted), found)
        return f"line {self._line(int(row))}, column {column!r}: {shown} is not {words}"

    def _line(self, row: int) -> int:
        """The line that row `row` begins on, the header being row 1.

        A blank line is no row, and a quoted value may hold line ends.
        """
        rows = quotes = 0
        with open_content(self._path) as content:
            text = io.TextIOWrapper(content, encoding="latin-1")
            for number, line in enumerate(text, start=1):
                rows += line != "\n" and quotes % 2 == 0
                quotes += line.count('"')
                if rows == row:
                    return number
        return row
