"""A webhook is posted to a real server: once, to that address alone, and a failure says nothing of it."""

from typing import Any

import pytest

from monitoring.notify.delivery import deliver
from monitoring.notify.message import Message
from monitoring.notify.target import Target
from tests.monitoring.notify.http_server import PATH, Hook, answer, hook

MESSAGE = Message("run-failed", "error", "flights: the run failed", "no rows", {"run": "r1"})


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def post(served: Hook | str, monkeypatch: pytest.MonkeyPatch, timeout_s: float = 5.0, **settings: Any) -> str:
    """Sends MESSAGE and returns what is reported."""
    url = served if isinstance(served, str) else served.url
    monkeypatch.setenv("HOOK", url)
    target = Target("webhook", (), "info", {"url": "env:HOOK", "shape": "json", **settings})
    (delivery,) = deliver(MESSAGE, [target], timeout_s)
    for secret in (url, PATH, *[part for part in PATH.split("/") if "lanted" in part.lower()]):
        assert secret not in str(delivery)
    return str(delivery).removeprefix("webhook (json): ")


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "204 No Content"])
def test_a_message_is_posted_once(status: str, monkeypatch: pytest.MonkeyPatch):
    with hook(answer(status)) as served:
        assert post(served, monkeypatch) == "sent"
    assert [path for path, _ in served.requests] == [PATH]
    assert served.bodies[0]["title"] == "flights: the run failed"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (answer("500 Oops", b"boom"), "the server answered 500 (Internal Server Error)"),
        (answer("404 Not Found", b"no_service"), "the server answered 404 (Not Found: no_service)"),
        (answer("403 no", PATH.encode()), "the server answered 403 (Forbidden)"),
        (answer(f"400 {PATH}", PATH[1:].encode()), "the server answered 400 (Bad Request)"),
        (answer("777 what"), "the server answered 777 (unknown)"),
        ("reset", "the server was not reached: Connection reset by peer"),
        (b"", "the server closed the connection without an answer"),
        (b"220 mail.example ESMTP\r\n", "what answered does not speak HTTP"),
    ],
)
def test_a_refusal_is_told_without_the_address(sent: Any, told: str, monkeypatch: pytest.MonkeyPatch):
    with hook(sent) as served:
        assert post(served, monkeypatch) == told


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str, monkeypatch: pytest.MonkeyPatch):
    with hook() as elsewhere, hook(answer(status, b"", f"Location: {elsewhere.url}")) as served:
        assert post(served, monkeypatch).endswith("; redirects are not followed")
    assert len(served.requests) == 1
    assert elsewhere.requests == []


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_server_that_does_not_answer_is_left_at_the_deadline(how: str, monkeypatch: pytest.MonkeyPatch):
    with hook(how) as served:
        assert post(served, monkeypatch, timeout_s=0.4) in (
            "no answer within 0.4 s",
            "the server did not answer in time",
        )


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch):
    with hook() as served:
        url = served.url
    assert post(url, monkeypatch) == "the server was not reached: Connection refused"


@pytest.mark.parametrize(
    "url",
    [
        f"http://example.com{PATH}",
        f"ftp://127.0.0.1{PATH}",
        f"file://{PATH}",
        f"https://user:plantedpassword@127.0.0.1{PATH}",
        f"https://127.0.0.1:plantedport{PATH}",
        f"https://127.0.0.1{PATH}\r\nX-Injected: 1",
        f"https://[{PATH}",
        PATH,
    ],
)
def test_what_is_no_encrypted_address_is_not_used_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch):
    assert post(url, monkeypatch).startswith(("what env:HOOK holds", "the address that env:HOOK holds"))
