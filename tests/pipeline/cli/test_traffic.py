"""What the commands of the request log say."""

import pytest

from pipeline.cli.traffic import log_settings
from pipeline.config.load import load


@pytest.mark.parametrize(("dropped", "is_said"), [("[tailnum]", True), ("[carrier]", False)])
def test_it_is_said_that_keys_of_a_dropped_column_are_not_kept(
    dropped: str, is_said: bool, capsys: pytest.CaptureFixture[str]
):
    config = {"rollout.key.column": "tailnum", "request_log.drop": dropped, "request_log.enabled": "true"}
    assert log_settings(load("local", config)) is not None
    warning = "rollout.key.column is tailnum, which request_log.drop names: the request log keeps no key"
    assert (warning in capsys.readouterr().err) == is_said
