"""The schema that TFDV holds data to: derived from the table of columns, with an overlay if there is one.

Names, types, presence and domains stand in trainer/columns.yaml alone. What only a schema can say (a drift
comparator, an environment, a distribution constraint) stands in trainer/schema_overlay.pbtxt, which may be
absent: each `feature` there adds to the derived one of its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING

from pipeline.config import columns
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable
from trainer.columns_file import FILE

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

OVERLAY = "trainer/schema_overlay.pbtxt"
_HEAD = f"""# Derived from {FILE}; do not edit.
default_environment: "TRAINING"
default_environment: "SERVING"
"""
_TYPES = {"int64": "INT", "float32": "FLOAT", "string": "BYTES"}
_PRESENCE = {
    True: "presence { min_fraction: 1.0 min_count: 1 } shape { dim { size: 1 } }",
    False: "presence { min_count: 0 } value_count { min: 1 max: 1 }",
}
_DERIVED = ("type", "presence", "shape", "value_count")
_DOMAINS = {
    "int64": ("int_domain", "bool_domain"),
    "float32": ("float_domain",),
    "string": ("domain", "string_domain"),
}
_KINDS_OF_DOMAINS = {kind for kinds in _DOMAINS.values() for kind in kinds}


def derive(table: ColumnTable, overlay: bytes | None = None) -> bytes:
    """Returns the text of the schema.

    Args:
      table: the columns.
      overlay: text of the overlay; None if there is none.

    Raises:
      ConfigError: the overlay is no schema, or says what it cannot.
    """
    text = _HEAD + "".join(_feature(column) for column in table.columns)
    return text.encode() if overlay is None else _with_overlay(text, table, overlay)


def read() -> bytes:
    """Returns the schema of the trainer's columns.

    Raises:
      ConfigError: columns or overlay cannot be read or used.
    """
    return derive(columns.read(), read_overlay())


def read_overlay() -> bytes | None:
    """Returns the text of the overlay; None if there is none.

    Raises:
      ConfigError: it cannot be read.
    """
    try:
        return (resources.files("trainer") / "schema_overlay.pbtxt").read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{OVERLAY} cannot be read: {error.strerror}") from error


def _feature(column: Column) -> str:
    lines = [f"name: {_quoted(column.name)}", f"type: {_TYPES[column.dtype]}", _PRESENCE[column.required]]
    if domain := _domain(column):
        lines.append(domain)
    if column.role in ("label", "key"):
        lines.append('not_in_environment: "SERVING"')
    return "feature {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _domain(column: Column) -> str:
    if column.dtype == "string":
        values = " ".join(f"value: {_quoted(str(value))}" for value in column.values)
        return f"string_domain {{ {values} }}" if values else ""
    numbers = [value for value in column.values if not isinstance(value, str)]
    low, high = (min(numbers), max(numbers)) if numbers else (column.min, column.max)
    named = (("min", low), ("max", high))
    limits = [f"{name}: {_number(limit, column)}" for name, limit in named if limit is not None]
    kind = "int_domain" if column.dtype == "int64" else "float_domain"
    return f"{kind} {{ {' '.join(limits)} }}" if limits else ""


def _number(limit: float, column: Column) -> str:
    return repr(int(limit) if column.dtype == "int64" else float(limit))


def _quoted(text: str) -> str:
    """Returns a text as proto's text format writes it."""
    plain = (
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in text.encode()
    )
    return f'"{"".join(plain)}"'


def _with_overlay(text: str, table: ColumnTable, overlay: bytes) -> bytes:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

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
    if feature.lifecycle_stage not in _looked_at():
        yield f"has the lifecycle_stage {_stage(feature)}, so no day would be checked; remove it"


def _looked_at() -> tuple[int, ...]:
    from tensorflow_metadata.proto.v0 import schema_pb2

    return (schema_pb2.UNKNOWN_STAGE, schema_pb2.PRODUCTION, schema_pb2.BETA)


def _stage(feature: schema_pb2.Feature) -> str:
    from tensorflow_metadata.proto.v0 import schema_pb2

    return str(schema_pb2.LifecycleStage.Name(feature.lifecycle_stage))
