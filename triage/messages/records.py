"""One JSON record of the program's own format becomes a referral. Unknown keys are ignored."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

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

_WORDS: dict[str, dict[str, str]] = LISTS["record_words"]
E = TypeVar("E", bound=StrEnum)


def record_to_referral(record: Mapping[str, object]) -> Referral:
    """BadInput (Norwegian, names the field) when the text is missing or a value has the wrong type.

    A word that the field does not know becomes None. Plain checks, because bulk screening calls this for every record.
    """
    return _referral(record, [])


def read_record(record: Mapping[str, object]) -> ReceivedMessage:
    """The record as a message of its own. Its id is unique in its file only, so the message has none."""
    deviations: list[str] = []
    referral = _referral(record, deviations)
    sender = _text(record, "sender_name")
    municipality = _text(record, "municipality") or ""
    patient = Patient(sex=referral.sex, municipality=municipality if len(municipality) == 4 else None)
    return ReceivedMessage(
        head=MessageHead(format="json", sender=Party(name=sender or "")),
        referrals=(IncomingReferral(referral, patient, Sender(organisation=sender), blocks=(("", referral.text),)),),
        deviations=tuple(deviations),
    )


def _referral(record: Mapping[str, object], deviations: list[str]) -> Referral:
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadInput("Henvisningen mangler tekst (feltet «text»).")
    requested = _text(record, "requested")
    return Referral(
        id=str(record.get("id") or ""),
        text=text,
        area=_choice(record, "area", Area, deviations),
        requested=_WORDS["requested"].get(requested.lower(), requested) if requested else None,
        age=_age(record.get("age")),
        sex=_choice(record, "sex", Sex, deviations),
        referrer=_choice(record, "referrer", Referrer, deviations),
        language=_choice(record, "language", Language, deviations),
        stated_urgency=_choice(record, "stated_urgency", StatedUrgency, deviations),
        codes=_codes(record.get("codes")),
        sent_date=_day(record),
    )


def _text(record: Mapping[str, object], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"Feltet «{name}» må være tekst.")
    return value.strip() or None if value else None


def _choice(record: Mapping[str, object], name: str, kind: type[E], deviations: list[str]) -> E | None:
    word = _text(record, name)
    if word is None:
        return None
    known = _WORDS[name].get(word.lower(), word.lower())
    if known in kind._value2member_map_:
        return kind(known)
    deviations.append(f"unknown {name}")
    return None


def _age(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= 120:
        raise BadInput("Alderen (feltet «age») må være et helt tall fra 0 til 120.")
    return value


def _codes(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(code, str) for code in value):
        raise BadInput("Kodene (feltet «codes») må være en liste av tekster.")
    return tuple(value)


def _day(record: Mapping[str, object]) -> date | None:
    stated = _text(record, "sent_date")
    return parse_day(stated) if stated else None
