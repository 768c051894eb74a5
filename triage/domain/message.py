"""A message: bytes from a sender, what they held, and how they were received."""

from dataclasses import dataclass
from enum import StrEnum

from triage.domain.referral import IncomingReferral


class Intake(StrEnum):
    """What became of a message. In every case its bytes are kept."""

    REGISTERED = "registered"
    TRAY = "tray"  # waits where a person sees it, with the reason
    DUPLICATE = "duplicate"
    REFUSED = "refused"  # negative receipt or clear error


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a message as its head names it: organisation, then unit or person, each with its identifiers."""

    name: str = ""
    ids: tuple[tuple[str, str], ...] = ()  # (type in code list 9051 or 8116, value), such as ("HER", "12345")
    unit_name: str = ""
    unit_ids: tuple[tuple[str, str], ...] = ()
    person_name: str = ""
    person_ids: tuple[tuple[str, str], ...] = ()

    @property
    def all_ids(self) -> tuple[tuple[str, str], ...]:
        """The innermost first."""
        return (*self.person_ids, *self.unit_ids, *self.ids)

    @property
    def key(self) -> str:
        """Recognises the sender across messages: the innermost HER-id, else any identifier, else the name."""
        her = [value for kind, value in self.all_ids if kind.upper() == "HER"]
        return (her or [value for _, value in self.all_ids] or [self.name])[0].strip().casefold()


@dataclass(frozen=True, slots=True)
class MessageHead:
    """Enough of a message to recognise it again and to address its receipt.

    `id` and `generated` are kept byte for byte, because the receipt must repeat them.
    """

    format: str  # kith-1.0, kith-1.1, kith-2.0, fhir-r4, json, csv, xlsx
    id: str | None = None
    kind: str = ""  # MsgInfo/Type@V or its like
    kind_name: str = ""
    generated: str = ""
    sender: Party = Party()
    receiver: Party = Party()
    answers: str = ""  # the number of the message that this one is an answer to

    @property
    def can_be_answered(self) -> bool:
        """It says its own number, and a number of each end with its kind."""
        return bool(self.id) and all(any(kind for kind, _ in end.all_ids) for end in (self.sender, self.receiver))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a recipient's system says to the message that the head names. `reason` is from list 8221 (AppRec error)."""

    accepted: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """What one message held, after reading it tolerantly: referrals, or a receipt.

    `deviations` names each departure from the standard that was read past (English, for the log; no content).
    """

    head: MessageHead
    referrals: tuple[IncomingReferral, ...]
    deviations: tuple[str, ...] = ()
    receipt: Receipt | None = None
