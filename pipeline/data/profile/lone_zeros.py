"""A lone zero before a mark and digits, as in 0,342: that mark stands before decimals. Pure Python."""

from __future__ import annotations

import re


def lone_zero(mark: str) -> str:
    """Returns the regular expression (RE2) of cells with a lone zero before a mark."""
    return rf"(?:^|[^0-9.,'])0{re.escape(mark)}[0-9]"


def has_lone_zero(value: str, mark: str) -> bool:
    """Whether a lone zero stands before a mark in a cell."""
    return f"0{mark}" in value and bool(re.search(lone_zero(mark), value))
