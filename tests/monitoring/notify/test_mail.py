"""A mail goes through a real SMTP server, encrypted where that is asked for, or not at all."""

import base64
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from monitoring.notify import mail
from monitoring.notify.delivery import deliver
from monitoring.notify.message import Message
from monitoring.notify.target import Target
from tests.monitoring.notify.smtp_server import (
    PASSWORD,
    USER,
    Mailbox,
    Manners,
    mail_server,
    write_certificate,
)

MESSAGE = Message("run-stopped", "warning", "flights: stopped", "data gate: zu wärm ✓", {"run": "r1"}, "/log")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    write_certificate(path)
    return path


@pytest.fixture(autouse=True)
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


def send(box: Mailbox, message: Message = MESSAGE, timeout_s: float = 5.0, **settings: Any) -> str:
    """Sends a message and returns what is reported."""
    given = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "evergreen@example.com"}
    target = Target("email", (), "info", {**given, "to": ("a@example.com", "b@example.com"), **settings})
    (delivery,) = deliver(message, [target], timeout_s)
    encoded = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    assert not any(secret in str(delivery) for secret in (PASSWORD, encoded))
    return str(delivery).removeprefix("email: ")


def _text(mail: EmailMessage) -> str:
    return mail.get_content().replace("\r\n", "\n")


LOG_IN = {"user": USER, "password": "env:MAIL_PASSWORD"}


def test_a_mail_goes_to_every_recipient_as_text():
    with mail_server() as box:
        assert send(box) == "sent"
    (mail,) = box.parsed
    assert box.mails[0][0] == ["a@example.com", "b@example.com"]
    assert mail["Subject"] == "[warning] flights: stopped"
    assert (mail["From"], mail["To"]) == ("evergreen@example.com", "a@example.com, b@example.com")
    assert _text(mail) == "flights: stopped\n\ndata gate: zu wärm ✓\n\nrun: r1\nlog: /log\n"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"]
    assert mail["Date"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_log_in_and_the_mail_are_encrypted(security: str, certificate: Path):
    manners = Manners(starttls=security == "starttls", tls=security == "tls", auth=True)
    with mail_server(manners, certificate) as box:
        assert send(box, security=security, **LOG_IN) == "sent"
    assert box.encrypted == [True]
    assert box.log_ins == [(USER, PASSWORD)]


def test_without_starttls_nothing_is_sent_that_should_be_encrypted():
    with mail_server(Manners(auth=True)) as box:
        told = send(box, security="starttls", **LOG_IN)
    assert told == "the server offers no STARTTLS, so nothing was sent"
    assert (box.mails, box.log_ins) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_nothing(
    security: str, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    write_certificate(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    manners = Manners(starttls=security == "starttls", tls=security == "tls", auth=True)
    with mail_server(manners, certificate) as box:
        told = send(box, security=security, **LOG_IN)
    assert told.startswith("the server was not reached: self")
    assert (box.mails, box.log_ins) == ([], [])


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("AUTH", "the server refused the log-in (535)"),
        ("MAIL", "the server refused the sender (550)"),
        ("RCPT", "the server refused every recipient"),
        ("DATA", "the server refused the mail (550)"),
        ("EHLO", "the server offers no log-in that is known here, so nothing was sent"),
    ],
)
def test_a_refusal_is_told_without_the_server_s_words(verb: str, told: str):
    with mail_server(Manners(auth=True, refuses=verb)) as box:
        assert send(box, **LOG_IN) == told
    assert box.mails == []


@pytest.mark.parametrize("quits", ["250 OK", "500 what?", "421 too busy", "?", ""])
@pytest.mark.parametrize(
    ("refuses", "told"),
    [("", "sent"), ("AUTH", "the server refused the log-in (535)")],
    ids=["sent", "refused"],
)
def test_what_a_server_says_to_the_farewell_changes_nothing(quits: str, refuses: str, told: str):
    with mail_server(Manners(auth=True, refuses=refuses, quits=quits)) as box:
        assert send(box, timeout_s=2.0, **LOG_IN) == told
    assert len(box.mails) == (told == "sent")


@pytest.mark.parametrize("verb", ["EHLO", "AUTH", "DATA"])
def test_a_server_that_falls_silent_is_left_at_the_deadline(verb: str):
    with mail_server(Manners(auth=True, hangs_at=verb)) as box:
        told = send(box, timeout_s=0.4, **LOG_IN)
    assert told in ("no answer within 0.4 s", "the server did not answer in time")


def test_a_silence_that_smtplib_calls_a_disconnection_is_told_as_a_silence():
    """The socket's own time-out comes first where this machine is busy; here the deadline never comes."""
    with mail_server(Manners(auth=True, hangs_at="EHLO")) as box:
        connection = smtplib.SMTP("127.0.0.1", box.port, timeout=0.2)
        with pytest.raises(smtplib.SMTPServerDisconnected) as silent:
            connection.ehlo()
    assert mail._why(silent.value) == "the server did not answer in time"


def test_no_server_is_said():
    with mail_server() as box:
        pass
    assert send(box) == "the server was not reached: Connection refused"


def test_a_title_adds_no_header_and_a_text_no_command():
    nasty = Message(
        "run-failed",
        "error",
        "x\r\nBcc: thief@example.com\nSubject: y\ud800",
        "\r\n.\r\nMAIL FROM:<thief@example.com>\r\n.\n\ud800",
        {"run\r\nX: 1": "\r\n.\r\n"},
    )
    with mail_server() as box:
        assert send(box, nasty) == "sent"
    (mail,) = box.parsed
    assert mail["Subject"] == "[error] x Bcc: thief@example.com Subject: y?"
    assert mail["Bcc"] is None
    assert box.mails[0][0] == ["a@example.com", "b@example.com"]
    assert "\n.\nMAIL FROM:<thief@example.com>\n.\n?\n\nrun X: 1: .\n" in _text(mail)


def test_a_very_long_text_is_cut():
    with mail_server() as box:
        assert send(box, Message("run-failed", "error", "t" * 9999, "x" * 1_000_000)) == "sent"
    (mail,) = box.parsed
    assert len(mail["Subject"]) == 200
    assert len(mail.get_content()) < 101_000
