"""Refuses to add to spans of other rules, as they lie there after a checkout of an earlier import.yaml."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from pipeline.data.imports.csv_rows import cells_of
from pipeline.errors import DataError
from serving.values import quoted


def check_spans(spans: Iterable[Path], needed: Collection[str]) -> None:
    """Accepts spans that have every column that is needed; one that rows may lack may be newer than they are.

    Args:
      spans: the files that are there.
      needed: names of columns.

    Raises:
      DataError: a span lacks one.
    """
    for path in spans:
        with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
            header = cells_of(file.readline().rstrip("\r\n"))
        lost = [name for name in needed if name not in header]
        if lost:
            raise DataError(
                f"{path} has no column {quoted(lost[0])}, and pipeline/configs/import.yaml needs it, so "
                "other rules have written it; run `evergreen init` again, which writes the spans anew"
            )
