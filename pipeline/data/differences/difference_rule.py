"""How the newest data differs from columns.yaml, and what a person may accept of it. Pure Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.data.differences.seen import MOST_EXAMPLES, Cells, ColumnSeen, NewColumn, TableSeen
from pipeline.data.infer.names import identifiers
from pipeline.errors import ConfigError
from pipeline.spans.left_out import name_days
from trainer.column import Column, ColumnTable

_MAJOR = (
    "the label's classes are the contract of the answers: the next model gets a new MAJOR; tell those who "
    "read the answers; the champion is not compared with a model of other classes"
)


@dataclasses.dataclass(frozen=True)
class Edit:
    """A change of columns.yaml.

    Attributes:
      column: whose line it is.
      keys: key to new value, to set; of a column that is added, its whole line.
      what: `set` keys of its line, `add` a line for it, or `remove` its line and its crosses.
    """

    column: str
    keys: Mapping[str, object] = dataclasses.field(default_factory=dict)
    what: str = "set"


@dataclasses.dataclass(frozen=True)
class Difference:
    """One way in which the newest data is not as columns.yaml says.

    Attributes:
      name: to accept it by, such as `carrier.values`.
      sentence: what there is, where, how often, with examples.
      edit: of columns.yaml, that would make it right; None if a person has to.
      caution: what accepting it means, beyond columns.yaml; such a one is accepted by its name only.
      advice: what to do where there is no edit.
    """

    name: str
    sentence: str
    edit: Edit | None
    caution: str = ""
    advice: str = ""


def compare(table: ColumnTable, seen: TableSeen) -> tuple[Difference, ...]:
    """Returns the differences, in the order of the columns; new columns last."""
    found: list[Difference] = []
    for column in table.columns:
        found += _of_column(column, seen)
    found += (_new(new, seen, table) for new in seen.new)
    return tuple(found)


def accepted(
    differences: Sequence[Difference], names: Sequence[str], *, every: bool
) -> tuple[Difference, ...]:
    """Returns the differences that a person accepts.

    Args:
      differences: that were found.
      names: of those that are accepted.
      every: whether all are accepted that have no caution.

    Raises:
      ConfigError: there is none of a name, or it cannot be accepted.
    """
    by_name = {each.name: each for each in differences}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            raise ConfigError(
                f"--accept {shown(name)}: no difference is called so{did_you_mean(name, by_name)}; "
                f"there are {known}"
            )
        if by_name[name].edit is None:
            raise ConfigError(f"--accept {name}: {by_name[name].advice}")
    return tuple(
        each
        for each in differences
        if each.name in names or (every and each.edit is not None and not each.caution)
    )


def _of_column(column: Column, seen: TableSeen) -> Iterator[Difference]:
    here = seen.columns.get(column.name, ColumnSeen())
    absent = [day for day in seen.days if day not in here.days]
    if absent and (seen.has_header or not here.days):
        yield _lost(column, seen, len(absent), name_days(absent))
    if here.untyped.rows:
        yield _other_dtype(column, here)
    if here.others.rows:
        yield _values(column, here)
    if column.min is not None and here.low is not None and here.below.rows:
        yield _beyond(column, "min", here.below, here.low, column.min)
    if column.max is not None and here.high is not None and here.above.rows:
        yield _beyond(column, "max", here.above, here.high, column.max)
    if column.required and column.role != "label" and here.empty.rows:
        yield _empty(column, here.empty)


def _lost(column: Column, seen: TableSeen, absent: int, days: str) -> Difference:
    whole = absent == len(seen.days)
    near = did_you_mean(column.name, [new.name for new in seen.new]).replace("did you mean", "is it")
    what = f"column {column.name!r} is missing in {_spans(absent, seen)} ({days}){near}"
    name = f"{column.name}.lost"
    if column.role in ("label", "date"):
        return Difference(name, what, None, advice=f"{what}, and is the {column.role}; mend the data")
    if not whole:
        advice = (
            f"{what}; a span without a column of columns.yaml is refused: write it into those, or leave it"
        )
        return Difference(name, what, None, advice=advice)
    removes = Edit(column.name, what="remove")
    return Difference(
        name,
        f"{what}: its line would be removed, with its crosses",
        removes,
        caution=f"the next model refuses requests that send {column.name!r}, and gets a new MAJOR",
    )


def _other_dtype(column: Column, here: ColumnSeen) -> Difference:
    kind = "numbers with decimals" if here.numbers and column.dtype == "int64" else f"no {column.dtype}"
    what = f"{_counted(here.untyped)} of {column.name!r} {_are(here.untyped)} {kind}{_such_as(here.untyped)}"
    name = f"{column.name}.dtype"
    if here.numbers and (column.dtype, column.kind) == ("int64", "number") and column.role == "feature":
        keys = {"dtype": "float32"}
        return Difference(f"{column.name}.dtype", f"{what}: dtype float32", Edit(column.name, keys))
    if column.kind == "category" and column.role == "feature" and not column.values:
        return Difference(name, f"{what}: dtype string", Edit(column.name, {"dtype": "string"}))
    advice = f"{what}; correct the data, or write the line of {column.name!r} in columns.yaml anew"
    return Difference(name, what, None, advice=advice)


def _values(column: Column, here: ColumnSeen) -> Difference:
    new = [*here.unlisted][:MOST_EXAMPLES]
    counts = ", ".join(f"{shown(value)} ({here.unlisted[value]:,})" for value in new)
    more = f" and {len(here.unlisted) - len(new)} more" if len(here.unlisted) > len(new) else ""
    what = (
        f"{len(here.unlisted)} new value{'s' * (len(here.unlisted) > 1)} of {column.name!r} in "
        f"{_counted(here.others)}: {counts}{more}"
    )
    added = [int(value) if column.dtype == "int64" else value for value in here.unlisted]
    keys = {"values": [*column.values, *added]}
    caution = _MAJOR if column.role == "label" else ""
    return Difference(f"{column.name}.values", what, Edit(column.name, keys), caution=caution)


def _beyond(column: Column, key: str, cells: Cells, extreme: float, limit: float) -> Difference:
    side = "under" if key == "min" else "over"
    what = (
        f"{_counted(cells)} of {column.name!r} {_are(cells)} {side} its {key} of {_number(limit)}, to "
        f"{_number(extreme)}{_such_as(cells)}"
    )
    value = int(extreme) if float(extreme).is_integer() else extreme
    return Difference(f"{column.name}.{key}", what, Edit(column.name, {key: value}))


def _empty(column: Column, cells: Cells) -> Difference:
    what = f"{_counted(cells)} of {column.name!r} {_are(cells)} empty, and it is required"
    if column.role != "feature":
        advice = f"{what}; it is the {column.role}, which no row may lack: fill it in, or leave the rows out"
        return Difference(f"{column.name}.required", what, None, advice=advice)
    return Difference(f"{column.name}.required", what, Edit(column.name, {"required": False}))


def _new(new: NewColumn, seen: TableSeen, table: ColumnTable) -> Difference:
    found = (
        f"new column {shown(new.name)} in {_spans(len(new.days), seen)} ({name_days(new.days)}), "
        f"{new.cells.rows:,} rows with a value, {new.distinct:,} different{_such_as(new.cells)}"
    )
    name = f"{new.name}.new"
    taken = [column.name for column in table.columns]
    if identifiers([*taken, new.name])[-1] != new.name:
        better = identifiers([*taken, new.name])[-1]
        advice = f"{found}; no model can take a column of this name: call it {better!r} in the data"
        return Difference(name, found, None, advice=advice)
    if not new.cells.rows:
        return Difference(name, found, None, advice=f"{found}; it is empty, so its type is not known")
    keys: dict[str, object] = {"name": new.name, "dtype": new.dtype, "kind": new.kind, "required": False}
    what = f"{found}: {new.kind}, {new.dtype}{f' ({new.why})' if new.why else ''}"
    caution = ""
    if new.useless:
        caution = f"it would be left out: {new.why}"
    elif len(new.days) < len(seen.days) or seen.older:
        caution = (
            "a span without a column of columns.yaml is refused: wait until every day of the window has it, "
            "shorten window.days, or write it into the days before"
        )
        if seen.older:
            whole = len(seen.days) + seen.older
            caution = f"{seen.older} older spans of the window were not looked at (--days {whole}); {caution}"
    return Difference(name, what, Edit(new.name, keys, "add"), caution=caution)


def _spans(number: int, seen: TableSeen) -> str:
    return f"{number} of {len(seen.days)} spans"


def _counted(cells: Cells) -> str:
    return f"{cells.rows:,} row{'s' * (cells.rows != 1)} of {name_days(cells.days)}"


def _are(cells: Cells) -> str:
    return "is" if cells.rows == 1 else "are"


def _such_as(cells: Cells) -> str:
    return f", such as {', '.join(map(shown, cells.examples))}" if cells.examples else ""


def _number(value: float) -> str:
    return f"{value:.15g}"
