"""Columns that do not fit together are refused before anything runs, naming the column and the file."""

import pytest

from pipeline.config.columns_agree import check
from pipeline.errors import ConfigError

SCHEMA = b'feature { name: "dest" type: BYTES } feature { name: "temp" type: FLOAT }'
FEATURES = {"dest": "string", "temp": "float32"}


def test_columns_that_agree_are_accepted():
    check(FEATURES, SCHEMA, ["dest"])


@pytest.mark.parametrize(
    ("features", "schema", "slices", "message"),
    [
        ({**FEATURES, "wind": "float32"}, SCHEMA, [], "'wind' is in trainer/features.py and not in"),
        ({"dest": "string"}, SCHEMA, [], "'temp' is in trainer/schema.pbtxt and not in"),
        ({**FEATURES, "temp": "int64"}, SCHEMA, [], "'temp' is int64 in trainer/features.py and float32 in"),
        (FEATURES, SCHEMA, ["dset"], "model_gate.slices: there is no column 'dset'"),
        (FEATURES, b"feature { nam: 3 }", [], "trainer/schema.pbtxt is not a schema"),
        (FEATURES, b"\xff", [], "trainer/schema.pbtxt is not a schema"),
    ],
)
def test_what_does_not_fit_is_named(features, schema, slices, message):
    with pytest.raises(ConfigError, match=message):
        check(features, schema, slices)
