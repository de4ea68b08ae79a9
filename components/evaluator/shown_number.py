"""Numbers as a sentence shows them. Pure Python."""

from __future__ import annotations

import math

_MOST_DECIMALS = 9


def shown_together(*values: float, smallest: float) -> tuple[str, ...]:
    """Returns numbers with as many decimals as `smallest` needs for two digits that count."""
    decimals = max(0, 1 - math.floor(math.log10(smallest))) if smallest > 0 else 0
    return tuple(f"{value:,.{min(decimals, _MOST_DECIMALS)}f}" for value in values)


def rounded_up(count: float) -> int:
    """Returns a number of rows with one digit that counts, two from 10,000 on, and never too few."""
    rows = max(math.ceil(count), 1)
    digits = len(str(rows))
    step = 10 ** (digits - (1 if digits < 5 else 2))
    return math.ceil(rows / step) * step
