"""Whether a split fits the columns of the data, and the hash that it asks for: decided on plain values."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from components.example_gen.hash_split import HashSplit
from pipeline.config.split import SplitConfig
from trainer.column import ColumnTable
from trainer.columns_file import FILE


def faults_of_split(split: SplitConfig, table: ColumnTable) -> Iterator[tuple[str, str]]:
    """Yields the key of each value that does not fit the columns, and a sentence on it."""
    if table.date is None and split.by_time:
        yield (
            "eval_fraction",
            f"is 0, so the last days judge, and no column of {FILE} has the role 'date'; set it to the share "
            "of rows that judge, as 0.2",
        )
    if split.key is not None:
        fault = _fault_of_key(split.key, table)
        if fault:
            yield "key", fault
    if split.by_time:  # the last days judge, whoever they belong to
        return
    for column in table.columns:
        if column.role == "key" and column.name != split.key:
            is_now = "null" if split.key is None else repr(split.key)
            yield (
                "key",
                f"is {is_now:.80}, and column {column.name!r} of {FILE} has the role 'key'; set it to "
                f"{column.name!r}, or give the column another role",
            )


def hash_split(split: SplitConfig, table: ColumnTable) -> HashSplit | None:
    """Returns by what rows are split; None if the last days judge."""
    if split.by_time:
        return None
    decides = [column for column in table.columns if column.name == split.key]
    columns = sorted((column.name, str(column.dtype)) for column in decides or table.request)
    return HashSplit(split.eval_fraction, tuple(columns), split.spread_copies)


def _fault_of_key(key: str, table: ColumnTable) -> str | None:
    column = next((column for column in table.columns if column.name == key), None)
    if column is None:
        close = difflib.get_close_matches(key[:100], [each.name for each in table.columns], n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        return f"is {key!r:.80}, and {FILE} has no such column{hint}"
    if column.role in ("label", "date"):
        return f"is {key!r}, which is the {column.role}; name the column that says who a row belongs to"
    if not column.required:
        return f"is {key!r}, which a row may lack; make it required in {FILE}"
    return None
