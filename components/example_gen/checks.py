"""Checks on plain values that a span's file is readable, and the words for what is not."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from components.example_gen.errors import SpanDataError
from serving.values import quoted

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_SHOWN_NAMES = 8
OLD_LINE_ENDS = "its lines end with carriage returns only; save it with line feeds"
# How files begin that are no text in UTF-8; the longer of two that begin alike first.
_BEGINNINGS = (
    (b"\xff\xfe\x00\x00", "in UTF-32", "save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "in UTF-32", "save it as UTF-8"),
    (b"\xff\xfe", "in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "in UTF-16", "save it as UTF-8"),
    (b"\x1f\x8b", "compressed by gzip", "let its name end in .gz"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook", "save it as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV in UTF-8"),
    (b"PAR1", "Parquet", "set data.format: parquet, and let its name end in .parquet"),
    (b"BZh", "compressed by bzip2", "unpack it, or compress it by gzip"),
    (b"\xfd7zXZ", "compressed by xz", "unpack it, or compress it by gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it, or compress it by gzip"),
)


def extra_columns(columns: Collection[str], expected: Collection[str]) -> tuple[str, ...]:
    """Returns the columns that are not expected, in their order; they are not read."""
    return tuple(name for name in columns if name not in expected)


def refuse_extra(file: str, extra: Collection[str]) -> None:
    """Accepts a span without columns that nothing takes, for those who want no others.

    Raises:
      SpanDataError: there are some.
    """
    if extra:
        raise SpanDataError(
            f"{file}: unexpected column{'s' * (len(extra) > 1)} {_listed(extra)}; "
            "remove it, add it to trainer/columns.yaml, or set data.strict_columns: false to ignore it"
        )


def refuse_renamed(file: str, absent: Collection[str], extra: Collection[str]) -> None:
    """Accepts columns that no row has, unless another one has the same name but for case and blanks.

    For formats without a header, where a column may be absent because it is empty.

    Raises:
      SpanDataError: one looks renamed.
    """
    by_folded = {_folded(name): name for name in extra}
    for name in absent:
        if _folded(name) in by_folded:
            raise SpanDataError(
                f"{file}: column {quoted(name)} is in no row (is it "
                f"{quoted(by_folded[_folded(name)])}?); write "
                "it under its name"
            )


def check_columns(file: str, columns: list[str], expected: Collection[str]) -> None:
    """Accepts columns that include all expected ones, each once.

    Raises:
      SpanDataError: a column is missing or named twice.
    """
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise SpanDataError(
            f"{file}: column {quoted(twice[0])} stands twice in the header; name each column once"
        )
    for delimiter in _DELIMITERS:
        if len(columns) == 1 and set(columns[0].split(delimiter)) >= set(expected) != {columns[0]}:
            refuse_delimiter(file, delimiter)
    missing = [name for name in expected if name not in columns]
    if not missing:
        return
    extra = [name for name in columns if name not in expected]
    raise SpanDataError(
        f"{file}: column{'s' * (len(missing) > 1)} {_listed(missing)} {_is(missing)} missing"
        f"{_likeness(missing[0], extra)}; "
        + (
            f"unexpected instead: {_listed(extra)}"
            if extra
            else f"the header has {_listed(columns) or 'none'}"
        )
    )


def refuse_delimiter(file: str, delimiter: str) -> None:
    """Accepts columns that commas separate.

    Raises:
      SpanDataError: something else does.
    """
    if delimiter != ",":
        words = _DELIMITERS.get(delimiter, quoted(delimiter))
        raise SpanDataError(f"{file}: the columns are separated by {words}; separate them by commas")


def check_content(file: str, first: bytes, last: bytes, *, has_newline: bool) -> None:
    """Accepts the bytes of text that can be read line by line, and ends with a line end.

    Args:
      file: its name.
      first: the first bytes of its content, as many as there are up to 1,024.
      last: the last byte of its content; empty when the file is.
      has_newline: whether there is a line feed in it.

    Raises:
      SpanDataError: it is empty, something else than text in UTF-8, has carriage returns only, or its last
        line has no end, the sign of a truncated copy.
    """
    if not last:
        raise SpanDataError(f"{file}: the file is empty; expected a header and rows")
    refused = other_content(first)
    if refused:
        raise SpanDataError(f"{file}: {refused}")
    if not has_newline and b"\r" in first:
        raise SpanDataError(f"{file}: {OLD_LINE_ENDS}")
    if last != b"\n":
        raise SpanDataError(
            f"{file}: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline"
        )


def other_content(first: bytes) -> str | None:
    """Returns what content is that is no text in UTF-8, by its first bytes, and what to do about it."""
    for beginning, what, remedy in _BEGINNINGS:
        if first.startswith(beginning):
            return f"the file is {what}; {remedy}"
    if _every_second_is_nul(first):
        return "the file is in UTF-16; save it as UTF-8"
    if first.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "the file is a web page; was a log-in page saved instead of the data?"
    return None


def _every_second_is_nul(text: bytes) -> bool:
    """Returns whether ASCII was written with two bytes a character."""
    return len(text) >= 4 and (not any(text[0:16:2]) or not any(text[1:16:2]))


def _folded(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _likeness(missing: str, extra: list[str]) -> str:
    by_folded = {_folded(name): name for name in extra}
    near = difflib.get_close_matches(_folded(missing), [*by_folded], n=1)
    return f" (is it {quoted(by_folded[near[0]])}?)" if near else ""


def _listed(names: Collection[str]) -> str:
    """Returns the first names, quoted, and how many more there are."""
    some = [quoted(name) for name in names][:_SHOWN_NAMES]
    more = len(names) - len(some)
    return ", ".join(some) + (f" and {more} more" if more else "")


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
