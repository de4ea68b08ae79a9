"""Profiles count values exactly while they are few, keep the shape of many, and survive being kept."""

import json

import numpy as np
import pyarrow as pa
import pytest

from monitoring import profiles
from monitoring.profiles import Profile

TEXTS = pa.array(["b", "a", None, "a"], pa.string())
NUMBERS = pa.array([2.0, 1.0, None, 1.0, float("nan")], pa.float32())


def equal(ours: Profile, theirs: Profile) -> bool:
    return ours.as_values() == theirs.as_values()


def test_values_are_counted_and_nulls_apart():
    of = profiles.of_categories(TEXTS)
    assert (of.rows, of.nulls, of.values.tolist(), of.counts.tolist()) == (4, 1, ["a", "b"], [2, 1])
    assert of.commonest == 0.5
    of = profiles.of_numbers(NUMBERS)
    assert (of.rows, of.nulls, of.values.tolist(), of.counts.tolist()) == (5, 2, [1, 2], [2, 1])


@pytest.mark.parametrize("values", [pa.array([7, 7, 3]), pa.array([b"7", b"7", b"3"], pa.large_binary())])
def test_whole_numbers_and_bytes_are_texts(values: pa.Array):
    assert profiles.of_categories(values).values.tolist() == ["3", "7"]


def test_bytes_that_are_no_text_do_not_stop_a_profile():
    assert profiles.of_categories(pa.array([b"\xff"], pa.large_binary())).values.tolist() == ["\\xff"]


@pytest.mark.parametrize(("different", "many"), [(500, False), (501, True)])
def test_too_many_categories_are_not_kept(different: int, many: bool):
    of = profiles.of_categories(pa.array([str(each) for each in range(different)]))
    assert of.many is many
    assert of.commonest == 1 / different


def test_many_numbers_keep_their_quantiles():
    values = np.random.default_rng(3).normal(size=50_000)
    of = profiles.of_numbers(pa.array(values))
    assert len(of.values) <= profiles.MOST_NUMBERS
    assert of.counts.sum() == pytest.approx(50_000)
    asked = (0.1, 0.5, 0.9)
    assert profiles.quantiles(of, asked) == pytest.approx(np.quantile(values, asked), abs=0.01)


def test_merged_profiles_are_those_of_all_rows():
    for column, make in ((TEXTS, profiles.of_categories), (NUMBERS, profiles.of_numbers)):
        whole = make(pa.concat_arrays([column, column.slice(1)]))
        assert equal(profiles.merged([make(column), make(column.slice(1))]), whole)


@pytest.mark.parametrize(
    "of",
    [
        profiles.of_categories(TEXTS),
        profiles.of_numbers(NUMBERS),
        profiles.of_numbers(pa.array([None], pa.float32())),
        profiles.of_categories(pa.array([None], pa.string())),
        profiles.of_categories(pa.array([str(each) for each in range(600)])),
    ],
)
def test_a_profile_survives_being_written_and_read(of: Profile):
    again = Profile.from_values(json.loads(json.dumps(of.as_values())))
    assert equal(again, of)
    assert again.values.dtype.kind == of.values.dtype.kind


@pytest.mark.parametrize(
    "spoilt",
    [
        {"rows": 0},
        {"rows": -5},
        {"rows": 900},
        {"nulls": -1},
        {"nulls": "many"},
        {"nulls": [1]},
        {"counts": [-1.0, 4.0]},
        {"counts": [None, 3.0]},
        {"counts": [3.0]},
        {"values": [2.0, 1.0]},
        {"values": [1.0, 1.0]},
        {"values": [1.0, float("nan")]},
        {"values": [[1.0], [2.0]]},
        {"top": None},
    ],
)
def test_a_damaged_profile_is_refused(spoilt: dict):
    values = profiles.of_numbers(NUMBERS).as_values()
    assert equal(Profile.from_values(values), profiles.of_numbers(NUMBERS))
    with pytest.raises((ValueError, TypeError)):
        Profile.from_values({**values, **spoilt})
