"""Days that are far off are told, as a year may be mistyped."""

import datetime as dt

import pytest

from pipeline.data.imports.far_days import warnings

TODAY = dt.date(2026, 6, 1)
NEWEST = dt.date(2024, 1, 1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("days", "newest", "words"),
    [
        ({"2026-06-02": 1}, None, []),
        ({"2026-06-03": 1}, None, ["1 row of 2026-06-03 is after today, 2026-06-01"]),
        ({"2026-06-03": 2, "2099-01-01": 3}, None, ["5 rows, as of 2099-01-01, are after today"]),
        ({"2025-01-01": 1}, NEWEST, []),
        ({"2025-01-02": 2}, NEWEST, ["2 rows of 2025-01-02 are more than a year after 2024-01-01"]),
        ({"2099-01-01": 1}, NEWEST, ["is after today"]),
        (
            {"2025-01-02": 1, "2099-01-01": 1},
            NEWEST,
            ["2099-01-01 is after today", "2025-01-02 is more than"],
        ),
    ],
)
def test_days_that_have_not_come_or_are_a_year_beyond_the_newest_are_told(days, newest, words):
    said = warnings({day(text): rows for text, rows in days.items()}, newest, TODAY)
    assert len(said) == len(words)
    assert all(word in sentence for word, sentence in zip(words, said, strict=True))
