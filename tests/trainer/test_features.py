"""features.py and schema.pbtxt say the same, and features.py costs nothing to import."""

import subprocess
import sys

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from tests.trainer import in_memory
from trainer import features

TYPES = {"int64": schema_pb2.INT, "float32": schema_pb2.FLOAT, "string": schema_pb2.BYTES}


@pytest.fixture(scope="module")
def schema() -> dict[str, schema_pb2.Feature]:
    """The curated schema's features by name."""
    return {feature.name: feature for feature in in_memory.schema().feature}


def test_the_schema_names_the_same_columns_in_the_same_order(schema):
    """A column added in one place only is noticed."""
    assert list(schema) == [column.name for column in features.COLUMNS]


@pytest.mark.parametrize("column", features.COLUMNS, ids=lambda column: column.name)
def test_the_schema_has_the_same_types_and_presence(schema, column):
    """A required column is in every row, once; an optional one at most once."""
    feature = schema[column.name]
    assert feature.type == TYPES[column.dtype]
    if column.required:
        assert feature.presence.min_fraction == 1
        assert [dim.size for dim in feature.shape.dim] == [1]
    else:
        assert feature.presence.min_fraction == 0
        assert (feature.value_count.min, feature.value_count.max) == (1, 1)


def test_only_the_label_is_missing_when_serving(schema):
    """Requests hold every column but the label."""
    absent = [name for name, feature in schema.items() if "SERVING" in feature.not_in_environment]
    assert absent == [features.LABEL]
    assert features.LABEL not in {column.name for column in features.REQUEST_COLUMNS}


def test_importing_features_needs_no_tensorflow():
    """The command line and the graph read features.py without paying for TensorFlow."""
    program = "import sys, trainer.features, trainer.hyperparameters; print('tensorflow' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"
