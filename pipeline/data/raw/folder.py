"""RawFolder: the files of a folder, one after the other, as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.data.raw.raw_data import RawData
from pipeline.data.rules.dialect import change_of
from pipeline.data.rules.header_rule import check_same_header
from pipeline.errors import DataError


class RawFolder:
    """Files of one dialect and one header, in the order of their names; not those that begin with . or _.

    Attributes:
      name: of the folder.
      dialect: of the first file.
      header: of the first file.
    """

    def __init__(self, folder: Path, open_file: Callable[[Path], RawData]):
        """Opens every file once, to refuse one that does not belong to the others.

        Args:
          folder: of the files.
          open_file: opens one.

        Raises:
          DataError: there is no file, or one has another dialect or header than the first.
        """
        paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
        if not paths:
            raise DataError(f"{folder}: no files in it; expected files with one header")
        self.name = folder.name
        self._files = [open_file(path) for path in paths]
        first = self._files[0]
        self.dialect, self.header = first.dialect, first.header
        for file in self._files[1:]:
            change = change_of(first.dialect, file.dialect, is_ascii=True)
            if change:
                raise DataError(f"{file.name}: {change.replace('import.yaml says', f'in {first.name}')}")
            check_same_header(file.name, file.header, first.name, first.header)
        self._rows: list[int] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields the rows of all files.

        Raises:
          DataError: as the files'.
        """
        self._rows = []
        for file in self._files:
            self._rows.append(0)
            for batch in file.batches():
                self._rows[-1] += batch.num_rows
                yield _in_order(batch, self.header)

    def infinite(self) -> Mapping[str, int]:
        """Returns column to how many of its cells were infinite in all files."""
        return sum((Counter(file.infinite()) for file in self._files), Counter[str]())

    def place(self, row: int) -> str:
        """Returns file and place of a row that was read."""
        for file, rows in zip(self._files, self._rows, strict=False):
            if row < rows:
                return file.place(row)
            row -= rows
        return f"{self.name}: row {row}"


def _in_order(batch: pa.RecordBatch, header: Sequence[str]) -> pa.RecordBatch:
    names = batch.schema.names
    if names == list(header):
        return batch
    return pa.RecordBatch.from_arrays([batch.column(names.index(name)) for name in header], list(header))
