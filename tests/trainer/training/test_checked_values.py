"""The served graph and ingestion refuse the same values, in the same words."""

import itertools

import pyarrow as pa
import pytest
import tensorflow as tf

from components.example_gen.errors import SpanDataError
from components.example_gen.values import check_values
from serving.values import MISSING_INT, day_refusal, refusal, timestamp_refusal
from trainer.column import MISSING
from trainer.dates import NO_DAY, NO_TIME, day_and_minute, days_since_1970
from trainer.training.checked_values import (
    ENDLESS_WORDS,
    NO_DAY_WORDS,
    NO_TEXT_WORDS,
    NO_TIMESTAMP_WORDS,
)

DAYS = [
    f"{year:04}-{month:02}-{day:02}"
    for year, month, day in itertools.product((0, 1, 1900, 2000, 2012, 2013, 9999), range(14), range(33))
]
NO_DAYS = ["", " 2013-01-01", "2013-01-01 ", "2013-01-01\n", "2013-1-01", "20130101", "2013-01-01T00:00:00Z"]
NO_DAYS += ["01.01.2013", "+2013-01-01", "-2013-01-01", "12013-01-01", "2013-01-1x", "２013-01-01", "today"]


TIMES = [
    f"{day}{between}{time}"
    for day in ("2013-02-28", "2013-02-29", "2012-02-29", "0000-01-01", "2013-13-01")
    for between in (" ", "T", "  ", "")
    for time in ("00:00", "23:59:59", "24:00", "7:30", "07:60", "07:30:60", "07:30:00Z", "07:30:00.5", "")
]


def refused(text: str, kind: str = "days") -> str:
    """Returns what ingestion says of a text in a column of a kind; nothing where it fits."""
    batch = pa.RecordBatch.from_arrays([pa.array([text])], ["day"])
    columns = {"days": (), "timestamps": (), kind: {"day"}}
    try:
        check_values(batch, where=lambda row: f"row {row}", **columns)
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


def test_a_text_is_a_timestamp_for_the_served_graph_where_it_is_one_for_ingestion():
    texts = [*TIMES, "now", "2013-02-28 07:30\n"]
    day, minute = day_and_minute(tf.constant(texts))
    served = (day != NO_DAY).numpy()
    said = [refused(text, "timestamps") for text in texts]
    assert served.tolist() == [not words for words in said] == (minute != NO_TIME).numpy().tolist()
    assert {words for words in said if words} == {
        f"row 0, column 'day': {timestamp_refusal(text)}"
        for text, known in zip(texts, served, strict=True)
        if not known
    }
    assert sum(served) == 2 * 2 * 2  # days, separators, times


def test_the_words_are_the_same():
    assert timestamp_refusal("x") == f"'x' {NO_TIMESTAMP_WORDS}"
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
