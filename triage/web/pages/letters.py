"""Letters: those that need a hand on their way out, and each as it was written."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Response
from pydantic import Field

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.errors import BadInput
from triage.messages.codes import LISTS
from triage.store import audit, decisions, letters
from triage.store.audit import Event
from triage.store.letters import Journey, StoredLetter
from triage.web.rendering import see_other
from triage.web.security import PostedForm, Preparer, Reader, Visit

router = APIRouter(include_in_schema=False)

# A stored letter brings its own style, and nothing in it may do anything.
_ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@router.get("/brev")
def show_letters(visit: Preparer) -> Response:
    """What needs a hand, and what the last week's decisions came to."""
    now = utc_now()
    with visit.db.reading(as_=visit.person) as tx:
        late = letters.missing(tx, decided_before=now - letters.RECEIPT_WITHIN)
        unwritten = [decisions.get(tx, decision_id).decision for decision_id in late]
        tallies = letters.tallies(tx, since=now - letters.RECKONED)
    return visit.page(
        "letters.html",
        waiting=to_see_to(visit),
        carried=_are_carried(visit),
        unwritten=unwritten,
        tallies=tallies,
        faults=LISTS["error_names"],
    )


def to_see_to(visit: Visit) -> list[Journey]:
    """Letters that the recipient refused or has not confirmed in time; all of them where nobody carries them for us."""
    now, carried = utc_now(), _are_carried(visit)
    with visit.db.reading(as_=visit.person) as tx:
        return [letter for letter in letters.underway(tx) if letter.needs_person(now=now) or not carried]


def _are_carried(visit: Visit) -> bool:
    return bool(visit.web.settings.exchange or visit.web.settings.delivery_mail)


class ConfirmForm(PostedForm):
    letter: list[UUID] = Field(default_factory=list, max_length=500)
    how: Literal["post", "phone", "other"]


@router.post("/brev/bekreft")
def confirm(form: Annotated[ConfirmForm, Form()], visit: Preparer) -> Response:
    if not form.letter:
        raise BadInput("Kryss av for brevene du vil bekrefte.")
    for letter_id in form.letter:
        workflow.confirm_delivery(visit.db, letter_id, form.how, by=visit.person)
    return see_other("/brev")


# As they were written ---------------------------------------------------------------------------------------------


@router.get("/brev/{letter_id}")
def show_letter(letter_id: UUID, visit: Reader) -> Response:
    stored = _opened(visit, letter_id)
    with visit.db.reading(as_=visit.person) as tx:
        return visit.page("letter.html", stored=stored, journey=letters.journey(tx, letter_id))


@router.get("/brev/{letter_id}/html")
def show_letter_as_stored(letter_id: UUID, visit: Reader) -> Response:
    body = _opened(visit, letter_id).letter.html
    return Response(body, media_type="text/html", headers={"Content-Security-Policy": _ALONE})


@router.get("/brev/{letter_id}/pdf")
def download_letter(letter_id: UUID, visit: Reader) -> Response:
    """As it is sent."""
    stored = _opened(visit, letter_id)
    name = f"brev-{stored.letter.recipient}-{stored.written_at:%Y%m%d}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(stored.letter.pdf, media_type="application/pdf", headers=headers)


def _opened(visit: Visit, letter_id: UUID) -> StoredLetter:
    """Written down before it is shown."""
    with visit.db.writing(as_=visit.person) as tx:
        stored = letters.get(tx, letter_id)
        audit.record(tx, Event.OPENED, stored.referral_id, letter=str(letter_id))
    return stored
