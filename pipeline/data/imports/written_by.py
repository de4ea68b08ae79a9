"""Keeps the rules that wrote the spans of a folder beside them: later rows must be read the same way."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.data.rules import rules_file
from pipeline.data.rules.import_rules import ImportRules
from pipeline.data.rules.same_reading import read_otherwise
from pipeline.errors import ConfigError, DataError
from serving.values import quoted

FILE = ".import-rules.yaml"


def other_column(folder: Path, rules: ImportRules) -> str | None:
    """Returns a column that the folder's spans were read otherwise in; None if none, or nobody knows.

    Args:
      folder: of the spans.
      rules: of today.
    """
    try:
        before = rules_file.load(folder / FILE)
    except ConfigError:  # none is there, or one of another release
        return None
    return read_otherwise(before.columns, rules.columns)


def check(folder: Path, rules: ImportRules) -> None:
    """Refuses to add rows to spans that other rules have read.

    Raises:
      DataError: a column's values would no longer mean the same.
    """
    other = other_column(folder, rules)
    if other is not None:
        raise DataError(
            f"the spans in {folder} were written by other rules for the column {quoted(other)} than "
            "pipeline/configs/import.yaml has now; run `evergreen init FILE` again, which writes them anew, "
            "or undo the edit"
        )


def record(folder: Path, rules: ImportRules) -> None:
    """Writes down which rules wrote a folder's spans; as a new file, for links may share the old."""
    half = folder / f"{FILE}.new"
    half.write_text(rules_file.dump(rules), encoding="utf-8")
    os.replace(half, folder / FILE)
