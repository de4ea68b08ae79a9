"""RawData: a table as somebody hands it over, its cells as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import pyarrow as pa

from pipeline.data.rules.dialect import Dialect


class RawData(Protocol):
    """A file, a folder of files or a table, read in order, in bounded memory, as often as asked.

    Attributes:
      name: what messages call it.
      dialect: how it is written.
      header: names of the columns, blanks around them cut off; none empty, none twice.
    """

    name: str
    dialect: Dialect
    header: tuple[str, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows; columns named as the header and of type string; an empty cell is null.

        Typed columns become one canonical text: 12, 12.5, true, 2013-01-31, 2013-01-31 13:00:00.

        Raises:
          DataError: something cannot be read; one line with the file and the place.
        """
        ...

    def infinite(self) -> Mapping[str, int]:
        """Returns column to how many cells of it the last reading gave as null because they are infinite."""
        ...

    def place(self, row: int) -> str:
        """Returns the file and where in it a person finds a row, counted from 0: `trips.csv: line 12`."""
        ...
