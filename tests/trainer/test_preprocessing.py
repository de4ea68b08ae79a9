"""Features: the same from Beam, tf.data and the exported model, and finite whatever comes in."""

import datetime

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer import in_memory
from tests.trainer.random_rows import ROWS, request
from trainer import dates, features, preprocessing
from trainer.training.export import ServedModel


@pytest.fixture(scope="module")
def served(trained, transformed) -> ServedModel:
    """The module that is exported."""
    return ServedModel(trained.model, trained.head, transformed.output)


def in_tf_data(columns: dict[str, np.ndarray], served: ServedModel) -> dict[str, np.ndarray]:
    """Transforms the columns inside of a tf.data pipeline, in batches."""
    dataset = tf.data.Dataset.from_tensor_slices(columns).batch(300).map(served.transformed)
    parts = list(dataset.as_numpy_iterator())
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_the_same_rows_give_the_same_features_everywhere(table, transformed, served):
    """Beam (as Transform runs it), tf.data and the function behind the signatures agree to 1e-6."""
    from_beam = transformed.rows()
    columns = request(table)
    from_tf_data = in_tf_data(columns, served)
    at_once = served.transformed({name: tf.constant(values) for name, values in columns.items()})
    assert len(from_beam) == ROWS
    for name in ("numbers", "categories"):
        np.testing.assert_allclose(from_tf_data[name], from_beam.features[name], rtol=0, atol=1e-6)
        np.testing.assert_allclose(at_once[name].numpy(), from_beam.features[name], rtol=0, atol=1e-6)


def test_features_have_their_shapes_and_every_category_its_rows(transformed):
    """numbers and categories are as wide as promised; each category keeps to the table's rows."""
    rows = transformed.rows()
    assert rows.features["numbers"].shape == (ROWS, preprocessing.NUMBERS)
    assert rows.features["categories"].shape == (ROWS, preprocessing.CATEGORIES)
    assert rows.features["categories"].min() >= 0
    assert rows.features["categories"].max() < preprocessing.EMBEDDING_ROWS


def test_label_and_day_pass_through(table, transformed):
    """The label is the raw one, the day counts from 1970."""
    rows = transformed.rows()
    assert rows.label[:, 0].tolist() == table[features.LABEL].to_pylist()
    days = [datetime.date.fromisoformat(date) for date in table[features.DATE].to_pylist()]
    assert rows.day.tolist() == [(date - datetime.date(1970, 1, 1)).days for date in days]


def test_numbers_are_scaled_and_missing_ones_marked(table, transformed):
    """A number has mean 0 and deviation 1 where it is known; where it is not, 0 and its indicator 1."""
    count = len(preprocessing.NUMBER_COLUMNS)
    numbers = transformed.rows().features["numbers"]
    for index, column in enumerate(preprocessing.NUMBER_COLUMNS):
        missing = np.array([value is None for value in table[column.name].to_pylist()])
        assert (numbers[:, count + index] == missing).all()
        assert (numbers[missing, index] == 0).all()
        assert abs(numbers[~missing, index].mean()) < 0.05
        assert 0.9 < numbers[~missing, index].std() < 1.1


def test_quantile_buckets_hold_equally_many_rows(transformed):
    """Each known number falls into one of QUANTILE_BUCKETS buckets of about the same size."""
    buckets = transformed.rows().features["categories"][:, : len(preprocessing.NUMBER_COLUMNS)]
    for index in range(len(preprocessing.NUMBER_COLUMNS)):
        first = index * (features.TABLE.quantile_buckets + 1)
        sizes = np.bincount(buckets[:, index] - first, minlength=features.TABLE.quantile_buckets + 1)[1:]
        assert len(sizes) == features.TABLE.quantile_buckets
        assert sizes.min() > 0.7 * sizes.mean()


def test_a_frequent_value_has_its_own_row_and_a_rare_one_shares(table, transformed):
    """At MINIMUM_COUNT rows a value enters the vocabulary; below, it is out of vocabulary."""
    column = next(one for one in preprocessing.CATEGORY_COLUMNS if one.dtype == "string")
    name = column.name
    values = np.array([value or "" for value in table[name].to_pylist()])
    position = len(preprocessing.NUMBER_COLUMNS) + preprocessing.CATEGORY_NAMES.index(name)
    rows = transformed.rows().features["categories"][:, position]
    first_own = preprocessing.BUCKET_ROWS + preprocessing.UNKNOWN_ROWS
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        own = rows[values == value] >= first_own
        assert own.all() if count >= features.TABLE.minimum_count else not own.any(), (value, count)


def test_an_unknown_value_goes_to_its_columns_own_bucket(table, served):
    """A value never seen in training shares a row with no other column's unknown values."""
    columns = preprocessing.CATEGORY_COLUMNS
    unseen = {c.name: ["never seen" if c.dtype == "string" else 987_654_321] for c in columns}
    asked = {name: tf.constant(values) for name, values in request(table.slice(0, 1), **unseen).items()}
    categories = served.transformed(asked)["categories"].numpy()[0, len(preprocessing.NUMBER_COLUMNS) :]
    rows = categories[: len(columns)]
    assert len(set(rows)) == len(columns)
    assert (rows >= preprocessing.BUCKET_ROWS).all()
    assert (rows < preprocessing.BUCKET_ROWS + preprocessing.UNKNOWN_ROWS).all()


@pytest.mark.parametrize("extreme", [1e30, -1e30, float("inf"), float("nan")])
def test_extreme_numbers_give_finite_features(table, served, extreme):
    """No number is too large, too small or too strange."""
    whole = int(np.clip(np.nan_to_num(extreme), -(2**62), 2**62))
    replaced = {
        c.name: [whole if c.dtype == "int64" else extreme]
        for c in features.REQUEST_COLUMNS
        if c.dtype != "string"
    }
    asked = {name: tf.constant(values) for name, values in request(table.slice(0, 1), **replaced).items()}
    numbers = served.transformed(asked)["numbers"].numpy()
    assert np.isfinite(numbers).all()
    assert np.abs(numbers).max() <= preprocessing.MOST_DEVIATIONS


@pytest.mark.parametrize(
    "date", ["1970-01-01", "2000-02-29", "2013-12-31", "1969-12-31", "2400-03-01", "0001-01-01"]
)
def test_days_are_counted_as_the_calendar_does(date):
    """Leap years and days before 1970 included."""
    expected = (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days
    assert dates.days_since_1970(tf.constant([date])).numpy() == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2013-13-01",
        "2013-1-1",
        "31.12.2013",
        "2013-01-01T00:00",
        "NaN",
        "2013-02-29",
        "1900-02-29",
        "2013-04-31",
    ],
)
def test_what_is_no_date_has_no_day(text):
    """Text that is no day of the calendar has no number, and not another day's."""
    assert dates.days_since_1970(tf.constant([text])).numpy() == [dates.NO_DAY]


@pytest.mark.parametrize(("hhmm", "minute"), [(0, 0), (515, 315), (2359, 1439), (2400, 0)])
def test_clock_times_become_minutes(hhmm, minute):
    """515 is 05:15, and 2400 is midnight."""
    assert dates.minute_of_day(tf.constant([hhmm], tf.int64)).numpy() == [minute]


@pytest.mark.parametrize("hhmm", [-1, 1275, 2401, 2**62])
def test_what_is_no_clock_time_has_no_minute(hhmm):
    """Numbers that no clock shows fail no request."""
    assert dates.minute_of_day(tf.constant([hhmm], tf.int64)).numpy() == [dates.NO_TIME]


def test_a_timestamp_has_a_day_and_a_minute():
    day, minute = dates.day_and_minute(tf.constant(["1970-01-02 07:30:59", "1970-01-03T23:59", "07:30"]))
    assert day.numpy().tolist() == [1, 2, dates.NO_DAY]
    assert minute.numpy().tolist() == [450, 1439, dates.NO_TIME]


def test_a_notebook_gets_the_features_that_beam_makes(table, transformed):
    """in_memory.transform equals what Transform writes."""
    in_notebook = in_memory.transform(table, transformed.output)
    rows = transformed.rows()
    for name in ("numbers", "categories"):
        np.testing.assert_allclose(in_notebook[name], rows.features[name], rtol=0, atol=1e-6)
