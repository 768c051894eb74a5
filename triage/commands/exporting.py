"""`triage export training`: past referrals with what was decided, to train on, without who they are about."""

import hmac
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from triage.domain.calendar import today
from triage.domain.decision import Decision, Place
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import IncomingReferral
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import audit, counted, decisions, referrals
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral
from triage.strict_yaml import read_yaml

Record = dict[str, Any]

_SAID: dict[str, Any] = read_yaml(Path(__file__).with_suffix(".yaml"))
_MASKED = {name: re.compile(pattern) for name, pattern in _SAID["masked"].items()}
_BAND, _OLDEST = 5, 90  # years
_LIKE = ("area", "age", "sex", "year")  # what somebody who knows a patient may know: the quasi-identifiers


def training(settings: Settings, *, out: Path, purpose: str, recipient: str) -> int:
    """Cases for `triage train`, all held in memory, and beside them a report of what makes nobody stand out."""
    if out.exists():
        raise BadInput(f"Det finnes en fil som heter {out.name} fra før.")
    fewest, masked = load_policy(settings.policy_file).hide_counts_below, Counter[str]()
    with database(settings) as db:
        kept, groups = without_those_who_stand_out(list(_records(db, masked)), fewest)
        with db.writing(as_=SYSTEM) as tx:
            audit.record(tx, Event.EXPORTED, purpose=purpose, recipient=recipient, count=len(kept))
    out.touch()
    out.chmod(0o600)
    out.write_bytes(b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in kept))
    told = {"made": today(), "purpose": purpose, "recipient": recipient, "records": len(kept)}
    report = {**told, **groups, "masked": masked, "note": _SAID["note"]}
    out.with_suffix(".report.json").write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def without_those_who_stand_out(records: list[Record], fewest: int) -> tuple[list[Record], Record]:
    """Those of whom at least `fewest` patients are alike in what outsiders may know, and the figures of k-anonymity."""
    alike = [tuple(record[name] for name in _LIKE) for record in records]
    patients = {(group, record["patient"]) for group, record in zip(alike, records, strict=True)}
    groups = Counter(group for group, _ in patients)
    kept = [record for record, group in zip(records, alike, strict=True) if groups[group] >= fewest]
    sizes = [size for size in groups.values() if size >= fewest]
    figures = {"k": min(sizes, default=None), "groups": len(sizes), "groups_left_out": len(groups) - len(sizes)}
    return kept, {"left_out": len(records) - len(kept), "quasi_identifiers": _LIKE, **figures}


def _records(db: Database, masked: Counter[str]) -> Iterator[Record]:
    key = secrets.token_bytes(32)  # kept nowhere: nobody finds the way back, and no two exports can be joined
    with db.reading(as_=SYSTEM) as tx:
        for referral_id in counted.ids(tx):
            stored, decision = referrals.get(tx, referral_id), decisions.standing(tx, referral_id)
            if gold := decision and _gold(decision, stored.pathway):
                yield _record(stored, key, masked) | {"gold": {"pathway": gold}}


def _gold(decision: Decision, proposed: Pathway | None) -> str | None:
    """The pathway that the decision makes right; None when it says nothing about it."""
    followed = proposed if decision.disagreement is None else None
    if followed in _SAID["followed"].get(decision.outcome, ()):
        return followed
    at_specialist = decision.place is Place.CONTRACT_SPECIALIST
    return Pathway.CONTRACT_SPECIALIST if at_specialist else _SAID["gold"].get(decision.outcome)


def _record(stored: StoredReferral, key: bytes, masked: Counter[str]) -> Record:
    incoming, told = stored.incoming, stored.incoming.referral
    known = ("area", "requested", "sex", "referrer", "language", "stated_urgency", "codes")
    return {
        "id": _pseudonym(key, str(stored.id)),
        "patient": _pseudonym(key, incoming.patient.national_id or str(stored.id)),
        "year": stored.first_received_at.year,
        "age": None if told.age is None else min(told.age, _OLDEST) // _BAND * _BAND + _BAND // 2,
        **{name: getattr(told, name) for name in known},
        "text": without_identity(told.text, incoming, masked),
    }


def _pseudonym(key: bytes, identifier: str) -> str:
    return hmac.digest(key, identifier.encode(), "sha256").hex()[:16]


def without_identity(text: str, incoming: IncomingReferral, masked: Counter[str]) -> str:
    """The text without the names, addresses and numbers that the message or a pattern gives away, counted by kind."""
    for kind, pattern in ({"navn fra meldingen": _named(incoming)} | _MASKED).items():
        text, count = pattern.subn(f"[{kind}]", text)
        masked[kind] += count
    return text


def _named(incoming: IncomingReferral) -> re.Pattern[str]:
    """The patient's and the sender's names by the word, the rest of what says where they are as it is written."""
    patient, sender = incoming.patient, incoming.sender
    named = f"{patient.name or ''} {sender.person or ''}"
    words = {word for pattern in (r"[\w-]{2,}", r"\w{2,}") for word in re.findall(pattern, named)}
    whole = {*patient.address, patient.phone, patient.national_id, sender.organisation, sender.phone} - {None, ""}
    words |= whole
    given = sorted(words | {*map(str.upper, words)}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, given))})s?\b" if given else r"(?!)")
