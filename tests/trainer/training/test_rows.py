"""Transformed examples in memory: refused when unfit, split by time or hash, batched anew each epoch."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.fold import FOLDS
from trainer.training.rows import Rows, TrainingDataError, read_rows, rows_of


def rows_with(**replaced: np.ndarray) -> dict[str, np.ndarray]:
    """Returns six small transformed rows on six days, out of order."""
    rows = {
        "numbers": np.arange(12, dtype=np.float32).reshape(6, 2),
        "categories": np.arange(6, dtype=np.int64).reshape(6, 1),
        "label": np.array([0, 1, 0, 1, 0, 1], np.float32).reshape(6, 1),
        "day": np.array([5, 3, 4, 1, 2, 6], np.int64).reshape(6, 1),
    }
    return {**rows, **replaced}


def test_the_latest_days_are_held_out_whatever_the_order_of_rows():
    """Time decides, not position: days 5 and 6 are held out, 1 to 4 stay."""
    earlier, held_out = rows_of(rows_with()).split_by_time(2)
    assert sorted(held_out.day.tolist()) == [5, 6]
    assert sorted(earlier.day.tolist()) == [1, 2, 3, 4]
    assert held_out.features["categories"][:, 0].tolist() == [0, 5]


def test_days_that_hold_no_rows_do_not_count():
    """The last days are the last that occur, so a gap in the data does not empty the held-out rows."""
    gap = rows_of(rows_with(day=np.array([[1], [1], [2], [2], [90], [90]])))
    earlier, held_out = gap.split_by_time(2)
    assert sorted(set(held_out.day)) == [2, 90]
    assert set(earlier.day) == {1}


def undated(*folds: float) -> Rows:
    """Rows without days; folds as shares of all folds."""
    rows = {**rows_with(), "fold": np.array([[int(fold * FOLDS)] for fold in folds])}
    del rows["day"]
    return rows_of(rows)


class TestRowsWithoutDays:
    def test_the_first_share_of_folds_is_held_out_and_equal_folds_stay_together(self):
        rows = undated(0.25, 0.125, 0.75, 0.125, 0.1875, 0.75)
        assert not rows.has_days
        to_fit, held_out = rows.split_by_fold(0.25)
        assert held_out.features["categories"][:, 0].tolist() == [1, 3, 4]
        assert to_fit.features["categories"][:, 0].tolist() == [0, 2, 5]
        assert (to_fit.fold == np.array([0.25, 0.75, 0.75]) * FOLDS).all()

    @pytest.mark.parametrize(("fold", "which", "change"), [(0.9, "none", "raise"), (0.1, "all", "lower")])
    def test_where_one_part_would_be_empty_it_says_what_helps(self, fold: float, which: str, change: str):
        with pytest.raises(TrainingDataError) as fault:
            undated(*[fold] * 6).split_by_fold(0.2)
        assert str(fault.value) == (
            f"Of the 6 rows of train, in 1 groups of rows that belong together, {which} fell into the share "
            f"of 0.2 that is held out; add rows, or {change} validation_fraction."
        )

    def test_rows_with_days_are_held_out_by_them(self):
        assert rows_of(rows_with()).has_days


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"label": np.ones((6, 1), np.float32)}, "The label is 1 in all 6 rows"),
        ({"numbers": np.full((6, 2), np.nan, np.float32)}, "'numbers' has 12 values that are not finite"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(replaced, message):
    """One class only, or values that are no numbers: one line that says which."""
    with pytest.raises(TrainingDataError, match=message):
        rows_of(rows_with(**replaced))


def test_files_that_are_not_there_or_empty_are_refused(tmp_path):
    """No file, and files without a record, are told apart."""
    with pytest.raises(TrainingDataError, match="no file matches"):
        read_rows([str(tmp_path / "none*")], {})
    with tf.io.TFRecordWriter(str(tmp_path / "empty.gz"), "GZIP"):
        pass
    with pytest.raises(TrainingDataError, match="empty"):
        read_rows([str(tmp_path / "empty.gz")], {"label": tf.io.FixedLenFeature([1], tf.float32)})


def numbered(rows: int) -> Rows:
    """Returns rows whose category is their number."""
    return Rows({"categories": np.arange(rows).reshape(rows, 1)}, np.zeros((rows, 1)), np.zeros(rows))


def handed_out(batches: tf.data.Dataset) -> list[list[int]]:
    """Returns the rows' numbers, batch by batch."""
    return [features["categories"][:, 0].numpy().tolist() for features, _ in batches]


def test_batches_come_as_ordered_however_often_and_how_far_they_are_read():
    """Keras makes iterators that it does not use, or not to the end: the next one begins anew."""
    batches = numbered(5).batches(2, order=np.array([4, 2, 0, 3, 1]))
    assert [next(iter(batches))[0]["categories"][0, 0] for _ in range(2)] == [4, 4]
    assert handed_out(batches) == [[4, 2], [0, 3], [1]]
    assert handed_out(numbered(5).batches(2)) == [[0, 1], [2, 3], [4]]


def test_an_order_is_of_the_rows_of_a_part():
    """The part's own rows come, in the order given."""
    earlier, _ = rows_of(rows_with()).split_by_time(2)
    assert handed_out(earlier.batches(4, order=np.array([3, 0, 1, 2]))) == [[4, 1, 2, 3]]


@pytest.mark.parametrize(
    ("rows", "size", "replicas", "sizes"),
    [
        (6, 2, 1, [2, 2, 2]),
        (7, 2, 1, [2, 2, 2, 1]),
        (3, 8, 1, [3]),
        (3, 8, 2, [2, 1]),  # the first can be shared
        (7, 5, 2, [4, 3]),
        (4, 1, 2, [2, 2]),  # a row for each device is the least
        (2, 1, 2, [2]),
    ],
)
def test_the_number_of_batches_is_known_and_is_that_of_steps(rows, size, replicas, sizes):
    """Known to TensorFlow, and to whoever plans with it."""
    batches = numbered(rows).batches(size, replicas)
    assert [len(batch) for batch in handed_out(batches)] == sizes
    assert batches.cardinality() == numbered(rows).steps(size, replicas) == len(sizes)


def test_fewer_rows_than_devices_are_refused():
    """TensorFlow fails on it with words about AddN."""
    with pytest.raises(
        TrainingDataError, match=r"1 rows cannot be shared by 2 devices.*CUDA_VISIBLE_DEVICES"
    ):
        numbered(1).batches(8, replicas=2)
