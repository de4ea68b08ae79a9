"""Where an init was killed half way, a command that reads the configuration says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import options
from pipeline.cli.config import config
from pipeline.cli.options import load_config
from pipeline.data.write import journal
from pipeline.errors import ConfigError

HINT = "an init was interrupted, so some files are of before and some are new: run `evergreen init` again"


@pytest.fixture
def half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which an init was killed between two renames."""
    renames = [(journal.staging(tmp_path) / name, tmp_path / name) for name in ("one", "two")]
    monkeypatch.setattr(options, "project_root", lambda: tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_rename", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            journal.publish(tmp_path, renames)
    return tmp_path


def test_a_configuration_that_does_not_load_may_be_half_of_an_init(half: Path):
    with pytest.raises(ConfigError) as refused:
        load_config("local", ("window.dayz=3",))
    assert str(refused.value).endswith(f"; {HINT}")
    assert "dayz" in str(refused.value)
    assert journal.finish(half)
    with pytest.raises(ConfigError) as refused:
        load_config("local", ("window.dayz=3",))
    assert HINT not in str(refused.value)


def test_one_that_loads_is_warned_of(half: Path):
    assert HINT in CliRunner().invoke(config, catch_exceptions=False).output
    assert journal.finish(half)
    assert HINT not in CliRunner().invoke(config, catch_exceptions=False).output
