"""Checks on plain values that a span's file is readable, and the words for what is not."""

from __future__ import annotations

import difflib

from components.example_gen.errors import SpanDataError

_TYPE_WORDS = {"int64": "a whole number", "float": "a finite number", "string": "UTF-8 text"}
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def check_header(file: str, header: list[str], expected: list[str]) -> None:
    """Accepts a header that names exactly the expected columns, in any order.

    Raises:
      SpanDataError: a column is missing, extra or named twice.
    """
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise SpanDataError(f"{file}: column {twice[0]!r} stands twice in the header; name each column once")
    for delimiter, words in _DELIMITERS.items():
        if len(header) == 1 and set(header[0].split(delimiter)) == set(expected) != {header[0]}:
            raise SpanDataError(f"{file}: the columns are separated by {words}; separate them by commas")
    check_columns(file, header, expected)
    extra = [name for name in header if name not in expected]
    if extra:
        raise SpanDataError(
            f"{file}: unexpected column {extra[0]!r}; "
            "remove it, or add it to the schema and to trainer/features.py"
        )


def check_columns(file: str, columns: list[str], expected: list[str]) -> None:
    """Accepts columns that include all expected ones.

    Raises:
      SpanDataError: a column is missing.
    """
    missing = [name for name in expected if name not in columns]
    if missing:
        extra = [name for name in columns if name not in expected]
        near = difflib.get_close_matches(missing[0], extra, n=1)
        hint = f" (is it {near[0]!r}?)" if near else ""
        raise SpanDataError(
            f"{file}: column {missing[0]!r} is missing{hint}; the schema expects {', '.join(expected)}"
        )


def check_complete(file: str, last_byte: bytes) -> None:
    """Accepts content that ends with a line end.

    Args:
      file: its name.
      last_byte: of its content; empty when the file is.

    Raises:
      SpanDataError: the file is empty, or its last line has no end, the sign of a truncated copy.
    """
    if not last_byte:
        raise SpanDataError(f"{file}: the file is empty; expected a header and rows")
    if last_byte != b"\n":
        raise SpanDataError(
            f"{file}: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline"
        )


def describe_type(arrow_type: str, value: str | None) -> str:
    """Returns what a cell should have held, in words.

    Args:
      arrow_type: int64, float or string.
      value: what the cell holds; None when it cannot be shown.
    """
    digits = (value or "").removeprefix("-")
    if arrow_type == "int64" and digits.isascii() and digits.isdecimal():
        return "a whole number of 64 bits"
    return _TYPE_WORDS[arrow_type]
