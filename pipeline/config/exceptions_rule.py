"""Which of `data_gate.exceptions` name a column that their check has. Decided on plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.data_gate.columns import GateColumns
from components.did_you_mean import did_you_mean
from components.gates.data_checks import BESIDE_BASELINE, CROSS, ON_COLUMNS
from components.shown import shown
from monitoring.crosses import BETWEEN

_MOST = 10  # names in a message


def faulty_exceptions(
    exceptions: Sequence[tuple[str, str]], columns: GateColumns
) -> Iterator[tuple[int, str]]:
    """Yields the position of each exception that could never apply, and why.

    Args:
      exceptions: check and column of each, as the configuration writes them.
      columns: of the data.
    """
    crosses = [BETWEEN.join(pair) for pair in columns.judged_crosses]
    for position, (check, column) in enumerate(exceptions):
        name = check.replace("_", " ")
        known = crosses if name == CROSS else [*columns.kinds]
        if name not in (*ON_COLUMNS, *BESIDE_BASELINE):
            yield position, f"the check {check} is of no column; say in data_gate.checks what it does"
        elif column not in known:
            what = "no cross" if name == CROSS else "no column"
            some = ", ".join(known[:_MOST]) or "none"
            more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
            yield (
                position,
                f"there is {what} {shown(column)}{did_you_mean(column, known)}; there are {some}{more}",
            )
