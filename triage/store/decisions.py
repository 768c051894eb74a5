"""Decisions, what was taken back, questions to referrers, and consents."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import aliased

from triage.domain.decision import Asked, Consent, Decision, InformationRequest, Outcome, Place
from triage.domain.errors import Conflict
from triage.domain.referral import ReferralId
from triage.store.database import Tx, must_change_one
from triage.store.rows import adapter, add_row, find, opened, to_json, value_of
from triage.store.tables import ConsentRow, DataKeyRow, DecisionRow, InformationRequestRow, ReferralRow, UndoneRow


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision, and when it was taken back, if anybody did."""

    decision: Decision
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredConsent:
    id: UUID
    consent: Consent


def add(tx: Tx, decision: Decision) -> None:
    """Store a decision for ever. Raises Conflict when it is stored already."""
    plain = {"criteria": list(decision.criteria), "decided_by": decision.decided_by.username}
    if not add_row(tx, DecisionRow, decision, **plain, content=to_json(decision)):
        raise Conflict("Avgjørelsen er allerede lagret.")


def get(tx: Tx, decision_id: UUID) -> StoredDecision:
    row = find(tx, DecisionRow, decision_id, "Avgjørelsen finnes ikke, eller du har ikke tilgang til den.")
    undone = tx.session.get(UndoneRow, decision_id)
    decision = adapter(Decision).validate_json(opened(tx, row, "content"))
    return StoredDecision(decision, undone.undone_at if undone else None)


def cause_of_letters(tx: Tx, cause: UUID) -> Decision | InformationRequest | None:
    """The decision or the question that letters are about. None when it was taken back."""
    if tx.session.get(DecisionRow, cause) is None:
        return information_request(tx, cause)
    stored = get(tx, cause)
    return None if stored.undone_at else stored.decision


def all_of(tx: Tx, referral_id: ReferralId) -> list[StoredDecision]:
    """Oldest first, those taken back among them."""
    found = select(DecisionRow.id).where(DecisionRow.referral_id == referral_id).order_by(DecisionRow.decided_at)
    return [get(tx, decision_id) for decision_id in tx.session.scalars(found)]


def standing(tx: Tx, referral_id: ReferralId) -> Decision | None:
    """The decision that holds now: the last one that was not taken back."""
    held = [stored.decision for stored in all_of(tx, referral_id) if stored.undone_at is None]
    return held[-1] if held else None


def holds() -> tuple[ColumnElement[bool], ...]:
    """Decisions that nobody took back, or corrected and stood by it."""
    undone, correction = select(UndoneRow.decision_id), aliased(DecisionRow)
    corrected = select(correction.corrects).where(correction.corrects.is_not(None), correction.id.not_in(undone))
    return DecisionRow.id.not_in(undone), DecisionRow.id.not_in(corrected)


def sent_away() -> tuple[ColumnElement[bool], ...]:
    """Decisions that hold, by which a patient is to get help elsewhere, or not at all."""
    row = DecisionRow
    elsewhere = row.outcome.in_([Outcome.RIGHT_REFUSED, Outcome.FORWARDED]) | (row.place == Place.CONTRACT_SPECIALIST)
    return elsewhere, *holds()


def without_closing_question(tx: Tx, *, since: datetime, before: datetime) -> list[Decision]:
    """Of patients sent away in that time: nobody has asked what became of them, and they were not referred again."""
    row, asked, again = DecisionRow, InformationRequestRow, ReferralRow.bounce_of
    found = select(row.id).where(*sent_away(), row.decided_at.between(since, before))
    found = found.where(row.referral_id.not_in(select(asked.referral_id).where(asked.kind == Asked.CLOSING)))
    found = found.where(row.referral_id.not_in(select(again).where(again.is_not(None))))
    found = found.where(row.referral_id.in_(select(DataKeyRow.owner)))
    return [get(tx, decision_id).decision for decision_id in tx.session.scalars(found)]


def undo(tx: Tx, decision_id: UUID, *, at: datetime) -> None:
    """Note that a decision was taken back. Raises Conflict when it already was."""
    if not add_row(tx, UndoneRow, decision_id=decision_id, undone_by=tx.actor_name, undone_at=at):
        raise Conflict("Avgjørelsen er allerede angret.")


def ask(tx: Tx, request: InformationRequest) -> None:
    add_row(tx, InformationRequestRow, request, asked_by=request.asked_by.username, content=to_json(request))


def answer(tx: Tx, request_id: UUID, *, at: datetime) -> ReferralId:
    """Note that the answer came. Raises Conflict when it already had."""
    row = InformationRequestRow
    change = update(row).where(row.id == request_id, row.answered_at.is_(None)).returning(row.referral_id)
    answered = change.values(answered_at=at, answered_by=tx.actor_name)
    return must_change_one(tx, answered, "Spørsmålet er allerede besvart, eller finnes ikke.")


def information_request(tx: Tx, request_id: UUID) -> InformationRequest:
    return _request(tx, find(tx, InformationRequestRow, request_id, "Spørsmålet finnes ikke."))


def information_requests(tx: Tx, referral_id: ReferralId) -> list[InformationRequest]:
    found = select(InformationRequestRow).where(InformationRequestRow.referral_id == referral_id)
    return [_request(tx, row) for row in tx.session.scalars(found.order_by(InformationRequestRow.asked_at))]


def add_consent(tx: Tx, referral_id: ReferralId, consent: Consent) -> UUID:
    consent_id: UUID = add_row(tx, ConsentRow, consent, referral_id=referral_id)
    return consent_id


def withdraw_consent(tx: Tx, consent_id: UUID, *, on: date) -> ReferralId:
    row = ConsentRow
    change = update(row).where(row.id == consent_id, row.withdrawn_on.is_(None)).returning(row.referral_id)
    withdrawn = change.values(withdrawn_on=on)
    return must_change_one(tx, withdrawn, "Samtykket er allerede trukket, eller finnes ikke.")


def consents(tx: Tx, referral_id: ReferralId) -> list[StoredConsent]:
    """Oldest first, withdrawn ones among them."""
    found = select(ConsentRow).where(ConsentRow.referral_id == referral_id).order_by(ConsentRow.given_on)
    return [StoredConsent(row.id, value_of(tx, Consent, row)) for row in tx.session.scalars(found)]


def _request(tx: Tx, row: InformationRequestRow) -> InformationRequest:
    request = adapter(InformationRequest).validate_json(opened(tx, row, "content"))
    return replace(request, answered_at=row.answered_at)
