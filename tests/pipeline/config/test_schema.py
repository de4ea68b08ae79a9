"""The schema is derived from the columns; an overlay adds what only a schema can say, and nothing else."""

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.config import schema
from pipeline.config.schema import derive
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable

TABLE = ColumnTable(
    columns=(
        Column("day", "string", "date", role="date"),
        Column("who", "string", "category", role="key"),
        Column("late", "int64", "category", role="label", values=(0, 1)),
        Column("shop", "string", "category", values=("a", 'b "c"\\', "ü\n")),
        Column("town", "string", "category", required=False),
        Column("sold", "int64", "number", min=-3),
        Column("price", "float32", "number", required=False, min=0.1, max=2.0),
        Column("weight", "float32", "number"),
    )
)


def read(overlay: str | None = None) -> dict[str, schema_pb2.Feature]:
    whole = parsed(overlay)
    return {feature.name: feature for feature in whole.feature}


def parsed(overlay: str | None = None) -> schema_pb2.Schema:
    text = derive(TABLE, None if overlay is None else overlay.encode())
    return text_format.Parse(text, schema_pb2.Schema())


def test_every_column_has_its_name_type_and_presence_in_order():
    features = read()
    assert [*features] == [column.name for column in TABLE.columns]
    types = {"int64": schema_pb2.INT, "float32": schema_pb2.FLOAT, "string": schema_pb2.BYTES}
    for column in TABLE.columns:
        feature = features[column.name]
        assert feature.type == types[column.dtype]
        assert feature.presence.min_fraction == (1 if column.required else 0)
        if column.required:
            assert [dim.size for dim in feature.shape.dim] == [1]
        else:
            assert (feature.value_count.min, feature.value_count.max) == (1, 1)


def test_values_and_limits_are_domains():
    features = read()
    assert [*features["shop"].string_domain.value] == ["a", 'b "c"\\', "ü\n"]
    assert (features["late"].int_domain.min, features["late"].int_domain.max) == (0, 1)
    assert features["sold"].int_domain.min == -3
    assert not features["sold"].int_domain.HasField("max")
    assert features["price"].float_domain.max == 2
    assert features["price"].float_domain.min == pytest.approx(0.1)
    assert features["weight"].WhichOneof("domain_info") is features["town"].WhichOneof("domain_info") is None


def test_only_label_and_key_are_missing_when_serving():
    assert [name for name, feature in read().items() if "SERVING" in feature.not_in_environment] == [
        "who",
        "late",
    ]


def test_an_overlay_adds_to_the_columns_and_to_the_whole():
    overlay = """
        feature { name: "town" domain: "towns" distribution_constraints { min_domain_mass: 0.9 } }
        feature { name: "sold" drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
        string_domain { name: "towns" value: "Rome" }
        default_environment: "NIGHT"
    """
    features, whole = read(overlay), parsed(overlay)
    assert features["town"].domain == "towns"
    assert features["town"].distribution_constraints.min_domain_mass == 0.9
    assert features["sold"].drift_comparator.jensen_shannon_divergence.threshold == 0.1
    assert features["sold"].int_domain.min == -3
    assert len(features) == len(TABLE.columns)
    assert [*whole.default_environment] == ["TRAINING", "SERVING", "NIGHT"]
    assert whole.string_domain[0].name == "towns"


@pytest.mark.parametrize(
    ("overlay", "line"),
    [
        ("feature {", "trainer/schema_overlay.pbtxt is not a schema: 1:9"),
        (
            'feature { name: "x" }',
            "column 'x' in {} is not in trainer/columns.yaml; remove it, or add it there",
        ),
        ('feature { name: "town" type: INT }', "column 'town' in {} has a type, which follows from trainer/"),
        (
            'feature { name: "town" presence { min_count: 1 } }',
            "column 'town' in {} has a presence, which fol",
        ),
        (
            'feature { name: "town" } feature { name: "town" }',
            "column 'town' in {} stands 2 times; leave one",
        ),
        (
            'feature { name: "sold" int_domain { max: 3 } }',
            "column 'sold' in {} has a int_domain, and trainer/",
        ),
        (
            'feature { name: "town" domain: "towns" }',
            "column 'town' in {} has the domain 'towns', which stands",
        ),
        (
            'feature { name: "weight" float_domain { min: 2 max: 1 } }',
            "column 'weight' in {} has a float_domain f",
        ),
        (
            'feature { name: "weight" float_domain { min: nan } }',
            "column 'weight' in {} has a float_domain from",
        ),
        (
            'feature { name: "weight" int_domain { min: 2 } }',
            "column 'weight' in {} has a int_domain, which doe",
        ),
        (
            'feature { name: "town" lifecycle_stage: DEPRECATED }',
            "column 'town' in {} has the lifecycle_stage D",
        ),
    ],
)
def test_an_overlay_that_says_what_it_cannot_is_refused(overlay: str, line: str):
    with pytest.raises(ConfigError) as fault:
        derive(TABLE, overlay.encode())
    assert str(fault.value).startswith(line.format(schema.OVERLAY))
    assert "\n" not in str(fault.value)


def test_an_overlay_that_is_no_text_is_refused():
    with pytest.raises(ConfigError, match=r"schema_overlay.pbtxt is not a schema: 'utf-8' codec"):
        derive(TABLE, b"\xff")


def test_there_need_not_be_an_overlay():
    assert schema.read_overlay() is None
    assert schema.read() == derive(schema.columns.read())
