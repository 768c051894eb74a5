"""The ways out: a folder in which nothing is ever half, and mail that is never in the clear."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from triage.delivery.mail import mail_transport
from triage.delivery.transport import FolderTransport, Outgoing, waiting
from triage.domain.errors import DeliveryFailed, NotReady

MESSAGE = Outgoing("0-7", "0-7.xml", "application/xml", b"<a/>")


def test_a_message_lies_whole_in_the_folder_and_twice_is_once(tmp_path: Path) -> None:
    way_out = FolderTransport(tmp_path / "ut")
    way_out.deliver(MESSAGE)
    way_out.deliver(MESSAGE)

    assert {file.name: file.read_bytes() for file in (tmp_path / "ut").iterdir()} == {"0-7.xml": b"<a/>"}


def test_a_folder_that_cannot_be_written_to_is_a_failed_delivery(tmp_path: Path) -> None:
    (tmp_path / "ut").write_text("no folder")

    with pytest.raises(DeliveryFailed):
        FolderTransport(tmp_path / "ut").deliver(MESSAGE)


def test_only_whole_files_are_taken_from_the_inbox(tmp_path: Path) -> None:
    (tmp_path / "b.xml").write_text("whole")
    (tmp_path / ".c.xml.part").write_text("ha")
    (tmp_path / "d").mkdir()
    (tmp_path / "e.xml").symlink_to(tmp_path / "b.xml")

    assert waiting(tmp_path) == [tmp_path / "b.xml"]
    assert waiting(tmp_path / "none") == []


# Mail -------------------------------------------------------------------------------------------------------------


@dataclass
class Mailbox:
    """A mail server for one conversation, in a thread. It takes mail after TLS, and what it said to is kept."""

    tls: ssl.SSLContext | None
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    heard: list[bytes] = field(default_factory=list)
    mail: bytes = b""

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def serve(self) -> None:
        connection, _ = self.listening.accept()
        # A client that does not trust us goes in the middle of the greeting.
        with connection, suppress(ssl.SSLError, ConnectionError):
            connection.sendall(b"220 hei\r\n")
            self.talk(connection)

    def talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                self.heard.append(line)
                word = line[:4].upper()
                if word == b"STAR" and self.tls:
                    connection.sendall(b"220 start\r\n")
                    break
                if word == b"DATA":
                    connection.sendall(b"354 skriv\r\n")
                    self.mail = b"".join(iter(lines.readline, b".\r\n"))
                connection.sendall(self.answer(word))
            else:
                return
        with self.tls.wrap_socket(connection, server_side=True) as safe:
            self.talk(safe)

    def answer(self, word: bytes) -> bytes:
        offers = b"250-hei\r\n250-STARTTLS\r\n250 OK\r\n" if self.tls else b"250 hei\r\n"
        return {b"EHLO": offers, b"QUIT": b"221 ha det\r\n"}.get(word, b"250 OK\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server called localhost, signed by itself; with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def mailbox(certificate: Path, request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    """With `request.param` false it knows no TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    served = Mailbox(context if getattr(request, "param", True) else None)
    thread = threading.Thread(target=served.serve)
    thread.start()
    yield served
    thread.join(10)
    served.listening.close()


def url(mailbox: Mailbox) -> str:
    return f"smtp://localhost:{mailbox.port}?from=oss@sykehus.test&to=megler@nett.test"


def test_mail_leaves_after_tls_with_nothing_said_outside_the_attachment(
    mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mail_transport(url(mailbox)).deliver(MESSAGE)

    mail = message_from_bytes(mailbox.mail, policy=policy.default)
    (attachment,) = mail.iter_attachments()
    assert (mail["Message-ID"], mail["Subject"]) == ("<0-7@sykehus.test>", "Helsemelding")
    assert (attachment.get_filename(), attachment.get_content()) == ("0-7.xml", b"<a/>")


def test_a_server_that_nobody_vouches_for_gets_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryFailed):
        mail_transport(url(mailbox)).deliver(MESSAGE)

    assert mailbox.mail == b""


@pytest.mark.parametrize("mailbox", [False], indirect=True, ids=["no TLS"])
def test_mail_never_leaves_in_the_clear(mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryFailed):
        mail_transport(url(mailbox)).deliver(MESSAGE)

    assert not any(line.startswith(b"MAIL") for line in mailbox.heard)


def test_a_server_that_is_not_there_is_a_failed_delivery() -> None:
    with pytest.raises(DeliveryFailed):
        mail_transport("smtps://localhost:1?from=a@b&to=c@d").deliver(MESSAGE)


@pytest.mark.parametrize(
    "wrong",
    ["https://localhost?from=a@b&to=c@d", "smtps://?from=a@b&to=c@d", "smtps://localhost?from=a@b", "localhost"],
)
def test_an_incomplete_address_is_refused_when_the_worker_starts(wrong: str) -> None:
    with pytest.raises(NotReady, match="TRIAGE_DELIVERY_MAIL"):
        mail_transport(wrong)


def test_a_user_and_a_password_with_signs_in_them_are_used_and_never_shown(
    mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    given: list[tuple[str, str]] = []
    monkeypatch.setattr(smtplib.SMTP, "login", lambda _server, *credentials: given.append(credentials))
    made = mail_transport(url(mailbox).replace("localhost", "us%40er:p%2Fw@localhost"))

    made.deliver(MESSAGE)

    assert given == [("us@er", "p/w")]
    assert "p%2Fw" not in repr(made)
