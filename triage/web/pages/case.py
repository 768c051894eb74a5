"""The page of one referral: what the letter says, what is proposed, and what can be done with it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Response

from triage import workflow
from triage.domain.calendar import oslo_date, utc_now
from triage.domain.decision import Criterion, Decision, Outcome, Place
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Language, ReferralId
from triage.store import queue
from triage.store.tables import Status
from triage.web.pages.deadline import days_left
from triage.web.pages.decision_form import DecisionForm, Preview, newest_recommendation, prefilled, proposal_for
from triage.web.pages.evidence import facts, feature_names, in_words, marks_of, segments, values
from triage.web.pages.prefill import deadlines
from triage.web.pages.undoing import Undoable, undoable
from triage.web.rendering import load_words
from triage.web.security import Action, Visit
from triage.workflow import Case


def read_case(visit: Visit, referral_id: ReferralId, *, again: bool = False) -> Case:
    """Written down as opened, but not `again` at every keystroke of the person whose claim is written down already."""
    if again:
        with visit.web.db.reading(as_=visit.person) as tx:
            case = workflow.case_of(tx, referral_id)
        if _held_by(case, utc_now()) == visit.person.username:
            return case
    return workflow.look_at(visit.web.db, referral_id, by=visit.person)


def case_page(
    visit: Visit,
    case: Case,
    *,
    form: DecisionForm | None = None,
    preview: Preview | None = None,
    refused: str | None = None,
    decided_before: Undoable | None = None,
    status: int = 200,
) -> Response:
    """With `form` what was typed is kept; `refused` says why the decision in it was not stored."""
    situation = situation_of(visit, case)
    if form is None and situation.may_decide:
        form = prefilled(case, visit, corrects=situation.corrects)
    return visit.web.page(
        "referral.html",
        visit,
        status=status,
        case=case,
        situation=situation,
        form=form,
        preview=preview,
        refused=refused,
        just_decided=decided_before,
        today=oslo_date(utc_now()),
        now=utc_now(),
        **_CHOICES,
        **_letter_and_facts(visit, case),
        **_surroundings(visit, case),
    )


# Adverse outcomes need a modifier, so that no slip of a finger refuses anybody.
_CHOICES: dict[str, Any] = {
    "outcomes": [
        (Outcome.RIGHT_GRANTED, "1"),
        (Outcome.RIGHT_REFUSED, "shift+2"),
        (Outcome.FORWARDED, "3"),
        (Outcome.EMERGENCY_HANDLED, "4"),
        (Outcome.MISDIRECTED, "5"),
    ],
    "places": list(Place),
    "forward_places": [Place.OTHER_HOSPITAL, Place.CONTRACT_SPECIALIST],
    "criteria": list(Criterion),
    "languages": list(Language),
    "disagreements": list(load_words()["disagreement"].items()),
}


# What can be done now ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the referral stands for this person, at this moment."""

    held_by: str | None  # username, while the claim lasts
    mine: bool
    may_claim: bool
    may_decide: bool
    may_close: bool
    standing: Decision | None
    undoable: Undoable | None
    corrects: Decision | None  # what a new decision would correct


def situation_of(visit: Visit, case: Case) -> Situation:
    referral, person = case.referral, visit.person
    holder = _held_by(case, utc_now())
    is_open, decides = referral.status is Status.OPEN, visit.may(Action.DECIDE)
    held = [stored for stored in case.decisions if stored.undone_at is None]
    standing = held[-1] if held else None
    can_undo = undoable(visit, standing) if standing else None
    corrects = (
        standing.decision if standing and not can_undo and decides and referral.status is Status.DECIDED else None
    )
    mine = holder == person.username
    return Situation(
        held_by=holder,
        mine=mine,
        may_claim=is_open and decides and holder is None,
        may_decide=(is_open and decides and mine) or corrects is not None,
        may_close=is_open and workflow.asks_for_no_decision(referral),
        standing=standing.decision if standing else None,
        undoable=can_undo,
        corrects=corrects,
    )


def _held_by(case: Case, now: datetime) -> str | None:
    referral = case.referral
    holds = referral.claimed_by and referral.claimed_until and referral.claimed_until > now
    return referral.claimed_by if holds else None


# What the page shows ----------------------------------------------------------------------------------------------


def _letter_and_facts(visit: Visit, case: Case) -> dict[str, Any]:
    newest, proposal = newest_recommendation(case), proposal_for(visit, case)
    names, text = feature_names(visit.web.engines), case.referral.incoming.referral.text
    marks = marks_of(newest, names, with_reasons=proposal is not None) if newest else []
    measures = load_words()["measure"]
    return {
        "proposal": proposal,
        "chances": _chances(proposal) if proposal else [],
        "segments": segments(text, marks),
        "facts": facts(newest.features, names) if newest else {},
        "values": list(values(newest, measures)) if newest else [],
        "missing": newest.missing if newest else (),
        "deadlines": deadlines(
            case.referral.clock.start, proposal.deadline_weeks if proposal else None, today=oslo_date(utc_now())
        ),
    }


def _surroundings(visit: Visit, case: Case) -> dict[str, Any]:
    referral, today = case.referral, oslo_date(utc_now())
    with visit.web.db.reading(as_=visit.person) as tx:
        before, after = queue.neighbours(tx, referral.id)
        others = queue.same_patient(tx, referral.id)
    return {
        "before": before,
        "after": after,
        "others": [(row, days_left(row.assessment_due, today)) for row in others],
        "days": days_left(referral.clock.due, today),
        "red_until": referral.first_received_at + timedelta(hours=visit.web.engines.policy.red_clock_hours),
    }


def _chances(proposal: Recommendation) -> list[tuple[str, str, int]]:
    """Pathway, how likely in words, and per cent; the likeliest first."""
    ordered = sorted(proposal.probabilities.items(), key=lambda item: -item[1])
    return [(str(pathway), in_words(chance), round(100 * chance)) for pathway, chance in ordered]
