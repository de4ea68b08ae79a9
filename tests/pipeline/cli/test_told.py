"""After a run on this machine people are told once, and the run's end says how that went."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.cli.told import tell, telling_of_failure
from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.errors import DONE, STOPPED, BusyError, ConfigError, DataError, UserError
from pipeline.lineage.runs import Artifact, Run, Stage
from pipeline.retrain import Outcome
from tests.monitoring.notify.http_server import PATH, Hook, answer, hook

NOW = dt.datetime(2013, 4, 1, tzinfo=dt.timezone.utc)
WINDOW = {
    "train_first": "2013-01-01",
    "train_last": "2013-01-02",
    "eval_first": "x",
    "eval_last": "2013-01-09",
}
IN_CLOUD = "secret:projects/p/secrets/s/versions/1"


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    """One webhook whose address is in the environment, as of `posting_to`."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return configured({"type": "webhook", "url": "env:HOOK", "shape": "json"})


@pytest.fixture
def posting_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hook], None]:
    return lambda served: monkeypatch.setenv("HOOK", served.url)


def configured(*notifiers: dict[str, Any]) -> Config:
    return load("local", {"notify.notifiers": json.dumps(notifiers), "notify.timeout_s": "2"})


def outcome(tmp_path: Path, state: str = "stopped", repeated: bool = False) -> Outcome:
    """A run whose data gate closed, with a warning in the verdict's file."""
    folder, log = tmp_path / "verdict", tmp_path / "run.log"
    folder.mkdir(exist_ok=True)
    log.write_text("before\n")
    warns = {"name": "drift", "passed": False, "action": "warn", "reason": "temp moved", "overridden": ""}
    closed = {"gate": "data", "passed": False, "reason": "too few rows", "checks": [warns]}
    (folder / "verdict.json").write_text(json.dumps(closed))
    verdict = Artifact(
        1, "Verdict", str(folder), NOW, {"gate": "data", "blessed": 0, "reason": "too few rows"}
    )
    stage = Stage(1, "DataGate", "complete", 1.0, {}, {"verdict": (verdict,)})
    run = Run("20130401-abc", state, "DataGate: too few rows", NOW, {"window": json.dumps(WINDOW)}, (stage,))
    return Outcome(run, repeated=repeated, log=log)


def test_a_run_s_end_is_told_with_gates_and_warnings(
    config: Config, posting_to: Callable[[Hook], None], tmp_path: Path
):
    with hook() as served:
        posting_to(served)
        assert [*tell(config, outcome(tmp_path), "local")] == ["notify    webhook (json): sent"]
    (message,) = served.bodies
    assert (message["kind"], message["title"]) == (
        "run-stopped",
        "flights: a gate stopped the run; no new model was released",
    )
    assert message["text"] == "data gate: too few rows\nWarning of the data gate: temp moved"
    assert message["details"] == {"run": "20130401-abc", "window": "2013-01-01 … 2013-01-09"}
    assert (tmp_path / "run.log").read_text() == "before\nnotify: webhook (json): sent\n"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (answer("500 Oops", PATH.encode()), "the server answered 500 (Internal Server Error)"),
        ("hang", "no answer within 2 s"),
    ],
)
def test_a_notifier_that_fails_is_reported_at_the_end_and_in_the_log(
    config: Config, posting_to: Callable[[Hook], None], tmp_path: Path, how: Any, told: str
):
    config = config.model_copy(update={"notify": config.notify.model_copy(update={"timeout_s": 2.0})})
    with hook(how) as served:
        posting_to(served)
        (line,) = tell(config, outcome(tmp_path), "local")
    assert line in (
        f"notify    webhook (json): {told}",
        "notify    webhook (json): the server did not answer in time",
    )
    log = (tmp_path / "run.log").read_text()
    assert line.removeprefix("notify    ") in log
    assert not any(part in log + line for part in PATH.split("/") if part and part != "services")


def test_a_repeated_launch_is_no_news(config: Config, posting_to: Callable[[Hook], None], tmp_path: Path):
    with hook() as served:
        posting_to(served)
        assert [*tell(config, outcome(tmp_path, repeated=True), "local")] == []
    assert served.requests == []


def test_whom_the_job_has_told_is_not_told_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    here = {"type": "webhook", "url": "env:NOT_SET_HERE", "shape": "json"}
    there = {"type": "webhook", "url": IN_CLOUD, "shape": "teams"}
    lines = [*tell(configured({"type": "log"}, here, there), outcome(tmp_path), "vertex-local")]
    assert lines == ["notify    webhook (json): env:NOT_SET_HERE is not set"]
    assert capsys.readouterr().err == ""


def test_nobody_is_told_where_nobody_is_configured(tmp_path: Path):
    assert [*tell(load("local"), outcome(tmp_path), "local")] == []
    assert (tmp_path / "run.log").read_text() == "before\n"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (DataError("no day in the folder"), "no day in the folder"),
        (ConfigError("no such folder"), "no such folder"),
        (MemoryError("4 GB"), "MemoryError: 4 GB"),
    ],
)
def test_a_run_that_could_not_start_is_told_as_failed_and_its_error_goes_on(
    config: Config, posting_to: Callable[[Hook], None], fault: Exception, text: str
):
    said: list[str] = []
    with hook() as served:
        posting_to(served)
        with pytest.raises(type(fault)), telling_of_failure(config, said.append):
            raise fault
    assert [(body["kind"], body["text"]) for body in served.bodies] == [("run-failed", text)]
    assert said == ["notify    webhook (json): sent"]


def test_a_run_that_broke_off_is_told_with_its_log(
    config: Config, posting_to: Callable[[Hook], None], tmp_path: Path
):
    fault = UserError("disk full")
    fault.log = tmp_path / "20130401-abc.log"
    fault.log.write_text("")
    with hook() as served:
        posting_to(served)
        with pytest.raises(UserError), telling_of_failure(config, lambda _: None):
            raise fault
    (message,) = served.bodies
    assert (message["details"], message["log"]) == ({"run": "20130401-abc"}, str(fault.log))
    assert "notify: webhook (json): sent" in fault.log.read_text()


@pytest.mark.parametrize("fault", [BusyError("at work"), KeyboardInterrupt()])
def test_neither_an_interruption_nor_another_run_at_work_is_told(
    config: Config, posting_to: Callable[[Hook], None], fault: BaseException
):
    with hook() as served:
        posting_to(served)
        with pytest.raises(type(fault)), telling_of_failure(config, lambda _: None):
            raise fault
    assert served.requests == []


def test_an_error_that_an_interruption_made_is_not_told(config: Config, posting_to: Callable[[Hook], None]):
    fault = UserError("the store broke off")
    fault.__cause__ = KeyboardInterrupt()
    with hook() as served:
        posting_to(served)
        with pytest.raises(UserError), telling_of_failure(config, lambda _: None):
            raise fault
    assert served.requests == []


def _call(*arguments: str) -> Any:
    return CliRunner().invoke(evergreen, ["notify", *arguments], standalone_mode=False)


SETTING = (
    "notify.notifiers=[{type: webhook, url: 'env:HOOK', shape: slack, events: [run-failed]}, {type: log}]"
)


def test_the_command_lists_who_is_told_of_what():
    done = _call("--set", SETTING)
    assert done.return_value == DONE
    assert done.stdout.splitlines() == [
        "webhook (slack)   run-failed, from severity info; not on Vertex AI: its secret is only here",
        "log               every event, from severity info",
    ]


def test_the_command_tries_each_one_out(posting_to: Callable[[Hook], None], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with hook() as served:
        posting_to(served)
        done = _call("--test", "--set", SETTING)
    assert done.return_value == DONE
    assert done.stdout.splitlines()[-2:] == ["webhook (slack): sent", "log: sent"]
    assert "a test of Evergreen's notifications" in served.bodies[0]["text"]


def test_a_test_that_does_not_arrive_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HOOK", raising=False)
    done = _call("--test", "--set", SETTING)
    assert done.return_value == STOPPED
    assert "webhook (slack): env:HOOK is not set" in done.stdout


def test_without_notifiers_the_command_says_where_to_add_one():
    done = _call("--test")
    assert isinstance(done.exception, ConfigError)
    assert "docs/notify.md" in str(done.exception)


def test_the_outcome_is_the_same_whether_or_not_somebody_is_told(tmp_path: Path):
    ended = outcome(tmp_path)
    before = dataclasses.replace(ended)
    [*tell(configured({"type": "no.such.Class"}), ended, "local")]
    assert ended == before
