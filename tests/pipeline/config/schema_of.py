"""A schema with the columns of a table."""

from collections.abc import Sequence

from trainer.column import Column

TYPES = {"int64": "INT", "float32": "FLOAT", "string": "BYTES"}
REQUIRED = "presence { min_fraction: 1.0 min_count: 1 } shape { dim { size: 1 } }"
OPTIONAL = "presence { min_count: 0 } value_count { min: 1 max: 1 }"


def schema_of(columns: Sequence[Column]) -> bytes:
    return "".join(
        f'feature {{ name: "{column.name}" type: {TYPES[column.dtype]} '
        f"{REQUIRED if column.required else OPTIONAL} }}\n"
        for column in columns
    ).encode()
