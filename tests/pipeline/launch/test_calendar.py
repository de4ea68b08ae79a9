"""A window from the future, or one without new days, is told when a run is started."""

import datetime as dt

import pytest

from components.spans.grain import GRAINS
from pipeline.launch.calendar import findings
from pipeline.spans.window import Span, Window

NEWEST = dt.date(2026, 3, 10)


def window(newest: dt.date = NEWEST, grain: str = "day") -> Window:
    spans = tuple(Span(newest - dt.timedelta(days=back), f"/d/{back}", str(back)) for back in (3, 2, 1, 0))
    return Window(spans[:2], spans[2:], grain=GRAINS[grain])


@pytest.mark.parametrize(("today", "told"), [(8, True), (9, False), (10, False), (11, False)])
def test_a_day_that_has_not_been_yet_is_told_where_it_is_today_nowhere(today: int, told: bool):
    found = findings(window(), dt.date(2026, 3, today), None)
    assert ("future day" in found) is told
    if told:
        assert found["future day"].startswith(
            "2026-03-10: days that have not been yet, as today is 2026-03-08"
        )


@pytest.mark.parametrize(("limit", "told"), [(None, False), (4, True), (5, False)])
def test_old_data_is_told_only_beyond_a_limit(limit: int | None, told: bool):
    found = findings(window(), dt.date(2026, 3, 15), limit)
    assert ("stale data" in found) is told


def test_a_month_is_as_old_as_its_last_day():
    assert "stale data" not in findings(window(dt.date(2026, 3, 1), "month"), dt.date(2026, 4, 3), 3)
