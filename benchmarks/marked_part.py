"""The part of a page that a benchmark writes, between two markers."""

from __future__ import annotations


def replaced(page: str, begin: str, end: str, between: str) -> str:
    """Returns a page with another text between its markers.

    Args:
      page: its text.
      begin: the first marker.
      end: the last one.
      between: the lines that stand there from now on.

    Raises:
      ValueError: the page lacks a marker, or has one twice.
    """
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page lacks {begin!r} or {end!r}, or has one twice")
    before, rest = page.split(begin)
    return f"{before}{begin}\n{between}\n{end}{rest.split(end)[1]}"
