"""A letter as the message that carries it: a national dialog message where the referral came as one, else FHIR.

The same letter always gives the same bytes. Templates: `dialog.xml`, `communication.json`; codes: `wire.yaml`.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from triage.delivery.transport import Outgoing
from triage.domain.calendar import OSLO
from triage.domain.decision import Decision, InformationRequest
from triage.domain.letter import Letter, Recipient
from triage.domain.message import MessageHead
from triage.domain.policy import Unit
from triage.domain.referral import IncomingReferral
from triage.strict_yaml import read_yaml

_LISTS: dict[str, Any] = read_yaml(Path(__file__).with_suffix(".yaml"))
_TEMPLATES = Environment(
    autoescape=select_autoescape(["xml"]), undefined=StrictUndefined, loader=FileSystemLoader(Path(__file__).parent)
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Posting:
    """A letter with all that its message says. `answers` is the head of the message that the referral came in."""

    key: UUID
    letter: Letter
    about: Decision | InformationRequest
    written_at: datetime
    incoming: IncomingReferral
    answers: MessageHead
    unit: Unit
    test: bool


def pack(posting: Posting) -> Outgoing:
    to_referrer = posting.letter.recipient is Recipient.REFERRER
    # What came as a national message, and says who sent it to whom, is answered the same way.
    came_as_national = posting.answers.format.startswith(("kith", "msghead"))
    national = to_referrer and came_as_national and posting.answers.can_be_answered
    name = "dialog.xml" if national else "communication.json"
    words = _TEMPLATES.get_template(name).render(p=posting, to_referrer=to_referrer, **_said(posting))
    # The template is laid out for people; what leaves is checked and packed.
    body = _NOT_IN_XML.sub("", words).encode() if national else orjson.dumps(orjson.loads(words))
    kind = "application/xml" if national else "application/fhir+json"
    return Outgoing(str(posting.key), f"{posting.key}{Path(name).suffix}", kind, body)


def _said(posting: Posting) -> dict[str, Any]:
    """What the templates need in the standards' own terms."""
    about: Any = posting.about
    decided, patient = isinstance(about, Decision), posting.incoming.patient
    return {
        "status": _LISTS["status"][about.outcome] if decided else _LISTS["question"][about.kind],
        "dialog": _LISTS["dialog"]["status" if decided else "question"],
        "by": about.decided_by if decided else about.asked_by,
        "until": about.deadline if decided else about.answer_by,
        "is_correction": decided and about.corrects is not None,
        "lists": _LISTS,
        "number_kind": "DNR" if (patient.national_id or "0")[0] in "4567" else "FNR",
        "written": posting.written_at.astimezone(OSLO).isoformat(timespec="seconds"),
        "pdf": b64encode(posting.letter.pdf).decode(),
    }
