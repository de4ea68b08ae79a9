"""A real SMTP server on this machine, small: ESMTP with STARTTLS and AUTH PLAIN, over sockets."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime as dt
import email
import email.message
import email.policy
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "sender", "pw-7Planted/Secret+Of=AMailbox"


@dataclasses.dataclass
class Mailbox:
    """What a server received.

    Attributes:
      port: on 127.0.0.1.
      mails: recipients and content of each.
      encrypted: whether each came through TLS.
      log_ins: user and password of each that was accepted.
    """

    port: int
    mails: list[tuple[list[str], bytes]] = dataclasses.field(default_factory=list)
    encrypted: list[bool] = dataclasses.field(default_factory=list)
    log_ins: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    @property
    def parsed(self) -> list[email.message.EmailMessage]:
        return [email.message_from_bytes(mail, policy=email.policy.default) for _, mail in self.mails]


@dataclasses.dataclass(frozen=True)
class Manners:
    """How a server behaves.

    Attributes:
      starttls: whether it offers it; tls: whether it speaks TLS from the first byte.
      auth: whether it offers it.
      refuses: the verb that it answers with 550, whose text repeats the log-in.
      quits: what it answers to QUIT; nothing if that is empty, for as long as the server lives.
      hangs_at: the verb after which it says nothing more.
    """

    starttls: bool = False
    tls: bool = False
    auth: bool = False
    refuses: str = ""
    quits: str = "221 bye"
    hangs_at: str = ""


class _Handler(socketserver.StreamRequestHandler):
    encrypted = False

    def handle(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.server.manners.tls:
                self._encrypt()
            self._say("220 test ESMTP")
            while line := self.rfile.readline():
                if not self._obey(line.decode().strip()):
                    return

    def _obey(self, line: str) -> bool:
        """Answers a command; returns whether the conversation goes on."""
        manners, verb = self.server.manners, line.split(" ")[0].split(":")[0].upper()
        if verb == manners.hangs_at:
            self.server.ended.wait(20)
        elif verb == manners.refuses:
            self._say(f"{535 if verb == 'AUTH' else 550} no: {line} {PASSWORD}")
        else:
            getattr(self, f"_on_{verb.lower()}", self._on_others)(line)
        return verb not in ("QUIT", manners.hangs_at)

    def _on_others(self, _: str) -> None:
        self._say("250 OK")

    def _on_ehlo(self, _: str) -> None:
        manners = self.server.manners
        offers = ["250-test"] + ["250-STARTTLS"] * (manners.starttls and not self.encrypted)
        self._say(*offers, *["250-AUTH PLAIN"] * manners.auth, "250 OK")

    def _on_starttls(self, _: str) -> None:
        self._say("220 go")
        self._encrypt()

    def _on_auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.server.mailbox.log_ins.append((user, password))
        self._say("235 OK")

    def _on_rcpt(self, line: str) -> None:
        self.server.recipients.append(line.partition("<")[2].partition(">")[0])
        self._say("250 OK")

    def _on_data(self, _: str) -> None:
        self._receive()

    def _on_quit(self, _: str) -> None:
        if not self.server.manners.quits:
            self.server.ended.wait(20)
        self._say(self.server.manners.quits)

    def _receive(self) -> None:
        self._say("354 go")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.mailbox.mails.append((self.server.recipients[:], b"".join(lines)))
        self.server.mailbox.encrypted.append(self.encrypted)
        self._say("250 OK")

    def _encrypt(self) -> None:
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.encrypted = self.connection.makefile("rb"), True

    def _say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def mail_server(manners: Manners = Manners(), certificate: Path | None = None) -> Iterator[Mailbox]:
    """Serves on a free port of this machine."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.manners, server.ended, server.recipients = manners, threading.Event(), []
        server.mailbox = Mailbox(server.server_address[1])
        if certificate:
            server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.context.load_cert_chain(certificate)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.mailbox
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


def write_certificate(path: Path) -> None:
    """Writes a key, and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
