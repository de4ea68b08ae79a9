"""Labels and slices are read from columns, answers are asked for records: both in one order."""

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("split", ["train", "eval"])
def test_labels_and_slices_come_in_the_order_of_the_records(ingested, split: str):
    import tensorflow as tf

    from components.evaluator import rows
    from components.spans.examples import records, spans
    from components.task import Task

    examples, schema = ingested
    assert spans(examples), "the rows are to be read from the span store's columns"
    read = rows.read(
        examples, schema, split, label="late", task=Task("binary", (0, 1), "probability"), columns=("origin",)
    )
    features = [tf.train.Example.FromString(record).features.feature for record in records(examples, split)]
    assert read.labels.tolist() == [each["late"].int64_list.value[0] for each in features]
    assert read.columns["origin"].tolist() == [
        each["origin"].bytes_list.value[0].decode() for each in features
    ]
    assert len(set(read.labels.tolist())) == 2
