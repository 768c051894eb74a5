"""Letters as they were written: on the screen, as the stored HTML, and as the PDF that is sent."""

from uuid import UUID

from fastapi import APIRouter, Response

from triage.store import audit, letters
from triage.store.audit import Event
from triage.store.letters import StoredLetter
from triage.web.security import Reader, Visit

router = APIRouter(prefix="/brev/{letter_id}", include_in_schema=False)

# A stored letter brings its own style, and nothing in it may do anything.
_ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@router.get("")
def show(letter_id: UUID, visit: Reader) -> Response:
    return visit.page("letter.html", stored=_opened(visit, letter_id))


@router.get("/html")
def show_as_stored(letter_id: UUID, visit: Reader) -> Response:
    body = _opened(visit, letter_id).letter.html
    return Response(body, media_type="text/html", headers={"Content-Security-Policy": _ALONE})


@router.get("/pdf")
def download(letter_id: UUID, visit: Reader) -> Response:
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
