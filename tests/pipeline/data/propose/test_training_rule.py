from __future__ import annotations

from pipeline.data.propose.training_rule import class_weights, numbers


def test_more_rows_take_larger_batches_and_fewer_epochs():
    found = [numbers(rows) for rows in (1_000, 1_001, 5_001, 20_001, 100_001, 500_001)]
    assert [each.batch_size for each in found] == sorted({each.batch_size for each in found})
    assert [each.max_epochs for each in found] == sorted({each.max_epochs for each in found}, reverse=True)


def test_a_class_of_less_than_two_percent_is_weighted():
    assert class_weights(19, 1_000) == "balanced"
    assert class_weights(20, 1_000) == "none"
