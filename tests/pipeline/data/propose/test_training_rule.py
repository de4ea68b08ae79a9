from __future__ import annotations

from pipeline.data.propose.training_rule import class_weights, numbers


def test_more_rows_take_larger_batches_and_fewer_epochs():
    found = [numbers(rows, 10) for rows in (1_000, 1_001, 5_001, 20_001, 100_001, 500_001)]
    assert [each.batch_size for each in found] == sorted({each.batch_size for each in found})
    assert [each.max_epochs for each in found] == sorted({each.max_epochs for each in found}, reverse=True)


def test_a_table_of_few_rows_a_column_is_learned_slowly():
    wide, narrow = numbers(2_990, 300), numbers(3_000, 300)
    assert wide.learning_rate == narrow.learning_rate / 3
    assert (wide.dropout, wide.category_dropout) == (0.5, 0.5)
    assert (wide.max_epochs, wide.patience_epochs) == (narrow.max_epochs / 2, narrow.patience_epochs / 2)
    assert max(narrow.dropout, narrow.category_dropout) < 0.5
    assert narrow == numbers(3_000, 10)


def test_one_of_two_classes_with_less_than_two_percent_is_weighted():
    assert class_weights(2, 19, 1_000) == "balanced"
    assert class_weights(2, 20, 1_000) == "none"


def test_several_classes_and_numbers_are_not_weighted():
    assert class_weights(3, 19, 1_000) == "none"
    assert class_weights(0, 0, 1_000) == "none"
