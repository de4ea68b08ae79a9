"""Secrets are found where a reference says, and are not shown."""

import base64
import urllib.parse
from pathlib import Path

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials

from monitoring.notify import secrets as lookup
from monitoring.notify.references import is_reference, works_everywhere
from monitoring.notify.secrets import SecretError, Secrets
from tests.foreign_server import JSON, answering, http_answer

VERSION = "secret:projects/p/secrets/s/versions/latest"
URL = "https://hooks.slack.com/services/T00000000/B00000000/PlantedSecretOfAWebhook"


@pytest.mark.parametrize("text", ["env:SLACK_URL", "file:/run/secrets/slack", "file:~/slack", VERSION])
def test_a_reference_is_told_by_its_form(text: str):
    assert is_reference(text)
    assert works_everywhere(text) == (text == VERSION)


@pytest.mark.parametrize(
    "text", ["", URL, f"env:{URL}", "env:", "hunter2", "secret:s", "file:slack", f"{VERSION}/x"]
)
def test_anything_else_is_none(text: str):
    assert not is_reference(text)
    with pytest.raises(SecretError) as raised:
        Secrets().look_up(text)
    assert str(raised.value).startswith("a secret is written out where there should be a reference")
    assert not any(secret in str(raised.value) for secret in (URL, "hunter2", "slack"))


def test_a_variable_and_a_file_are_read_without_the_line_break_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "slack").write_text(f"{URL}\n")
    monkeypatch.setenv("SLACK_URL", f" {URL}\r\n")
    assert Secrets().look_up("env:SLACK_URL") == URL
    assert Secrets().look_up(f"file:{tmp_path}/slack") == URL


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:NO_SUCH_VARIABLE", "env:NO_SUCH_VARIABLE is not set"),
        ("env:EMPTY", "env:EMPTY is empty"),
        ("file:/no/such/file", "file:/no/such/file cannot be read: No such file or directory"),
        ("file:/", "file:/ cannot be read: Is a directory"),
    ],
)
def test_a_missing_secret_is_named(reference: str, why: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMPTY", " \n")
    with pytest.raises(SecretError, match=f"^{why}$"):
        Secrets().look_up(reference)


def _from_manager(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(google.auth, "default", lambda scopes: (AnonymousCredentials(), scopes))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with answering(answer) as address:
        monkeypatch.setattr(lookup, "SECRET_MANAGER", f"http://{address}/v1")
        return Secrets(timeout_s=5).look_up(VERSION)


def test_secret_manager_s_answer_is_decoded(monkeypatch: pytest.MonkeyPatch):
    data = base64.b64encode(URL.encode()).decode()
    body = f'{{"name": "n", "payload": {{"data": "{data}"}}}}'.encode()
    assert _from_manager(http_answer("200 OK", body, JSON), monkeypatch) == URL


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http_answer("403 Forbidden", b"{}", JSON), "Secret Manager answered 403"),
        (http_answer("200 OK", b"{}", JSON), "the answer holds no text"),
        (http_answer("200 OK", b"<html>"), "the answer holds no text"),
        (b"", "ConnectionError"),
    ],
)
def test_what_secret_manager_refuses_is_said(answer: bytes, why: str, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SecretError, match=f"^{VERSION} cannot be read: {why}$"):
        _from_manager(answer, monkeypatch)


@pytest.mark.parametrize(
    "shown",
    [
        f"no such URL {URL}",
        f"POST {urllib.parse.urlsplit(URL).path} HTTP/1.1",
        f"in {urllib.parse.quote(URL, safe='')}",
        "channel B00000000 of PlantedSecretOfAWebhook",
        base64.b64encode(URL.encode()).decode(),
    ],
)
def test_a_secret_and_its_parts_are_taken_out_of_a_text(shown: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_URL", URL)
    secrets = Secrets()
    secrets.look_up("env:SLACK_URL")
    for part in (URL, "T00000000", "B00000000", "PlantedSecret"):
        assert part not in secrets.redacted(shown)
    assert "(secret)" in secrets.redacted(shown)
    assert URL not in repr(secrets)
    assert secrets.redacted("the server refused") == "the server refused"


@pytest.mark.parametrize(("value", "is_taken"), [("a", False), ("abc", False), ("abcd", True)])
def test_what_is_too_short_to_be_a_secret_is_refused(
    value: str, is_taken: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SHORT", value)
    if is_taken:
        assert Secrets().look_up("env:SHORT") == value
        return
    with pytest.raises(SecretError, match=r"^env:SHORT holds fewer than 4 characters, which are no secret"):
        Secrets().look_up("env:SHORT")


def test_parts_of_an_address_count_from_six_characters_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_URL", "https://hooks.example.com/abcdef/vwxyz")
    secrets = Secrets()
    secrets.look_up("env:SLACK_URL")
    assert secrets.redacted("abcdef, vwxyz") == "(secret), vwxyz"


@pytest.mark.parametrize("url", ["https://", "https://a", "https://%61%62%63/", "https://abc"])
def test_short_forms_of_an_address_leave_other_words_alone(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_URL", url)
    secrets = Secrets()
    secrets.look_up("env:SLACK_URL")
    assert secrets.redacted("an alphabet, abc") == "an alphabet, abc"
