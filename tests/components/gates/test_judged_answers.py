"""By how much two models' answers to the same rows differ, and how much that is another from day to day."""

import numpy as np
import pytest

from components.gates.judged_answers import Shift, shift_of

CHAMPION = np.float32([0.2, 0.4, 0.6, 0.8])  # their standard deviation is the root of 0.05
SD = 0.05**0.5
DAYS = np.array(["a", "a", "b", "b"])


@pytest.mark.parametrize(
    ("added", "days", "expected"),
    [
        ([0.1] * 4, DAYS, (0.1, 0.0)),
        ([0.1, -0.1, 0.1, -0.1], DAYS, (0.0, 0.0)),
        ([0.1, 0.1, 0.3, 0.3], DAYS, (0.2, 0.1)),
        ([0.1, 0.1, 0.3, 0.3], None, (0.2, 0.0)),
        ([0.0, 0.0, 0.0, 0.4], np.array(["a", "a", "a", "b"]), (0.1, 0.03**0.5)),
    ],
    ids=["the same", "no matter which row", "of another day", "days unknown", "a day of few rows"],
)
def test_the_shift_is_in_the_champions_deviations(added, days, expected):
    found = shift_of(CHAMPION + np.float32(added), CHAMPION, days)
    assert (found.mean * SD, found.day_sd * SD) == pytest.approx(expected, abs=1e-6)


def test_of_several_classes_the_first_counts():
    two = np.stack([CHAMPION, 1 - CHAMPION], axis=1)
    assert shift_of(two + np.float32([0.1, -0.1]), two, None).mean * SD == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize("champion", [[0.5] * 4, [0.2, 0.4, 0.6, np.nan]])
def test_answers_that_say_nothing_have_no_shift(champion):
    assert shift_of(CHAMPION, np.float32(champion), DAYS) is None
    assert shift_of(CHAMPION, CHAMPION, DAYS) == Shift(0.0, 0.0)
