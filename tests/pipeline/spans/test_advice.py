"""Whoever follows a piece of advice has a window; where there is none, the missing days are counted."""

import dataclasses
import datetime as dt
import random
import re

import pytest

from pipeline.spans.advice import missing_days, ways_out
from pipeline.spans.day_choice import WindowRequest, find_days, mature_days
from tests.pipeline.spans.january import day, days

FIVE = WindowRequest(until=None, days=5, eval_days=1)


def asked(**changes) -> WindowRequest:
    return dataclasses.replace(FIVE, **changes)


def followed(advice: str, request: WindowRequest) -> WindowRequest:
    """Does what a line says, as a person does who reads it."""
    changes: dict[str, object] = {}
    for change in re.split(r", | and ", advice):
        match = re.fullmatch(
            r"(?P<newest>leave out --until)|give --until (?P<until>\S+)|set window\.days=(?P<days>\d+)"
            r"|(set )?(?P<gaps>window\.allow_gaps=true)",
            change,
        )
        assert match, advice
        said = match.groupdict()
        if said["newest"]:
            assert request.until, "there is no --until to leave out"
            changes["until"] = None
        if said["until"]:
            changes["until"] = dt.date.fromisoformat(said["until"])
        if said["days"]:
            changes["days"] = int(said["days"])
        if said["gaps"]:
            assert not request.allow_gaps
            changes["allow_gaps"] = True
    return dataclasses.replace(request, **changes)


def random_source(chance: random.Random) -> tuple[list[dt.date], WindowRequest]:
    """Some days, a few of them immature, and settings that the configuration would accept."""
    share = chance.choice([0.3, 0.8, 0.95, 1.0])
    there = [day(number) for number in range(1, chance.randint(2, 20)) if chance.random() < share]
    request = WindowRequest(
        until=chance.choice([None, day(chance.randint(-2, 25))]),
        days=1,
        eval_days=chance.randint(1, 3),
        allow_gaps=chance.random() < 0.3,
        validation_days=chance.randint(1, 3),
        by_time=chance.random() < 0.8,
    )
    longer = dataclasses.replace(request, days=request.shortest_days + chance.randint(0, 12))
    return mature_days(there, chance.choice([0, 0, 1, 3])), longer


def test_every_piece_of_advice_gives_a_window_that_can_be_trained_on():
    chance, refused, helpless = random.Random(17), 0, 0
    for _ in range(4000):
        usable, request = random_source(chance)
        if not usable or find_days(usable, request):
            continue
        refused += 1
        advice = ways_out(usable, request)
        for each in advice:
            changed = followed(each, request)
            assert find_days(usable, changed), (each, usable, request)
            assert changed.days >= changed.shortest_days, (each, request)
            assert changed != request
        assert bool(advice) != (missing_days(usable, request) > 0), (usable, request)
        helpless += not advice
    assert refused > 1000
    assert helpless > 100


@pytest.mark.parametrize(
    ("usable", "request_", "advice"),
    [
        (days(1, 2, 3, 4, 5, 6, 8), asked(), ["give --until 2013-01-06", "set window.allow_gaps=true"]),
        (days(1, 2, 4, 5, 6), asked(), ["set window.days=3", "set window.allow_gaps=true"]),
        (days(*range(1, 9)), asked(until=day(99)), ["leave out --until"]),
        (days(*range(1, 9)), asked(until=day(3)), ["leave out --until", "set window.days=3"]),
        (days(*range(1, 9)), asked(until=day(2)), ["leave out --until"]),
        (
            days(*range(1, 9), *range(10, 17)),
            asked(until=day(9)),
            ["give --until 2013-01-08", "leave out --until", "set window.allow_gaps=true"],
        ),
        (
            days(*range(1, 9), *range(10, 17), 18),
            asked(until=day(11)),
            ["give --until 2013-01-08", "give --until 2013-01-16", "set window.allow_gaps=true"],
        ),
        (days(1, 2, 3), asked(), ["set window.days=3"]),
        (days(1, 2, 3), asked(until=day(7)), ["leave out --until and set window.days=3"]),
        (days(1, 3, 5), asked(), ["set window.days=3 and window.allow_gaps=true"]),
        (
            days(1, 3, 5),
            asked(until=day(2)),
            ["leave out --until, set window.days=3 and window.allow_gaps=true"],
        ),
        (days(1, 3, 5), asked(allow_gaps=True), ["set window.days=3"]),
        (days(1, 3), asked(), []),
        (days(1, 2, 3), asked(validation_days=2), []),
        (days(1, 2, 3), asked(validation_days=2, by_time=False), ["set window.days=3"]),
    ],
)
def test_advice_is_the_newest_end_the_longest_window_or_gaps(usable, request_, advice):
    assert ways_out(usable, request_) == advice


def test_the_days_that_are_missing_for_any_window_are_counted():
    assert missing_days(days(1, 3), asked(validation_days=3)) == 3
