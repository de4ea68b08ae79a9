"""Who is champion and which run made a model, derived from plain records."""

import datetime as dt
import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.lineage import runs as lineage_runs
from pipeline.lineage.champion import champion_of
from pipeline.lineage.models import from_runs
from pipeline.lineage.runs import (
    FAILED,
    STOPPED,
    SUCCEEDED,
    Artifact,
    Run,
    Stage,
    finished,
    highest_number,
)

NOW = dt.datetime(2013, 4, 1, tzinfo=dt.timezone.utc)
WINDOW = {
    "train_first": "2013-01-01",
    "train_last": "2013-03-17",
    "eval_first": "2013-03-18",
    "eval_last": "2013-03-31",
}


def artifact(number: int, **properties: Any) -> Artifact:
    return Artifact(number, "PushedModel", f"/artifacts/{number}", NOW, properties)


def release(number: int, version: str, **properties: Any) -> Artifact:
    facts = {
        "gate": "release",
        "blessed": 1,
        "version": version,
        "model_uri": f"/model/{number}",
        "pushed_destination": f"/served/{number}",
        "window": json.dumps(WINDOW),
    }
    return artifact(number, **{**facts, **properties})


def refusal(number: int) -> Artifact:
    return artifact(number, gate="release", blessed=0, reason="the model gate did not bless it")


def stage(number: int, name: str, **outputs: Artifact) -> Stage:
    return Stage(number, name, "complete", 1.0, {}, {key: (artifact,) for key, artifact in outputs.items()})


def run(name: str, record: Artifact | None, state: str = SUCCEEDED) -> Run:
    stages = (stage(1, "ExampleGen"), *([stage(2, "Release", release=record)] if record else []))
    return Run(name, state, "", NOW, {"window": json.dumps(WINDOW)}, stages)


def test_before_the_first_release_there_is_no_champion():
    assert champion_of(from_runs([])) is None
    assert champion_of(from_runs([run("a", None, FAILED)])) is None


def test_the_champion_is_the_newest_release():
    runs = [run("a", release(10, "1.0.1")), run("b", release(20, "1.0.2"))]
    assert champion_of(from_runs(runs)).version == "1.0.2"


def test_the_champion_carries_what_the_release_recorded():
    standing = champion_of(from_runs([run("a", release(10, "1.0.1"))]))
    assert (standing.version, standing.run_id) == ("1.0.1", "a")
    assert (standing.model_uri, standing.served_from) == ("/model/10", "/served/10")
    assert (standing.train_first, standing.train_last) == (dt.date(2013, 1, 1), dt.date(2013, 3, 17))


@pytest.mark.parametrize("record", [refusal(20), None], ids=["refused", "never came to it"])
def test_a_run_that_was_stopped_names_no_champion(record: Artifact | None):
    runs = [run("a", release(10, "1.0.1")), run("b", record, STOPPED)]
    assert champion_of(from_runs(runs)).version == "1.0.1"
    assert champion_of(from_runs(runs[1:])) is None


def test_a_withdrawn_release_gives_the_place_back_to_the_one_before():
    runs = [
        run("a", release(10, "1.0.1")),
        run("b", release(20, "1.0.2")),
        run("c", release(30, "1.0.3", withdrawn="canary: log loss")),
    ]
    assert champion_of(from_runs(runs)).version == "1.0.2"


def test_when_every_release_is_withdrawn_there_is_no_champion():
    assert champion_of(from_runs([run("a", release(10, "1.0.1", withdrawn="late labels"))])) is None


def test_a_release_found_in_the_cache_is_the_same_release_and_not_a_newer_one():
    """A run that repeats old work records the old artifact again; the newer release stays champion."""
    first, second = release(10, "1.0.1"), release(20, "1.0.2")
    runs = [run("a", first), run("b", second), run("c", first)]
    assert champion_of(from_runs(runs)).version == "1.0.2"
    assert champion_of(from_runs([runs[0], runs[2]])).run_id == "a"


def test_a_release_that_was_withdrawn_stays_so_when_a_later_run_finds_it_in_the_cache():
    withdrawn = release(10, "1.0.1", withdrawn="late labels")
    assert champion_of(from_runs([run("a", withdrawn), run("b", withdrawn)])) is None


def test_the_order_of_runs_does_not_decide():
    runs = [run("a", release(10, "1.0.1")), run("b", release(20, "1.0.2")), run("c", refusal(30))]
    assert {champion_of(from_runs(list(order))).version for order in itertools.permutations(runs)} == {
        "1.0.2"
    }


@pytest.mark.parametrize(
    ("record", "released"),
    [(release(1, "1.0.1"), "1.0.1"), (refusal(1), None), (artifact(1, version="1.0.1"), None), (None, None)],
    ids=["released", "refused", "no answer", "no record"],
)
def test_a_run_released_only_what_its_record_says_yes_to(record: Artifact | None, released: str | None):
    assert run("a", record).released == released


def pushed(number: int, version: str | None) -> Artifact:
    return artifact(
        number, pushed=int(version is not None), **({"pushed_version": version} if version else {})
    )


def test_the_highest_number_is_that_of_any_push_on_record():
    """Also of one that no release followed, of another name, and of a store that holds it as a number."""
    runs = [
        Run(str(number), SUCCEEDED, "", NOW, {}, (stage(1, "Pusher", pushed_model=pushed(number, version)),))
        for number, version in enumerate(["9", None, "10", ""])
    ]
    assert highest_number(runs) == 10
    assert highest_number([run("no Pusher", release(1, "1.0.3"))]) == 0
    assert highest_number([]) == 0


@pytest.mark.parametrize(
    ("recorded", "configured", "expected"),
    [
        ({"model_name": "late-flights"}, {"model": {"name": "flights"}}, "late-flights"),
        ({}, {"model": {"name": "flights"}}, "flights"),
        ({}, {}, ""),
    ],
)
def test_a_release_bears_its_name_and_an_older_one_the_configurations(recorded, configured, expected: str):
    record = release(1, "1.0.1", **recorded)
    made = run("a", record)
    described = Run("a", SUCCEEDED, "", NOW, {"config": json.dumps(configured)}, made.stages)
    assert described.released_name == expected
    assert run("b", refusal(1)).released_name is None


def test_a_finished_run_did_a_launch_only_if_the_champion_is_its_very_model(monkeypatch: pytest.MonkeyPatch):
    """Two models may have one version: numbered by an earlier template, or in two entries of a registry."""
    seen = []
    monkeypatch.setattr(lineage_runs, "is_same", lambda _, released, __: seen.append(released))
    runs = [run("a", release(10, "1.0.1")), run("b", release(20, "1.0.1"))]
    finished(runs, SimpleNamespace(champion=champion_of(from_runs(runs))))
    finished(runs, SimpleNamespace(champion=None))
    assert seen == ["1.0.1", None, None, None]


def test_a_run_gives_its_stages_outputs_and_verdicts_by_name():
    data, model = artifact(1, gate="data", blessed=1), artifact(2, gate="model", blessed=0)
    stages = (
        stage(1, "ExampleGen", examples=artifact(3)),
        stage(2, "DataGate", verdict=data),
        stage(3, "Evaluator", evaluation=artifact(4), blessing=model),
    )
    stopped = Run("a", STOPPED, "", NOW, {}, stages)
    assert stopped.verdicts == (data, model)
    assert stopped.output("DataGate", "verdict") is data
    assert stopped.output("DataGate", "other") is None
    assert stopped.output("Trainer", "model") is None
    assert stopped.stage("Trainer") is None
    assert stopped.window == {}


def test_a_run_knows_its_window():
    assert run("a", None).window == WINDOW
