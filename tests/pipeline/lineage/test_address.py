"""Which run an address leads to: by champion, version, name and version, and where these are not enough."""

import datetime as dt
import json

import pytest

from pipeline.errors import STOPPED, USAGE, UserError
from pipeline.lineage.address import releases, run_behind, several_names
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage

NOW = dt.datetime(2013, 4, 1, tzinfo=dt.timezone.utc)
WINDOW = json.dumps({"train_first": "2013-01-01", "train_last": "2013-03-17"})


def run(identifier: str, number: int, version: str, name: str = "flights", **facts: object) -> Run:
    """A run that released a model; equal numbers are one release, found again in the cache."""
    properties = {
        "blessed": 1,
        "model_name": name,
        "version": version,
        "model_uri": f"/model/{number}",
        "pushed_destination": f"/served/{number}",
        "window": WINDOW,
        **facts,
    }
    record = Artifact(number, "PushedModel", f"/artifacts/{number}", NOW, properties)
    return Run(
        identifier,
        SUCCEEDED,
        "",
        NOW,
        {},
        (Stage(1, "Release", "complete", 1.0, {}, {"release": (record,)}),),
    )


def refused(runs: list[Run], model: str, exit_code: int) -> str:
    with pytest.raises(UserError) as refusal:
        run_behind(runs, model)
    assert refusal.value.exit_code == exit_code
    return str(refusal.value)


TWO_NAMES = [run("a", 1, "1.0.1"), run("b", 2, "1.0.2", "late-flights")]
# As an earlier template numbered them: each name from one; and again after its folder was deleted.
SAME_VERSION = [run("a", 1, "1.0.1"), run("b", 2, "1.0.1", "late-flights")]
SAME_ADDRESS = [run("a", 1, "1.0.1"), run("b", 2, "1.0.1")]


@pytest.mark.parametrize(
    ("model", "expected"),
    [("1.0.1", "a"), ("1.0.2", "b"), ("flights/1.0.1", "a"), ("late-flights/1.0.2", "b"), ("champion", "b")],
)
def test_a_model_is_found_by_its_version_and_by_name_and_version(model: str, expected: str):
    assert run_behind(TWO_NAMES, model).id == expected


@pytest.mark.parametrize(
    "model", ["1.0", "1.0.11", "1.0.", "flights", "flights/", "flights/1.0.2", "lights/1.0.1", "/1.0.1", ""]
)
def test_an_address_is_matched_whole(model: str):
    message = refused(TWO_NAMES, model, STOPPED)
    assert message == f"no release {model!r}; released: flights/1.0.1, late-flights/1.0.2"


def test_of_one_name_versions_are_enough_to_say_what_was_released():
    assert refused([run("a", 1, "1.0.1")], "1.0.2", STOPPED) == "no release '1.0.2'; released: 1.0.1"
    assert refused([], "champion", STOPPED) == "no release 'champion'; released: none yet"


def test_a_version_of_two_models_is_refused_with_the_choices():
    message = refused(SAME_VERSION, "1.0.1", USAGE)
    assert message == "2 models are '1.0.1'; name one of flights/1.0.1, late-flights/1.0.1"
    assert run_behind(SAME_VERSION, "flights/1.0.1").id == "a"
    assert run_behind(SAME_VERSION, "late-flights/1.0.1").id == "b"


@pytest.mark.parametrize("model", ["1.0.1", "flights/1.0.1"])
def test_an_address_of_two_models_is_refused_with_their_runs_which_are_addresses_too(model: str):
    message = refused(SAME_ADDRESS, model, USAGE)
    assert message == f"2 models are {model!r}; name one of a (flights/1.0.1), b (flights/1.0.1)"
    assert run_behind(SAME_ADDRESS, "a").id == "a"
    assert run_behind(SAME_ADDRESS, "b").id == "b"


@pytest.mark.parametrize("runs", [TWO_NAMES, SAME_VERSION, SAME_ADDRESS])
def test_the_champion_is_shown_by_the_run_whose_release_it_is(runs: list[Run]):
    assert run_behind(runs, "champion").id == "b"
    withdrawn = run("c", 3, "1.0.3", withdrawn="too slow")
    assert run_behind([*runs, withdrawn], "champion").id == "b"


def test_a_model_comes_from_the_run_that_first_released_it():
    """Later runs found the release in the cache, or recorded it anew because the code of Release changed."""
    recorded_anew = run("c", 5, "1.0.1", model_uri="/model/1")
    runs = [run("a", 1, "1.0.1"), run("b", 1, "1.0.1"), recorded_anew]
    assert run_behind(runs, "1.0.1").id == "a"
    assert [each.run.id for each in releases(runs)] == ["a"]


def test_a_run_that_released_nothing_is_no_address():
    nothing = run("c", 3, "1.0.3", blessed=0)
    assert "no release 'c'" in refused([*TWO_NAMES, nothing], "c", STOPPED)


def test_there_are_several_names_only_when_two_were_released():
    assert several_names(releases(TWO_NAMES))
    assert not several_names(releases(SAME_ADDRESS))
    assert not several_names([])


def test_a_record_without_a_version_is_no_release():
    assert releases([run("a", 1, "")]) == []
