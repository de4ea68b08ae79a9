"""`evergreen override add` writes a line that the next launch takes along; a wrong one writes nothing."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.cli.overridden import to_copy
from pipeline.config import layers
from pipeline.config.load import load
from pipeline.errors import ConfigError
from tests.pipeline.config.conftest import BASE, CONFIGS

TODAY = dt.datetime.now(dt.timezone.utc).date()
SOON = (TODAY + dt.timedelta(days=30)).isoformat()
WORDS = ("--reason", "a holiday", "--by", "Ada", "--expires", SOON)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "configs"
    shutil.copytree(CONFIGS, folder)
    monkeypatch.setenv(layers.INSTEAD, str(folder))
    return folder / "base.yaml"


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


def test_the_list_says_of_each_what_a_launch_would_say(base: Path):
    def line(check: str, days: int) -> str:
        last = TODAY + dt.timedelta(days=days)
        return f"  - {{gate: data, check: {check}, reason: a strike, by: Ada, expires: {last}}}\n"

    lines = (line("rows at least", -1), line("few rows", 0), line("few rows", 1), line("one class", 91))
    base.write_text(BASE.read_text() + "overrides:\n" + "".join(lines))
    expired, taken, twice, why_twice, far, why_far = call("list").splitlines()
    assert expired.startswith("expired  the data gate's check 'rows at least': a strike (Ada, until ")
    assert taken.startswith("in force the data gate's check 'few rows'")
    assert twice.startswith("refused  the data gate's check 'few rows'")
    assert why_twice == "         overrides: two are of the data gate's check 'few rows'; leave one"
    assert far.startswith("refused  the data gate's check 'one class'")
    assert why_far.startswith("         overrides.3.expires is ")
    assert why_far.endswith("choose an earlier day, or raise max_override_days")
    states = [each["state"] for each in json.loads(call("list", "--json"))]
    assert states == ["expired", "in force", why_twice.strip(), why_far.strip()]


def test_of_many_checks_that_failed_each_name_has_a_line_to_copy():
    def failed(name: str, subject: str) -> dict[str, object]:
        return {"name": name, "subject": subject, "passed": False, "action": "stop"}

    days = [failed("few rows", f"2026-03-0{day}") for day in range(1, 6)]
    last = ", reason: '…', by: '…', expires: YYYY-MM-DD}"
    few = [*to_copy({"gate": "data", "checks": days})]
    assert few[0] == f"- {{gate: data, check: few rows, subject: '2026-03-01'{last}"
    assert len(few) == 5
    assert [*to_copy({"gate": "data", "checks": [*days, failed("cross", "a × b")]})] == [
        f"- {{gate: data, check: few rows{last}  # for all 5 of them",
        f"- {{gate: data, check: cross, subject: a × b{last}",
    ]
