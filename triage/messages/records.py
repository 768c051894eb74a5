"""One JSON record of the program's own format becomes a referral. Unknown keys are ignored."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from triage.domain.errors import BadInput
from triage.domain.message import MessageHead, Party, ReceivedMessage
from triage.domain.referral import (
    Area,
    IncomingReferral,
    Language,
    Patient,
    Referral,
    Referrer,
    Sender,
    Sex,
    StatedUrgency,
)
from triage.messages.codes import LISTS
from triage.messages.dates import parse_day

_KINDS: dict[str, type[StrEnum]] = {
    "area": Area,
    "sex": Sex,
    "referrer": Referrer,
    "language": Language,
    "stated_urgency": StatedUrgency,
}
_WORDS: dict[str, dict[str, str]] = LISTS["record_words"]
_CHOICES: dict[str, dict[str, StrEnum]] = {
    field: {**{word: kind(code) for word, code in _WORDS[field].items()}, **{str(member): member for member in kind}}
    for field, kind in _KINDS.items()
}


def record_to_referral(record: Mapping[str, object]) -> Referral:
    """BadInput (Norwegian, names the field) when the text is missing or a value has the wrong type.

    A word that the field does not know becomes None. Plain checks, because bulk screening calls this for every record.
    """
    text, age, codes = record.get("text"), record.get("age"), record.get("codes")
    if not isinstance(text, str) or not text.strip():
        raise BadInput("Henvisningen mangler tekst (feltet «text»).")
    if age is not None and (type(age) is not int or not 0 <= age <= 120):
        raise BadInput("Alderen (feltet «age») må være et helt tall fra 0 til 120.")
    if codes is not None and not (isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes)):
        raise BadInput("Kodene (feltet «codes») må være en liste av tekster.")
    chosen: dict[str, Any] = {field: _choice(record, field) for field in _CHOICES}
    wanted = _text(record, "requested")
    return Referral(
        id=str(record.get("id") or ""),
        text=text,
        requested=_WORDS["requested"].get(wanted.lower(), wanted) if wanted else None,
        age=age,
        codes=tuple(codes or ()),
        sent_date=_sent_date(record),
        **chosen,
    )


def read_record(record: Mapping[str, object]) -> ReceivedMessage:
    """The record as a message of its own. Its id is unique in its file only, so the message has none."""
    referral = record_to_referral(record)
    sender = _text(record, "sender_name")
    municipality = _text(record, "municipality") or ""
    patient = Patient(sex=referral.sex, municipality=municipality if len(municipality) == 4 else None)
    unknown = (field for field in _CHOICES if _text(record, field) and _choice(record, field) is None)
    return ReceivedMessage(
        head=MessageHead(format="json", sender=Party(name=sender or "")),
        referrals=(IncomingReferral(referral, patient, Sender(organisation=sender), blocks=(("", referral.text),)),),
        deviations=tuple(f"unknown {field}" for field in unknown),
    )


def _choice(record: Mapping[str, object], field: str) -> StrEnum | None:
    word = record.get(field)
    if word is None:
        return None
    known = _CHOICES[field]
    return known[word] if isinstance(word, str) and word in known else known.get((_text(record, field) or "").lower())


def _text(record: Mapping[str, object], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"Feltet «{name}» må være tekst.")
    return value.strip() or None if value else None


def _sent_date(record: Mapping[str, object]) -> date | None:
    stated = _text(record, "sent_date")
    return parse_day(stated) if stated else None
