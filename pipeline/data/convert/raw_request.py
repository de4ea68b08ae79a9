"""Whether a file to be predicted is as somebody hands it over, or has the columns of spans. Pure Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from pipeline.data.rules.header_rule import missing_columns
from pipeline.data.rules.import_rules import ImportRules
from pipeline.errors import DataError


def is_raw(header: Collection[str], rules: ImportRules, needed: Collection[str], *, is_span: bool) -> bool:
    """Returns whether a header is nearer to that of raw files than to that of spans.

    Args:
      header: of the file.
      rules: of raw files.
      needed: names, in spans, of the columns that a model needs.
      is_span: whether the file lies where spans do; it decides where both have the same names.
    """
    of_raw = sum(rule.source in header for rule in rules.columns if rule.name in needed)
    of_span = sum(name in header for name in needed)
    return of_raw > of_span or (of_raw == of_span > 0 and not is_span)


def rules_for(
    file: str, header: Sequence[str], rules: ImportRules, needed: Collection[str], optional: Collection[str]
) -> ImportRules:
    """Returns the rules of the columns that a model takes and a file has.

    Args:
      file: what messages call it.
      header: of the file.
      rules: of raw files.
      needed: names, in spans, of the columns that every row must have.
      optional: of those that may be missing.

    Raises:
      DataError: a column that is needed is missing.
    """
    lost = [rule.source for rule in rules.columns if rule.name in needed and rule.source not in header]
    if lost:
        raise DataError(missing_columns(file, lost, header))
    taken = {*needed, *optional}
    columns = [rule for rule in rules.columns if rule.name in taken and rule.source in header]
    return dataclasses.replace(rules, columns=tuple(columns))
