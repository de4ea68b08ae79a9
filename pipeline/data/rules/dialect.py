"""Dialect: how the cells of a raw file are written down. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Format = Literal["csv", "parquet", "table"]
Encoding = Literal["utf-8", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be"]
FORMATS: tuple[str, ...] = get_args(Format)
ENCODINGS: tuple[str, ...] = get_args(Encoding)
# What separates cells, and what it is called in import.yaml's words and in messages.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Dialect:
    """How a raw file is written. Compression is no part of it: gzip is found by a file's first bytes.

    Attributes:
      format: csv: text, one row a line, whatever separates the cells. parquet: typed columns, without an
        encoding or a delimiter. table: of BigQuery.
      encoding: of a csv; a byte order mark is not part of it.
      delimiter: what stands between the cells of a csv.
      comment: what lines before the header of a csv may begin with, which are no rows; nothing or #.
    """

    format: Format = "csv"
    encoding: Encoding = "utf-8"
    delimiter: str = ","
    comment: str = ""


def change_of(expected: Dialect, found: Dialect, *, is_ascii: bool) -> str | None:
    """Returns what has changed since the rules were written; None where the same rules read the file.

    Args:
      expected: by the rules.
      found: in the file.
      is_ascii: whether a csv has nothing in it that encodings write differently.
    """
    if found.format != expected.format:
        return f"the file is {_article(found.format)}, and import.yaml says {_article(expected.format)}"
    if found.format != "csv":
        return None
    if found.delimiter != expected.delimiter:
        return (
            f"its cells are separated by {DELIMITERS[found.delimiter]}, and import.yaml says "
            f"{DELIMITERS[expected.delimiter]}"
        )
    if found.comment and not expected.comment:
        return f"lines before its header begin with {found.comment}, and import.yaml says none do"
    if not is_ascii and not _reads(expected.encoding, found.encoding):
        return f"its text is in {found.encoding}, and import.yaml says {expected.encoding}"
    return None


def described(dialect: Dialect) -> str:
    """Returns the words for a dialect."""
    if dialect.format != "csv":
        return _article(dialect.format)
    skipped = f"; comments ({dialect.comment}) before the header skipped" if dialect.comment else ""
    return f"text in {dialect.encoding}, cells separated by {DELIMITERS[dialect.delimiter]}{skipped}"


def _article(data_format: Format) -> str:
    return {"csv": "text (CSV)", "parquet": "Parquet", "table": "a BigQuery table"}[data_format]


def _reads(expected: Encoding, found: Encoding) -> bool:
    """Returns whether one encoding reads a text of the other; latin-1 reads all that is taken for cp1252."""
    if expected == "latin-1":
        return found in ("latin-1", "cp1252")
    return _family(found) == _family(expected)


def _family(encoding: Encoding) -> str:
    """Returns the same for encodings of which a byte order mark tells which it is."""
    return encoding.partition("-le")[0].partition("-be")[0]
