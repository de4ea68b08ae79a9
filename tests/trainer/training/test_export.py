"""The exported model: both signatures, through the session loader, with columns missing or absurd."""

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.random_rows import random_table, request
from trainer import features
from trainer.column import Column
from trainer.training import export

OPTIONAL = [column for column in features.REQUEST_COLUMNS if not column.required]
REQUIRED = [column for column in features.REQUEST_COLUMNS if column.required]


def examples(table, without: frozenset[str] = frozenset()) -> list[bytes]:
    """Returns the rows as serialized tf.Examples; nulls and the columns `without` are absent."""
    serialized = []
    for row in table.to_pylist():
        example = tf.train.Example()
        for column in features.REQUEST_COLUMNS:
            value = row[column.name]
            if value is None or column.name in without:
                continue
            feature = example.features.feature[column.name]
            if column.dtype == "string":
                feature.bytes_list.value.append(value.encode())
            elif column.dtype == "int64":
                feature.int64_list.value.append(value)
            else:
                feature.float_list.value.append(value)
        serialized.append(example.SerializeToString())
    return serialized


@pytest.fixture(scope="module")
def few(table):
    """Some rows of those that the model was trained on."""
    return table.slice(0, 64)


def test_both_signatures_answer_as_the_trained_model_does(few, trained, transformed, servable):
    """Features by Beam through the Keras model, raw columns and raw examples: equal to 1e-6."""
    rows = transformed.rows()
    inputs = {name: values[:64] for name, values in rows.features.items()}
    logit = trained.model.predict(inputs, verbose=0)[:, 0]
    by_columns = servable.ask("serving_default", **request(few))
    by_examples = servable.ask("tf_examples", examples=examples(few))
    np.testing.assert_allclose(by_columns, 1 / (1 + np.exp(-logit)), atol=1e-6)
    np.testing.assert_allclose(by_examples, by_columns, rtol=0, atol=1e-6)
    assert by_columns.std() > 0.01


def test_signatures_are_as_promised(servable):
    """Named columns [batch] with the schema's types and no label; one string of examples; one probability."""
    dtypes = {"int64": tf.int64, "float32": tf.float32, "string": tf.string}
    by_name = servable.signatures["serving_default"].inputs
    assert {
        name: (tensor.dtype, [dim.size for dim in tensor.tensor_shape.dim])
        for name, tensor in by_name.items()
    } == {column.name: (dtypes[column.dtype].as_datatype_enum, [-1]) for column in features.REQUEST_COLUMNS}
    assert list(servable.signatures["tf_examples"].inputs) == ["examples"]
    for name in ("serving_default", "tf_examples"):
        (probability,) = servable.signatures[name].outputs.items()
        assert probability[0] == "probability"
        assert probability[1].dtype == tf.float32.as_datatype_enum
        assert [dim.size for dim in probability[1].tensor_shape.dim] == [-1]


def test_the_signature_carries_a_default_for_every_optional_column(servable):
    """A server can fill in what a request leaves out: [1] of what stands for a missing value."""
    defaults = servable.signatures["serving_default"].defaults
    assert set(defaults) == {column.name for column in OPTIONAL}
    for column in OPTIONAL:
        value = tf.make_ndarray(defaults[column.name])
        expected = column.missing.encode() if column.dtype == "string" else column.missing
        np.testing.assert_array_equal(value, np.array([expected], value.dtype))


def test_missing_optional_columns_are_served_as_nulls(few, servable):
    """Absent from an example or the feed, spread from one default, or null in each row: all the same."""
    nulls = {column.name: [None] * len(few) for column in OPTIONAL}
    all_null = servable.ask("serving_default", **request(few, **nulls))
    absent = servable.ask("tf_examples", examples=examples(few, without=frozenset(nulls)))
    required = {column.name: request(few)[column.name] for column in REQUIRED}
    unfed = servable.ask("serving_default", **required)
    one_default = {
        c.name: np.array([c.missing], object if c.dtype == "string" else c.dtype) for c in OPTIONAL
    }
    spread = servable.ask("serving_default", **required, **one_default)
    for answer in (absent, unfed, spread):
        np.testing.assert_allclose(answer, all_null, rtol=0, atol=1e-6)


def test_a_feature_without_values_is_served_as_a_null(few, servable):
    """CsvExampleGen writes an empty cell as a feature without values: the same as an absent one."""
    nulls = frozenset(column.name for column in OPTIONAL)
    absent = examples(few, without=nulls)
    empty = [_with_empty_features(serialized) for serialized in absent]
    assert empty != absent
    np.testing.assert_allclose(
        servable.ask("tf_examples", examples=empty),
        servable.ask("tf_examples", examples=absent),
        rtol=0,
        atol=1e-6,
    )


def _with_empty_features(serialized: bytes) -> bytes:
    example = tf.train.Example.FromString(serialized)
    kinds = {"string": "bytes_list", "int64": "int64_list", "float32": "float_list"}
    for column in OPTIONAL:
        getattr(example.features.feature[column.name], kinds[column.dtype]).SetInParent()
    return example.SerializeToString()


@pytest.mark.parametrize("column", OPTIONAL, ids=lambda column: column.name)
def test_each_optional_column_may_be_missing_alone(few, servable, column):
    """One absent column equals one null column."""
    absent = servable.ask("tf_examples", examples=examples(few, without=frozenset({column.name})))
    null = servable.ask("serving_default", **request(few, **{column.name: [None] * len(few)}))
    np.testing.assert_allclose(absent, null, rtol=0, atol=1e-6)


def test_a_missing_required_column_is_refused_by_name(few, servable):
    """An example without a required column is an error that names it, not a guess."""
    column = next(column for column in REQUIRED if column.name != features.DATE)
    with pytest.raises(tf.errors.InvalidArgumentError, match=column.name):
        servable.ask("tf_examples", examples=examples(few, without=frozenset({column.name})))


@pytest.mark.parametrize("extreme", [1e30, -1e30])
def test_absurd_values_give_finite_probabilities(few, servable, extreme):
    """Huge and negative numbers and unknown text: a probability all the same."""
    absurd = {
        "float32": extreme,
        "int64": int(np.clip(extreme, -(2**62), 2**62)),
        "string": "\u2603" if extreme > 0 else "no such value",
    }
    replaced = {
        column.name: [absurd[column.dtype]] * len(few)
        for column in features.REQUEST_COLUMNS
        if column.kind != "date"
    }
    answers = servable.ask("serving_default", **request(few, **replaced))
    assert np.isfinite(answers).all()
    assert ((answers > 0) & (answers < 1)).all()


def test_an_empty_batch_gets_an_empty_answer(table, servable):
    """No rows, no probabilities, no error."""
    assert servable.ask("serving_default", **request(table.slice(0, 0))).shape == (0,)


def test_rows_do_not_influence_each_other(servable):
    """A row gets the same answer alone as among others."""
    rows = random_table(20, seed=9)
    together = servable.ask("serving_default", **request(rows))
    alone = [servable.ask("serving_default", **request(rows.slice(row, 1)))[0] for row in range(len(rows))]
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-6)


def refused(servable, signature: str, **inputs) -> str:
    """Returns what the refusal says."""
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        servable.ask(signature, **inputs)
    return error.value.message.replace("\\'", "'")  # TensorFlow escapes quotes


@pytest.mark.parametrize(
    "text",
    ["2013-02-30", "2013-01-01T00:00:00Z", "01.01.2013", "2013-1-1", "\u0662\u0660\u0661\u0663-01-01"],
)
def test_a_date_that_ingestion_refuses_is_refused_by_both_signatures(few, servable, text):
    """A wrong date in the last row fails the request; it is not answered as if it were another day."""
    dates = few[features.DATE].to_pylist()
    words = f"column '{features.DATE}': '{text}' is not a day written YYYY-MM-DD"
    for wrong in ([*dates[:-1], text], [text, *dates[1:]]):
        table = few.set_column(few.schema.get_field_index(features.DATE), features.DATE, [wrong])
        assert words in refused(servable, "serving_default", **request(table))
        assert words in refused(servable, "tf_examples", examples=examples(table))


@pytest.mark.parametrize("column", [c for c in features.REQUEST_COLUMNS if c.dtype == "float32"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_a_number_that_ingestion_refuses_is_refused(few, servable, column, value):
    """An infinite number is no missing one."""
    values = [*few[column.name].to_pylist()[:-1], value]
    message = refused(servable, "serving_default", **request(few, **{column.name: values}))
    assert f"column '{column.name}': '{value}' is not a finite number" in message


@pytest.mark.parametrize(
    "column", [c for c in OPTIONAL if c.dtype == "int64"], ids=lambda column: column.name
)
def test_minus_one_is_a_number_and_not_a_missing_one(few, servable, column):
    """Only what a row lacks is missing: a balance or a temperature may be -1."""
    missing = servable.ask("serving_default", **request(few, **{column.name: [None] * len(few)}))
    by_columns = servable.ask("serving_default", **request(few, **{column.name: [-1] * len(few)}))
    table = few.set_column(few.schema.get_field_index(column.name), column.name, [[-1] * len(few)])
    by_examples = servable.ask("tf_examples", examples=examples(table))
    np.testing.assert_allclose(by_examples, by_columns, rtol=0, atol=1e-6)
    assert not np.allclose(by_columns, missing, rtol=0, atol=1e-6)


@pytest.mark.parametrize("column", REQUIRED, ids=lambda column: column.name)
def test_what_stands_for_a_missing_value_is_none_where_every_row_needs_one(few, servable, column):
    values = [*few[column.name].to_pylist()[:-1], column.missing]
    message = refused(servable, "serving_default", **request(few, **{column.name: values}))
    assert f"column '{column.name}': '" in message
    assert "' stands for a missing value, and every row needs one" in message


@pytest.mark.parametrize("column", [c for c in features.REQUEST_COLUMNS if c.dtype == "string"])
@pytest.mark.parametrize(("value", "shown"), [(b"caf\xe9", "caf\ufffd"), (b"a\0b", "a")])
def test_text_that_ingestion_refuses_is_refused_in_readable_words(few, servable, column, value, shown):
    """Bytes that are not UTF-8 do not get into the message, which would be no text either."""
    values = [*few[column.name].to_pylist()[:-1], value]
    message = refused(servable, "serving_default", **request(few, **{column.name: values}))
    words = "is not a day written" if column.kind == "date" else "is not UTF-8 text"
    assert f"column '{column.name}': '{shown}" in message
    assert words in message


class TestBatchSize:
    """The size of a batch, of which optional columns may hold one value for all rows."""

    OPTIONAL = (
        Column("age", "float32", "number", required=False),
        Column("name", "string", "category", required=False),
    )

    @pytest.mark.parametrize(
        ("age", "name", "size"), [(1, 1, 1), (5, 1, 5), (1, 5, 5), (5, 5, 5), (0, 1, 0), (0, 0, 0)]
    )
    def test_without_a_required_column_it_is_that_of_the_longest_or_none(
        self, monkeypatch: pytest.MonkeyPatch, age: int, name: int, size: int
    ):
        monkeypatch.setattr(features, "REQUEST_COLUMNS", self.OPTIONAL)
        columns = {"age": tf.zeros(age), "name": tf.fill([name], "x")}
        assert export._batch_size(columns).numpy() == size
        spread = export._spread_defaults(columns)
        assert {values.shape[0] for values in spread.values()} == {size}

    @pytest.mark.parametrize("size", [0, 1, 5])
    def test_a_required_column_decides_whatever_its_kind(self, monkeypatch: pytest.MonkeyPatch, size: int):
        columns = (Column("seats", "int64", "number"), *self.OPTIONAL)
        monkeypatch.setattr(features, "REQUEST_COLUMNS", columns)
        values = {"seats": tf.zeros(size, tf.int64), "age": tf.zeros(1), "name": tf.constant(["x"])}
        assert {each.shape[0] for each in export._spread_defaults(values).values()} == {size}
