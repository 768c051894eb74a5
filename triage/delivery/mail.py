"""By mail over TLS, to the mailbox of a message broker. Never in the clear, and never to a patient's own mailbox."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from triage.delivery.transport import Outgoing
from triage.domain.errors import DeliveryFailed, NotReady

_PORTS = {"smtps": 465, "smtp": 587}  # TLS from the start, or by STARTTLS before anything else is said
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class MailTransport:
    """The server's yes means that it has the mail, and nothing about the recipient.

    Whom to trust is what the machine's certificates say, or those of SSL_CERT_FILE.
    """

    server: SplitResult = field(repr=False)
    sender: str
    recipient: str
    channel: str = "mail"

    def deliver(self, message: Outgoing) -> None:
        try:
            with self._connected() as server:
                if self.server.scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                if self.server.username:
                    server.login(unquote(self.server.username), unquote(self.server.password or ""))
                server.send_message(self._mail(message))
        except OSError:  # smtplib's and TLS's own errors are among them
            raise DeliveryFailed(
                "E-posttjeneren tok ikke imot brevet. Se at den svarer, og at den bruker TLS."
            ) from None

    def _connected(self) -> smtplib.SMTP:
        where = self.server.hostname or "", self.server.port or _PORTS[self.server.scheme]
        if self.server.scheme == "smtps":
            return smtplib.SMTP_SSL(*where, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(*where, timeout=_TIMEOUT_SECONDS)

    def _mail(self, message: Outgoing) -> EmailMessage:
        """Nothing but the message's own number outside the attachment."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, self.recipient, "Helsemelding"
        mail["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2]}>"
        kind, _, part = message.media_type.partition("/")
        mail.add_attachment(message.body, maintype=kind, subtype=part, filename=message.name)
        return mail


def mail_transport(url: str) -> MailTransport:
    """From `smtps://user:password@host:465?from=us@example.no&to=broker@example.no`. NotReady when incomplete."""
    server = urlsplit(url)
    ends = dict(parse_qsl(server.query))
    if server.scheme not in _PORTS or not server.hostname or not ends.keys() >= {"from", "to"}:
        raise NotReady("TRIAGE_DELIVERY_MAIL: skriv smtps://bruker:passord@vert:465?from=avsender&to=mottaker.")
    return MailTransport(server, ends["from"], ends["to"])
