"""The text of a CSV file where pyarrow reads it too leniently, or needs help."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from typing import IO

from components.example_gen.byte_streams import open_content
from components.example_gen.errors import SpanDataError

BLOCK_BYTES = 1 << 20  # pyarrow reads up to 32 blocks ahead
ANY_ROW_BYTES = 1 << 28  # where only the place of a row that is too long is looked for
NUL = "\N{REPLACEMENT CHARACTER}"  # stands for a NUL byte; not among the characters that bytes are read as
_BEFORE_A_NUMBER = b",\n\r \t"


def strict_rows(path: str, longest: int = BLOCK_BYTES) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows of a file as `strict_rows_of` does."""
    with open_content(path) as content:
        yield from strict_rows_of(content, os.path.basename(path), longest)


def strict_rows_of(
    content: IO[bytes], file: str, longest: int = BLOCK_BYTES, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows, bytes as characters, each with the line that it begins on.

    A blank line is no row, and a quoted value may hold line ends.

    Args:
      content: of the file; closed at the end.
      file: its name.
      longest: bytes that a line or a cell may have.
      delimiter: what stands between cells.

    Raises:
      SpanDataError: a quote is never closed, or there is text between it and the next delimiter.
    """
    csv.field_size_limit(max(csv.field_size_limit(), longest))  # a process has one limit
    with io.TextIOWrapper(content, encoding="latin-1", newline="") as text:
        # The reader of Python 3.10 refuses NUL bytes without a word on where.
        lines = iter(lambda: text.readline(longest), "")
        reader = csv.reader((line.replace("\0", NUL) for line in lines), strict=True, delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise SpanDataError(f"{file}: line {line}: {_broken(error, reader.line_num)}") from error


def is_suspect(text: bytes) -> bool:
    """Returns whether there is a quote, a NUL byte, or a cell that begins (after blanks) as hexadecimal."""
    if b'"' in text or b"\0" in text:
        return True
    before = (part[-1:] for x in (b"0x", b"0X") for part in text.split(x)[:-1])  # a pattern takes far longer
    return any(last in _BEFORE_A_NUMBER for last in before)


class WholeLineEnds:
    """A stream whose blocks never end between the two characters of a Windows line end.

    pyarrow takes a block that ends with a carriage return for a whole line end, and then a line feed that
    belongs to a quoted value is lost.
    """

    closed = False

    def __init__(self, stream: IO[bytes]):
        self._stream, self._held = stream, b""

    def read(self, size: int) -> bytes:
        """Returns at most `size` bytes; none at the end."""
        block = self._held + self._stream.read(size - len(self._held))
        self._held = b""
        if len(block) > 1 and block.endswith(b"\r"):
            block, self._held = block[:-1], b"\r"
        return block

    def close(self) -> None:
        """Leaves closing to whoever opened the stream."""


def _broken(error: csv.Error, line: int) -> str:
    if "unexpected end" in str(error):
        return "a quote is opened and never closed; close it, or copy the file again"
    if "field larger" in str(error):
        return f"a cell is longer than {BLOCK_BYTES >> 20} MB; shorten it, or close the quote that opens it"
    if "expected after" in str(error):
        return f"a quote is closed on line {line} and text follows it; write a quote inside a value twice"
    return f"{error}; is a quote never closed?"
