"""TFDV's accumulators as Arrow tables, so that a kept one is read as values and not as code.

TFDV offers pickle alone. Its accumulators are objects with slots, of numbers and of sketches, and a sketch
has a serialized form of its own (a protobuf). The objects are internal to TFDV: `_check_slots` fails where a
version has others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from tensorflow_data_validation.statistics.generators import basic_stats_generator as basic
from tensorflow_data_validation.statistics.generators import top_k_uniques_sketch_stats_generator as top_k
from tensorflow_data_validation.types import FeaturePath
from tensorflow_data_validation.utils import variance_util
from tfx_bsl.sketches import KmvSketch, MisraGriesSketch

from components.spans.kept_tables import UnreadableSummaryError, pack, unpack, versioned
from components.spans.sketches import quantiles_sketch, serialized

VERSION = 1
_PATH = pa.list_(pa.string())
_LEVEL = (
    "num_non_missing",
    "min_num_values",
    "max_num_values",
    "total_num_values",
    "min_innermost_num_values",
    "max_innermost_num_values",
)
_COUNTS = ("num_zeros", "num_nan")
_NUMBERS = ("min", "max", "finite_min", "finite_max", "pos_inf_count")
_STRINGS = ("total_bytes_length", "invalid_utf8_count")
_BYTES = ("total_num_bytes", "min_num_bytes", "max_num_bytes")
_UNIQUES = ("_distinct", "_topk_unweighted", "_topk_weighted")
# What rows without weights leave at its first value.
_OF_WEIGHTS = {
    "level": ("weighted_total_num_values", "weighted_num_non_missing"),
    "numeric": (
        "pos_inf_weighted_count",
        "has_weights",
        "weighted_quantiles_summary",
        "weighted_mean_var_accumulator",
    ),
}

WHOLE = versioned({"num_examples": pa.int64()}, "statistics", VERSION)
FEATURES = versioned(
    {
        "path": _PATH,
        "type": pa.int64(),
        "levels": pa.int64(),
        **dict.fromkeys(_COUNTS, pa.int64()),
        **dict.fromkeys(_NUMBERS, pa.float64()),
        "quantiles": pa.binary(),
        "count": pa.int64(),
        "mean": pa.float64(),
        "variance": pa.float64(),
        **dict.fromkeys((*_STRINGS, *_BYTES), pa.int64()),
    },
    "statistics of features",
    VERSION,
    nullable=("type", "levels", "quantiles"),
)
LEVELS = versioned(
    {
        **dict.fromkeys(_LEVEL, pa.int64()),
        "is_top_nested": pa.bool_(),
        "values": pa.binary(),
        "innermost": pa.binary(),
    },
    "statistics of lists",
    VERSION,
    nullable=("values", "innermost"),
)
UNIQUES = versioned(
    {"path": _PATH, **dict.fromkeys(_UNIQUES, pa.binary())}, "statistics of different values", VERSION
)
SCHEMAS = (WHOLE, FEATURES, LEVELS, UNIQUES)


def encoded(accumulator: list[Any]) -> bytes:
    """Returns the accumulators of TFDV's default generators as bytes.

    Raises:
      TypeError: this version of TFDV has other accumulators.
    """
    _check_slots()
    stats, uniques = accumulator
    levels = [
        level for each in stats.values() for level in each.common_stats.presence_and_valency_stats or ()
    ]
    return pack(
        [
            (WHOLE, {"num_examples": [int(stats.num_examples)]}),
            (FEATURES, _columns(FEATURES, (_feature_row(*each) for each in stats.items()))),
            (LEVELS, _columns(LEVELS, map(_level_row, levels))),
            (UNIQUES, _columns(UNIQUES, (_uniques_row(*each) for each in uniques.items()))),
        ]
    )


def decoded(content: bytes) -> list[Any]:
    """Returns the accumulators that `encoded` was given.

    Raises:
      UnreadableSummaryError: the content is not theirs.
    """
    _check_slots()
    whole, features, levels, uniques = unpack(content, SCHEMAS)
    if whole.num_rows != 1:
        raise UnreadableSummaryError(f"it counts rows {whole.num_rows} times, and not once")
    stats = basic.BasicStatsGenerator().create_accumulator()
    stats.num_examples = whole["num_examples"][0].as_py()
    try:
        waiting = [_level(row) for row in _rows(levels)]
        waiting.reverse()
        for row in _rows(features):
            depth = row["levels"]
            if depth is not None and not 0 <= depth <= len(waiting):
                raise UnreadableSummaryError(f"{row['path']} has {depth} levels, and {len(waiting)} are left")
            stats[FeaturePath(row["path"])] = _feature(row, depth and [waiting.pop() for _ in range(depth)])
        if waiting:
            raise UnreadableSummaryError(f"{len(waiting)} levels belong to no column")
        return [stats, {FeaturePath(row["path"]): _combined(row) for row in _rows(uniques)}]
    except RuntimeError as error:  # of the sketches' own parser
        raise UnreadableSummaryError(f"a sketch cannot be read: {error}") from error


def _columns(schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    rows = list(rows)
    return {name: [row[name] for row in rows] for name in schema.names}


def _rows(table: pa.RecordBatch) -> Iterable[dict[str, Any]]:
    columns = [column.to_pylist() for column in table.columns]
    return (dict(zip(table.schema.names, values, strict=True)) for values in zip(*columns, strict=True))


def _feature_row(path: FeaturePath, stats: Any) -> dict[str, Any]:
    common, numeric = stats.common_stats, stats.numeric_stats
    if common.has_weights or numeric.has_weights:
        raise TypeError(f"{path} has weights, which kept statistics have no columns for")
    levels = common.presence_and_valency_stats
    return {
        "path": list(path.steps()),
        "type": common.type,
        "levels": None if levels is None else len(levels),
        **{name: int(getattr(numeric, name)) for name in _COUNTS},
        **{name: float(getattr(numeric, name)) for name in _NUMBERS},
        "quantiles": _state(numeric.quantiles_summary),
        "count": int(numeric.mean_var_accumulator.count),
        "mean": float(numeric.mean_var_accumulator.mean),
        "variance": float(numeric.mean_var_accumulator.variance),
        **{name: int(getattr(stats.string_stats, name)) for name in _STRINGS},
        **{name: int(getattr(stats.bytes_stats, name)) for name in _BYTES},
    }


def _feature(row: Mapping[str, Any], levels: list[Any] | None) -> Any:
    stats = basic._PartialBasicStats(has_weights=False, make_quantiles_sketch_fn=lambda: None)
    stats.common_stats.type = row["type"]
    stats.common_stats.presence_and_valency_stats = levels
    _set(stats.numeric_stats, row, (*_COUNTS, *_NUMBERS))
    stats.numeric_stats.quantiles_summary = _quantiles(row["quantiles"])
    _set(stats.numeric_stats.mean_var_accumulator, row, ("count", "mean", "variance"))
    _set(stats.string_stats, row, _STRINGS)
    _set(stats.bytes_stats, row, _BYTES)
    return stats


def _level_row(level: Any) -> dict[str, Any]:
    return {
        **{name: int(getattr(level, name)) for name in _LEVEL},
        "is_top_nested": bool(level.is_top_nested),
        "values": _state(level.num_values_summary),
        "innermost": _state(level.innermost_num_values_summary),
    }


def _level(row: Mapping[str, Any]) -> Any:
    level = basic._PresenceAndValencyStats(lambda: None, row["is_top_nested"])
    _set(level, row, _LEVEL)
    level.num_values_summary = _quantiles(row["values"])
    level.innermost_num_values_summary = _quantiles(row["innermost"])
    return level


def _uniques_row(path: FeaturePath, sketch: Any) -> dict[str, Any]:
    return {"path": list(path.steps()), **{name: getattr(sketch, name).Serialize() for name in _UNIQUES}}


def _combined(row: Mapping[str, Any]) -> Any:
    distinct, unweighted, weighted = (row[name] for name in _UNIQUES)
    return top_k._CombinedSketch(
        KmvSketch.Deserialize(distinct),
        MisraGriesSketch.Deserialize(unweighted),
        MisraGriesSketch.Deserialize(weighted),
    )


def _set(target: Any, row: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        setattr(target, name, row[name])


def _state(sketch: Any) -> bytes | None:
    return None if sketch is None else serialized(sketch)


def _quantiles(state: bytes | None) -> Any:
    return None if state is None else quantiles_sketch(state)


def _check_slots() -> None:
    """Sees that the accumulators have the attributes that are kept, and no others.

    Raises:
      TypeError: they have others.
    """
    expected = {
        basic._PartialBasicStats: ("common_stats", "numeric_stats", "string_stats", "bytes_stats"),
        basic._PartialCommonStats: ("type", "has_weights", "presence_and_valency_stats"),
        basic._PresenceAndValencyStats: (
            *_LEVEL,
            *_OF_WEIGHTS["level"],
            "is_top_nested",
            "num_values_summary",
            "innermost_num_values_summary",
        ),
        basic._PartialNumericStats: (
            *_COUNTS,
            *_NUMBERS,
            *_OF_WEIGHTS["numeric"],
            "quantiles_summary",
            "mean_var_accumulator",
        ),
        basic._PartialStringStats: _STRINGS,
        basic._PartialBytesStats: _BYTES,
        variance_util.MeanVarAccumulator: ("count", "mean", "variance"),
        top_k._CombinedSketch: _UNIQUES,
    }
    for kept, names in expected.items():
        if {*kept.__slots__} != {*names}:
            raise TypeError(f"TFDV's {kept.__name__} has {sorted(kept.__slots__)}; kept are {sorted(names)}")
