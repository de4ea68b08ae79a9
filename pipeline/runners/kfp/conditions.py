"""Trigger conditions: the part of CEL that TFX's compiler writes.

(inputs.artifacts['_DataGate.verdict'].artifacts[0].metadata['blessed'] == 1.0) && !(...)
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
}


class ConditionError(ValueError):
    """A condition that is not in this part of CEL, or asks for something that is not there."""


def holds(condition: str, artifacts: Mapping[str, Sequence[Any]], parameters: Mapping[str, Any]) -> bool:
    """Evaluates a condition.

    Args:
      condition: as TFX's compiler writes it.
      artifacts: input artifacts by key; each has `uri` and `metadata`.
      parameters: input parameters by name.

    Raises:
      ConditionError: it is not understood, or asks for what is not there. On Vertex AI the task fails too.
    """
    inputs = {
        "artifacts": {k: {"artifacts": list(v)} for k, v in artifacts.items()},
        "parameters": parameters,
    }
    value = _value(_parse(condition).body, inputs)
    if not isinstance(value, bool):
        raise ConditionError(f"the condition {condition!r} is {value!r}, neither true nor false")
    return value


def read_keys(condition: str) -> set[str]:
    """Returns the keys of the input artifacts that a condition reads.

    Raises:
      ConditionError: not this part of CEL.
    """
    return {
        ast.literal_eval(node.slice)
        for node in ast.walk(_parse(condition))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "inputs.artifacts"
    }


def _parse(condition: str) -> ast.Expression:
    pieces, last = [], 0
    for quoted in _QUOTED.finditer(condition):
        pieces += [_as_python(condition[last : quoted.start()]), quoted.group(0)]
        last = quoted.end()
    try:
        return ast.parse("".join([*pieces, _as_python(condition[last:])]).strip(), mode="eval")
    except SyntaxError as error:
        raise ConditionError(f"the condition {condition!r} is not understood: {error.msg}") from error


def _as_python(text: str) -> str:
    text = text.replace("&&", " and ").replace("||", " or ")
    return re.sub(r"!(?!=)", " not ", text)


def _value(node: ast.AST, inputs: Any) -> Any:
    if isinstance(node, ast.BoolOp):
        values = (_value(each, inputs) for each in node.values)
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, inputs)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        return _compare(node, inputs)
    return _operand(node, inputs)


def _operand(node: ast.AST, inputs: Any) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in ("inputs", "true", "false"):
        return inputs if node.id == "inputs" else node.id == "true"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _value(node.left, inputs) + _value(node.right, inputs)
    if isinstance(node, ast.Attribute):
        return _member(_value(node.value, inputs), node.attr, node)
    if isinstance(node, ast.Subscript):
        return _member(_value(node.value, inputs), _value(node.slice, inputs), node)
    raise ConditionError(f"conditions with `{ast.unparse(node)}` are not understood here")


def _compare(node: ast.Compare, inputs: Any) -> bool:
    left, right = _value(node.left, inputs), _value(node.comparators[0], inputs)
    numbers = (int, float)
    if isinstance(left, numbers) != isinstance(right, numbers):
        raise ConditionError(f"`{ast.unparse(node)}` compares {left!r} with {right!r}")
    return bool(_OPERATORS[type(node.ops[0])](left, right))


def _member(value: Any, key: Any, node: ast.AST) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ConditionError(f"the condition asks for `{ast.unparse(node)}`, which is not there") from error
