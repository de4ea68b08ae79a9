"""A champion is read from a release's record, completely or not at all."""

import datetime as dt
import json

import pytest

from pipeline.launch.champion import Champion, ReleaseRecordError

WINDOW = {"train_first": "2013-01-01", "train_last": "2013-03-17", "eval_first": "2013-03-18"}
# Python 3.11 and later read these as days; we write none of them.
NESTED = "[" * 5000 + "]" * 5000  # deeper than Python reads
OTHER_DAYS = [f'{{"train_first": "{day}", "train_last": "2013-03-17"}}' for day in ("20130101", "2013-W01-2")]
RECORD = {
    "gate": "release",
    "blessed": 1,
    "version": "1.0.7",
    "model_uri": "/model/7",
    "pushed_destination": "/served/7",
    "window": json.dumps(WINDOW),
}


def test_a_champion_is_what_the_release_recorded():
    assert Champion.from_release(RECORD, "run-7") == Champion(
        version="1.0.7",
        model_uri="/model/7",
        served_from="/served/7",
        train_first=dt.date(2013, 1, 1),
        train_last=dt.date(2013, 3, 17),
        run_id="run-7",
    )


@pytest.mark.parametrize("name", ["version", "model_uri", "pushed_destination", "window"])
def test_a_record_that_lacks_a_property_names_the_run_and_the_property(name: str):
    record = {key: value for key, value in RECORD.items() if key != name}
    with pytest.raises(
        ReleaseRecordError, match=f"release record of run run-7 lacks {name}; expected version"
    ):
        Champion.from_release(record, "run-7")


@pytest.mark.parametrize(
    "window",
    ["", "[]", "{}", '{"train_first": "2013-01-01"}', "null", '{"train_first": 1}', NESTED, *OTHER_DAYS],
)
def test_a_window_that_is_none_is_shown(window: str):
    with pytest.raises(ReleaseRecordError, match="expected JSON with train_first and train_last"):
        Champion.from_release({**RECORD, "window": window}, "run-7")


def test_a_reset_that_cannot_be_read_is_shown():
    with pytest.raises(ReleaseRecordError, match="expected JSON with reason, by and at"):
        Champion.from_release({**RECORD, "reset": NESTED}, "run-7")


def test_the_stand_in_was_trained_before_any_data():
    assert Champion.stand_in().train_last < dt.date(1971, 1, 1)
