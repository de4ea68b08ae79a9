"""A few odd cells beside two values are told."""

import pytest

from pipeline.data.infer.label_doubts import odd_values


@pytest.mark.parametrize(
    ("counts", "is_told"),
    [
        ({0: 600, 1: 399, 12: 1}, True),
        ({0: 600, 1: 396, 12: 1, 13: 1, 14: 1, 15: 1}, True),
        ({0: 600, 1: 395, 12: 5}, False),
        ({0: 600, 1: 400}, False),
        ({0: 600}, False),
    ],
)
def test_two_values_and_less_than_a_few_others_are_told(counts, is_told):
    assert (odd_values(counts) is not None) is is_told


def test_the_odd_value_is_named():
    said = odd_values({"0": 600, "1": 399, "12": 1})
    assert said.startswith("999 of 1,000 rows are 0 or 1, and 1 such as '12'; if that is a total")
