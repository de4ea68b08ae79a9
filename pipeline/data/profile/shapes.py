"""The shape of a value: each digit becomes a 9. A million dates have one shape, so a file is soon read."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_DIGITS = slice(ord("0"), ord("9") + 1)
_TABLE = np.arange(256, dtype=np.uint8)
_TABLE[_DIGITS] = ord("9")
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def shapes(values: pa.StringArray) -> pa.StringArray:
    """Returns the shape of each value: the same bytes, digits replaced, under the same offsets."""
    offsets, data = _buffers(values)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(_TABLE[data].tobytes())]
    return pa.StringArray.from_buffers(len(values), buffers[1], buffers[2])


def hashes(values: pa.StringArray) -> np.ndarray:
    """Returns a 64-bit hash of each value [n]: the same value, the same hash, on every machine."""
    offsets, data = _buffers(values)
    if not len(data):
        return np.zeros(len(values), np.uint64)
    lengths = np.diff(offsets).astype(np.int64)
    place = np.arange(len(data), dtype=np.int64) - np.repeat(offsets[:-1].astype(np.int64), lengths)
    powers = _mixed(np.arange(1, int(lengths.max()) + 1, dtype=np.uint64))
    terms = (data.astype(np.uint64) + np.uint64(1)) * powers[place]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    return _mixed(sums[offsets[1:]] - sums[offsets[:-1]])


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Returns splitmix64 of each number: neighbours come out far apart."""
    mixed = numbers * _PRIME
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _buffers(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Returns offsets [n + 1], from 0, and the bytes of an array without nulls."""
    assert not values.null_count
    _, offsets_buffer, data_buffer = values.buffers()
    if not len(values):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    whole = np.frombuffer(offsets_buffer, np.int32)
    offsets = whole[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer else np.zeros(0, np.uint8)
    return offsets - offsets[0], data[offsets[0] : offsets[-1]]
