"""What the commands of the request log say."""

import dataclasses

import pytest

from pipeline.cli.traffic import log_settings
from pipeline.config.load import load
from pipeline.errors import ConfigError
from trainer import features
from trainer.column import Column


@pytest.mark.parametrize(("dropped", "is_said"), [("[tailnum]", True), ("[carrier]", False)])
def test_it_is_said_that_keys_of_a_dropped_column_are_not_kept(
    dropped: str, is_said: bool, capsys: pytest.CaptureFixture[str]
):
    config = {"rollout.key.column": "tailnum", "request_log.drop": dropped, "request_log.enabled": "true"}
    assert log_settings(load("local", config)) is not None
    warning = "rollout.key.column is tailnum, which request_log.drop names: the request log keeps no key"
    assert (warning in capsys.readouterr().err) == is_said


def test_no_client_is_known_by_a_decimal_number(monkeypatch: pytest.MonkeyPatch):
    """The same number is 35.214 to the server, which reads float32, and 35.2140007 to who joins labels."""
    others = [column for column in features.TABLE.columns if column.name != "distance"]
    decimal = Column("distance", "float32", "number")
    monkeypatch.setattr(features, "TABLE", dataclasses.replace(features.TABLE, columns=(*others, decimal)))
    with pytest.raises(ConfigError, match="'distance', a column of decimal numbers, which know no client"):
        load("local", {"rollout.key.column": "distance"})
