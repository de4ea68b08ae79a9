"""`evergreen override add` writes a line that the next launch takes along; a wrong one writes nothing."""

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.config import layers
from pipeline.config.load import load
from pipeline.errors import ConfigError
from tests.pipeline.config.conftest import BASE

TODAY = dt.datetime.now(dt.timezone.utc).date()
SOON = (TODAY + dt.timedelta(days=30)).isoformat()
WORDS = ("--reason", "a holiday", "--by", "Ada", "--expires", SOON)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "base.yaml"
    path.write_bytes(BASE.read_bytes())
    monkeypatch.setenv(layers.INSTEAD, str(path))
    return path


def call(*arguments: str) -> str:
    result = CliRunner().invoke(evergreen, ["override", *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def test_an_override_is_written_into_base_and_listed(base: Path):
    assert call("list") == "no overrides: every check that fails closes its gate\n"
    call("add", "data", "rows at least", "--subject", "eval", *WORDS)
    (found,) = load("local").overrides
    assert (found.check, found.subject, str(found)) == (
        "rows at least",
        "eval",
        f"a holiday (Ada, until {SOON})",
    )
    assert call("list").startswith(
        "in force the data gate's check 'rows at least' of 'eval': a holiday (Ada, until"
    )
    assert base.read_text().startswith(BASE.read_text())
    call("add", "infra", "served", *WORDS)
    assert [each.gate for each in load("local").overrides] == ["data", "infra"]


def test_it_goes_into_the_file_that_has_the_list(base: Path, tmp_path: Path):
    own = tmp_path / "own.yaml"
    own.write_text("overrides: []\n")
    call("add", "infra", "served", *WORDS, "--config", str(own))
    assert base.read_bytes() == BASE.read_bytes()
    assert len(load(str(own)).overrides) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("data", "row at least", *WORDS),
            "the data gate has no check 'row at least' .did you mean 'rows at least'",
        ),
        (("data", "rows at least", "--reason", " ", *WORDS[2:]), "--reason: ' ' is no reason"),
        (("data", "rows at least", *WORDS[:-1], "2020-01-01"), "is in the past"),
        (("data", "rows at least", *WORDS[:-1], f"{TODAY.year + 1}-12-31"), "raise max_override_days"),
    ],
    ids=["unknown check", "no reason", "past", "too long"],
)
def test_a_wrong_one_is_refused_and_nothing_is_written(base: Path, arguments: tuple[str, ...], message: str):
    with pytest.raises(ConfigError, match=message):
        call("add", *arguments)
    assert base.read_bytes() == BASE.read_bytes()


def test_the_same_check_is_overridden_once(base: Path):
    call("add", "infra", "served", *WORDS)
    before = base.read_bytes()
    with pytest.raises(ConfigError, match="there is an override of the infra gate's check 'served' already"):
        call("add", "infra", "served", *WORDS)
    assert base.read_bytes() == before
