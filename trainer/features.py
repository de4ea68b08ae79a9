"""The columns of the data, as columns.yaml lists them: to change the data set, edit that file.

Everything follows from it: the schema that new days are held to, preprocessing, the model's inputs and the
served signatures. column.py says what a column can be, column_rule.py what is refused.
"""

from __future__ import annotations

import os
from importlib import resources

from trainer import columns_file
from trainer.column import Column, Kind
from trainer.task import Task

# Another file than columns.yaml, for tests of the machinery, which do not depend on what a fork predicts.
INSTEAD = "EVERGREEN_COLUMNS"


def read_text() -> str:
    """Returns the text of the table of columns."""
    instead = os.environ.get(INSTEAD)
    if instead:
        with open(instead, encoding="utf-8") as file:
            return file.read()
    return (resources.files("trainer") / "columns.yaml").read_text(encoding="utf-8")


TABLE = columns_file.parse(read_text())
COLUMNS = TABLE.columns
LABEL = TABLE.label.name
DATE = TABLE.date.name if TABLE.date else None
TASK = Task.of(TABLE.label)
# What a request holds.
REQUEST_COLUMNS = TABLE.request


def of_kind(kind: Kind) -> tuple[Column, ...]:
    """Returns the columns of a kind that the model may see, in the order of the file."""
    return tuple(column for column in REQUEST_COLUMNS if column.kind == kind)
