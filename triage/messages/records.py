"""One JSON record of the program's own format becomes a referral. Unknown keys are ignored."""

from collections.abc import Mapping
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
from triage.messages.identity import parse_day

_WORDS: dict[str, dict[str, str]] = LISTS["record_words"]
_KINDS = {"area": Area, "sex": Sex, "referrer": Referrer, "language": Language, "stated_urgency": StatedUrgency}
_CHOICES: dict[str, dict[str, StrEnum]] = {
    field: {**{word: kind(code) for word, code in _WORDS[field].items()}, **{str(member): member for member in kind}}
    for field, kind in _KINDS.items()
}


def record_to_referral(record: Mapping[str, object]) -> Referral:
    """BadInput (Norwegian, names the field) when the text is missing or a value has the wrong type.

    A word that the field does not know becomes None. Plain checks, because bulk screening calls this for every record.
    """
    name, text, age, codes = (record.get(field) for field in ("id", "text", "age", "codes"))
    if not isinstance(text, str) or not text.strip():
        raise BadInput("Henvisningen mangler tekst (feltet «text»).")
    age = int(age) if isinstance(age, float) and age.is_integer() else age  # as a column with gaps comes
    if age is not None and (type(age) is not int or not 0 <= age <= 120):
        raise BadInput("Alderen (feltet «age») må være et helt tall fra 0 til 120.")
    if codes is not None and not (isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes)):
        raise BadInput("Kodene (feltet «codes») må være en liste av tekster.")
    wanted = _text(record, "requested")
    chosen: dict[str, Any] = {field: known.get(_text(record, field).lower()) for field, known in _CHOICES.items()}
    return Referral(
        id="" if name is None else str(name),
        text=text,
        requested=_WORDS["requested"].get(wanted.lower(), wanted) or None,
        age=age,
        codes=tuple(codes or ()),
        sent_date=parse_day(_text(record, "sent_date")),
        **chosen,
    )


def read_record(record: Mapping[str, object]) -> ReceivedMessage:
    """The record as a message of its own. Its id is unique in its file only, so the message has none."""
    referral = record_to_referral(record)
    sender, municipality = _text(record, "sender_name"), _text(record, "municipality")
    patient = Patient(sex=referral.sex, municipality=municipality if len(municipality) == 4 else None)
    incoming = IncomingReferral(referral, patient, Sender(sender or None), blocks=(("", referral.text),))
    unknown = (field for field in _CHOICES if _text(record, field) and getattr(referral, field) is None)
    head = MessageHead(format="json", sender=Party(sender))
    return ReceivedMessage(head, (incoming,), tuple(f"unknown {field}" for field in unknown))


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"Feltet «{name}» må være tekst.")
    return value.strip() if value else ""
