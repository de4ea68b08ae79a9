"""Checks, before a run, that features.py, schema.pbtxt and the configuration name the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.errors import ConfigError

_SCHEMA = "trainer/schema.pbtxt"
_DTYPES = {schema_pb2.INT: "int64", schema_pb2.FLOAT: "float32", schema_pb2.BYTES: "string"}


def check(features: Mapping[str, str], schema: bytes, slices: Sequence[str]) -> None:
    """Accepts columns that the table of features and the schema give with the same types, and slices of them.

    Args:
      features: column name to int64, float32 or string, as trainer/features.py has it.
      schema: text of schema.pbtxt.
      slices: columns that the model gate slices by.

    Raises:
      ConfigError: the schema is unreadable, a column is in one place only, its types differ, or a slice is no
        column.
    """
    types = _types(schema)
    for name in [*features, *types]:
        if name not in types:
            raise ConfigError(
                f"column {name!r} is in trainer/features.py and not in trainer/schema.pbtxt; add it"
            )
        if name not in features:
            raise ConfigError(f"column {name!r} is in {_SCHEMA} and not in trainer/features.py; add it")
        if types[name] != features[name]:
            raise ConfigError(
                f"column {name!r} is {features[name]} in trainer/features.py and {types[name]} in "
                f"{_SCHEMA}; make them agree"
            )
    for name in slices:
        if name not in features:
            raise ConfigError(
                f"model_gate.slices: there is no column {name!r}; there are {', '.join(features)}"
            )


def _types(schema: bytes) -> dict[str, str]:
    try:
        parsed = text_format.Parse(schema.decode(), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ConfigError(f"{_SCHEMA} is not a schema: {' '.join(str(error).split())}") from error
    return {feature.name: _DTYPES.get(feature.type, "of no known type") for feature in parsed.feature}
