"""What a source file means to Python: its syntax tree, without comments, docstrings and layout.

It is the same in every version of Python. This module imports only the standard library, so that a test can
load it into each of them.
"""

from __future__ import annotations

import ast
import functools
from typing import Any

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_WITHOUT_EFFECT = ("ctx", "kind", "type_comment", "type_ignores")


@functools.cache  # stages share modules
def meaning(source: bytes) -> str:
    """Returns a module's syntax tree as text: the same for sources that differ only in prose and layout."""
    return _written(ast.parse(source))


def _written(value: object) -> str:
    """Returns a syntax tree as text that is the same in every version of Python.

    That of `ast.dump` is not: versions differ in the fields that there are, and in the empty ones it shows.
    """
    if isinstance(value, list):
        return f"[{' '.join(map(_written, value))}]"
    if not isinstance(value, ast.AST):
        return f"{type(value).__name__} {value!r}"
    fields: dict[str, Any] = {
        name: field for name, field in ast.iter_fields(value) if name not in _WITHOUT_EFFECT
    }
    if isinstance(value, _DOCUMENTED) and ast.get_docstring(value, clean=False) is not None:
        fields["body"] = fields["body"][1:]
    if isinstance(value, ast.JoinedStr):
        fields["values"] = _joined(fields["values"])
    inside = [
        f"{name}={_written(field)}" for name, field in sorted(fields.items()) if field not in (None, [])
    ]
    return f"{type(value).__name__}({', '.join(inside)})"


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """Joins adjacent constants of an f-string, which Python before 3.12 may leave separate or empty."""
    joined: list[ast.expr] = []
    for part in parts:
        before = joined[-1] if joined else None
        if isinstance(part, ast.Constant) and isinstance(before, ast.Constant):
            joined[-1] = ast.Constant(str(before.value) + str(part.value))
        elif not (isinstance(part, ast.Constant) and part.value == ""):
            joined.append(part)
    return joined
