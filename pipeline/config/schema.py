"""The schema that TFDV holds data to: derived from the table of columns, with an overlay if there is one.

Names, types, presence and domains stand in trainer/columns.yaml alone. What only a schema can say (a drift
comparator, an environment, a distribution constraint) stands in trainer/schema_overlay.pbtxt, which may be
absent: each `feature` there adds to the derived one of its name.
"""

from __future__ import annotations

from importlib import resources

from pipeline.config import columns
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable
from trainer.columns_file import FILE

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


def derive(table: ColumnTable, overlay: bytes | None = None) -> bytes:
    """Returns the text of the schema.

    Args:
      table: the columns.
      overlay: text of the overlay; None if there is none.

    Raises:
      ConfigError: the overlay is no schema, or says what it cannot.
    """
    text = _HEAD + "".join(_feature(column) for column in table.columns)
    if overlay is None:
        return text.encode()
    # Reads protos, which the trigger function's environment does without; it takes what was derived here.
    from pipeline.config.schema_overlay import with_overlay

    return with_overlay(text, table, overlay)


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
