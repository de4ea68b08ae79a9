"""The served graph and ingestion refuse the same values, in the same words."""

import itertools

import pyarrow as pa
import pytest
import tensorflow as tf

from components.example_gen.errors import SpanDataError
from components.example_gen.values import check_values
from serving.values import MISSING_INT, day_refusal, refusal
from trainer.column import MISSING
from trainer.preprocessing import NO_DAY, days_since_1970
from trainer.training.checked_values import ENDLESS_WORDS, NO_DAY_WORDS, NO_TEXT_WORDS

DAYS = [
    f"{year:04}-{month:02}-{day:02}"
    for year, month, day in itertools.product((0, 1, 1900, 2000, 2012, 2013, 9999), range(14), range(33))
]
NO_DAYS = ["", " 2013-01-01", "2013-01-01 ", "2013-01-01\n", "2013-1-01", "20130101", "2013-01-01T00:00:00Z"]
NO_DAYS += ["01.01.2013", "+2013-01-01", "-2013-01-01", "12013-01-01", "2013-01-1x", "２013-01-01", "today"]


def refused(text: str) -> str:
    """Returns what ingestion says of a text in a column of days; nothing where it is one."""
    batch = pa.RecordBatch.from_arrays([pa.array([text])], ["day"])
    try:
        check_values(batch, {"day"}, lambda row: f"row {row}")
    except SpanDataError as error:
        return str(error)
    return ""


def test_a_text_is_a_day_for_the_served_graph_where_it_is_one_for_ingestion():
    texts = [*DAYS, *NO_DAYS]
    served = (days_since_1970(tf.constant(texts)) != NO_DAY).numpy()
    said = [refused(text) for text in texts]
    assert served.tolist() == [not words for words in said]
    assert {words for words in said if words} == {
        f"row 0, column 'day': {day_refusal(text)}"
        for text, day in zip(texts, served, strict=True)
        if not day
    }
    assert sum(served) == 6 * 365 + 2  # no year 0; a day more in 2000 and 2012


def test_the_words_are_the_same():
    assert day_refusal("x") == f"'x' {NO_DAY_WORDS}"
    assert refusal("float", float("inf")) == f"'inf' {ENDLESS_WORDS}"
    assert refusal("text", "x") == f"'x' {NO_TEXT_WORDS}"


@pytest.mark.parametrize("value", [MISSING_INT, MISSING_INT + 1, -1, 0])
def test_only_what_stands_for_a_missing_number_is_no_number(value: int):
    """What a model takes for "missing" is refused by ingestion, and so is never a value."""
    assert MISSING["int64"] == MISSING_INT
    batch = pa.RecordBatch.from_arrays([pa.array([7, None, value])], ["seats"])
    if value != MISSING_INT:
        check_values(batch, (), str)
        return
    with pytest.raises(
        SpanDataError, match=r"2, column 'seats': '-9223372036854775808' stands for a missing"
    ):
        check_values(batch, (), str)
