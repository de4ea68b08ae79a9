"""The notifier that sends an e-mail through a server of SMTP."""

from __future__ import annotations

import contextlib
import email.message
import email.policy
import email.utils
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from monitoring.notify import text
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError
from monitoring.notify.references import is_reference
from monitoring.notify.secrets import Secrets

_HERE = "evergreen.localhost"  # what is told to the server; the machine's own name would take a DNS query
_MOST_SUBJECT, _MOST_TEXT = 200, 100_000


class EmailNotifier:
    """Sends one mail to all recipients."""

    def __init__(self, settings: Mapping[str, Any], secrets: Secrets):
        """Looks up the log-in, if there is one.

        Args:
          settings: `host`, `port`, `security` (starttls, tls, or none), `sender`, `to`, `timeout_s`; `user`,
            plain or a reference, and `password`, a reference, or neither.
          secrets: where they are looked up.

        Raises:
          SecretError: there is no such secret.
        """
        self._settings = settings
        user, password = settings.get("user"), settings.get("password")
        self._user = secrets.look_up(user) if user and is_reference(user) else user
        self._password = secrets.look_up(password) if password else None

    def send(self, message: Message) -> None:
        """Sends the mail.

        Raises:
          NotifyError: the server could not be reached, or refused the log-in, a recipient or the mail.
        """
        to = self._settings["to"]
        try:
            with self._server() as server:
                if self._password is not None:
                    server.login(self._user or "", self._password)
                refused = server.send_message(as_mail(message, self._settings["sender"], to))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotifyError(_why(error)) from None
        if refused:
            raise NotifyError(f"the server refused {len(refused)} of {len(to)} recipients")

    @contextlib.contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        server = self._connected()
        try:
            if self._settings["security"] == "starttls":
                server.ehlo()
                if not server.has_extn("starttls"):
                    raise NotifyError("the server offers no STARTTLS, so nothing was sent")
                server.starttls(context=ssl.create_default_context())
            yield server
        finally:
            _leave(server)

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings["host"], self._settings["port"]
        options = {"timeout": self._settings["timeout_s"], "local_hostname": _HERE}
        if self._settings["security"] == "tls":
            return smtplib.SMTP_SSL(host, port, context=ssl.create_default_context(), **options)
        return smtplib.SMTP(host, port, **options)


def as_mail(message: Message, sender: str, to: tuple[str, ...]) -> email.message.EmailMessage:
    """Returns a message as a mail of plain text."""
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["Subject"] = text.cut(text.one_line(f"[{message.severity}] {message.title}"), _MOST_SUBJECT)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = email.utils.localtime()
    mail["Message-ID"] = email.utils.make_msgid(domain=_HERE)
    mail["Auto-Submitted"] = "auto-generated"  # no answers from people on holiday (RFC 3834)
    rows = [f"{name}: {value}" for name, value in message.details.items()]
    rows += [f"log: {message.log}"] if message.log else []
    whole = "\n".join((text.one_line(message.title), "", message.text, "", *map(text.one_line, rows)))
    mail.set_content(text.cut(text.lines(whole), _MOST_TEXT) + "\n")
    return mail


def _leave(server: smtplib.SMTP) -> None:
    """Ends a conversation; whatever the server says to that, or does not, changes nothing of what was before.

    `with smtplib.SMTP(…)` waits for the answer to QUIT, and raises it in the place of an earlier failure.
    """
    try:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.putcmd("quit")
    finally:
        server.close()


def _why(error: Exception) -> str:
    """Returns a sentence without the server's own words: it may repeat the log-in in them."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server refused the log-in ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the server offers no log-in that is known here, so nothing was sent"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the server refused every recipient"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"the server refused the sender ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server refused the mail ({error.smtp_code})"
    # smtplib makes a time-out while it waits for an answer a disconnection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "the server did not answer in time"
    why = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return f"the server was not reached: {why or type(error).__name__}"
