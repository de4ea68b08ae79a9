"""Numbers of one sentence have the same number of decimals, as many as the smallest needs."""

import pytest

from components.evaluator.shown_number import rounded_up, shown_together


@pytest.mark.parametrize(
    ("values", "smallest", "shown"),
    [
        ((0.004, 0.01), 0.006, ("0.0040", "0.0100")),
        ((0.004, 0.01), 0.01, ("0.004", "0.010")),
        ((1_500.0, 90.4), 90.4, ("1,500", "90")),
        ((1.5,), 1.0, ("1.5",)),
        ((0.0,), 0.0, ("0",)),
        ((1.0,), 1e-30, ("1.000000000",)),
    ],
)
def test_decimals_are_those_that_the_smallest_needs(values, smallest, shown):
    assert shown_together(*values, smallest=smallest) == shown


@pytest.mark.parametrize(
    ("count", "rows"),
    [(-3, 1), (0.2, 1), (7, 7), (8_100, 9_000), (9_000, 9_000), (12_100, 13_000), (9_500, 10_000)],
)
def test_rows_are_rounded_up(count: float, rows: int):
    assert rounded_up(count) == rows
