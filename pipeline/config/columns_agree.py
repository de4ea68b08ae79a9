"""Whether features.py and schema.pbtxt name the same columns, with the same types and presence.

Where they do not, Transform's graph and the served signature take other inputs, and the export fails, after
training.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.config.columns import SCHEMA
from pipeline.errors import ConfigError
from trainer.column import Column
from trainer.column_rule import FILE

_DTYPES = {schema_pb2.INT: "int64", schema_pb2.FLOAT: "float32", schema_pb2.BYTES: "string"}
_DOMAINS = {
    schema_pb2.INT: ("int_domain", "bool_domain"),
    schema_pb2.FLOAT: ("float_domain",),
    schema_pb2.BYTES: ("domain", "string_domain"),
}
_KINDS_OF_DOMAINS = {kind for kinds in _DOMAINS.values() for kind in kinds}
_LOOKED_AT = (schema_pb2.UNKNOWN_STAGE, schema_pb2.PRODUCTION, schema_pb2.BETA)
_HOW = {
    True: "presence { min_fraction: 1.0 min_count: 1 } shape { dim { size: 1 } }",
    False: "presence { min_count: 0 } value_count { min: 1 max: 1 }",
}


def check(columns: Sequence[Column], schema: bytes) -> None:
    """Accepts columns that the table of features and the schema give alike.

    Args:
      columns: as trainer/features.py has them.
      schema: text of schema.pbtxt.

    Raises:
      ConfigError: the schema is unreadable, or a column is in one place only, or twice, or differs.
    """
    faults = [*_find_faults({column.name: column for column in columns}, _parsed(schema))]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigError(f"{faults[0]}{more}")


def _find_faults(columns: dict[str, Column], schema: schema_pb2.Schema) -> Iterator[str]:
    names = [feature.name for feature in schema.feature]
    for name in dict.fromkeys([*columns, *names]):
        if name not in names:
            yield f"column {name!r} is in {FILE} and not in {SCHEMA}; add it"
        elif name not in columns:
            yield f"column {name!r} is in {SCHEMA} and not in {FILE}; add it"
        elif names.count(name) > 1:
            yield f"column {name!r} stands {names.count(name)} times in {SCHEMA}; leave one"
        else:
            feature = schema.feature[names.index(name)]
            yield from _differences(columns[name], feature)
            yield from (f"column {name!r} {fault}" for fault in _faults_of_domain(feature, schema))


def _differences(column: Column, feature: schema_pb2.Feature) -> Iterator[str]:
    dtype = _DTYPES.get(feature.type, "of no known type")
    if dtype != column.dtype:
        yield f"column {column.name!r} is {column.dtype} in {FILE} and {dtype} in {SCHEMA}; make them agree"
    if _is_required(feature) is not column.required:
        what = "required" if column.required else "optional"
        yield (
            f"column {column.name!r} is {what} in {FILE} and not in {SCHEMA}; "
            f"write `{_HOW[column.required]}` there"
        )


def _faults_of_domain(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> Iterator[str]:
    """Yields why a domain allows nothing, or is not looked at: TFDV would blame the data, or say nothing."""
    kind = feature.WhichOneof("domain_info")
    if kind == "domain":
        named = [domain for domain in schema.string_domain if domain.name == feature.domain]
        if len(named) != 1 or not named[0].value:
            yield (
                f"has the domain {feature.domain!r}, which stands {len(named)} times in {SCHEMA}; "
                "one string_domain of this name lists its values"
            )
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        limits = [getattr(domain, each) for each in ("min", "max") if domain.HasField(each)]
        if any(limit != limit for limit in limits) or limits != sorted(limits):
            yield f"has a {kind} in {SCHEMA} from {limits[0]} to {limits[-1]}, which no number is in"
    fits = _DOMAINS.get(feature.type, ())
    if kind in _KINDS_OF_DOMAINS and kind not in fits:
        yield f"has a {kind} in {SCHEMA}, which does not fit its type; expected {' or '.join(fits)}"
    if feature.lifecycle_stage not in _LOOKED_AT:
        stage = schema_pb2.LifecycleStage.Name(feature.lifecycle_stage)
        yield f"has the lifecycle_stage {stage} in {SCHEMA}, so no day would be checked; remove it"


def _is_required(feature: schema_pb2.Feature) -> bool | None:
    """Returns whether each row has one value; None for what is neither that nor at most one value."""
    sizes = [dim.size for dim in feature.shape.dim]
    if feature.HasField("shape"):
        return True if sizes == [1] and feature.presence.min_fraction == 1 else None
    return None if feature.presence.min_fraction > 0 else False


@functools.cache
def _parsed(schema: bytes) -> schema_pb2.Schema:
    try:
        return text_format.Parse(schema.decode(), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ConfigError(f"{SCHEMA} is not a schema: {' '.join(str(error).split())}") from error
