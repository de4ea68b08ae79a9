"""Whether two rules read the cells that both take as the same values. Pure Python."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.data.rules.import_rules import ColumnRule

_ALWAYS_THE_SAME = ("reading", "decimal", "thousands", "negative_parentheses", "pivot")


def read_otherwise(before: Sequence[ColumnRule], now: Sequence[ColumnRule]) -> str | None:
    """Returns the name of the first column whose cells give other values than before; None if there is none.

    A rule may take more than before, such as one more format: rows of such cells were refused, and none is
    in the spans. Columns that only one side has are not looked at: the header tells them.

    Args:
      before: the rules that wrote the spans.
      now: those of today.
    """
    earlier = {rule.name: rule for rule in before}
    for rule in now:
        if rule.name in earlier and not _reads_as(earlier[rule.name], rule):
            return rule.name
    return None


def _reads_as(before: ColumnRule, now: ColumnRule) -> bool:
    return (
        all(getattr(before, field) == getattr(now, field) for field in _ALWAYS_THE_SAME)
        and now.formats[: len(before.formats)] == before.formats
        and {*before.ones} <= {*now.ones}
        and {*before.zeros} <= {*now.zeros}
        and {*before.remove} <= {*now.remove}
        and {*before.nulls} <= {*now.nulls}
        and not any(_had_value(null, before) for null in {*now.nulls} - {*before.nulls})
    )


def _had_value(cell: str, rule: ColumnRule) -> bool:
    """Whether a cell may have been a value: any text is; what else has a value has a digit, or is a word."""
    words = {word.casefold() for word in (*rule.ones, *rule.zeros)}
    return rule.reading == "text" or cell.casefold() in words or any(map(str.isdigit, cell))
