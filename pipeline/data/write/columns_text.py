"""Writes trainer/columns.yaml as a person would: one line a column. Pure Python."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.flow import flow
from pipeline.data.infer.proposed import Proposed
from pipeline.data.propose.training_rule import TrainingNumbers

_HEAD = """\
# yaml-language-server: $schema=columns.schema.json
# What each column of the data is, one line each; docs/columns.md says what the words mean.
columns:
"""
_TAIL = """\

# Pairs of categories that mean something together, as [a, b]; a clock gives the category <name>.hour, a date
# <name>.weekday.
crosses: []

{numbers}
"""
VOCABULARY_SIZE, OUT_OF_VOCABULARY_BUCKETS = 10_000, 1
_OF_TEXTS = (("text_buckets", 4_096, "over which the words of all texts are hashed"),)


def columns_text(columns: Sequence[Proposed], training: TrainingNumbers) -> str:
    """Returns the text of the file.

    Args:
      columns: of the spans, in their order.
      training: has the numbers that go with the table's size.
    """
    lines = [f"  - {flow(_written(column))}\n" for column in columns]
    numbers = (
        ("minimum_count", training.minimum_count, "a value that fewer training rows have counts as unknown"),
        (
            "vocabulary_size",
            VOCABULARY_SIZE,
            "the most values, of all categories together, with an embedding",
        ),
        ("out_of_vocabulary_buckets", OUT_OF_VOCABULARY_BUCKETS, "of each category, for unknown values"),
        ("quantile_buckets", training.quantile_buckets, "into which each number is also cut"),
        *(_OF_TEXTS if any(column.kind == "text" for column in columns) else ()),
    )
    text = "\n".join(f"{f'{name}: {number}':<30}# {why}" for name, number, why in numbers)
    return _HEAD + "".join(lines) + _TAIL.format(numbers=text)


def _written(column: Proposed) -> dict[str, object]:
    """Returns the keys of a line, without those that say what goes without saying."""
    written: dict[str, object] = {"name": column.name, "dtype": column.rule.dtype, "kind": column.kind}
    if column.role != "feature":
        written["role"] = column.role
    if not column.required:
        written["required"] = False
    if column.values:
        written["values"] = list(column.values)
    if column.unit:
        written["unit"] = column.unit
    return written
