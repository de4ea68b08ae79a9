"""What becomes of findings: a stop, a warning or nothing, by check and column; and what is judged at all."""

import datetime as dt
import json

import pyarrow as pa
import pytest

from components.data_gate.baseline import baseline_of
from components.data_gate.day import Day
from components.data_gate.day_profile import profile_of
from components.data_gate.policy import ColumnReaction, DataGatePolicy
from components.data_gate.window_rule import Judged, judge_days, on_calendar
from components.gates import data_checks as check_names
from components.gates.verdict import Check, conclude
from monitoring.baseline import Baseline
from tests.components.data_gate.days import COLUMNS, POLICY, changed, day, rows, taken
from tests.components.data_gate.test_changes_rule import constant, new_tills, scaled, some_null, swapped

DAYS = 40


def one(number: int, of: dict[str, pa.Array], read: int | None = None) -> Day:
    profile = profile_of(of, COLUMNS)
    read = profile.rows if read is None else read
    return Day(
        day(number), day(number), number >= DAYS - 10, read, {"no label": read - profile.rows}, profile
    )


CLEAN = [one(number, rows(number)) for number in range(DAYS)]


def judged(
    planted: dict[int, Day] | None = None,
    policy: DataGatePolicy = POLICY,
    baseline: Baseline | None = None,
    why: str = "",
) -> Judged:
    days = [(planted or {}).get(number, CLEAN[number]) for number in range(DAYS)]
    return judge_days(days, policy, "sold", baseline=baseline, why_no_baseline=why)


def failed(of: Judged) -> list[Check]:
    return [check for check in of.checks if not check.passed]


def newest(change, days: int = 3) -> dict[int, Day]:
    return {number: one(number, change(rows(number))) for number in range(DAYS - days, DAYS)}


def with_reaction(check: str, reaction: str) -> DataGatePolicy:
    reactions = POLICY.checks.model_copy(update={check: reaction})
    return POLICY.model_copy(update={"checks": reactions})


def test_clean_days_pass_every_check_and_say_what_was_not_judged():
    of = judged()
    assert failed(of) == []
    names = {check.name for check in of.checks}
    assert names == {*check_names.ON_DAYS, *check_names.ON_COLUMNS}
    assert of.notes == ("drift was not judged, as there is no champion yet",)


@pytest.mark.parametrize(
    ("plant", "check", "action"),
    [
        (some_null(0.3), "null share", "stop"),
        (constant, "commonest value", "stop"),
        (swapped, "cross", "stop"),
        (new_tills(0.2), "unseen values", "warn"),
        (scaled(3), "median", "stop"),
    ],
)
def test_a_change_stops_or_warns_as_the_template_says(plant, check: str, action: str):
    of = judged(newest(plant))
    assert [each.action for each in failed(of) if each.name == check] == [action]
    assert conclude("data", of.checks).passed is all(each.action == "warn" for each in failed(of))


def test_a_change_says_what_it_was_held_against():
    told = {each.name: each for each in failed(judged(newest(some_null(0.3)))) if each.subject == "till"}
    assert (told["null share"].measured, told["null share"].threshold) == (0.3, POLICY.floors.null_share)
    dearer = [each for each in failed(judged(newest(scaled(3)))) if each.name == "distribution"]
    assert dearer[0].measured > dearer[0].threshold > POLICY.floors.distribution


@pytest.mark.parametrize(("factor", "action"), [(2.0, "stop"), (1e6, "warn")])
def test_a_shift_warns_and_a_strong_one_stops(factor: float, action: str):
    policy = POLICY.model_copy(update={"strong_factor": factor})
    told = [each for each in failed(judged(newest(scaled(2)), policy)) if each.name == "median"]
    assert [each.action for each in told] == [action]


@pytest.mark.parametrize(("reaction", "seen"), [("stop", ["stop"]), ("warn", ["warn"]), ("ignore", [])])
def test_a_check_can_be_told_to_stop_to_warn_or_to_be_quiet(reaction: str, seen: list[str]):
    few = {DAYS - 1: one(DAYS - 1, taken(rows(DAYS - 1), 20))}
    of = judged(few, with_reaction("few_rows", reaction))
    assert [each.action for each in of.checks if each.name == "few rows" and not each.passed] == seen


def test_one_column_can_be_told_apart():
    exception = ColumnReaction(check="null_share", column="till", reaction="ignore")
    policy = POLICY.model_copy(update={"exceptions": (exception,)})
    assert "null share" not in {each.name for each in failed(judged(newest(some_null(0.3)), policy))}
    other = POLICY.model_copy(update={"exceptions": (exception.model_copy(update={"column": "shop"}),)})
    assert "null share" in {each.name for each in failed(judged(newest(some_null(0.3)), other))}


def test_a_check_that_does_not_exist_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="null_share"):
        ColumnReaction(check="null_shares", column="till", reaction="warn")


def test_days_that_a_release_has_seen_are_judged_no_more_and_redelivered_ones_are():
    bad = {20: one(20, taken(rows(20), 20))}
    assert [each.subject for each in failed(judged(bad))] == [str(day(20))], "the first run judges every day"
    seen = baseline_of([bad.get(number, CLEAN[number]) for number in range(DAYS)])
    assert failed(judged(bad, baseline=seen)) == []
    before = baseline_of(CLEAN)
    assert [each.subject for each in failed(judged(bad, baseline=before))] == [str(day(20))], "delivered anew"


@pytest.mark.parametrize(("back", "told"), [(1, ["few rows"]), (3, ["few rows"]), (4, [])])
def test_the_newest_three_days_are_judged_even_if_a_release_has_seen_them(back: int, told: list[str]):
    bad = {DAYS - back: one(DAYS - back, taken(rows(DAYS - back), 20))}
    seen = baseline_of([bad.get(number, CLEAN[number]) for number in range(DAYS)])
    assert [each.name for each in failed(judged(bad, baseline=seen))] == told


def test_few_days_are_not_judged_and_it_is_said():
    of = judge_days(CLEAN[:14], POLICY, "sold", baseline=None, why_no_baseline="")
    assert "the window has 14 files, too few" in of.notes[0]


def test_drift_is_told_beside_the_champions_window_with_the_values_that_changed():
    before = baseline_of(CLEAN[: DAYS - 7])
    shifted = {n: one(n, scaled(1.6)(rows(n))) for n in range(DAYS - 7, DAYS)}
    (told,) = [each for each in failed(judged(shifted, baseline=before)) if each.name == "drift"]
    assert (told.subject, told.action) == ("price", "warn")
    assert f"of {day(DAYS - 7)} … {day(DAYS - 1)} is unlike that of the champion's window" in told.reason
    assert "most changed: " in told.reason


def test_a_label_that_changed_is_drift_of_its_own():
    before = baseline_of(CLEAN[: DAYS - 7])
    late = {n: one(n, rows(n, positive=0.6)) for n in range(DAYS - 7, DAYS)}
    told = {each.name for each in failed(judged(late, baseline=before))}
    assert told == {"label drift"}


def test_new_days_like_the_old_have_not_drifted():
    assert failed(judged(baseline=baseline_of(CLEAN[: DAYS - 7]))) == []


@pytest.mark.parametrize("reaction", ["warn", "stop"])
def test_drift_without_a_baseline_is_never_passed_in_silence(reaction: str):
    of = judged(policy=with_reaction("drift", reaction), why="its release has recorded none")
    told = [each for each in failed(of) if each.name == "drift"]
    assert [(each.action, each.measured) for each in told] == [(reaction, None)]
    assert told[0].reason == "drift was not judged: its release has recorded none"
    assert of.notes == (), "there is a champion"
    assert conclude("data", of.checks).passed is (reaction == "warn")


def test_requests_unlike_the_rows_trained_on_are_skew():
    asked = profile_of(
        changed(rows(5), price=pa.array(rows(5)["price"].to_numpy() + 9, pa.float32())), COLUMNS
    )
    of = judge_days(CLEAN, POLICY, "sold", baseline=None, why_no_baseline="", requests=asked)
    assert [(each.name, each.subject) for each in failed(of)] == [("skew", "price")]
    same = judge_days(CLEAN, POLICY, "sold", baseline=None, why_no_baseline="", requests=CLEAN[5].profile)
    assert failed(same) == []


def test_requests_that_should_be_kept_and_are_not_are_told():
    of = judge_days(CLEAN, POLICY, "sold", baseline=None, why_no_baseline="", why_no_requests="no folder")
    assert [each.reason for each in failed(of)] == ["skew was not judged: no folder"]


def test_a_baseline_survives_being_kept():
    before = baseline_of(CLEAN)
    again = Baseline.from_json(before.as_json())
    assert again.days == before.days
    assert again.ranges == pytest.approx(before.ranges, nan_ok=True)
    assert judged(baseline=again) == judged(baseline=before)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"days": {}, "columns": 3, "ranges": {}}'])
def test_what_is_no_baseline_is_refused(text: str):
    with pytest.raises(ValueError, match=r"no baseline|Expecting"):
        Baseline.from_json(text)


def test_what_the_launch_found_is_a_check():
    assert [each.passed for each in on_calendar({}, POLICY)] == [True, True]
    (told, passed) = on_calendar({"future day": "2027-01-01 has not been yet"}, POLICY)
    assert (told.closes, passed.passed) == (True, True)


def test_a_window_of_one_delivery_is_judged_without_an_error():
    of = judge_days(CLEAN[:1], POLICY, "sold", baseline=None, why_no_baseline="")
    assert failed(of) == []
    assert isinstance(CLEAN[0].first, dt.date)


def test_a_redelivered_day_is_judged_by_its_label_too_and_by_the_days_that_its_rows_name():
    before = baseline_of(CLEAN)
    other_date = changed(rows(20), day=rows(25)["day"])
    told = failed(judged({20: one(20, other_date)}, baseline=before))
    assert ("rows of another day", str(day(20))) in {(each.name, each.subject) for each in told}
    inverted = {n: one(n, rows(n, positive=0.8)) for n in range(15, 25)}
    assert "label drift" in {each.name for each in failed(judged(inverted, baseline=before))}


def test_a_label_that_changed_within_the_window_is_told_on_a_first_run():
    late = {n: one(n, rows(n, positive=0.8)) for n in range(DAYS - 3, DAYS)}
    assert [(each.name, each.action) for each in failed(judged(late))] == [("label drift", "warn")]


@pytest.mark.parametrize(
    "spoil",
    [
        {"days": []},
        {"days": None},
        {"days": {}},
        {"ranges": None},
        {"ranges": {"price": []}},
        {"columns": []},
        {"columns": {}},
    ],
)
def test_a_damaged_baseline_is_refused(spoil: dict):
    values = json.loads(baseline_of(CLEAN).as_json())
    with pytest.raises(ValueError, match="no baseline"):
        Baseline.from_json(json.dumps({**values, **spoil}))


def test_days_with_too_few_before_and_after_are_named_as_not_judged():
    few = judge_days(CLEAN[:20], POLICY, "sold", baseline=None, why_no_baseline="")
    assert few.notes[0] == (
        f"changes of columns of {day(4)} … {day(15)} were not judged: fewer than 14 days are before them, "
        "and after them"
    )
    assert judge_all(CLEAN[:15]).notes[0].startswith(f"changes of columns of {day(0)} … {day(14)} were")
    assert "were not judged" not in judged().notes[0]


def test_a_cross_of_too_many_pairs_is_named_as_not_judged():
    def many(number: int) -> dict[str, pa.Array]:
        pairs = [str(each % 30) for each in range(200)], [str(each // 7) for each in range(200)]
        return changed(rows(number), shop=pa.array(pairs[0]), till=pa.array(pairs[1]))

    crosses = [one(number, many(number + 7 * number)) for number in range(DAYS)]
    assert not any("pairs of values" in note for note in judge_all(crosses).notes)
    varied = [one(number, shifted(many(number), number)) for number in range(DAYS)]
    assert judge_all(varied).notes[0] == (
        "shop × till was not judged: there are more than 500 pairs of values"
    )


def judge_all(days: list[Day]) -> Judged:
    return judge_days(days, POLICY, "sold", baseline=None, why_no_baseline="")


def shifted(of: dict[str, pa.Array], by: int) -> dict[str, pa.Array]:
    tills = of["till"].to_pylist()
    return changed(of, till=pa.array(tills[by:] + tills[:by]))


@pytest.mark.parametrize(("share", "action"), [(0.3, "warn"), (0.6, "stop")])
def test_a_value_in_more_rows_than_usual_warns_and_in_half_of_them_stops(share: float, action: str):
    def plant(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
        many = int(share * 200)
        return changed(of, opened=pa.array([905] * many + of["opened"].to_pylist()[many:], pa.int64()))

    told = [each for each in failed(judged(newest(plant))) if each.name == "commonest value"]
    assert [each.action for each in told if each.subject == "opened"] == [action]


def test_fewer_nulls_warn_and_more_stop():
    half = {n: one(n, some_null(0.5)(rows(n))) for n in range(DAYS)}
    for share, action in ((0.0, "warn"), (0.9, "stop")):
        changed_days = {n: one(n, some_null(share)(rows(n))) for n in range(DAYS - 3, DAYS)}
        told = [each for each in failed(judged({**half, **changed_days})) if each.name == "null share"]
        assert [each.action for each in told] == [action]


def test_a_column_without_any_value_is_judged_by_its_nulls():
    def empty(number: int) -> Day:
        return one(number, changed(rows(number), price=pa.array([None] * 200, pa.float32())))

    assert failed(judged({n: empty(n) for n in range(DAYS)})) == []
    started = judged({n: empty(n) for n in range(DAYS - 3)})
    assert {each.action for each in failed(started)} == {"warn"}
    lost = failed(judged({n: empty(n) for n in range(DAYS - 3, DAYS)}))
    assert [(each.name, each.action) for each in lost if each.subject == "price"] == [("null share", "stop")]


def test_days_without_any_row_do_not_stop_the_baseline():
    nothing = [one(number, taken(rows(number), 0)) for number in range(20)]
    assert baseline_of(nothing).columns["price"].rows == 0
    assert judge_days(nothing, POLICY, "sold", baseline=baseline_of(nothing), why_no_baseline="").checks


@pytest.mark.parametrize(
    ("plant", "name"),
    [
        (some_null(0.3), "null share"),
        (constant, "commonest value"),
        (new_tills(0.2), "unseen values"),
        (scaled(3), "median"),
        (swapped, "cross"),
    ],
)
def test_one_odd_day_that_was_let_through_makes_no_change_usual(plant, name: str):
    odd = {DAYS - 12: one(DAYS - 12, plant(rows(DAYS - 12)))}
    of = judged(
        {**odd, **newest(plant)}, baseline=baseline_of([*CLEAN[:-12], odd[DAYS - 12], *CLEAN[-11:-3]])
    )
    assert name in {each.name for each in failed(of)}


@pytest.mark.parametrize(("days", "judged_days"), [(14, True), (15, False), (29, False), (30, True)])
def test_which_days_are_named_depends_on_how_many_there_are(days: int, judged_days: bool):
    notes = judge_all(CLEAN[:days]).notes
    assert any("changes of columns of " in note for note in notes) is not judged_days
