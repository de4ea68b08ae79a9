"""A champion is judged on a candidate's eval rows if it was trained on none of them, and never otherwise."""

import dataclasses
import datetime as dt
import json

import pytest

from components.example_gen.hash_split import HashSplit
from components.spans.grain import GRAINS, Grain
from pipeline.launch.champion import Champion
from pipeline.launch.comparability import why_incomparable
from pipeline.launch.window_record import as_json, window_days
from pipeline.spans.window import Span, Window

SPLIT = HashSplit(0.2, (("age", "float32"), ("sex", "string")), False)


def spans(*days: str) -> tuple[Span, ...]:
    return tuple(Span(dt.date.fromisoformat(day), f"/data/{day}.csv", "f") for day in days)


def window(grain: Grain = GRAINS["file"], *days: str) -> Window:
    every = spans(*(days or ("2026-01-05", "2026-02-03")))
    return Window(every, every, grain=grain)


def released(by: HashSplit | None, of: Window) -> Champion:
    properties = {
        "version": "1.0.1",
        "model_uri": "/m",
        "pushed_destination": "/s/1",
        "window": as_json(of, by),
    }
    return Champion.from_release(properties, "run-1")


class TestRowsSplitByHash:
    @pytest.mark.parametrize("change", [{}, {"eval_fraction": 0.15}])
    def test_the_same_hash_and_no_larger_share_is_compared(self, change):
        now = dataclasses.replace(SPLIT, **change)
        assert why_incomparable(released(SPLIT, window()), window(), now) is None

    @pytest.mark.parametrize(
        ("before", "how"),
        [
            (None, "split by time or by another hash"),
            (dataclasses.replace(SPLIT, eval_fraction=0.1), "with split.eval_fraction 0.1 and not 0.2"),
            (dataclasses.replace(SPLIT, spread_copies=True), "with split.spread_copies: true"),
            (
                dataclasses.replace(SPLIT, columns=(("patient", "string"),)),
                "split by a hash of patient and not of age, sex",
            ),
            (
                dataclasses.replace(SPLIT, columns=tuple((name, "string") for name in "abcde")),
                "split by a hash of a, b and 3 more columns and not of age, sex",
            ),
            (
                dataclasses.replace(SPLIT, columns=tuple((name, "string") for name in "abc")),
                "split by a hash of a, b, c and not of age, sex",
            ),
        ],
    )
    def test_any_other_split_is_not_and_the_difference_is_named(self, before, how: str):
        why = why_incomparable(released(before, window()), window(), SPLIT)
        trained = "champion 1.0.1 was trained on 2 of the 2 eval deliveries (2026-01-05 … 2026-02-03), "
        assert why == trained + how

    def test_days_that_the_champion_never_had_are_compared_however_they_are_split(self):
        later = window(GRAINS["file"], "2026-02-04")
        assert why_incomparable(released(None, window()), later, SPLIT) is None

    def test_a_candidate_whose_last_days_judge_is_not_compared_with_a_champion_that_had_them(self):
        first, last = spans("2026-01-05"), spans("2026-02-03")
        why = why_incomparable(released(SPLIT, window()), Window(first, last), None)
        assert why == (
            "champion 1.0.1 was trained on 1 of the 1 eval days (2026-01-05 … 2026-02-03); a release would "
            "replace it by a model of older days"
        )

    def test_a_split_by_another_rule_is_another_hash(self):
        old = released(SPLIT, window())
        record = json.loads(as_json(window(), SPLIT))
        record["split"]["rule"] = 1
        properties = {
            "version": "1.0.1",
            "model_uri": "",
            "pushed_destination": "",
            "window": json.dumps(record),
        }
        old = Champion.from_release(properties, "run-1")
        assert "by another hash" in why_incomparable(old, window(), SPLIT)


class TestSpansOfManyDays:
    MONTHS = Window(spans("2013-01-01"), spans("2013-02-01"), grain=GRAINS["month"])

    def test_the_record_says_the_last_day_that_each_part_has(self):
        assert window_days(self.MONTHS) == {
            "train_first": "2013-01-01",
            "train_last": "2013-01-31",
            "eval_first": "2013-02-01",
            "eval_last": "2013-02-28",
        }

    @pytest.mark.parametrize(("day", "seen"), [("2013-01-31", True), ("2013-02-01", False)])
    def test_a_champion_of_a_month_has_seen_all_its_days(self, day: str, seen: bool):
        now = Window(spans("2013-01-02"), spans(day))
        assert bool(why_incomparable(released(None, self.MONTHS), now)) is seen

    @pytest.mark.parametrize(("last", "seen"), [("2013-02-01", True), ("2013-01-31", False)])
    def test_a_champion_of_one_day_of_a_month_has_seen_some_of_it(self, last: str, seen: bool):
        before = Window(spans("2013-01-30", last), spans("2013-03-03"))
        assert bool(why_incomparable(released(None, before), self.MONTHS)) is seen

    @pytest.mark.parametrize(("first", "seen"), [("2013-02-28", True), ("2013-03-01", False)])
    def test_and_one_of_the_days_from_its_last_one_on(self, first: str, seen: bool):
        before = Window(spans(first), spans("2013-03-03"))
        assert bool(why_incomparable(released(None, before), self.MONTHS)) is seen
