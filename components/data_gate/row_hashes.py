"""Hashes of rows: equal for equal rows, whatever the order of rows, days and files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

_NULL = np.uint64(0x9E3779B97F4A7C15)


def of_rows(columns: Mapping[str, pa.Array]) -> np.ndarray:
    """Returns a hash of each row, [rows] uint64.

    Args:
      columns: name to values [rows]; null where a row has none.
    """
    rows = len(next(iter(columns.values())))
    total = np.zeros(rows, np.uint64)
    with np.errstate(over="ignore"):
        for name, column in sorted(columns.items()):
            total += _mixed(_of_values(column) ^ _of_text(name.encode()))
        return _mixed(total)


def _of_values(column: pa.Array) -> np.ndarray:
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
        bits = (numbers + 0.0).view(np.uint64)
        return np.where(np.isnan(numbers), _NULL, _mixed(bits))
    encoded = column.dictionary_encode()
    values = encoded.dictionary
    if pa.types.is_integer(values.type):
        hashes = _mixed(values.to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64))
    else:
        texts = (value if isinstance(value, bytes) else str(value).encode() for value in values.to_pylist())
        hashes = np.fromiter((_of_text(text) for text in texts), np.uint64, len(values))
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.append(hashes, _NULL)[codes]


def _of_text(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big"))


def _mixed(values: np.ndarray) -> np.ndarray:
    """Returns values with their bits mixed, each to another one (the finalizer of SplitMix64)."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))
