"""Words that a mistyped one may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 200  # characters that are compared: it takes the square of their number


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Returns ` (did you mean '…'?)` with the closest known word in any case; nothing if none is close."""
    by_lower_case = {each.lower(): each for each in known}
    close = difflib.get_close_matches(word[:_MOST].lower(), by_lower_case, n=1)
    return f" (did you mean {by_lower_case[close[0]]!r}?)" if close else ""
