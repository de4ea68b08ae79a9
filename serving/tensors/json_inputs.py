"""A model's inputs as JSON rows or columns, to one numpy array per input.

Three things go beyond TensorFlow Serving, and one is stricter:

- An input with a default may be left out, of the request or of single rows of it.
- `null`, which TensorFlow Serving refuses, is "left out" for an input with a default.
- A whole number may have a decimal point: 12.0 is 12, as in a file that ingestion reads.
- An unknown input is refused in columns too, where TensorFlow Serving ignores it: with defaults, a misspelt
  name would otherwise be served as if it had been left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from serving.errors import InvalidRequestError
from serving.tensors.json_tensors import is_base64, json_to_array
from serving.tensors.signature import Signature


def rows_to_arrays(rows: Sequence[Any], signature: Signature) -> dict[str, np.ndarray]:
    """Returns rows as one array per input; a row is a dict by input name, or the value of the only input.

    Raises:
      InvalidRequestError: a row lacks a required input, has an unknown one, or a wrong type or shape.
    """
    plain = _plain_rows(rows, signature)
    return _unusual_rows(rows, signature) if plain is None else plain


def _plain_rows(rows: Sequence[Any], signature: Signature) -> dict[str, np.ndarray] | None:
    """Does in one pass what `_unusual_rows` does, and refuses nothing: None stands for unusual rows."""
    known = signature.inputs.keys()
    if "b64" in known or not all(type(row) is dict and row.keys() <= known for row in rows):
        return None
    gets = [row.get for row in rows]
    first = gets[0] if len(gets) == 1 else None
    arrays = {}
    for name, spec in signature.inputs.items():
        values = [first(name)] if first else [get(name) for get in gets]
        array = spec.plain_reader(values) if spec.plain_reader else None
        if array is None:
            try:
                array = _column(name, values, signature)
            except InvalidRequestError:  # perhaps not the one to tell of first
                return None
        arrays[name] = array
    return arrays


def _unusual_rows(rows: Sequence[Any], signature: Signature) -> dict[str, np.ndarray]:
    """Returns rows as one array per input, whatever they hold, or says what is wrong with them."""
    named = _is_named(rows[0])
    for index, row in enumerate(rows):
        if _is_named(row) != named:
            raise InvalidRequestError(
                f"instance {index} and instance 0 differ: either all or none name their inputs"
            )
        if named and not row.keys() <= signature.inputs.keys():
            raise _unknown(row.keys() - signature.inputs.keys(), signature, f"instance {index}: ")
    if named:
        columns = {name: [row.get(name) for row in rows] for name in signature.inputs}
    else:
        columns = {_only_input(signature, "instances"): list(rows)}
    if incomplete := [name for name in signature.required if None in columns[name]]:
        index = min(columns[name].index(None) for name in incomplete)
        missing = ", ".join(name for name in incomplete if columns[name][index] is None)
        raise InvalidRequestError(f"instance {index}: missing input(s) {missing}, which have no default")
    return {name: _column(name, values, signature) for name, values in columns.items()}


def columns_to_arrays(payload: Any, signature: Signature) -> dict[str, np.ndarray]:
    """Returns columns as arrays: a dict of them by input name, or the bare column of the only input.

    Raises:
      InvalidRequestError: a required input is missing, one is unknown, or one has a wrong type or shape.
    """
    if _is_named(payload):
        columns = {name: value for name, value in payload.items() if value is not None}
    else:
        columns = {_only_input(signature, "inputs"): payload}
    if unknown := columns.keys() - signature.inputs.keys():
        raise _unknown(unknown, signature)
    if missing := [name for name in signature.required if name not in columns]:
        raise InvalidRequestError(f"Missing named input: {', '.join(missing)} in 'inputs' object.")
    for name in signature.required:
        if isinstance(columns[name], list) and None in columns[name]:
            row = columns[name].index(None)
            raise InvalidRequestError(
                f"input '{name}': JSON Value: null Type: Null in row {row}, and it has no default"
            )
    return {name: _column(name, value, signature) for name, value in columns.items()}


def _column(name: str, value: Any, signature: Signature) -> np.ndarray:
    """Returns one column as an array [batch, ...], with the default in place of each null."""
    spec, default = signature.inputs[name], signature.defaults.get(name)
    if default is None or not isinstance(value, list) or None not in value:
        return json_to_array(name, value, spec)
    present = [index for index, item in enumerate(value) if item is not None]
    if not present:
        return signature.default(name, len(value))
    items = json_to_array(name, [value[index] for index in present], spec)
    try:
        column = np.broadcast_to(default, (len(value), *items.shape[1:])).copy()
    except ValueError as error:
        raise InvalidRequestError(f"input '{name}': its default is of another shape") from error
    column[present] = items
    return column


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def _only_input(signature: Signature, key: str) -> str:
    if len(signature.inputs) != 1:
        names = ", ".join(signature.inputs)
        raise InvalidRequestError(
            f"'{key}' is a plain value/list, but the model has several inputs to name: {names}"
        )
    return next(iter(signature.inputs))


def _unknown(names: set[str], signature: Signature, where: str = "") -> InvalidRequestError:
    known = ", ".join(sorted(signature.inputs))
    return InvalidRequestError(
        f"{where}unknown input(s) {', '.join(sorted(names))}; the model's inputs are: {known}"
    )
