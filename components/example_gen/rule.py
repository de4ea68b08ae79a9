"""What makes a span file readable, decided on plain values."""

from __future__ import annotations

import difflib


class DataFault(ValueError):  # noqa: N818 - a fault of the data, not of the program
    """A span that cannot be ingested: one line with file, place, what was found, what was expected."""


def check_header(file: str, found: list[str], expected: list[str]) -> None:
    """Accepts a header that names exactly the expected columns, in any order.

    Raises:
      DataFault: a column missing, extra or named twice.
    """
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise DataFault(f"{file}: column {twice[0]!r} stands twice in the header; name each column once")
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    if missing:
        near = difflib.get_close_matches(missing[0], extra, n=1)
        hint = f" (is it {near[0]!r}?)" if near else ""
        raise DataFault(
            f"{file}: column {missing[0]!r} is missing{hint}; the schema expects {', '.join(expected)}"
        )
    if extra:
        raise DataFault(
            f"{file}: unexpected column {extra[0]!r}; "
            "remove it, or add it to the schema and to trainer/features.py"
        )


def check_whole(file: str, content: bytes) -> None:
    """Accepts content that ends where a line ends.

    Raises:
      DataFault: the file is empty; its last line has no end, the sign of a cut-off copy; or a quote is never
        closed, which would make one value of all that follows.
    """
    if not content:
        raise DataFault(f"{file}: the file is empty; expected a header and rows")
    if not content.endswith(b"\n"):
        raise DataFault(
            f"{file}: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline"
        )
    if content.count(b'"') % 2 == 1:
        raise DataFault(f"{file}: a quote is opened and never closed; close it, or copy the file again")
