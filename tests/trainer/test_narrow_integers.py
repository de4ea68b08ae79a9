"""Whole numbers are held in 32 bits where those hold them, and never changed."""

import pytest
import tensorflow as tf

from trainer.training.rows import _joined, _narrow

SMALL, LARGE = [0, -(2**31), 2**31 - 1], [1, 2**31]


@pytest.mark.parametrize(("values", "dtype"), [(SMALL, tf.int32), (LARGE, tf.int64), ([], tf.int32)])
def test_what_fits_is_narrowed_and_what_does_not_is_left(values: list[int], dtype: tf.DType):
    narrowed = _narrow(tf.constant(values, tf.int64))
    assert narrowed.dtype == dtype
    assert narrowed.numpy().tolist() == values


def test_parts_of_both_widths_are_joined_without_loss():
    joined = _joined([_narrow(tf.constant(part, tf.int64)) for part in (SMALL, LARGE)])
    assert joined.dtype == tf.int64
    assert joined.numpy().tolist() == [*SMALL, *LARGE]


def test_other_numbers_are_left():
    assert _narrow(tf.constant([0.5])).dtype == tf.float32
