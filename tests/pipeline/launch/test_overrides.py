"""An override goes with the launches until its day, says why and who, and is part of them."""

import datetime as dt
import json

import pytest

from components.gates.override import Override, from_json
from pipeline.config.load import load
from pipeline.errors import ConfigError
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.overrides import chosen, expired
from tests.pipeline.launch.test_launch import launch

TODAY = dt.date(2026, 3, 10)


def override(**changes: object) -> Override:
    values = {
        "gate": "data",
        "check": "rows at least",
        "subject": "eval",
        "reason": "a holiday",
        "by": "Ada",
        "expires": TODAY,
    }
    return Override(**{**values, **changes})


@pytest.mark.parametrize(("days", "is_taken"), [(-1, False), (0, True), (1, True), (90, True)])
def test_an_override_is_taken_along_until_its_last_day(days: int, is_taken: bool):
    one = override(expires=TODAY + dt.timedelta(days=days))
    taken = chosen((one,), TODAY, 90)
    assert taken == ((one,) if is_taken else ())
    assert bool(expired((one,), taken)) != is_taken


def test_an_expired_override_is_told_of_by_name_and_day():
    old = override(expires=dt.date(2026, 3, 9))
    assert expired((old, override()), (override(),)) == (
        "override  the data gate's check 'rows at least' of 'eval': expired on 2026-03-09, and is not used; "
        "remove it from `overrides`",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"expires": dt.date(2026, 6, 9)},
            "overrides.1.expires is 2026-06-09, and an override may go on for 90 days, until "
            "2026-06-08; choose "
            "an earlier day, or raise max_override_days",
        ),
        ({"reason": "…"}, "overrides.1.reason: '…' is no reason; say why in a few words"),
        ({"by": "--yes"}, "overrides.1.by takes a name, and '--yes' is an option; say who decides so"),
        ({}, "overrides: two are of the data gate's check 'rows at least' of 'eval'; leave one"),
    ],
    ids=["too long", "no reason", "nobody", "twice"],
)
def test_an_override_that_says_too_little_is_refused(changes: dict, message: str):
    first = override(subject="eval" if not changes else "")
    if changes.get("reason") == "…":
        changes = {"reason": "\u200b"}
        message = message.replace("'…'", repr("\u200b"))
    with pytest.raises(ConfigError) as caught:
        chosen((first, override(**changes)), TODAY, 90)
    assert str(caught.value) == message


def test_an_expired_override_is_not_held_to_anything():
    old = override(expires=dt.date(2026, 3, 9), reason="\u200b")
    assert chosen((old, old), TODAY, 90) == ()


def test_a_launch_with_an_override_is_another_and_records_it():
    plain, with_one = launch(), launch(overrides=(override(),))
    assert with_one.identity != plain.identity
    assert launch(overrides=(override(by="Bob"),)).identity != with_one.identity
    assert plain.record()["overrides"] == ""
    assert from_json(with_one.record()["overrides"]) == (override(),)
    assert graph_inputs(with_one)["overrides"] == with_one.record()["overrides"]


def test_an_override_of_no_check_is_refused_with_the_name_that_was_meant():
    item = {"gate": "data", "check": "row at least", "reason": "x", "by": "y", "expires": "2026-03-10"}
    with pytest.raises(
        ConfigError, match=r"overrides\.0\.check: the data gate has no check 'row at least' \(did "
    ):
        load("local", {"overrides": json.dumps([item])})
    found = load("local", {"overrides": json.dumps([{**item, "check": "rows at least"}])})
    assert found.overrides == (override(subject="", reason="x", by="y"),)
