"""What the program is for, how sure it is of itself, what can go wrong, and the button that stops its suggestions."""

from pathlib import Path
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import Field

from triage import workflow
from triage.store import suggestions
from triage.web.rendering import see_other
from triage.web.security import Action, Anybody, Guard, PostedForm, Visit

router = APIRouter(include_in_schema=False)
MayStop = Annotated[Visit, Depends(Guard(Action.STOP_SUGGESTIONS))]

HAZARDS = Path(__file__).parents[1] / "hazards.yaml"


@router.get("/om")
def show(request: Request, visit: Anybody) -> Response:
    web = request.app.state.web
    with web.db.reading() as tx:
        stop = suggestions.stopped(tx)
    hazards = yaml.safe_load(HAZARDS.read_text("utf-8"))
    page: Response = web.page("about.html", visit, stop=stop, hazards=hazards, card=_model_card(web.engines.model))
    return page


def _model_card(model: Any) -> dict[str, Any] | None:
    """The card of the model in use, if one is in use."""
    card = model.folder / "card.yaml" if model else None
    return yaml.safe_load(card.read_text("utf-8")) if card and card.is_file() else None


@router.get("/tilgjengelighet")
def show_accessibility(request: Request, visit: Anybody) -> Response:
    page: Response = request.app.state.web.page("accessibility.html", visit)
    return page


class StopForm(PostedForm):
    reason: str = Field(max_length=500)


@router.post("/om/stans")
def stop_suggestions(visit: MayStop, form: Annotated[StopForm, Form()]) -> Response:
    workflow.stop_suggestions(visit.db, form.reason, by=visit.person)
    return see_other("/om")


@router.post("/om/gjenoppta")
def resume_suggestions(visit: MayStop) -> Response:
    workflow.resume_suggestions(visit.db, by=visit.person)
    return see_other("/om")
