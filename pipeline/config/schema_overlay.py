"""What an overlay adds to the schema that follows from the columns, and what it may not say."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.config.schema import OVERLAY
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable
from trainer.columns_file import FILE

_DERIVED = ("type", "presence", "shape", "value_count")
_DOMAINS = {
    "int64": ("int_domain", "bool_domain"),
    "float32": ("float_domain",),
    "string": ("domain", "string_domain"),
}
_KINDS_OF_DOMAINS = {kind for kinds in _DOMAINS.values() for kind in kinds}
_LOOKED_AT = (schema_pb2.UNKNOWN_STAGE, schema_pb2.PRODUCTION, schema_pb2.BETA)


def with_overlay(text: str, table: ColumnTable, overlay: bytes) -> bytes:
    """Returns the text of the schema with what the overlay adds.

    Args:
      text: of the schema that follows from the columns.
      table: the columns.
      overlay: text of the overlay.

    Raises:
      ConfigError: the overlay is no schema, or says what it cannot.
    """
    derived = text_format.Parse(text, schema_pb2.Schema())
    try:
        added = text_format.Parse(overlay.decode(), schema_pb2.Schema())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ConfigError(f"{OVERLAY} is not a schema: {' '.join(str(error).split())}") from error
    faults = [*_faults_of_overlay(added, {column.name: column for column in table.columns})]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigError(f"{faults[0]}{more}")
    for feature in added.feature:
        next(each for each in derived.feature if each.name == feature.name).MergeFrom(feature)
    del added.feature[:]
    derived.MergeFrom(added)
    return text_format.MessageToString(derived).encode()


def _faults_of_overlay(overlay: schema_pb2.Schema, columns: dict[str, Column]) -> Iterator[str]:
    names = [feature.name for feature in overlay.feature]
    for feature in overlay.feature:
        where = f"column {feature.name!r} in {OVERLAY}"
        if feature.name not in columns:
            yield f"{where} is not in {FILE}; remove it, or add it there"
            continue
        if names.count(feature.name) > 1:
            yield f"{where} stands {names.count(feature.name)} times; leave one"
        for field in _DERIVED:
            if feature.HasField(field):
                yield f"{where} has a {field}, which follows from {FILE}; remove it"
        yield from (
            f"{where} {fault}" for fault in _faults_of_domain(feature, overlay, columns[feature.name])
        )


def _faults_of_domain(
    feature: schema_pb2.Feature, overlay: schema_pb2.Schema, column: Column
) -> Iterator[str]:
    """Yields why a domain allows nothing, or is not looked at: TFDV would blame the data, or say nothing."""
    kind = feature.WhichOneof("domain_info")
    if kind and (column.values or column.min is not None or column.max is not None):
        yield f"has a {kind}, and {FILE} gives its values; leave one of the two"
    if kind == "domain":
        named = [domain for domain in overlay.string_domain if domain.name == feature.domain]
        if len(named) != 1 or not named[0].value:
            yield (
                f"has the domain {feature.domain!r}, which stands {len(named)} times there; "
                "one string_domain of this name lists its values"
            )
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        limits = [getattr(domain, each) for each in ("min", "max") if domain.HasField(each)]
        if any(limit != limit for limit in limits) or limits != sorted(limits):
            yield f"has a {kind} from {limits[0]} to {limits[-1]}, which no number is in"
    fits = _DOMAINS[column.dtype]
    if kind in _KINDS_OF_DOMAINS and kind not in fits:
        yield f"has a {kind}, which does not fit its type; expected {' or '.join(fits)}"
    if feature.lifecycle_stage not in _LOOKED_AT:
        stage = schema_pb2.LifecycleStage.Name(feature.lifecycle_stage)
        yield f"has the lifecycle_stage {stage}, so no day would be checked; remove it"
