"""TFDV's anomalies in the words of the data's owner."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import anomalies_pb2

_TYPES = anomalies_pb2.AnomalyInfo
# The types that this project's schema can raise; others keep TFDV's own sentence.
_SENTENCES: dict[int, str] = {
    _TYPES.ENUM_TYPE_UNEXPECTED_STRING_VALUES: "has values that trainer/columns.yaml does not list",
    _TYPES.BOOL_TYPE_UNEXPECTED_STRING: "has values that trainer/columns.yaml does not list",
    _TYPES.INT_TYPE_SMALL_INT: "has a number below its min in trainer/columns.yaml",
    _TYPES.INT_TYPE_BIG_INT: "has a number above its max in trainer/columns.yaml",
    _TYPES.FLOAT_TYPE_SMALL_FLOAT: "has a number below its min in trainer/columns.yaml",
    _TYPES.FLOAT_TYPE_BIG_FLOAT: "has a number above its max in trainer/columns.yaml",
    _TYPES.FEATURE_TYPE_LOW_FRACTION_PRESENT: "lacks values although it is required in trainer/columns.yaml",
    _TYPES.FEATURE_TYPE_LOW_NUMBER_PRESENT: "lacks values although it is required in trainer/columns.yaml",
    _TYPES.FEATURE_TYPE_NOT_PRESENT: "lacks values although it is required in trainer/columns.yaml",
    _TYPES.SCHEMA_MISSING_COLUMN: "is in no row",
    _TYPES.SCHEMA_NEW_COLUMN: "is not in trainer/columns.yaml",
    _TYPES.UNEXPECTED_DATA_TYPE: "has another type than in trainer/columns.yaml",
    _TYPES.FLOAT_TYPE_HAS_NAN: "has values that are no number (NaN)",
    _TYPES.FLOAT_TYPE_HAS_INF: "has infinite values",
    _TYPES.COMPARATOR_L_INFTY_HIGH: "drifted beyond the limit in trainer/schema_overlay.pbtxt",
    _TYPES.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH: (
        "drifted beyond the limit in trainer/schema_overlay.pbtxt"
    ),
}
_WHAT_NOW = "if it is right, `evergreen schema propose` shows it and writes it"
_PREFIX = re.compile(r"^(Examples contain values missing from the schema|Some examples)[:,]?\s*")


def sentence(split: str, column: str, info: anomalies_pb2.AnomalyInfo) -> str:
    """Returns what is wrong with a column of a split, with TFDV's examples of values."""
    known = [_SENTENCES[reason.type] for reason in info.reason if reason.type in _SENTENCES]
    if not known or len(known) < len(info.reason):
        return f"column {column!r} of {split}: {info.short_description}: {info.description}"
    what = " and ".join(dict.fromkeys(known))
    return f"column {column!r} of {split} {what}{_examples(info.description)}; {_WHAT_NOW}"


def _examples(description: str) -> str:
    found: Sequence[str] = re.findall(r":\s*([^:]*?)\.?\s*$", _PREFIX.sub(": ", description))
    text = " ".join(found).strip()
    return f": {text}" if text else ""
