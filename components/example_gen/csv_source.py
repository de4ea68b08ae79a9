"""Reader of one span's CSV, block by block, with the schema's types."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from typing import IO

import pyarrow as pa
from pyarrow import csv as pa_csv

from components.example_gen.byte_streams import CHUNK_BYTES, GZIP_ERRORS, open_content
from components.example_gen.checks import check_complete, check_header, describe_type
from components.example_gen.errors import SpanDataError

BLOCK_BYTES = 1 << 20  # pyarrow reads up to 32 blocks ahead
_BEFORE_A_NUMBER = b",\n\r \t"
_NUL = "\N{REPLACEMENT CHARACTER}"  # not among the characters that bytes are read as
_CELL_ERROR = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to .*?(?:invalid value '(.*)')?$", re.DOTALL
)
_ROW_ERROR = re.compile(r"CSV parse error: (?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")


class CsvSource:
    """A CSV file, plain or gzip: UTF-8, a header line, named columns in any order."""

    def __init__(self, path: str, types: Mapping[str, pa.DataType]):
        self._path, self._types = path, dict(types)
        self._file = os.path.basename(path)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows in blocks of 1 MB of text; no row may be longer.

        Raises:
          SpanDataError: empty or truncated file, not UTF-8, wrong columns, a broken quote, a NUL byte, a
            cell of the wrong type, no rows.
        """
        try:
            suspect = self._check_complete()
            header = self._header()
            check_header(self._file, header, list(self._types))
            if suspect:
                self._check_cells(header)
            yield from self._typed(header)
        except GZIP_ERRORS as error:
            raise SpanDataError(
                f"{self._file}: the gzip file is damaged or cut off; copy it again"
            ) from error

    def place(self, row: int) -> str:
        """Returns the line of a row."""
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
            raise SpanDataError(f"{self._file}: {self._explain(str(error), header)}") from error
        if not rows:
            raise SpanDataError(f"{self._file}: a header and no rows; expected at least one row")

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

    def _check_complete(self) -> bool:
        """Returns whether the file has anything that pyarrow reads too leniently: a quote, a NUL byte, 0x."""
        last, suspect = b"", False
        with open_content(self._path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                edge = last + chunk
                last = edge[-2:]
                suspect = suspect or _is_suspect(edge)
        check_complete(self._file, last[-1:])
        return suspect

    def _check_cells(self, header: list[str]) -> None:
        """Reads the file as strictly as Python does.

        pyarrow takes text after a closing quote into the cell, and with it all rows to the next quote.
        """
        numbers = [position for position, name in enumerate(header) if self._types[name] == pa.int64()]
        for line, cells in self._rows():
            for name, cell in zip(header, cells, strict=False):
                if _NUL in cell:
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
        if match := _ROW_ERROR.match(message):
            row, expected, cells = match.groups()
            return f"line {self._line(int(row))}: {cells} cells, expected {expected} as in the header"
        return " ".join(message.split())[:200]

    def _cell_error(self, line: int, column: str, text: str | None) -> str:
        shown = "the cell" if text is None else repr(text[:40])
        return (
            f"line {line}, column {column!r}: {shown} is not {describe_type(str(self._types[column]), text)}"
        )

    def _line(self, row: int) -> int:
        """Returns the line that a row begins on; the header is row 1."""
        return next((line for line, _ in itertools.islice(self._rows(), row - 1, None)), row)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yields the rows, bytes as characters, each with the line that it begins on.

        A blank line is no row, and a quoted value may hold line ends.

        Raises:
          SpanDataError: a quote is never closed, or there is text between it and the next comma.
        """
        csv.field_size_limit(max(csv.field_size_limit(), BLOCK_BYTES))  # a process has one limit
        with open_content(self._path) as content:
            text = io.TextIOWrapper(content, encoding="latin-1", newline="")
            # The reader of Python 3.10 refuses NUL bytes without a word on where.
            lines = iter(lambda: text.readline(BLOCK_BYTES), "")
            reader = csv.reader((line.replace("\0", _NUL) for line in lines), strict=True)
            line = 1
            try:
                for cells in reader:
                    if cells:
                        yield line, cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise SpanDataError(
                    f"{self._file}: line {line}: {_broken(error, reader.line_num)}"
                ) from error


def _is_suspect(text: bytes) -> bool:
    """Returns whether there is a quote, a NUL byte, or a cell that begins (after blanks) as hexadecimal."""
    if b'"' in text or b"\0" in text:
        return True
    before = (part[-1:] for x in (b"0x", b"0X") for part in text.split(x)[:-1])  # a pattern takes far longer
    return any(last in _BEFORE_A_NUMBER for last in before)


def _broken(error: csv.Error, line: int) -> str:
    if "unexpected end" in str(error):
        return "a quote is opened and never closed; close it, or copy the file again"
    if "expected after" in str(error):
        return f"a quote is closed on line {line} and text follows it; write a quote inside a value twice"
    return f"{error}; is a quote never closed?"
