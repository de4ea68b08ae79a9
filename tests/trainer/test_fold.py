"""Rows that belong together have one fold, and the fold says nothing of the side that a row is on."""

import numpy as np
import pytest
import tensorflow as tf

from components.example_gen.hash_split import part_of
from trainer import features
from trainer.column import Column
from trainer.fold import FOLDS, fold

COLUMNS = (
    Column("age", "float32", "number", required=False),
    Column("seats", "int64", "number", required=False),
    Column("name", "string", "category", required=False),
)
ROWS = 4_000


@pytest.fixture(autouse=True)
def three_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "REQUEST_COLUMNS", COLUMNS)


def raw(**changes) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """ROWS rows, all different; what `changes` replaces is the same in each."""
    values = {
        "age": np.arange(ROWS, dtype=np.float32) / 7,
        "seats": np.arange(ROWS) % 90,
        "name": np.array([f"n{number % 11}" for number in range(ROWS)]),
        "late": np.arange(ROWS) % 2,
        "person": np.array([f"p{number // 4}" for number in range(ROWS)]),
    }
    values |= {name: np.full(ROWS, value, values[name].dtype) for name, value in changes.items()}
    return {name: (tf.constant(each), tf.ones(ROWS, tf.bool)) for name, each in values.items()}


def folds(key: str | None = None, **changes) -> np.ndarray:
    return fold(raw(**changes), key).numpy()


def test_folds_lie_between_0_and_their_number_and_are_evenly_spread():
    found = folds()
    assert found.dtype == np.int64
    assert found.min() >= 0
    assert found.max() < FOLDS
    for share in (0.1, 0.5, 0.9):
        assert (found < share * FOLDS).mean() == pytest.approx(share, abs=0.04)


def test_equal_features_have_one_fold_whatever_the_label():
    same = {"age": 1.5, "seats": 3, "name": "x"}
    assert len(set(folds(**same))) == 1
    assert len(set(folds(**{**same, "age": 2.5}, late=1))) == 1
    assert folds(late=0).tolist() == folds(late=1).tolist()


@pytest.mark.parametrize(("name", "value"), [("age", 9.0), ("seats", 4), ("name", "y")])
def test_every_feature_counts(name: str, value):
    same = {"age": 1.5, "seats": 3, "name": "x"}
    assert set(folds(**same)) != set(folds(**{**same, name: value}))


def test_of_a_key_all_rows_have_one_fold_and_features_do_not_count():
    found = folds("person")
    assert len(set(found)) == ROWS // 4
    assert (found.reshape(-1, 4) == found[::4, np.newaxis]).all()
    assert folds("person", age=1.0).tolist() == found.tolist()


def test_minus_zero_is_zero():
    assert folds(age=0.0).tolist() == folds(age=-0.0).tolist()


def test_the_side_of_a_row_says_nothing_of_its_fold():
    """Of the rows that judge as of the others, the share that is held out is the same."""
    found = folds("person")[::4]
    judge = np.array([part_of(f"p{number}", 0.3) == "eval" for number in range(ROWS // 4)])
    for side in (judge, ~judge):
        assert (found[side] < 0.25 * FOLDS).mean() == pytest.approx(0.25, abs=0.08)


def test_what_is_missing_is_not_zero():
    there = raw(seats=0)
    gone = {**there, "seats": (there["seats"][0], tf.zeros(ROWS, tf.bool))}
    assert not set(fold(there, None).numpy()) & set(fold(gone, None).numpy())
