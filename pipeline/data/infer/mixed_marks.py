"""Numbers that are not of one unit: 12% beside 0.12, $5 beside €5. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable

from components.shown import shown
from pipeline.data.infer import number_forms
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ALL_NULL_CODES, ColumnProfile
from pipeline.data.profile.shape import shape

_SAME = {"US$": "$", "USD": "$", "EUR": "€", "GBP": "£"}
_SHARES = frozenset({"%", "‰"})
_NO_MARK = "no mark"


def mixture(profile: ColumnProfile) -> str:
    """Returns which units the numbers of a column are written in, a sentence; nothing where it is one.

    Beside a currency, a number without a mark is of that currency; beside a percent sign, it may be a share.
    """
    rows: dict[str, int] = {}
    shapes: dict[str, str] = {}
    values = profile.counts if profile.counts is not None else profile.shapes
    for value, count in values.items():
        mark = _mark(shape(value)) if value not in ALL_NULL_CODES else None
        if mark is None or (mark == _NO_MARK and not set(value) - set("0.,+-")):  # 0 is 0 %
            continue
        rows[mark] = rows.get(mark, 0) + count
        shapes.setdefault(mark, value)
    marks = set(rows) if set(rows) & _SHARES else set(rows) - {_NO_MARK}
    if len(marks) < 2:
        return ""
    of_shape = {shape(example): example for example in reversed(profile.examples)}
    said = [
        f"{rows[mark]:,} cells are as {shown(of_shape.get(shape(shapes[mark]), shapes[mark]))}"
        for mark in rows
        if mark in marks
    ]
    return f"units are mixed: {' and '.join(said)}"


def _mark(written: str) -> str | None:
    """Returns the unit of a shape; None where it is no number."""
    form = number_forms.find_form({written: 1})
    if form is None:
        return None
    marks = {_SAME.get(mark, mark) for mark in form.remove}
    return "+".join(sorted(marks)) or _NO_MARK


def warnings_of(columns: Iterable[Proposed]) -> list[str]:
    """Returns what became of each column whose units are mixed."""
    said = []
    for column in columns:
        if not column.mixed:
            continue
        if not column.left_out:
            said.append(f"{column.source}: {column.mixed}; kept as you said, as the numbers are written")
        elif column.reason == column.mixed:
            said.append(
                f"{column.source}: {column.mixed}; left out: write one unit in the file, or take the numbers "
                f"as they are written with --keep {shown(column.source)}"
            )
    return said
