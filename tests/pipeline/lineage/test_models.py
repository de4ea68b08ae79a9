"""Which versions there are, how each is found, and what an event makes of them."""

import datetime as dt
import json

import pytest

from pipeline.errors import STOPPED, USAGE, UserError
from pipeline.lineage.events import Registration, State
from pipeline.lineage.models import Models, from_runs, record_of, version_of, versions_of
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import move, note, states, told, version

NOW = dt.datetime(2013, 4, 1, tzinfo=dt.timezone.utc)
WINDOW = json.dumps({"train_first": "2013-01-01", "train_last": "2013-03-17"})
LIVE, WITHDRAWN = State.LIVE, State.WITHDRAWN


def run(identifier: str, number: int, of: str, name: str = "flights", **facts: object) -> Run:
    """A run that released a model; equal numbers are one release, found again in the cache."""
    properties = {
        "blessed": 1,
        "model_name": name,
        "version": of,
        "model_uri": f"/model/{number}",
        "pushed_destination": f"/served/{number}",
        "window": WINDOW,
        **facts,
    }
    made = NOW + dt.timedelta(minutes=number)
    record = Artifact(number, "PushedModel", f"/artifacts/{number}", made, properties)
    stage = Stage(1, "Release", "complete", 1.0, {}, {"release": (record,)})
    return Run(identifier, SUCCEEDED, "", NOW, {}, (stage,))


def refused(runs: list[Run], text: str, exit_code: int) -> str:
    with pytest.raises(UserError) as refusal:
        from_runs(runs).find(text)
    assert refusal.value.exit_code == exit_code
    return str(refusal.value)


TWO_NAMES = [run("a", 1, "1.0.1"), run("b", 2, "1.0.2", "late-flights")]
# As an earlier template numbered them: each name from one; and again after its folder was deleted.
SAME_VERSION = [run("a", 1, "1.0.1"), run("b", 2, "1.0.1", "late-flights")]
SAME_ADDRESS = [run("a", 1, "1.0.1"), run("b", 2, "1.0.1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.0.1", "a"),
        ("1.0.2", "b"),
        ("flights/1.0.1", "a"),
        ("late-flights/1.0.2", "b"),
        ("champion", "b"),
        ("previous", "a"),
        ("a", "a"),
    ],
)
def test_a_model_is_found_by_its_version_by_name_and_version_and_by_an_alias(text: str, expected: str):
    assert from_runs(TWO_NAMES).find(text).run_id == expected


@pytest.mark.parametrize(
    "text", ["1.0", "1.0.11", "1.0.", "flights", "flights/", "flights/1.0.2", "lights/1.0.1", "/1.0.1", ""]
)
def test_an_address_is_matched_whole(text: str):
    message = refused(TWO_NAMES, text, STOPPED)
    assert message == f"no model {text!r} is registered; registered: flights/1.0.1, late-flights/1.0.2"


def test_of_one_name_versions_are_enough_to_say_what_there_is():
    said = "no model '1.0.2' is registered; registered: 1.0.1"
    assert refused([run("a", 1, "1.0.1")], "1.0.2", STOPPED) == said
    assert refused([], "champion", STOPPED) == "no model 'champion' is registered; registered: none yet"


def test_a_version_of_two_models_is_refused_with_the_choices():
    message = refused(SAME_VERSION, "1.0.1", USAGE)
    assert message == "2 models are '1.0.1'; name one of flights/1.0.1, late-flights/1.0.1"
    assert from_runs(SAME_VERSION).find("flights/1.0.1").run_id == "a"
    assert from_runs(SAME_VERSION).find("late-flights/1.0.1").run_id == "b"


@pytest.mark.parametrize("text", ["1.0.1", "flights/1.0.1"])
def test_an_address_of_two_models_is_refused_with_their_runs_which_are_addresses_too(text: str):
    message = refused(SAME_ADDRESS, text, USAGE)
    assert message == f"2 models are {text!r}; name one of a (flights/1.0.1), b (flights/1.0.1)"
    assert from_runs(SAME_ADDRESS).find("a").run_id == "a"
    assert from_runs(SAME_ADDRESS).find("b").run_id == "b"


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (TWO_NAMES, ["1.0.1", "1.0.2"]),
        (SAME_VERSION, ["flights/1.0.1", "late-flights/1.0.1"]),
        (SAME_ADDRESS, ["a", "b"]),
    ],
)
def test_events_name_a_version_by_the_shortest_text_that_is_its_own(runs: list[Run], expected: list[str]):
    models = from_runs(runs)
    assert [models.name_of(each) for each in models.versions] == expected
    assert [models.find(name) for name in expected] == list(models.versions)
    assert [event.version for event in models.events] == expected


@pytest.mark.parametrize("runs", [TWO_NAMES, SAME_VERSION, SAME_ADDRESS])
def test_the_champion_is_the_version_of_the_last_release_that_was_not_withdrawn(runs: list[Run]):
    assert from_runs(runs).find("champion").run_id == "b"
    withdrawn = run("c", 3, "1.0.3", withdrawn="too slow")
    assert from_runs([*runs, withdrawn]).find("champion").run_id == "b"


def test_a_model_is_that_of_the_run_that_first_released_it_and_has_its_newest_facts():
    """Later runs found the release in the cache, or recorded it anew because the code of Release changed."""
    anew = run("c", 5, "1.0.1", model_uri="/model/1")
    runs = [run("a", 1, "1.0.1"), run("b", 1, "1.0.1"), anew]
    (found,) = versions_of(runs)
    assert (found.run_id, found.registered) == ("a", NOW + dt.timedelta(minutes=1))
    assert found.facts["pushed_destination"] == "/served/5"
    assert record_of(runs, found).id == 5
    assert record_of(runs[:2], found).id == 1


def test_why_a_version_has_its_number_is_what_its_first_record_says():
    """A run that finds the model in the cache records that it is the same model."""
    first = run("a", 1, "1.0.1", version_reason="the first version", color="red")
    again = run("b", 5, "1.0.1", model_uri="/model/1", version_reason="the same model", color="blue")
    facts = from_runs([first, again]).find("1.0.1").facts
    assert (facts["version_reason"], facts["color"]) == ("the first version", "blue")


def test_a_run_that_released_nothing_is_no_address():
    nothing = run("c", 3, "1.0.3", blessed=0)
    assert "no model 'c' is registered" in refused([*TWO_NAMES, nothing], "c", STOPPED)


def test_there_are_several_names_only_when_two_were_released():
    assert from_runs(TWO_NAMES).several_names
    assert not from_runs(SAME_ADDRESS).several_names
    assert not from_runs([]).several_names


def test_a_version_knows_its_number_and_all_that_its_release_recorded_as_texts():
    (found,) = versions_of([run("a", 7, "1.0.3", files="{}")])
    assert (found.number, found.address) == (3, "flights/1.0.3")
    assert (found.facts["blessed"], found.facts["files"]) == ("1", "{}")
    assert [each.number for each in versions_of([run("a", 7, "")])] == [0]


def test_versions_stand_by_number_whatever_the_order_of_their_runs():
    runs = [run("a", 1, "1.0.10"), run("b", 2, "1.0.9")]
    assert [each.number for each in versions_of(runs)] == [9, 10]


def test_where_no_states_are_recorded_each_release_was_live_from_its_record_on():
    models = from_runs([run("a", 1, "1.0.1"), run("b", 2, "1.0.2"), run("c", 1, "1.0.1")])
    assert states(models) == {"1.0.1": "retired", "1.0.2": "live"}
    assert [(event.id, event.at) for event in models.events] == [
        ("release-1", NOW + dt.timedelta(minutes=1)),
        ("release-2", NOW + dt.timedelta(minutes=2)),
    ]
    assert models.live_at(NOW + dt.timedelta(minutes=1)).run_id == "a"
    assert [step.reason for step in models.history("1.0.2")] == ["released by run b"]


def test_a_withdrawal_on_a_release_record_is_one_with_its_text():
    models = from_runs([run("a", 1, "1.0.1"), run("b", 2, "1.0.2", withdrawn="too slow")])
    assert states(models) == {"1.0.1": "live", "1.0.2": "withdrawn"}
    assert models.history("1.0.2")[-1].reason == "too slow"
    assert [event.id for event in models.events] == ["release-1", "release-2", "withdrawal-2"]


def test_a_release_that_was_recorded_anew_serves_again_and_is_told_once_while_it_serves():
    anew = run("c", 5, "1.0.1", model_uri="/model/1")
    twice = from_runs([run("a", 1, "1.0.1"), anew])
    assert [event.id for event in twice.events] == ["release-1"]
    back = from_runs([run("a", 1, "1.0.1"), run("b", 2, "1.0.2"), anew])
    assert states(back) == {"1.0.1": "live", "1.0.2": "retired"}
    assert [event.id for event in back.events] == ["release-1", "release-2", "release-5"]


def test_an_event_that_is_known_changes_nothing():
    models = told(("1.0.1", LIVE))
    again = move(LIVE, "1.0.1", id=models.events[0].id)
    assert models.with_event(again) is models
    assert models.with_event(move(WITHDRAWN, "1.0.1", id=models.events[0].id)) is models


def test_a_note_changes_no_state_and_is_found_with_its_version():
    before = told(("1.0.1", LIVE))
    models = before.with_event(note("1.0.1", "for the summer")).with_event(note("1.0.2", "for tests", 1))
    assert states(models) == states(before)
    assert [each.text for each in models.notes("1.0.1")] == ["for the summer"]
    assert [each.text for each in models.notes("flights/1.0.2")] == ["for tests"]


@pytest.mark.parametrize("event", [move(LIVE, "1.0.9"), note("1.0.9", "?"), move(LIVE, "champion")])
def test_an_event_of_an_unknown_version_is_refused(event: object):
    """An alias is none: what it stands for changes."""
    with pytest.raises(UserError, match=r"is registered; registered: 1\.0\.1, 1\.0\.2"):
        told(("1.0.1", LIVE), versions=2).with_event(event)


def test_a_registration_makes_a_candidate_known_and_a_repeated_one_changes_nothing():
    models = Models().with_event(Registration("x", version(2))).with_event(Registration("y", version(1)))
    assert models.versions == (version(1), version(2))
    assert models.state("1.0.2") is State.CANDIDATE
    assert models.with_event(Registration("z", version(2, files="new"))) is models


@pytest.mark.parametrize(
    "other", [version(2, run="late"), version(2, name="ships"), version(2, text="2.0.2")]
)
def test_a_number_is_registered_for_one_version_only(other: object):
    models = Models().with_event(Registration("x", version(2)))
    with pytest.raises(RefusedMoveError, match=r"the number 2 is that of flights/1\.0\.2, which run run-2 "):
        models.with_event(Registration("y", other))


def test_a_state_is_the_versions_own_whichever_reading_it_is_from():
    models = told(("1.0.1", LIVE))
    assert models.state(version(1, reset="later")) is LIVE


def test_under_each_name_the_version_that_was_live_last_is_known():
    models = from_runs(TWO_NAMES)
    assert [models.live_last(name).run_id for name in ("flights", "late-flights")] == ["a", "b"]
    assert models.live_last("ships") is None


def test_the_version_of_a_run_is_the_one_that_its_release_registered():
    assert [version_of(each, from_runs(SAME_ADDRESS)).run_id for each in SAME_ADDRESS] == ["a", "b"]


@pytest.mark.parametrize(
    ("alias", "why"),
    [("champion", "nothing serves"), ("previous", "none that could serve again served before;")],
)
def test_an_alias_of_no_version_says_what_that_means(alias: str, why: str):
    with pytest.raises(UserError, match=f"no version is the {alias}: {why}"):
        told().find(alias)


def test_before_the_first_version_none_served():
    with pytest.raises(UserError, match=r"previous: none that could serve again served before 1\.0\.1;"):
        told(("1.0.1", LIVE)).find("previous")
