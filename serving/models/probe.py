"""Asks a model that was just loaded for made-up rows: one that answers with NaN must not serve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from serving.models.error_text import VALUE_ERRORS, one_line
from serving.tensors.signature import Signature

Ask: TypeAlias = Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]

# What a text input is given, the next where the model refuses the one before and names the input.
_TEXTS = (b"", b"2000-01-01", b"2000-01-01 00:00:00")
_ROWS = {0: "one row of zeros", 1: "one row of ones"}


def fault(signature: Signature, ask: Ask) -> str:
    """Returns what is wrong with a signature's answers; empty where nothing is.

    It is asked for a row of zeros, with defaults where it has some. A good model may refuse that (so nothing
    is known), or divide by such a zero: where an output is NaN, or has no finite value, a row of ones is
    asked for too, and only an output that is so in every answer is a fault.

    Args:
      signature: what is asked.
      ask: returns the outputs by name for the inputs of one row.

    Raises:
      tf.errors.OpError: the model failed, and does not blame the values.
    """
    faulty, asked = set(signature.outputs), []
    for number, row in _ROWS.items():
        outputs = _answer(signature, ask, number)
        if outputs is not None:
            asked.append(row)
            faulty &= {name for name, value in outputs.items() if not _has_numbers(value)}
            if not faulty:
                return ""
    if not asked:
        return ""
    return f"answers NaN or infinity as '{sorted(faulty)[0]}'; it was asked with {', then with '.join(asked)}"


def _has_numbers(value: np.ndarray) -> bool:
    """Returns whether an output has a finite value and no NaN; one infinity may be a mask's, or log 0."""
    if value.dtype.kind != "f" or not value.size:
        return True
    return bool(np.isfinite(value).any() and not np.isnan(value).any())


def _answer(signature: Signature, ask: Ask, number: int) -> Mapping[str, np.ndarray] | None:
    """Returns the answer to a row of this number and of texts that the model takes; None if it takes none."""
    row = {
        name: np.full(
            [size or 1 for size in spec.shape or ()], _TEXTS[0] if spec.dtype == object else number
        ).astype(spec.dtype)
        for name, spec in signature.inputs.items()
        if name not in signature.defaults or (number and spec.dtype != object)
    }
    later = {name: iter(_TEXTS[1:]) for name, value in row.items() if value.dtype == object}
    while True:
        try:
            return ask(row)
        except VALUE_ERRORS as error:
            refusal = one_line(error)
        refused = next((name for name in later if f"'{name}'" in refusal), None)
        text = next(later[refused], None) if refused else None
        if refused is None or text is None:
            return None
        row[refused] = np.full(row[refused].shape, text, object)
