"""For client programs: send messages, ask for a screening, speak FHIR. What is here is in /api/openapi.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import Field

from triage import __version__, answers
from triage.domain.calendar import today, utc_now
from triage.domain.errors import Forbidden
from triage.domain.message import Intake
from triage.domain.referral import LONGEST_TEXT
from triage.jobs import Inbox
from triage.messages.decoding import decode, first_character
from triage.messages.records import record_to_referral
from triage.messages.tree import NOTHING, Element, first, from_json, text
from triage.store import messages, referrals
from triage.store.database import SYSTEM, Tx
from triage.store.messages import MessageId, StoredMessage
from triage.web.machines import FHIR_JSON, AClient, Client, PlainJson, described, json_answer, outcome
from triage.web.security import Open

router = APIRouter()

# What a sender is told by what became of the message: HTTP status, and FHIR's severity, issue type and words.
_ANSWERS = {
    Intake.REGISTERED: (200, "information", "informational", "Henvisningen er registrert."),
    Intake.DUPLICATE: (200, "information", "duplicate", "Meldingen er mottatt før."),
    Intake.TRAY: (202, "warning", "incomplete", "Meldingen er lagret, og venter på et menneske."),
    Intake.REFUSED: (422, "error", "invalid", "Meldingen kan ikke leses. Den er lagret, men må sendes på nytt."),
}


async def _bytes_of(request: Request) -> bytes:
    """The one thing that a plain function cannot do is to wait for what is still on its way."""
    return await request.body()


Everything = Annotated[bytes, Depends(_bytes_of)]


# Messages ---------------------------------------------------------------------------------------------------------

_ANY_MESSAGE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/xml", FHIR_JSON, "application/json", "text/csv", "application/octet-stream")
        },
    }
}


@dataclass(frozen=True, slots=True)
class _Taken:
    message: StoredMessage
    status: int
    receipt: bytes | None
    referrals: tuple[str, ...]

    @property
    def record(self) -> dict[str, Any]:
        return {
            "message": self.message.id,
            "outcome": self.message.outcome,
            "reason": self.message.reason,
            "duplicate_of": self.message.duplicate_of,
            "referrals": self.referrals,
        }


@router.post(
    "/api/meldinger",
    summary="Send henvisninger i et hvilket som helst støttet format",
    description="Svarer med applikasjonskvittering (XML) når avsenderen skal ha en, ellers med hva det ble av hver"
    " melding (JSON). Accept: application/json gir alltid JSON. Det som sendes, er lagret før det leses.",
    openapi_extra=_ANY_MESSAGE,
    responses=described(202, 207, 401, 413, 422, 503),
)
def take_messages(request: Request, client: AClient, body: Everything) -> Response:
    taken = _take(client, body)
    if len(taken) == 1 and taken[0].receipt and "json" not in request.headers.get("accept", ""):
        return Response(taken[0].receipt, taken[0].status, media_type="application/xml")
    return json_answer({"messages": [one.record for one in taken]}, status=_common_status(taken))


def _take(client: Client, body: bytes) -> list[_Taken]:
    """Through the inbox, like what arrives in any other way."""
    web = client.web
    inbox = Inbox(web.db, web.engines.policy, f"api:{client.name}", production=web.settings.production)
    ids = list(inbox.take(body, name=client.name, received_at=utc_now()))
    with web.db.reading(as_=SYSTEM) as tx:
        return [_what_became(tx, message_id) for message_id in ids]


def _what_became(tx: Tx, message_id: MessageId) -> _Taken:
    """A repeat stands where the first one stands, and holds what that one held."""
    message = messages.get(tx, message_id)
    first = messages.get(tx, message.duplicate_of) if message.duplicate_of else message
    return _Taken(
        message,
        status=_ANSWERS[first.outcome or Intake.TRAY][0],  # not read yet: a worker does that
        receipt=messages.receipt(tx, message_id),
        referrals=tuple(str(stored.id) for stored in referrals.of_message(tx, first.id)),
    )


def _common_status(taken: Sequence[_Taken]) -> int:
    first, *others = {one.status for one in taken}
    return 207 if others else first


# Screening --------------------------------------------------------------------------------------------------------


class ScreenRecord(PlainJson):
    """One referral without identity. Words that a field does not know count as not given."""

    id: str = Field("", max_length=200)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    area: str | None = Field(None, max_length=50)
    requested: str | None = Field(None, max_length=200)
    age: int | None = Field(None, ge=0, le=120)
    sex: str | None = Field(None, max_length=50)
    referrer: str | None = Field(None, max_length=50)
    language: str | None = Field(None, max_length=10)
    stated_urgency: str | None = Field(None, max_length=50)
    codes: list[Annotated[str, Field(max_length=20)]] = Field(default_factory=list, max_length=100)
    sent_date: str | None = Field(None, max_length=50)


@router.post("/api/screen", summary="Les én henvisning uten å lagre noe", responses=described(401, 403, 413, 422, 503))
def screen(client: AClient, record: Annotated[ScreenRecord, Body()]) -> Response:
    if not client.web.shows_proposals():  # then the department gives none to others either
        raise Forbidden("Avdelingen viser ikke forslag nå, og gir derfor heller ingen her.")
    referral = record_to_referral(record.model_dump())
    recommendation = client.web.engines.recommend(referral, today=today())
    return json_answer(answers.recommendation_record(referral.id, recommendation))


# FHIR -------------------------------------------------------------------------------------------------------------

_EVENT = "urn:triage:referral"  # of a message that says no event of its own


@router.post(
    "/fhir",
    summary="Send henvisninger som en FHIR-bunt",
    openapi_extra=_ANY_MESSAGE,
    responses=described(202, 207, 401, 413, 422, 503),
)
def take_fhir(client: AClient, body: Everything) -> Response:
    """A transaction, batch or message is answered in kind, anything else with an OperationOutcome."""
    taken = _take(client, body)
    status = _common_status(taken)
    in_kind = _bundle_answer(body, taken[0]) if len(taken) == 1 and status == 200 else None
    return json_answer(in_kind or outcome(*map(_issue, taken)), status=status, kind=FHIR_JSON)


def _issue(taken: _Taken) -> tuple[str, str, str]:
    _, severity, code, words = _ANSWERS[taken.message.outcome or Intake.TRAY]
    return severity, code, taken.message.reason or words


def _bundle_answer(body: bytes, taken: _Taken) -> dict[str, Any] | None:
    """The body was read before, so it is the JSON that it seems to be."""
    bundle = from_json(orjson.loads(decode(body).text)) if first_character(body) == "{" else NOTHING
    kind, header = text(bundle, "type"), first(bundle, "entry/resource/MessageHeader")
    if kind in ("transaction", "batch"):
        entries = _entry_answers(bundle.findall("entry"), taken.referrals)
        return {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries}
    return _message_answer(header, str(taken.message.id)) if kind == "message" and header is not NOTHING else None


def _entry_answers(entries: Sequence[Element], made: Sequence[str]) -> list[dict[str, Any]]:
    """In the order of the request; a referral with the number that we know it by."""
    numbers = iter(made)
    places = [next(numbers, None) if entry.findall("resource/ServiceRequest") else None for entry in entries]
    return [
        {"response": {"status": "201 Created", **({"location": f"ServiceRequest/{place}"} if place else {})}}
        for place in places
    ]


def _message_answer(header: Element, message_id: str) -> dict[str, Any]:
    coded = {name: text(header, f"eventCoding/{name}") for name in ("system", "code")}
    answer = {
        "resourceType": "MessageHeader",
        "id": message_id,
        **({"eventCoding": coded} if all(coded.values()) else {"eventUri": text(header, "eventUri") or _EVENT}),
        "source": {"name": "Henvisningsvurdering", "endpoint": f"urn:uuid:{message_id}"},
        "response": {"identifier": text(header, "id") or message_id, "code": "ok"},
    }
    now = utc_now().isoformat(timespec="seconds")
    entry = {"fullUrl": f"urn:uuid:{message_id}", "resource": answer}
    return {"resourceType": "Bundle", "type": "message", "timestamp": now, "entry": [entry]}


@router.get("/fhir/metadata", summary="Hva FHIR-grensesnittet kan", dependencies=[Depends(Open())])
def describe_fhir() -> Response:
    """The CapabilityStatement. FHIR's parameter `mode` changes nothing, because it is short."""
    statement = orjson.loads(Path(__file__).with_name("capability_statement.json").read_bytes())
    statement["software"]["version"] = __version__
    return json_answer(statement, kind=FHIR_JSON)
