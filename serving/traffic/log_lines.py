"""A request as a line of JSON: plain, complete, and without what nobody may keep."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from serving.traffic.record import RequestRecord

_NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def line(record: RequestRecord, pause: Callable[[int], None] = lambda _values: None) -> bytes:
    """Returns one line, with its end.

    Args:
      record: of the request, with what may be kept of it and nothing else.
      pause: called with the number of values of each array once that is written, so that other threads run.
    """
    head = {
        "time": round(record.at_s, 6),
        "version": record.version,
        "variant": record.variant,
        "signature": record.signature_name,
        "status": record.status,
        "code": record.code,
        "seconds": round(record.seconds, 6),
        "rows": record.rows,
        "key": record.key,
        "error": record.error,
    }
    parts = [json.dumps(head)[:-1]]
    for name, arrays in (("inputs", record.inputs), ("outputs", record.outputs)):
        columns = [*_columns(arrays, pause)]
        parts.append(f', "{name}": {{{", ".join(columns)}}}')
    return "".join((*parts, "}\n")).encode()


def _columns(arrays: Mapping[str, np.ndarray], pause: Callable[[int], None]) -> Iterator[str]:
    for name, array in arrays.items():
        yield f"{json.dumps(name)}: {json.dumps(_plain(array))}"
        pause(array.size)


def _plain(array: np.ndarray) -> Any:
    """Returns nested lists; what JSON cannot hold as text: "NaN", "Infinity", "-Infinity"."""
    values = array.tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return _mapped(values, lambda value: value if math.isfinite(value) else _NAMES[str(value)])
    if array.dtype == object:
        return _mapped(values, lambda value: value.decode(errors="backslashreplace"))
    return values


def _mapped(values: Any, change: Callable[[Any], Any]) -> Any:
    return [_mapped(each, change) for each in values] if isinstance(values, list) else change(values)
