"""The other side: letters on their way, and recipients who keep what they get and answer as the standards say."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text

from tests.builders import KARI, a_decision, a_policy
from tests.messages.builders import encoded, msghead, patient, synthetic_number
from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Decision
from triage.domain.errors import NeedsPerson
from triage.domain.letter import Letter, LetterKind, Recipient
from triage.domain.message import MessageHead
from triage.domain.referral import Area, Language
from triage.messages.apprec import write_apprec
from triage.messages.reading import read
from triage.store import decisions, job_queue, letters, referrals
from triage.store.database import SYSTEM, Database
from triage.store.job_queue import Job
from triage.store.letters import Journey


def a_letter(recipient: Recipient) -> Letter:
    return Letter(
        LetterKind.RIGHT_GRANTED, recipient, Language.BOKMAL, "right_granted@1", "<p>Hei</p>", "Hei", b"%PDF\xff", "ab"
    )


def written_letters(db: Database, number: int = 1) -> list[UUID]:
    """The two letters of a decision on a referral that came as a national message; they wait to be sent."""
    person = patient(synthetic_number(serial=number))
    body = encoded(msghead(person=person, msg_id=f"<MsgId>M-{number}</MsgId>"))
    message_id = workflow.receive(db, body, label="a.xml", channel="test", received_at=utc_now())
    workflow.register(db, message_id, a_policy())
    with db.writing(as_=SYSTEM) as tx:
        (referral,) = referrals.of_message(tx, message_id)
        decision: Decision = a_decision(referral, by=KARI, area=Area.ENDOSCOPY)
        job_queue.withdraw(tx, Job.RECOMMEND, referral.id)
        decisions.add(tx, decision)
        added = letters.add(tx, [a_letter(recipient) for recipient in Recipient], decision, at=utc_now())
        for letter_id in added:
            job_queue.defer(tx, Job.SEND, letter_id)
    return added


def journey(db: Database, letter_id: UUID) -> Journey:
    with db.reading(as_=SYSTEM) as tx:
        return letters.journey(tx, letter_id)


def days_pass(db: Database, days: int = 1) -> None:
    """As if everything had been handed over so long ago."""
    as_owner(db, f"UPDATE dispatch SET handed_over_at = handed_over_at - interval '{days} days'")


def written_days_ago(db: Database, days: int) -> None:
    as_owner(db, f"UPDATE letter SET written_at = written_at - interval '{days} days'")


def as_owner(db: Database, statement: str) -> None:
    """What the program itself may not do."""
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("SET LOCAL ROLE NONE"))
        tx.session.execute(text(statement))


@dataclass
class Recipients:
    """All who are written to. A message that they have had before is the same message."""

    outbox: Path
    inbox: Path
    had: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))  # by the message's own number

    def collect(self, *, status: str = "ok", error_code: str | None = None) -> None:
        """Take all that lies there, and answer each."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        for file in sorted(self.outbox.glob("[!.]*")):
            body = file.read_bytes()
            number, answer = answered(body, status, error_code)
            self.had[number].add(body)
            (self.inbox / f"{uuid4()}{file.suffix}").write_bytes(answer)
            file.unlink()


def answered(body: bytes, status: str = "ok", error_code: str | None = None) -> tuple[str, bytes]:
    """The number of one of our messages, and the receipt that answers it in its own standard."""
    if body.startswith(b"<"):
        head = head_of(body)
        said = {"status": status, "error_code": error_code, "error_text": None}
        receipt = write_apprec(head, **said, receipt_id=str(uuid4()), generated=datetime.now(UTC))  # type: ignore[arg-type]
        return head.id or "", receipt or b""
    number = orjson.loads(body)["id"]
    response = {"identifier": number, "code": "ok" if status == "ok" else "fatal-error"}
    header = {"resourceType": "MessageHeader", "id": str(uuid4()), "response": response}
    bundle = {"resourceType": "Bundle", "type": "message", "entry": [{"resource": header}]}
    return number, orjson.dumps(bundle)


def head_of(body: bytes) -> MessageHead:
    """What whoever receives our answer can read of its head; to our own reader it is no referral."""
    with pytest.raises(NeedsPerson) as caught:
        read(body, received=utc_now().date())
    return caught.value.head or MessageHead(format="unknown")
