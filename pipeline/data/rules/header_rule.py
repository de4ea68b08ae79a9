"""Which headers are refused, and what their columns are for. Pure Python."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from pipeline.data.rules.import_rules import ImportRules
from pipeline.data.rules.unnamed import is_unnamed
from pipeline.errors import DataError
from serving.values import quoted

_SHOWN = 8


def checked_header(file: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names of a header, blanks around them cut off.

    Raises:
      DataError: a column has no name, or two have the same.
    """
    header = tuple(name.strip() for name in names)
    if not any(header):
        raise DataError(f"{file}: the header has no names; begin the file with a line of column names")
    for position, name in enumerate(header):
        if not name:
            raise DataError(
                f"{file}: column {position + 1} of {len(header)} has no name in the header; name it"
            )
        if name in header[:position]:
            first = header.index(name) + 1
            raise DataError(
                f"{file}: column {quoted(name)} stands twice in the header, as columns {first} and "
                f"{position + 1}; name each column once"
            )
    return header


def check_same_header(file: str, header: Sequence[str], first: str, expected: Sequence[str]) -> None:
    """Accepts the header of a folder's file that names the columns of the first file, in any order.

    Raises:
      DataError: a column is missing or new.
    """
    lost = [name for name in expected if name not in header]
    new = [name for name in header if name not in expected]
    if lost or new:
        faults = [f"it lacks {_listed(lost)}"] * bool(lost) + [f"it has {_listed(new)}"] * bool(new)
        differs = " and ".join(faults)
        raise DataError(f"{file}: other columns than {first}: {differs}; give all files the same header")


def check_columns(file: str, header: Sequence[str], rules: ImportRules) -> None:
    """Accepts a header that has every column of the rules, and none that they do not know.

    One without a name may be new; it may have no cells then.

    Raises:
      DataError: a column is lost or new; names it.
    """
    known = {rule.source for rule in rules.columns}
    known_or_out = known | {each.source for each in rules.left_out}
    new = [name for name in header if name not in known_or_out and not is_unnamed(name)]
    lost = [rule.source for rule in rules.columns if rule.source not in header]
    if lost:
        raise DataError(missing_columns(file, lost, header, new))
    if new:
        it = "it" if len(new) == 1 else "them"
        raise DataError(
            f"{file}: new {_columns(new)} {_listed(new)}; name {it} under left_out in "
            f"pipeline/configs/import.yaml, or run `evergreen init` again to use {it}"
        )


def missing_columns(
    file: str, lost: Sequence[str], header: Sequence[str], new: Sequence[str] | None = None
) -> str:
    """Returns what is said of columns that a file lacks.

    Args:
      file: that lacks them.
      lost: their names.
      header: of the file.
      new: names of the header that nobody knows; None if it may have any.
    """
    instead = f"new instead: {_listed(new)}" if new else f"the header has {_listed(header)}"
    return (
        f"{file}: {_columns(lost)} {_listed(lost)} {'is' if len(lost) == 1 else 'are'} missing"
        f"{_likeness(lost[0], header if new is None else new)}; {instead}; rename it back, or set `from` in "
        "pipeline/configs/import.yaml"
    )


def _columns(names: Sequence[str]) -> str:
    return "column" if len(names) == 1 else "columns"


def _likeness(lost: str, new: Sequence[str]) -> str:
    by_folded = {name.casefold(): name for name in new}
    near = difflib.get_close_matches(lost.casefold(), [*by_folded], n=1)
    return f" (is it {quoted(by_folded[near[0]])}?)" if near else ""


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(quoted(name) for name in names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
