"""Evaluates the part of IAM's conditions that the grants use.

https://cloud.google.com/iam/docs/conditions-attribute-reference: terms about the name of a resource, and
about the prefix that a list is asked for, joined by `&&` and, less tightly, by `||`. What else the language
knows is refused, so that no condition passes unread.
"""

from __future__ import annotations

import re

_TEXT = r'"(?P<text>[^"\\]*)"'
_NAME_BEGINS = re.compile(rf"resource\.name\.startsWith\({_TEXT}\)")
_NAME_HAS = re.compile(r'resource\.name\.extract\("(?P<before>[^"{]*)\{\w+\}(?P<after>[^"{]*)"\) != ""')
_LISTS = re.compile(
    rf'api\.getAttribute\("storage\.googleapis\.com/objectListPrefix", ""\)\.startsWith\({_TEXT}\)'
)


def holds(expression: str, name: str, list_prefix: str = "") -> bool:
    """Returns whether a request meets a condition; the empty one is met by all.

    Args:
      expression: of the condition.
      name: of the resource, as in projects/_/buckets/<bucket>/objects/<object>.
      list_prefix: of a request that lists objects, whose resource is the bucket.

    Raises:
      ValueError: the condition uses what this does not know.
    """
    if not expression:
        return True
    either = [
        [_term(term, name, list_prefix) for term in both.split(" && ")] for both in expression.split(" || ")
    ]
    return any(all(terms) for terms in either)


def _term(term: str, name: str, list_prefix: str) -> bool:
    if known := _NAME_BEGINS.fullmatch(term):
        return name.startswith(known["text"])
    if known := _LISTS.fullmatch(term):
        return list_prefix.startswith(known["text"])
    if known := _NAME_HAS.fullmatch(term):
        between = re.search(rf"{re.escape(known['before'])}(.+?){re.escape(known['after'])}", name, re.DOTALL)
        return bool(between)
    if term == "true":
        return True
    raise ValueError(f"unknown term: {term}")
