"""Columns that do not fit together are refused before anything runs, naming the column and the file."""

import pytest
from pipeline.config.columns_agree import check

from pipeline.errors import ConfigError
from tests.pipeline.config.schema_of import OPTIONAL, REQUIRED, schema_of
from trainer.column import Column

DEST, TEMP = Column("dest", "string", "category"), Column("temp", "float32", "number", required=False)
WIND = Column("wind", "float32", "number", required=False)
SCHEMA = schema_of([DEST, TEMP])


def test_columns_that_agree_are_accepted():
    check([DEST, TEMP], SCHEMA)
    check([TEMP, DEST], SCHEMA)


@pytest.mark.parametrize(
    ("columns", "schema", "message"),
    [
        (
            [DEST, TEMP, WIND],
            SCHEMA,
            "column 'wind' is in trainer/features.py and not in trainer/schema.pbtxt; add it",
        ),
        ([DEST], SCHEMA, "column 'temp' is in trainer/schema.pbtxt and not in trainer/features.py; add it"),
        (
            [DEST, Column("temp", "int64", "number", required=False)],
            SCHEMA,
            "column 'temp' is int64 in trainer/features.py and float32 in trainer/schema.pbtxt; "
            "make them agree",
        ),
        (
            [DEST, TEMP],
            SCHEMA.replace(b"FLOAT", b"STRUCT"),
            "column 'temp' is float32 in trainer/features.py and of no known type in trainer/schema.pbtxt; "
            "make them agree",
        ),
        (
            [DEST, Column("temp", "float32", "number")],
            SCHEMA,
            "column 'temp' is required in trainer/features.py and not in trainer/schema.pbtxt; "
            f"write `{REQUIRED}` there",
        ),
        (
            [Column("dest", "string", "category", required=False), TEMP],
            SCHEMA,
            "column 'dest' is optional in trainer/features.py and not in trainer/schema.pbtxt; "
            f"write `{OPTIONAL}` there",
        ),
        (
            [DEST, TEMP],
            SCHEMA.replace(b"size: 1", b"size: 2"),
            "column 'dest' is required in trainer/features.py and not in trainer/schema.pbtxt; "
            f"write `{REQUIRED}` there",
        ),
        (
            [DEST, TEMP],
            SCHEMA.replace(b"min_count: 0", b"min_fraction: 0.5"),
            "column 'temp' is optional in trainer/features.py and not in trainer/schema.pbtxt; "
            f"write `{OPTIONAL}` there",
        ),
        (
            [DEST, TEMP],
            SCHEMA + SCHEMA,
            "column 'dest' stands 2 times in trainer/schema.pbtxt; leave one (and 1 more)",
        ),
        (
            [DEST, TEMP],
            b"feature { nam: 3 }",
            'trainer/schema.pbtxt is not a schema: 1:11 : Message type "tensorflow.metadata.v0.Feature" '
            'has no field named "nam".',
        ),
        (
            [DEST, TEMP],
            b"\xff",
            "trainer/schema.pbtxt is not a schema: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte",
        ),
    ],
)
def test_what_does_not_fit_is_named(columns, schema: bytes, message: str):
    with pytest.raises(ConfigError) as fault:
        check(columns, schema)
    assert str(fault.value).startswith(message)
    assert "\n" not in str(fault.value)


DOMAIN_COLUMNS = (
    Column("shop", "string", "category"),
    Column("sold", "int64", "number"),
    Column("price", "float32", "number"),
)


def planted(name: str, text: str) -> bytes:
    """Returns a schema in which a column has what is planted, and a string domain `towns`."""
    schema = schema_of(DOMAIN_COLUMNS).decode().replace(f'name: "{name}"', f'name: "{name}" {text}')
    return (schema + 'string_domain { name: "towns" value: "Rome" }').encode()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("shop", 'domain: "shops"', "has the domain 'shops', which stands 0 times"),
        ("shop", "string_domain { value: 'a' } lifecycle_stage: DEPRECATED", "has the lifecycle_stage DEPR"),
        ("shop", "int_domain { min: 1 }", "has a int_domain in trainer/schema.pbtxt, which does not fit"),
        ("sold", "int_domain { min: 2 max: 1 }", "has a int_domain in trainer/schema.pbtxt from 2 to 1"),
        ("price", "float_domain { min: nan max: 5 }", "has a float_domain in trainer/schema.pbtxt from nan"),
        ("price", 'domain: "towns"', "has a domain in trainer/schema.pbtxt, which does not fit its type"),
    ],
)
def test_a_domain_that_allows_nothing_or_is_not_looked_at_is_named(name: str, text: str, message: str):
    with pytest.raises(ConfigError) as fault:
        check(DOMAIN_COLUMNS, planted(name, text))
    assert str(fault.value).startswith(f"column {name!r} {message}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop", 'domain: "towns"'),
        ("shop", "string_domain { value: 'a' }"),
        ("sold", "int_domain { min: 1 max: 1 }"),
        ("sold", "bool_domain {}"),
        ("price", "float_domain { min: 0 } lifecycle_stage: PRODUCTION"),
    ],
)
def test_a_domain_that_can_be_held_to_is_accepted(name: str, text: str):
    check(DOMAIN_COLUMNS, planted(name, text))
