"""The page of one referral: what the letter says, what is proposed, and what can be done with it now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Response

from triage import workflow
from triage.domain.calendar import today
from triage.domain.decision import Decision
from triage.domain.errors import NotFound
from triage.domain.recommendation import Recommendation
from triage.store import decisions, desk, queue, readings, referrals, users
from triage.store.database import Tx
from triage.store.decisions import StoredDecision
from triage.store.queue import Wanted
from triage.store.readings import Kind, Reading
from triage.store.tables import Status
from triage.web.pages.decision_form import DecisionForm, Preview, deadlines, prefilled, preview_of, resumed
from triage.web.pages.evidence import facts, marks_of, segments, values
from triage.web.security import Action, Visit
from triage.workflow import Case


def case_page(
    visit: Visit,
    case: Case,
    *,
    form: DecisionForm | None = None,
    preview: Preview | None = None,
    refused: str | None = None,
    decided_before: "Undoable | None" = None,
    status: int = 200,
) -> Response:
    """With `form` what was typed is kept; `refused` says why the decision in it was not stored."""
    draft, referral = None, case.referral
    standing = next((stored for stored in reversed(case.decisions) if stored.undone_at is None), None)
    own = referral.area in (None, *visit.person.areas)  # else it is only to be read
    decides = own and visit.may(Action.DECIDE, referral.area)
    can_undo = _undoable(visit, standing, case.readings) if standing and own else None
    corrects = standing.decision if standing and not can_undo and decides else None
    mine = referral.status is Status.OPEN and decides and referral.holder == visit.person.username
    answers_first = _answers_first(visit, case)
    # In administrative mode, and before an answer that comes first, only the proposal's facts are used.
    proposal = case.newest if visit.proposals and not answers_first else None
    first = mine and answers_first
    may_decide = (mine or corrects is not None) and not first
    if form and not may_decide and not refused:
        refused = " ".join(("Du holder ikke lenger på med henvisningen.", *(preview.faults if preview else ())))
    with visit.db.reading(as_=visit.person) as tx:
        before, after = queue.neighbours(tx, referral.id, Wanted(by_danger=visit.proposals))
        colleagues = users.colleagues(tx, referral.area, visit.person)
        panel = left_panel(tx, visit, case, proposal)
        if form is None and (mine or corrects) and not first:
            draft = desk.draft(tx, referral.id)
            typed = resumed(draft, case, corrects=corrects)
            draft, form = draft if typed else None, typed or prefilled(case, visit, proposal, corrects=corrects)
    if draft and form:
        preview = preview_of(form, case, visit)
    return visit.page(
        "referral.html",
        status=status,
        case=case,
        standing=standing.decision if standing else None,
        undoable=can_undo,
        corrects=corrects,
        may_decide=may_decide,
        answers_first=first,
        draft=draft,
        own=own,
        decides=decides,
        form=form,
        preview=preview,
        refused=refused,
        just_decided=decided_before,
        **panel,
        before=before,
        after=after,
        colleagues=colleagues,
    )


# What can be done now ---------------------------------------------------------------------------------------------


def _answers_first(visit: Visit, case: Case) -> bool:
    """When there is a proposal that may be shown, and this person has not answered yet."""
    referral, shown = case.referral, visit.proposals and case.recommendations
    said = any(each.kind is Kind.FIRST and each.reader == visit.person.username for each in case.readings)
    is_drawn = referral.status is Status.OPEN and visit.is_drawn_first(referral.area, referral.id)
    return bool(shown) and is_drawn and not said


@dataclass(frozen=True, slots=True)
class Undoable:
    """A decision that can still be taken back, until when or while its letters wait, and what this person may do.

    `patient` is whom it is about, where that is not on the page already.
    """

    decision: Decision
    patient: str | None
    until: datetime
    held: Reading | None
    may: bool
    may_stand_by: bool


def _undoable(
    visit: Visit, stored: StoredDecision, read: Iterable[Reading], patient: str | None = None
) -> Undoable | None:
    """None when it is too late, or when it was undone already."""
    decision = stored.decision
    held = next((each for each in read if each.decision_id == decision.id and each.holds_letters), None)
    if stored.undone_at or workflow.is_final(decision, held, visit.policy):
        return None
    may = decision.may_be_taken_back_by(visit.person), workflow.may_stand_by(decision, held, visit.person)
    return Undoable(decision, patient, decision.final_at(visit.policy), held, *may)


def just_decided(visit: Visit, decision_id: UUID | None) -> Undoable | None:
    """What the page after a decision offers to take back; None for another department's."""
    if decision_id is None:
        return None
    with visit.db.reading(as_=visit.person) as tx:
        try:
            stored = decisions.get(tx, decision_id)
        except NotFound:
            return None
        held, about = readings.held(tx, decision_id), referrals.get(tx, stored.decision.referral_id)
    return _undoable(visit, stored, [held] if held else [], about.incoming.patient.name)


# What the page shows ----------------------------------------------------------------------------------------------


def left_panel(tx: Tx, visit: Visit, case: Case, proposal: Recommendation | None = None) -> dict[str, Any]:
    """The letter and its facts; without a proposal nothing in them tells what it would be."""
    newest, language = case.newest, case.referral.incoming.referral.language or visit.policy.letter_language
    names, weeks = visit.web.engines.feature_names, proposal.deadline_weeks if proposal else None
    marks = marks_of(newest, names, with_reasons=proposal is not None) if newest else []
    return {
        "proposal": proposal,
        "others": queue.same_patient(tx, case.referral.id),
        "segments": segments(case.referral.incoming.referral.text, marks),
        "facts": facts(newest.features, names) if newest else {},
        "values": values(newest.measurements) if newest else {},
        "missing": [fact.in_language(language) for fact in newest.missing] if newest else (),
        "deadlines": deadlines(case.referral.clock_start, weeks, today=today()),
    }
