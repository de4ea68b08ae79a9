"""A sample of a table that is read once, and whose length nobody knows before its end."""

from __future__ import annotations

import pyarrow as pa


class EveryKthRow:
    """Every k-th row; k doubles when there are too many."""

    def __init__(self, most: int) -> None:
        self._most, self._step, self._seen = most, 1, 0
        self._kept: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Keeps every k-th row of a batch."""
        first = -self._seen % self._step
        self._seen += batch.num_rows
        self._keep(batch.take(pa.array(range(first, batch.num_rows, self._step), pa.int64())))
        while self._rows > 2 * self._most:
            self._thin()

    def _keep(self, batch: pa.RecordBatch) -> None:
        self._kept.append(batch)
        self._rows += batch.num_rows

    def _thin(self) -> None:
        table = self._whole()
        half = table.take(pa.array(range(0, table.num_rows, 2), pa.int64())).combine_chunks()
        self._step *= 2
        self._kept, self._rows = half.to_batches(), half.num_rows

    def _whole(self) -> pa.Table:
        return pa.Table.from_batches(self._kept)

    def table(self) -> pa.Table:
        """Returns the rows that are kept, at most as many as were asked for."""
        table = self._whole()
        step = -(-table.num_rows // self._most) or 1
        return table.take(pa.array(range(0, table.num_rows, step), pa.int64()))
