"""Decisions, what was taken back, questions to referrers, and consents."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from triage.domain.decision import Consent, Decision, InformationRequest
from triage.domain.errors import NotFound
from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.database import Tx, must_change_one
from triage.store.records import from_json, to_json
from triage.store.tables import ConsentRow, DecisionRow, InformationRequestRow, UndoneRow


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision, and who took it back, if anybody did."""

    decision: Decision
    undone_by: str | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredConsent:
    id: UUID
    consent: Consent


def add(tx: Tx, decision: Decision) -> None:
    """Store a decision for ever. Raises Conflict when the decision that it corrects has a correction already."""
    key = keys.of(tx, decision.referral_id)
    unless_corrected = (
        insert(DecisionRow)
        .values(
            id=decision.id,
            referral_id=decision.referral_id,
            outcome=decision.outcome,
            area=decision.area,
            place=decision.place,
            deadline=decision.deadline,
            criteria=[criterion.value for criterion in decision.criteria],
            decided_by=decision.decided_by.username,
            decided_at=decision.decided_at,
            corrects=decision.corrects,
            recommendation_id=decision.recommendation_id,
            disagreement=decision.disagreement,
            content=key.seal(to_json(decision), table="decision", row=decision.id, column="content"),
        )
        .on_conflict_do_nothing()
        .returning(DecisionRow.id)
    )
    must_change_one(tx, unless_corrected, "Avgjørelsen er allerede lagret eller rettet.")


def get(tx: Tx, decision_id: UUID) -> StoredDecision:
    row, undone = tx.session.get(DecisionRow, decision_id), tx.session.get(UndoneRow, decision_id)
    if row is None:
        raise NotFound("Avgjørelsen finnes ikke, eller du har ikke tilgang til den.")
    sealed = keys.of(tx, row.referral_id).open(row.content, table="decision", row=row.id, column="content")
    who, when = (undone.undone_by, undone.undone_at) if undone else (None, None)
    return StoredDecision(from_json(Decision, sealed), who, when)


def all_of(tx: Tx, referral_id: ReferralId) -> list[StoredDecision]:
    """Oldest first, those taken back among them."""
    found = select(DecisionRow.id).where(DecisionRow.referral_id == referral_id).order_by(DecisionRow.decided_at)
    return [get(tx, decision_id) for decision_id in tx.session.scalars(found)]


def standing(tx: Tx, referral_id: ReferralId) -> Decision | None:
    """The decision that holds now: the last one that was not taken back."""
    held = [stored.decision for stored in all_of(tx, referral_id) if stored.undone_at is None]
    return held[-1] if held else None


def undo(tx: Tx, decision_id: UUID, *, at: datetime) -> None:
    """Note that a decision was taken back. Raises Conflict when it already was."""
    row = insert(UndoneRow).values(decision_id=decision_id, undone_by=tx.actor_name, undone_at=at)
    unless_undone = row.on_conflict_do_nothing().returning(UndoneRow.decision_id)
    must_change_one(tx, unless_undone, "Avgjørelsen er allerede angret.")


def ask(tx: Tx, request: InformationRequest) -> None:
    key = keys.of(tx, request.referral_id)
    tx.session.add(
        InformationRequestRow(
            id=request.id,
            referral_id=request.referral_id,
            asked_by=request.asked_by.username,
            asked_at=request.asked_at,
            answer_by=request.answer_by,
            content=key.seal(to_json(request), table="information_request", row=request.id, column="content"),
        )
    )
    tx.session.flush()


def answer(tx: Tx, request_id: UUID, *, at: datetime) -> ReferralId:
    """Note that the answer came. Raises Conflict when it already had."""
    change = (
        update(InformationRequestRow)
        .where(InformationRequestRow.id == request_id, InformationRequestRow.answered_at.is_(None))
        .values(answered_at=at, answered_by=tx.actor_name)
        .returning(InformationRequestRow.referral_id)
    )
    referral_id: ReferralId = must_change_one(tx, change, "Spørsmålet er allerede besvart, eller finnes ikke.")
    return referral_id


def information_request(tx: Tx, request_id: UUID) -> InformationRequest:
    row = tx.session.get(InformationRequestRow, request_id)
    if row is None:
        raise NotFound("Spørsmålet finnes ikke.")
    return _request(tx, row)


def information_requests(tx: Tx, referral_id: ReferralId) -> list[InformationRequest]:
    found = select(InformationRequestRow).where(InformationRequestRow.referral_id == referral_id)
    return [_request(tx, row) for row in tx.session.scalars(found.order_by(InformationRequestRow.asked_at))]


def add_consent(tx: Tx, referral_id: ReferralId, consent: Consent) -> UUID:
    row = ConsentRow(
        id=uuid4(),
        referral_id=referral_id,
        scope=consent.scope,
        given_on=consent.given_on,
        recorded_by=consent.recorded_by,
        withdrawn_on=consent.withdrawn_on,
    )
    tx.session.add(row)
    tx.session.flush()
    return row.id


def withdraw_consent(tx: Tx, consent_id: UUID, *, on: date) -> ReferralId:
    change = (
        update(ConsentRow)
        .where(ConsentRow.id == consent_id, ConsentRow.withdrawn_on.is_(None))
        .values(withdrawn_on=on)
        .returning(ConsentRow.referral_id)
    )
    referral_id: ReferralId = must_change_one(tx, change, "Samtykket er allerede trukket, eller finnes ikke.")
    return referral_id


def consents(tx: Tx, referral_id: ReferralId) -> list[StoredConsent]:
    """Oldest first, withdrawn ones among them."""
    found = select(ConsentRow).where(ConsentRow.referral_id == referral_id).order_by(ConsentRow.given_on)
    return [
        StoredConsent(row.id, Consent(row.scope, row.given_on, row.recorded_by, row.withdrawn_on))
        for row in tx.session.scalars(found)
    ]


def _request(tx: Tx, row: InformationRequestRow) -> InformationRequest:
    sealed = keys.of(tx, row.referral_id).open(row.content, table="information_request", row=row.id, column="content")
    return replace(from_json(InformationRequest, sealed), answered_at=row.answered_at)
