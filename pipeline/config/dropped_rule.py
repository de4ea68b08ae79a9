"""Which of the columns that the request log is to drop are none. Decided on plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.did_you_mean import did_you_mean
from components.shown import shown

KEY = "request.key"  # what a client is told apart by


def faulty_drops(dropped: Sequence[str], columns: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yields the position of each name that nothing has, and why: a column that is misspelt would be kept.

    Args:
      dropped: as the configuration names them.
      columns: of a request.
    """
    for position, name in enumerate(dropped):
        if name not in (*columns, KEY):
            near = did_you_mean(name, (*columns, KEY))
            yield position, f"no request has {shown(name)}{near}; name a column of requests, or {KEY}"
