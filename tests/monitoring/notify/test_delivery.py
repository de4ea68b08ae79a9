"""A message reaches each notifier that is for it; whatever a notifier does, the run goes on in time."""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from monitoring.notify.delivery import Delivery, deliver
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError
from monitoring.notify.secrets import Secrets
from monitoring.notify.target import Target, targets_as_json, targets_from_json

MESSAGE = Message("run-stopped", "warning", "title", "text", {"run": "r1"})
SECRET = "PlantedSecret77"
_taken: list[tuple[dict[str, Any], Message]] = []


class Keeper:
    """A fork's own notifier."""

    def __init__(self, settings: dict[str, Any], secrets: Secrets):
        self.settings = {**settings, "token": secrets.look_up(settings["token"])}

    def send(self, message: Message) -> None:
        _taken.append((self.settings, message))


class Faulty:
    """Raises, exits or hangs, as its settings say."""

    def __init__(self, settings: dict[str, Any], secrets: Secrets):
        self.how, self.token = settings["how"], secrets.look_up("env:TOKEN")

    def send(self, message: Message) -> None:
        assert message == MESSAGE
        if self.how == "hang":
            time.sleep(30)
        if self.how == "exit":
            sys.exit(3)
        if self.how == "interrupt":
            raise KeyboardInterrupt
        if self.how in _ERRORS:
            raise _ERRORS[self.how]
        raise RuntimeError(f"Bearer {self.token}\nsecond line {'x' * 1000}")


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError


class LeavingError(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


class SilentError(NotifyError):
    def __str__(self) -> str:
        raise KeyboardInterrupt


_ERRORS = {
    "unspeakable": UnspeakableError(),
    "leaving": LeavingError(),
    "silent": SilentError(),
    "wordless": NotifyError(" "),
}


class Mute:
    def __init__(self, settings: dict[str, Any], secrets: Secrets):
        pass


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "own_notifiers", sys.modules[__name__])
    monkeypatch.setenv("TOKEN", SECRET)
    _taken.clear()


def to(kind: str, events: tuple[str, ...] = (), **settings: Any) -> Target:
    return Target(kind, events, "info", settings)


def test_a_fork_s_own_class_is_found_by_its_dotted_name_and_gets_settings_and_secrets():
    target = to("own_notifiers.Keeper", token="env:TOKEN", room=5)
    assert deliver(MESSAGE, [target], 5) == (Delivery("own_notifiers.Keeper"),)
    assert _taken == [({"token": SECRET, "room": 5, "timeout_s": 5}, MESSAGE)]


def test_who_is_not_for_a_message_gets_none():
    targets = [to("own_notifiers.Keeper", ("run-failed",), token="env:TOKEN")]
    assert deliver(MESSAGE, targets, 5) == ()
    assert _taken == []


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise", "RuntimeError: Bearer (secret) second line x"),
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt, which says nothing more"),
        ("unspeakable", "UnspeakableError, which says nothing more"),
        ("leaving", "LeavingError, which says nothing more"),
        ("silent", "SilentError, which says nothing more"),
        ("wordless", "NotifyError, which says nothing more"),
    ],
)
def test_whatever_a_notifier_raises_is_reported_and_the_others_are_told(how: str, told: str):
    targets = [to("own_notifiers.Faulty", how=how), to("own_notifiers.Keeper", token="env:TOKEN")]
    faulty, kept = deliver(MESSAGE, targets, 5)
    assert str(faulty).startswith(f"own_notifiers.Faulty: {told}")
    assert len(faulty.problem) <= 300
    assert SECRET not in str(faulty)
    assert kept.problem is None


def test_notifiers_that_hang_are_left_together_at_one_deadline():
    started = time.monotonic()
    deliveries = deliver(MESSAGE, [to("own_notifiers.Faulty", how="hang")] * 5, 0.3)
    assert time.monotonic() - started < 2
    assert [str(each) for each in deliveries] == ["own_notifiers.Faulty: no answer within 0.3 s"] * 5
    assert all(each.daemon for each in threading.enumerate() if each.name.startswith("notify-"))


def test_a_machine_without_another_thread_ends_no_run(monkeypatch: pytest.MonkeyPatch):
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    (delivery,) = deliver(MESSAGE, [to("log")], 5)
    assert str(delivery) == "log: not tried: can't start new thread"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("own_notifiers.Nobody", "there is no notifier 'own_notifiers.Nobody'"),
        ("no_such_module.Nobody", "there is no notifier 'no_such_module.Nobody'"),
        ("own_notifiers.Mute", "'own_notifiers.Mute' has no method `send(message)`"),
    ],
)
def test_a_class_that_is_not_there_or_cannot_send_is_reported(kind: str, told: str):
    (delivery,) = deliver(MESSAGE, [to(kind)], 5)
    assert delivery.problem.startswith(told)


def test_the_log_gets_one_line_on_stderr_and_in_the_run_s_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    log = tmp_path / "run.log"
    log.write_text("before\n")
    nasty = Message("run-failed", "error", "a\nb", "c\x1b\n\ud800d", {"run": "r1", "window": "w"}, str(log))
    assert deliver(nasty, [to("log")], 5) == (Delivery("log"),)
    line = "notify: error: run-failed: a b | c ?d | run r1, window w\n"
    assert log.read_text() == f"before\n{line}"
    assert capsys.readouterr().err == line


def test_a_log_that_is_elsewhere_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    away = Message("run-failed", "error", "t", "", {}, f"{tmp_path}/none.log")
    deliver(away, [to("log")], 5)
    assert os.listdir(tmp_path) == []
    assert capsys.readouterr().err == "notify: error: run-failed: t\n"


def test_notifiers_survive_the_way_through_a_job():
    targets = (to("webhook", ("run-failed",), url="env:HOOK", shape="json"), to("log"))
    assert targets_from_json(targets_as_json(targets)) == targets
    assert [str(each) for each in targets] == ["webhook (json)", "log"]
