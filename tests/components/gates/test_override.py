"""An override is dated by a day, and its words are one line."""

import datetime as dt
import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.gates.override import Override, from_json, to_json

VALUES = {"gate": "data", "check": "few rows", "reason": "a holiday", "by": "Ada", "expires": "2026-03-10"}
DAY = dt.date(2026, 3, 10)


def read(values: dict[str, Any], as_json: bool) -> Override:
    return Override.model_validate_json(json.dumps(values)) if as_json else Override.model_validate(values)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_day_is_read_and_written_as_it_was(as_json: bool):
    found = read(VALUES, as_json)
    assert found.expires == DAY
    assert from_json(to_json([found])) == (found,)


def test_a_day_that_is_one_already_is_taken():
    assert Override(**{**VALUES, "expires": DAY}).expires == DAY


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "expires",
    [2099, 2099.0, 4_102_444_800, True, None, "2099", "20260310", "2026-03-10T00:00:00", "2026-3-10", "", []],
)
def test_what_is_no_day_is_refused(expires: object, as_json: bool):
    with pytest.raises(ValidationError, match="expected a day of the calendar written YYYY-MM-DD"):
        read({**VALUES, "expires": expires}, as_json)


def test_a_time_of_day_is_no_day():
    with pytest.raises(ValidationError, match="expected a day"):
        Override(**{**VALUES, "expires": dt.datetime(2026, 3, 10)})


@pytest.mark.parametrize("name", ["reason", "by", "check", "subject"])
@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "a\u2028b", "a\x00b"])
def test_words_that_break_a_line_are_refused(name: str, text: str):
    with pytest.raises(ValidationError, match="has a control character in it; write one line of text"):
        Override(**{**VALUES, name: text})


def test_space_around_words_is_left_out_as_that_of_a_block_of_yaml():
    assert Override(**{**VALUES, "reason": " a holiday\n"}).reason == "a holiday"
    with pytest.raises(ValidationError, match="it is blank"):
        Override(**{**VALUES, "reason": " \n"})


@pytest.mark.parametrize(
    ("gate", "check", "subject", "covered"),
    [
        ("data", "few rows", "2026-03-10", True),
        ("data", "few rows", "2026-03-11", False),
        ("data", "one class", "2026-03-10", False),
        ("model", "few rows", "2026-03-10", False),
    ],
)
def test_an_override_is_of_one_check_of_one_gate_at_one_place(
    gate: str, check: str, subject: str, covered: bool
):
    values = {"gate": "data", "check": "few rows", "reason": "a strike", "by": "Ada", "expires": "2026-04-01"}
    assert Override(**values, subject="2026-03-10").covers(gate, check, subject) is covered
    everywhere = gate == "data" and check == "few rows"
    assert Override(**values).covers(gate, check, subject) is everywhere
