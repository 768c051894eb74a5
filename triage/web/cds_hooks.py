"""CDS Hooks 2.0: what the one who refers gets to know before the referral is sent. Nothing of it is stored.

The hook is `order-sign`: the draft orders hold the referral as a ServiceRequest with its text. Age and sex come by
prefetch; the service fetches nothing itself. Who refers is told what is missing, the likely level, and what to try
first where a visit is likely to be of little value.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Response
from pydantic import Field

from triage.domain.calendar import today
from triage.domain.errors import BadInput, NeedsPerson, TriageError
from triage.domain.recommendation import Pathway, Recommendation, RuleMatch
from triage.domain.referral import LONGEST_TEXT, IncomingReferral
from triage.messages.fhir import read_fhir
from triage.messages.tree import from_json
from triage.strict_yaml import read_yaml
from triage.web.machines import AClient, PlainJson, described, json_answer
from triage.web.security import Open

router = APIRouter(prefix="/cds-services")

_SAYS = read_yaml(Path(__file__).with_suffix(".yaml"))

Card = dict[str, Any]


class NotEnough(TriageError):
    """The client left out what the service asks to have sent along."""

    http_status = 412


class OrderSignContext(PlainJson):
    """`draftOrders` is a Bundle of what is about to be signed, of which ServiceRequests are read."""

    userId: str  # noqa: N815 (the names are the specification's)
    patientId: str  # noqa: N815
    encounterId: str | None = None  # noqa: N815
    draftOrders: dict[str, Any]  # noqa: N815


class HookCall(PlainJson):
    hook: str
    hookInstance: Annotated[UUID, Field(strict=False)]  # noqa: N815
    context: OrderSignContext
    prefetch: dict[str, Any] = Field(default_factory=dict)


@router.get("", summary="CDS Hooks: tjenestene som finnes", dependencies=[Depends(Open())])
def discover() -> Response:
    return json_answer({"services": [_SAYS["service"]]})


@router.post(
    f"/{_SAYS['service']['id']}",
    summary="CDS Hooks: sjekk en henvisning før den sendes",
    responses=described(401, 412, 413, 422),
)
def check_before_sending(client: AClient, call: Annotated[HookCall, Body()]) -> Response:
    proposes, day = client.web.shows_proposals(), today()
    cards: list[Card] = []
    for one in _referrals(call):
        recommendation = client.web.engines.recommend(one.referral, today=day)
        # Where nothing says whom an order is for, only a rule that fits its text makes it our business.
        if one.referral.area or recommendation.reasons:
            cards += _cards(client, recommendation, proposes=proposes)
    return json_answer({"cards": cards})


def _referrals(call: HookCall) -> Sequence[IncomingReferral]:
    """What is to be signed and has a text. Prescriptions, and more orders than anybody signs at once, are none."""
    orders, patient = call.context.draftOrders, {"resource": call.prefetch.get("patient")}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [orders.get("entry"), patient]}
    try:
        read = read_fhir(from_json(bundle), received=today(), production=False).referrals
    except NeedsPerson as error:
        if error.code in ("T10", "T99"):
            return ()
        if error.code == "E30":
            raise NotEnough("Send med pasienten (prefetch «patient»).") from None
        raise BadInput(str(error)) from None
    with_text = [one for one in read if one.referral.text]
    if any(len(one.referral.text) > LONGEST_TEXT for one in with_text):
        raise BadInput("Henvisningens tekst er for lang.")
    if any(one.referral.age is None for one in with_text):
        raise NotEnough("Send med pasienten (prefetch «patient») med fødselsdato. Uten alder kan svaret bli feil.")
    return with_text


# Cards ------------------------------------------------------------------------------------------------------------


def _cards(client: AClient, recommendation: Recommendation, *, proposes: bool) -> list[Card]:
    """`detail` is Markdown. Its words are ours, never the letter's; a summary has less than 140 characters."""
    unit = client.web.engines.policy.units.get(recommendation.area)
    source = {"label": f"{unit.name}, {unit.hospital}" if unit else "Henvisningsvurdering"}
    return [
        {"summary": summary, "detail": "\n\n".join(filter(None, paragraphs)), "indicator": indicator, "source": source}
        for indicator, summary, *paragraphs in _said(recommendation, proposes=proposes)
    ]


def _said(recommendation: Recommendation, *, proposes: bool) -> Iterator[tuple[str, ...]]:
    """Indicator, summary and paragraphs of each card."""
    if proposes and (recommendation.confident or recommendation.danger):
        yield from _level(recommendation)
    elif proposes:
        yield "info", _SAYS["unsure"], recommendation.abstained_because or "", _SAYS["only_a_proposal"]
    questions = [fact.question for fact in recommendation.missing]
    if questions:
        yield "warning", _SAYS["questions"].format(count=len(questions)), _SAYS["answer_these"], _points(questions)


def _level(recommendation: Recommendation) -> Iterator[tuple[str, ...]]:
    indicator, summary = _SAYS["level"][recommendation.pathway]
    yield indicator, summary, _points(map(_because, recommendation.reasons)), _SAYS["only_a_proposal"]
    low_value = recommendation.pathway is Pathway.PRIMARY_CARE and not recommendation.danger
    advice = [tip for match in recommendation.reasons if match.pathway is Pathway.PRIMARY_CARE for tip in match.advice]
    if low_value and advice:
        yield "info", _SAYS["advice"], _points(dict.fromkeys(advice))


def _because(match: RuleMatch) -> str:
    source = "ikke oppgitt" if match.source == "uncited" else match.source
    return f"{match.because[:1].upper()}{match.because[1:].rstrip('.')} (kilde: {source})"


def _points(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
