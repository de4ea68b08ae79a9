"""One bad day stops a run, and nothing that has always been so does."""

import dataclasses
import datetime as dt
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.data_gate import days_rule
from components.data_gate.day_facts import DayFacts, Finding
from components.data_gate.day_profile import profile_of
from components.data_gate.days_rule import findings
from tests.components.data_gate.days import COLUMNS, changed, day, facts, joined, rows, taken

DAYS = 30
HISTORY = [facts(number, rows(number), judged=False) for number in range(DAYS)]


def judge(newest: DayFacts, history: list[DayFacts] = HISTORY) -> list[Finding]:
    return list(findings([*history, newest], 14, 60))


def found(of: dict[str, pa.Array], history: list[DayFacts] = HISTORY, **given: object) -> list[Finding]:
    return judge(facts(len(history), of, **given), history)


def plain(number: int, **given: Any) -> DayFacts:
    """A day of a hundred different rows, told by its numbers alone."""
    hashes = given.pop("hashes", np.arange(1_000 * number, 1_000 * number + 100, dtype=np.uint64))
    known = {
        "read": 100,
        "refused": {},
        "rows": 100,
        "distinct": 100,
        "copies": 1,
        "dates": {},
        "classes": {},
    }
    known |= {"one_label": 0.1, "evaluates": False, "judged": True, **given}
    return DayFacts(day=day(number), last_day=day(number), hashes=hashes, **known)


def told(newest: dict[str, Any], before: dict[str, Any] | None = None, days: int = 14) -> list[str]:
    history = [plain(number, judged=False, **(before or {})) for number in range(days)]
    return [each.check for each in findings([*history, plain(days, **newest)], 14, 60)]


@pytest.mark.parametrize(
    ("newest", "before", "expected"),
    [
        ({"read": 49}, {}, ["few rows"]),
        ({"read": 50}, {}, []),
        ({"read": 0}, {"read": 10}, ["few rows"]),
        ({"read": 0}, {"read": 9}, []),
        ({"distinct": 95}, {}, ["duplicate rows"]),
        ({"distinct": 96}, {}, []),
        ({"rows": 250, "distinct": 245}, {"rows": 250, "distinct": 250}, []),
        ({"rows": 250, "distinct": 244}, {"rows": 250, "distinct": 250}, ["duplicate rows"]),
        ({"distinct": 50}, {"distinct": 90}, ["duplicate rows"]),
        ({"distinct": 50}, {"distinct": 89}, []),
        ({"distinct": 10, "copies": 2}, {"distinct": 20}, ["duplicate rows"]),
        ({"distinct": 9, "copies": 2}, {"distinct": 20}, []),
        ({"dates": {"2026-01-19": 199, "2026-01-20": 1}}, {}, []),
        ({"dates": {"2026-01-19": 198, "2026-01-20": 2}}, {}, ["rows of another day"]),
        ({"rows": 20, "one_label": 1.0}, {}, ["one class"]),
        ({"rows": 19, "one_label": 1.0}, {}, []),
        ({"one_label": 1.0}, {"one_label": 1.0}, []),
        ({"one_label": 1.0}, {"rows": 0, "distinct": 0, "one_label": math.nan}, []),
        ({"distinct": 10}, {"rows": 0, "distinct": 0}, []),
        ({"rows": 0, "distinct": 0}, {}, []),
    ],
)
def test_each_limit_is_where_it_is_said_to_be(newest, before, expected: list[str]):
    assert told(newest, before) == expected


def test_two_days_of_a_weekday_say_what_is_usual_on_it():
    history = [plain(n, judged=False, read=100 if n % 7 == 0 else 10) for n in range(14)]
    assert [each.check for each in findings([*history, plain(14, read=40)], 14, 60)] == ["few rows"]


@pytest.mark.parametrize(("rows_of_day", "expected"), [(2, []), (3, ["one class"])])
def test_a_class_is_missing_where_chance_is_below_the_limit(
    monkeypatch, rows_of_day: int, expected: list[str]
):
    monkeypatch.setattr(days_rule, "IMPOSSIBLE", 0.25)
    newest = {"rows": rows_of_day, "distinct": rows_of_day, "classes": {"a": rows_of_day}}
    assert told(newest, {"classes": {"a": 50, "b": 50}}) == expected


@pytest.mark.parametrize(
    ("distinct", "common", "expected"),
    [(200, 10, []), (200, 11, ["same content"]), (100, 10, ["same content"]), (100, 9, [])],
)
def test_so_many_rows_in_common_are_a_copy(distinct: int, common: int, expected: list[str]):
    of = np.arange(50_000, 50_000 + distinct - common, dtype=np.uint64)
    shared = np.concatenate([np.arange(3_000, 3_000 + common, dtype=np.uint64), of])
    assert told({"rows": distinct, "distinct": distinct, "hashes": shared}) == expected


@pytest.mark.parametrize(("days", "expected"), [(13, []), (14, ["same content"])])
def test_a_copy_needs_other_days_to_say_that_it_is_one(days: int, expected: list[str]):
    copy = {"hashes": plain(3).hashes}
    assert [each for each in told(copy, days=days) if each == "same content"] == expected


def test_a_day_with_history_is_measured_by_it_and_not_by_later_days():
    history = [plain(n, judged=False) for n in range(14)]
    later = [plain(n, judged=False, hashes=plain(n - 11).hashes) for n in (15, 16)]
    days = [*history, plain(14, hashes=plain(3).hashes), *later]
    assert [each.subject for each in findings(days, 14, 60)] == [str(day(14))]


@pytest.mark.parametrize(
    ("judges", "trained", "words"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_copy_between_train_and_eval_is_named_as_one(judges: bool, trained: bool, words: bool):
    history = [plain(n, judged=False, evaluates=trained) for n in range(14)]
    (found_,) = findings([*history, plain(14, hashes=plain(3).hashes, evaluates=judges)], 14, 60)
    assert ("which trains while this one judges" in found_.sentence) is words


def test_a_window_of_two_days_is_judged_by_the_days_that_rows_name():
    days = [plain(0, dates={"2026-01-05": 100}), plain(1, dates={"2026-01-05": 100})]
    assert [each.check for each in findings(days, 14, 60)] == ["rows of another day"]


def test_half_a_year_of_clean_days_has_no_finding():
    days = [facts(number, rows(number, many=150 + number % 7 * 20)) for number in range(182)]
    assert list(findings(days, 14, 60)) == []


@pytest.mark.parametrize(("many", "check"), [(0, True), (40, True), (90, True), (110, False), (200, False)])
def test_a_day_of_far_fewer_rows_than_usual_is_told(many: int, check: bool):
    history = [facts(number, rows(number, many=200 + number % 3), judged=False) for number in range(DAYS)]
    told = [each for each in found(rows(DAYS, many), history) if each.check == "few rows"]
    assert bool(told) is check
    if told:
        words = (
            f"{day(DAYS)} has {'no rows' if not many else f'{many} rows'}, and Wednesdays before it have 202"
        )
        assert told[0].sentence.startswith(words)


def test_a_shop_that_is_closed_on_sundays_is_not_stopped():
    history = [facts(n, rows(n, many=0 if n % 7 == 6 else 200)) for n in range(34)]
    assert found(rows(34, many=0), history) == []
    assert [each.check for each in found(rows(33, many=0), history[:33])] == ["few rows"], "a Saturday"


def test_a_label_of_one_in_two_hundred_may_be_absent_from_a_day_of_fifty_rows():
    history = [facts(n, rows(n, many=50, positive=0.005), judged=False) for n in range(60)]
    assert [each for seed in range(30) for each in found(rows(60, 50, 0.0, seed), history)] == []


@pytest.mark.parametrize("value", [0, 1])
def test_a_day_of_one_class_only_is_told(value: int):
    of = rows(DAYS)
    (told,) = found(changed(of, sold=pa.array([value] * 200, pa.int64())))
    assert told.check == "one class"
    assert f"no row of the class '{1 - value}' among 200 rows" in told.sentence


def test_a_class_may_be_absent_where_that_happens_by_chance():
    few = changed(rows(DAYS), sold=pa.array([0] * 200, pa.int64()))
    assert [each.check for each in found(taken(few, 120))] == ["one class"]
    history = [facts(n, rows(n, many=30)) for n in range(DAYS)]
    assert found(taken(few, 30), history) == [], "0.8 to the power of 30 is one day in a thousand"


@pytest.mark.parametrize(("share", "told"), [(0, False), (2, False), (12, True), (200, True)])
def test_repeated_rows_are_told_beyond_those_of_the_days_before(share: int, told: bool):
    of = rows(DAYS)
    checks = [each.check for each in found(joined(of, taken(of, share)))]
    assert checks == (["duplicate rows"] if told else [])


def repeated(number: int, many: int = 900) -> dict[str, pa.Array]:
    """Rows of which 98 of a hundred repeat another of the same day."""
    random = np.random.default_rng(number)
    constant = {name: column.take(pa.array([0] * many)) for name, column in rows(0).items()}
    tills = random.integers(0, 18, many)
    return changed(
        constant,
        day=pa.array([day(number).isoformat()] * many, pa.string()),
        sold=pa.array(tills % 2, pa.int64()),
        till=pa.array([f"{each}" for each in tills], pa.string()),
    )


def test_a_table_of_repeated_rows_is_not_stopped_on_a_busy_day_and_is_when_its_file_came_twice():
    history = [facts(n, repeated(n)) for n in range(DAYS)]
    assert history[0].distinct / history[0].rows == 0.02
    busy = [each.check for many in (450, 900, 1350, 1801) for each in found(repeated(DAYS, many), history)]
    assert "duplicate rows" not in busy
    twice = found(joined(repeated(DAYS), repeated(DAYS)), history)
    assert [each.check for each in twice] == ["duplicate rows"]
    assert "has every row 2 times" in twice[0].sentence


def test_rows_of_another_day_are_told_with_the_day():
    (told,) = found(joined(rows(DAYS), taken(rows(200), 3)))
    assert told.check == "rows of another day"
    assert told.sentence.startswith(f"{day(DAYS)} has 3 rows of 203 that name another day: {day(200)} (3);")


def test_rows_of_another_day_are_told_without_any_history():
    wrong = facts(0, joined(rows(0), taken(rows(200), 3)))
    assert [each.check for each in findings([wrong], 14, 60)] == ["rows of another day"]


def test_a_fork_whose_files_always_have_late_rows_is_not_stopped():
    history = [facts(n, joined(rows(n), taken(rows(n + 400), 10))) for n in range(DAYS)]
    assert found(joined(rows(DAYS), taken(rows(900), 11)), history) == []
    assert list(findings(history, 14, 60)) == [], "nor on its first run, when every day is judged"
    more = found(joined(rows(DAYS), taken(rows(900), 40)), history)
    assert [each.check for each in more] == ["rows of another day"]


def test_a_week_holds_the_rows_of_its_days():
    of = facts(0, joined(rows(0), rows(6)))
    week = DayFacts(**{**vars(of), "last_day": of.day + dt.timedelta(days=6)})
    assert list(findings([week], 14, 60)) == []
    assert [each.check for each in findings([of], 14, 60)] == ["rows of another day"]


@pytest.mark.parametrize(("copied", "told"), [(5, False), (9, False), (21, True), (200, True)])
def test_rows_of_one_day_under_the_date_of_another_are_told(copied: int, told: bool):
    other = taken(rows(17), copied)
    other["day"] = pa.array([day(DAYS).isoformat()] * copied, pa.string())
    of = joined(taken(rows(DAYS), 200 - copied), other)
    checks = found(of, evaluates=True)
    assert [each.check for each in checks] == (["same content"] if told else [])
    if told:
        assert f"in common with {day(17)}, which trains while this one judges" in checks[0].sentence


def test_rows_that_come_back_every_day_by_nature_are_no_copies():
    def regulars(number: int) -> dict[str, pa.Array]:
        return changed(rows(3), day=rows(number)["day"], sold=rows(number)["sold"])

    history = [facts(n, regulars(n)) for n in range(DAYS)]
    assert [each.check for each in found(regulars(DAYS), history)] == []


@pytest.mark.parametrize(
    ("lost", "told"), [((0, 0, 150), False), ((0, 0, 170), True), ((60, 60, 60), True), ((60, 30, 60), False)]
)
def test_rows_that_are_left_out_are_told_on_one_day_or_on_three(lost: tuple[int, ...], told: bool):
    days = [*HISTORY]
    for number, rows_lost in enumerate(lost, DAYS):
        kept = taken(rows(number), 200 - rows_lost)
        days.append(facts(number, kept, read=200, refused={"no label": rows_lost}, judged=number == DAYS + 2))
    checks = [each.check for each in findings(days, 14, 60)]
    assert checks == (["refused rows"] if told else [])


def test_what_is_often_left_out_is_usual():
    def of(number: int) -> DayFacts:
        return facts(number, taken(rows(number), 60), read=200, refused={"no label": 140})

    assert list(findings([of(number) for number in range(DAYS)], 14, 60)) == []


def test_a_day_that_a_release_has_seen_is_not_judged_again():
    of = changed(rows(DAYS), sold=pa.array([0] * 200, pa.int64()))
    assert found(of, judged=False) == []


def test_a_window_of_few_days_is_not_judged_by_its_past():
    of = facts(13, taken(rows(13), 20))
    assert list(findings([*HISTORY[:13], of], 14, 60)) == []
    later = facts(14, taken(rows(14), 20))
    assert [each.check for each in findings([*HISTORY[:14], later], 14, 60)] == ["few rows"]


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (lambda of: joined(of, of), "duplicate rows"),
        (lambda of: taken(of, 20), "few rows"),
        (lambda of: changed(of, sold=pa.array([0] * 200, pa.int64())), "one class"),
        (lambda of: joined(of, taken(rows(300), 30)), "rows of another day"),
    ],
)
def test_each_of_several_bad_days_is_told_so_that_letting_one_pass_lets_no_other(plant, check: str):
    days = [*HISTORY, *(facts(DAYS + each, plant(rows(DAYS + each))) for each in range(7))]
    told = [each.subject for each in findings(days, 14, 60) if each.check == check]
    assert told == [str(day(DAYS + each)) for each in range(7)]


def test_each_copy_of_several_is_told():
    copies = [changed(rows(number), day=rows(DAYS + each)["day"]) for each, number in enumerate((5, 9, 17))]
    days = [*HISTORY, *(facts(DAYS + each, of) for each, of in enumerate(copies))]
    assert [each.subject for each in findings(days, 14, 60)] == [str(day(DAYS + each)) for each in range(3)]


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (lambda of: joined(of, of), "duplicate rows"),
        (lambda of: taken(of, 20), "few rows"),
        (lambda of: joined(of, taken(rows(300), 30)), "rows of another day"),
        (lambda of: changed(rows(17), day=of["day"]), "same content"),
    ],
)
def test_one_bad_day_that_was_let_through_does_not_make_the_next_one_usual(plant, check: str):
    let_through = facts(21, plant(rows(21)), judged=False)
    history = [*HISTORY[:21], let_through, *HISTORY[22:]]
    assert check in [each.check for each in found(plant(rows(DAYS)), history)]


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (lambda of: joined(of, of), "duplicate rows"),
        (lambda of: changed(of, sold=pa.array([0] * 200, pa.int64())), "one class"),
    ],
)
def test_the_first_days_of_a_first_run_are_measured_by_those_that_follow(plant, check: str):
    days = [facts(n, plant(rows(n)) if n == 5 else rows(n)) for n in range(DAYS)]
    assert [(each.check, each.subject) for each in findings(days, 14, 60)] == [(check, str(day(5)))]


def test_a_busy_day_repeats_more_rows_by_chance():
    def of(number: int, many: int) -> DayFacts:
        random = np.random.default_rng(number)
        till = pa.array([str(each) for each in random.integers(0, 500, many)], pa.string())
        same = {name: column.take(pa.array([0] * many)) for name, column in rows(0).items()}
        return facts(number, changed(same, day=rows(number, many)["day"], till=till))

    history = [of(number, 50) for number in range(DAYS)]
    assert [each.check for each in judge(of(DAYS, 300), history)] == []


def test_the_numbers_of_a_label_that_are_all_one_are_told():
    columns = dataclasses.replace(COLUMNS, kinds={**COLUMNS.kinds, "sold": "number"})

    def of(number: int, labels: np.ndarray) -> DayFacts:
        profile = profile_of(changed(rows(number), sold=pa.array(labels, pa.float32())), columns)
        return facts(number, profile)

    random = np.random.default_rng(2)
    history = [of(number, random.normal(5, 1, 200)) for number in range(DAYS)]
    assert judge(of(DAYS, random.normal(5, 1, 200)), history) == []
    assert [each.check for each in judge(of(DAYS, np.full(200, 5.0)), history)] == ["one class"]
