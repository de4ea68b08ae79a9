"""Who is told: what each type of notifier takes, and secrets that are nowhere but behind references."""

import json
import traceback
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.commands import evergreen
from pipeline.config.load import load, load_with_origins, parse
from pipeline.config.printing import as_values, as_yaml
from pipeline.errors import ConfigError

KEY = "notify.notifiers"
SECRET = "PlantedSecret77"
SLACK = f"https://hooks.slack.com/services/T00000000/B00000000/{SECRET}"
VERSION = "secret:projects/p/secrets/s/versions/1"
MAIL = "type: email, host: mail.example.com, port: 587, sender: a@example.com, to: [b@example.com]"
WEBHOOK = {"type": "webhook", "url": "env:SLACK_URL", "shape": "slack"}


def refused(*notifiers: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load("local", {KEY: f"[{', '.join(notifiers)}]"})
    assert SECRET not in str(raised.value)
    return str(raised.value).removeprefix("--set: notify.notifiers.0")


def test_nobody_is_told_until_somebody_is_configured():
    notify = load("local").notify
    assert (notify.notifiers, notify.everywhere, notify.on_vertex) == ((), (), ())
    assert notify.timeout_s == 10


def test_each_type_is_read_and_printed_as_it_was_written():
    written = [
        {"type": "log"},
        WEBHOOK,
        {"type": "my.own.Pager", "settings": {"room": 5, "auth": {"token": VERSION}}},
    ]
    loaded = load_with_origins("local", {KEY: json.dumps(written)})
    common = {"events": [], "min_severity": "info"}
    assert as_values(loaded)["values"]["notify"]["notifiers"] == [{**each, **common} for each in written]
    assert "".join(as_yaml(loaded)).count("env:SLACK_URL") == 1
    assert parse(json.loads(loaded.config.model_dump_json())) == loaded.config
    log, webhook, pager = loaded.config.notify.everywhere
    assert (log.kind, log.settings) == ("log", {})
    assert (webhook.kind, webhook.settings) == ("webhook", {"url": "env:SLACK_URL", "shape": "slack"})
    assert pager.settings == {"room": 5, "auth": {"token": VERSION}}


@pytest.mark.parametrize(
    "notifier",
    [
        f"{{type: webhook, url: '{SLACK}', shape: slack}}",
        f"{{type: webhook, url: {SECRET}, shape: slack}}",
        f"{{type: webhook, url: ['{SLACK}'], shape: slack}}",
        f"{{type: webhook, url: {{a: {SECRET}}}, shape: slack}}",
        f"{{type: webhook, url: 'env:{SLACK}', shape: slack}}",
        f"{{{MAIL}, security: starttls, user: a, password: {SECRET}}}",
        f"{{type: my.own.Pager, settings: {{api_token: {SECRET}}}}}",
        f"{{type: my.own.Pager, settings: {{auth: {{Password: {SECRET}}}}}}}",
        f"{{type: my.own.Pager, settings: {{webhook_url: '{SLACK}'}}}}",
        f"{{type: my.own.Pager, settings: {{headers: [{{token: {SECRET}}}]}}}}",
    ],
)
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(notifier: str):
    message = refused(notifier)
    assert "is a secret and must not be written out" in message
    assert "env:NAME, file:/path or secret:projects/P/secrets/S/versions/V" in message


@pytest.mark.parametrize(
    ("notifier", "message"),
    [
        (
            "{type: webhok}",
            ": there is no notifier of this type (did you mean 'webhook'?); there are log, webhook, email, "
            "and classes by their dotted name",
        ),
        ("{type: webhook}", ": webhook needs url, shape"),
        (
            "{type: webhook, url: 'env:U', shape: json, host: h}",
            ": webhook does not take host; it takes url, shape",
        ),
        ("{type: log, settings: {}}", ": log does not take settings; it takes nothing more"),
        ("{type: my.Pager, url: 'env:U'}", ": a class of your own does not take url; it takes settings"),
        (f"{{{MAIL}}}", ": email needs security"),
        (f"{{{MAIL}, security: tls, user: a}}", ": user and password go together; give both, or neither"),
        (
            f"{{{MAIL}, security: none}}",
            ": security: none is only for a mail server on this machine; take starttls or tls",
        ),
        (
            "{type: log, events: [run-crashed]}",
            ".events.0: Input should be 'run-finished', 'run-warned', 'run-stopped' or 'run-failed'",
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_right(notifier: str, message: str):
    assert refused(notifier).startswith(message)


@pytest.mark.parametrize(
    "settings",
    [
        f"{{bot: xoxb-{SECRET}}}",
        f"{{dsn: 'Bearer {SECRET}'}}",
        f"{{place: '{SLACK}'}}",
        f"{{a: {{b: [5, {SECRET}]}}}}",
        f"{{room: {SECRET}}}",
    ],
)
def test_no_text_of_a_class_of_one_s_own_is_written_out_as_only_the_class_knows_which_are_secret(
    settings: str,
):
    message = refused(f"{{type: my.own.Pager, settings: {settings}}}")
    assert "is a text, which may be a secret and must not be written out" in message


@pytest.mark.parametrize("settings", [f"{{'{SLACK}'}}", f"{{{SECRET}}}", f"{{xoxb-{SECRET}: 5}}"])
def test_a_setting_that_lost_its_name_is_not_repeated(settings: str):
    assert "has a name that is none" in refused(f"{{type: my.own.Pager, settings: {settings}}}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (KEY, SLACK),
        (KEY, f"[{SLACK}]"),
        (KEY, f"[[{SLACK}]]"),
        (KEY, f"{{a: {SECRET}}}"),
        (KEY, f"[{{{SECRET}}}]"),
        (KEY, f"[{{type: {SECRET}}}]"),
        (KEY, f"[{{type: log, {SECRET}: 1}}]"),
        (KEY, f"[{{type: a.{SECRET}, url: 'env:U'}}]"),
        (KEY, f"[{{type: log, events: {SECRET}}}]"),
        (KEY, f"[{{type: log, events: 'a,{SECRET}'}}]"),
        (KEY, f"[{{type: log, events: [{SECRET}]}}]"),
        (KEY, f"[{{type: log, min_severity: {SECRET}}}]"),
        (KEY, f"[{{type: email, port: {SECRET}}}]"),
        (KEY, f"[{{type: email, to: '{SECRET},{SECRET}'}}]"),
        (KEY, f"[{{type: email, host: '{SECRET} '}}]"),
        (KEY, f"[{{type: email, user: [{SECRET}]}}]"),
        (KEY, f"[{{type: a.B, settings: {SECRET}}}]"),
        (KEY, f"[{{type: a.B, settings: [{SECRET}]}}]"),
        (KEY, f"[{SLACK}"),
        (KEY, f"*{SECRET}"),
        (KEY, f"!{SECRET} x"),
        (f"{KEY}.0.url", SLACK),
        (f"{KEY}.{SLACK}", "1"),
        (f"notify.{SECRET}.url", "1"),
        ("notify", SLACK),
        ("notify.timeout_s", SECRET),
        (f"notify.{SECRET}", "1"),
        ("notfy", f"[{SLACK}"),
        ("notfy", SLACK),
    ],
)
def test_nothing_that_stands_below_notify_is_repeated_by_a_message(key: str, value: str):
    with pytest.raises(ConfigError) as raised:
        load("local", {key: value})
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert "not" in str(raised.value)


@pytest.mark.parametrize(
    "lines",
    [
        f"notify:\n  notifiers: [{SLACK}]\n",
        f"notify:\n  notifiers: *{SECRET}\n",
        f"window: {{}}\nnotify:\n  notifiers:\n    - !{SECRET} x\n",
        f"{{notify: {{notifiers: *{SECRET}}}}}\n",
        f"notify:\n  {SECRET}: 1\n  {SECRET}: 2\n",
    ],
)
def test_a_file_that_cannot_be_read_there_is_not_repeated_either(lines: str, tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(lines)
    with pytest.raises(ConfigError) as raised:
        load(str(tmp_path / "mine.yaml"))
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_other_sections_say_what_stands_there(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("notify: {}\nwindow: *days\n")
    with pytest.raises(ConfigError, match=r"2: not readable as YAML: the alias \*days is not"):
        load(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (f"{KEY}:{SLACK}", f"--set {KEY}…: expected KEY=VALUE, as in --set window.days=30"),
        ("window:30", "--set window:30: expected KEY=VALUE, as in --set window.days=30"),
    ],
)
def test_a_setting_without_an_equals_sign_is_shown_as_far_as_it_is_a_name(setting: str, message: str):
    with pytest.raises(ConfigError) as raised:
        evergreen(["config", "--set", setting], standalone_mode=False)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "notifier",
    [
        f"{{type: '{SLACK}'}}",
        f"{{type: webhook, url: 'env:U', shape: '{SLACK}'}}",
        f"{{{MAIL.replace('mail.example.com', repr(SLACK))}, security: tls}}",
        f"{{{MAIL.replace('a@example.com', repr(SLACK))}, security: tls}}",
    ],
)
def test_an_address_in_the_wrong_place_is_not_repeated_either(notifier: str):
    assert "is an address of the web, which may be a secret" in refused(notifier)


@pytest.mark.parametrize(
    "address", ["a", "a b@example.com", "a@example.com\\nBcc: b@example.com", "ä@example.com"]
)
def test_what_is_no_plain_address_is_refused(address: str):
    mail = f'{{type: email, host: h, port: 25, security: tls, sender: "{address}", to: [b@example.com]}}'
    assert refused(mail).startswith(".sender: ")


@pytest.mark.parametrize("timeout", ["0", "61", "-1"])
def test_a_run_waits_for_a_minute_at_most(timeout: str):
    with pytest.raises(ConfigError, match=r"notify\.timeout_s"):
        load("local", {"notify.timeout_s": timeout})


def test_a_step_in_the_cloud_reaches_what_secret_manager_keeps_and_what_has_no_secret():
    notifiers = [
        {"type": "log"},
        WEBHOOK,
        {**WEBHOOK, "url": "file:/run/secrets/slack"},
        {**WEBHOOK, "url": VERSION, "shape": "teams"},
        {"type": "my.own.Pager", "settings": {"token": VERSION, "room": 5}},
        {"type": "my.own.Pager", "settings": {"auth": {"token": "env:T"}}},
    ]
    notify = load("local", {KEY: json.dumps(notifiers)}).notify
    assert [str(each) for each in notify.on_vertex] == ["log", "webhook (teams)", "my.own.Pager"]
    assert [str(each) for each in notify.only_here] == ["webhook (slack)", "webhook (slack)", "my.own.Pager"]


@pytest.mark.parametrize("name", ["local", "prod"])
def test_who_is_told_makes_no_other_launch(name: str):
    told: dict[str, Any] = {KEY: json.dumps([WEBHOOK]), "notify.timeout_s": "5"}
    assert load(name, told).deciding() == load(name).deciding()


def test_the_commands_do_not_repeat_a_secret_either(capsys: pytest.CaptureFixture[str]):
    setting = f"{KEY}=[{{type: webhook, url: '{SLACK}', shape: slack}}]"
    with pytest.raises(ConfigError) as raised:
        evergreen(["config", "--set", setting], standalone_mode=False)
    assert SECRET not in str(raised.value) + "".join(capsys.readouterr())
