"""Transformed examples in memory: refused when unfit, split by time, batched anew each epoch."""

import numpy as np
import pytest
import tensorflow as tf

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


def orders(rows: Rows, seed: int | None) -> list[list[int]]:
    """Returns the order of rows in two epochs."""
    batches = rows.batches(4, shuffle_seed=seed)
    return [[int(one) for features, _ in batches for one in features["categories"][:, 0]] for _ in range(2)]


def test_batches_hold_every_row_once_in_a_new_order_each_epoch():
    """Shuffled batches: all rows, another order each epoch, the same orders with the same seed."""
    many = Rows({"categories": np.arange(50).reshape(50, 1)}, np.zeros((50, 1)), np.zeros(50))
    first, second = orders(many, seed=1)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    assert orders(many, seed=1) == [first, second]
    assert orders(many, seed=None) == [list(range(50))] * 2
