"""The path of a referral, one function a step, in order; each is safe to repeat and leaves one audit event.

    receive -> register -> recommend -> (queue) -> decide -> write_letters -> send

The program proposes; a person decides. Engines never run inside `writing()`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from triage import letter_facts
from triage.delivery.transport import Transport
from triage.delivery.wire import Posting, pack
from triage.domain.calendar import add_working_days, oslo_date, today, utc_now
from triage.domain.decision import Asked, Consent, Decision, InformationRequest, Outcome, Person, Role, what_is_missing
from triage.domain.errors import BadInput, Conflict, Forbidden, MessageRejected, NeedsPerson
from triage.domain.message import Intake, MessageHead, Receipt, ReceivedMessage
from triage.domain.policy import Mode, Policy, drawn
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Area, IncomingReferral, ReferralId
from triage.engines import Engines
from triage.messages.apprec import write_apprec
from triage.messages.reading import read
from triage.store import (
    audit,
    decisions,
    desk,
    job_queue,
    keys,
    letters,
    messages,
    oversight,
    preparing,
    queue,
    readings,
    recommendations,
    referrals,
    retention,
    users,
    watching,
)
from triage.store.audit import Event
from triage.store.database import SYSTEM, Actor, Database, Tx, take_turns
from triage.store.decisions import StoredConsent, StoredDecision
from triage.store.job_queue import Job
from triage.store.letters import RECEIPT_WITHIN, RECKONED, Journey, StoredLetter, Tally
from triage.store.messages import Fate, MessageId, StoredMessage
from triage.store.preparing import Contact, Unprepared
from triage.store.queue import QueueRow, Wanted
from triage.store.readings import Kind, Reading
from triage.store.recommendations import StoredRecommendation
from triage.store.referrals import AttachmentName, StoredReferral
from triage.store.tables import Status

# Whoever received a message reads it at once; should that process die, a worker does it after this.
_READ_BY_WORKER_AFTER = timedelta(seconds=15)
_CLOCKS_MAY_DIFFER = timedelta(minutes=1)
MOST_TOGETHER = 20
_GLASS_IS_BROKEN_FOR = timedelta(hours=1)
_SHORTEST_EMERGENCY = 10  # characters of the reason
_COLLEAGUE_READS_WITHIN = timedelta(days=1)

UNKNOWN_RECEIPT = "Meldingen er en kvittering på noe som ikke er sendt herfra. Den skal ikke besvares."
REPLY = "Meldingen er svar på et brev herfra. Les den sammen med henvisningen det gjaldt."
REPLY_CAME = "Henviseren har svart på brevet herfra. Svaret ligger i kurven i forsorteringen."
UNREAD = "Avslaget er sendt uten at en annen lege har lest henvisningen: {}"
WHY_REFUSE_DANGER = "Programmet fant faretegn i henvisningen. Velg hvorfor du likevel avslår."
UNREADABLE = "Programmet klarte ikke å lese meldingen. Les den selv."
SAME_NUMBER = "Avsenderen har brukt samme meldingsnummer på en annen henvisning før. Les begge, og be om ny melding."
REPEAT = "Ligner en henvisning som er mottatt før: samme pasient og samme tekst. Les begge før du lukker denne."
BOUNCE = "Pasienten har fått avslag, eller er sendt videre, i samme fagområde før. Se den tidligere avgjørelsen først."


@contextmanager
def _step(db: Database, event: Event, subject: UUID | None = None, *, by: Actor) -> Iterator[Tx]:
    """A transaction that ends with its line in the log."""
    with db.writing(as_=by) as tx:
        yield tx
        audit.record(tx, event, subject)


# Receive and register ---------------------------------------------------------------------------------------------


def receive(db: Database, body: bytes, *, label: str, channel: str, received_at: datetime) -> MessageId:
    """Keep the bytes before anybody tries to read them. The same bytes again are a duplicate of the first."""
    with db.writing(as_=SYSTEM) as tx:
        message_id, first = messages.add(tx, body=body, label=label, channel=channel, received_at=received_at)
        if first is None:
            job_queue.defer(tx, Job.REGISTER, message_id, at=utc_now() + _READ_BY_WORKER_AFTER)
        audit.record(tx, Event.DUPLICATE if first else Event.RECEIVED, message_id, first=str(first) if first else None)
    return message_id


def register(db: Database, message_id: MessageId, policy: Policy, *, production: bool = False) -> Intake:
    """Read a message: its referrals go into the queue, or it waits where a person sees it, with the reason."""
    with db.reading(as_=SYSTEM) as tx:
        stored = messages.get(tx, message_id)
        body = messages.body(tx, message_id)
    if stored.outcome is not None:
        return stored.outcome
    try:
        at, signers = oslo_date(stored.received_at), policy.trusted_signers
        received = read(body, received=at, production=production, signers=signers)
    except (MessageRejected, NeedsPerson) as error:
        outcome = Intake.REFUSED if isinstance(error, MessageRejected) else Intake.TRAY
        unread = Fate(outcome, str(error), error.code, error.head)
        return _settle(db, message_id, lambda tx: _as_answer(tx, unread))
    return _settle(db, message_id, lambda tx: _take_in(tx, stored, received, policy))


def leave_to_person(db: Database, message_id: MessageId) -> Intake:
    """A message that the program cannot get further with waits in the tray like any other that nobody could read."""
    return _settle(db, message_id, lambda _: Fate(Intake.TRAY, UNREADABLE))


def _settle(db: Database, message_id: MessageId, fate_in: Callable[[Tx], Fate]) -> Intake:
    """Write what becomes of a message, once, with the receipt that answers it."""
    with db.writing(as_=SYSTEM) as tx:
        settled = messages.get(tx, message_id, lock=True).outcome
        if settled is not None:
            return settled
        fate = fate_in(tx)
        messages.finish(tx, message_id, fate, receipt=_receipt(fate.head, fate) if fate.head else None)
        job_queue.withdraw(tx, Job.REGISTER, message_id)
        audit.record(tx, Event(fate.outcome), message_id, code=fate.error_code, deviations=len(fate.deviations))
    return fate.outcome


def _take_in(tx: Tx, stored: StoredMessage, received: ReceivedMessage, policy: Policy) -> Fate:
    if received.receipt:
        return _as_answer(tx, Fate(Intake.TRAY, UNKNOWN_RECEIPT, head=received.head), received.receipt)
    take_turns(tx, *messages.turns(received.head), *referrals.turns(tx, received.referrals))
    earlier = messages.registered_before(tx, received.head)
    if earlier is not None:
        # The sender's own number again: other content than before is for a person to sort out.
        same = referrals.are_the_same(tx, earlier, received.referrals)
        fate = Fate(Intake.DUPLICATE, duplicate_of=earlier) if same else Fate(Intake.TRAY, SAME_NUMBER, "E10")
        return replace(fate, head=received.head)
    for ordinal, incoming in enumerate(received.referrals):
        _add_referral(tx, incoming, stored=stored, ordinal=ordinal, policy=policy)
    return Fate(Intake.REGISTERED, head=received.head, deviations=received.deviations)


def _add_referral(tx: Tx, incoming: IncomingReferral, *, stored: StoredMessage, ordinal: int, policy: Policy) -> None:
    same, refused = referrals.same_as(tx, incoming), referrals.refused_before(tx, incoming)
    remarks = [remark for remark, applies in ((REPEAT, same), (BOUNCE, refused)) if applies]
    # From the first day that any hospital had it: a forwarded referral keeps its seniority date.
    received = oslo_date(stored.received_at)
    start = min(incoming.seniority_date or received, received)
    referral_id = referrals.add(
        tx,
        replace(incoming, notes_for_person=(*incoming.notes_for_person, *remarks)),
        message_id=stored.id,
        ordinal=ordinal,
        received_at=stored.received_at,
        clock_start=start,
        assessment_due=add_working_days(start, policy.assessment_working_days),
        duplicate_of=same,
        bounce_of=refused,
    )
    job_queue.defer(tx, Job.RECOMMEND, referral_id)


def _as_answer(tx: Tx, fate: Fate, receipt: Receipt | None = None) -> Fate:
    """Its fate when it answers a letter of ours. A reply is told of at the referral, and its sender gets a yes."""
    letter = letters.find_journey(tx, fate.head.answers) if fate.head and fate.outcome is Intake.TRAY else None
    if letter is None:
        return fate
    if receipt is None:
        preparing.note_contact(tx, letter.referral_id, REPLY_CAME, at=utc_now())
        return Fate(Intake.TRAY, REPLY, head=fate.head)
    _note_receipt(tx, letter, accepted=receipt.accepted, reason=receipt.reason)
    return Fate(Intake.REGISTERED, head=fate.head)


def _receipt(head: MessageHead, fate: Fate) -> bytes | None:
    return write_apprec(
        head,
        status="rejected" if fate.error_code else "ok",
        error_code=fate.error_code,
        error_text=fate.reason if fate.error_code else None,
        receipt_id=str(uuid4()),
        generated=utc_now(),
    )


def read_message(db: Database, message_id: MessageId, *, by: Person) -> tuple[StoredMessage, bytes]:
    """A message in the tray with its bytes, for the person who will sort it out."""
    with _step(db, Event.OPENED, message_id, by=by) as tx:
        stored, body = messages.get(tx, message_id), messages.body(tx, message_id)
    return stored, body


def handle_message(db: Database, message_id: MessageId, *, by: Person) -> None:
    """A person has sorted out what lay in the tray."""
    with _step(db, Event.TRAY_HANDLED, message_id, by=by) as tx:
        messages.handle(tx, message_id, at=utc_now())


def register_by_hand(
    db: Database, message_id: MessageId, incoming: IncomingReferral, policy: Policy, *, by: Person
) -> None:
    """A person has read what the program could not. The clock started when the message came."""
    if incoming.referral.area not in by.areas:
        raise Forbidden("Du kan bare registrere henvisninger i dine egne fagområder.")
    with db.writing(as_=by) as tx:
        stored = messages.get(tx, message_id, lock=True)
        if not stored.waits:
            raise Conflict("Meldingen er allerede behandlet, eller ligger ikke i kurven.")
        take_turns(tx, *referrals.turns(tx, [incoming]))
        already = len(referrals.of_message(tx, message_id))
        _add_referral(tx, incoming, stored=stored, ordinal=already, policy=policy)
        audit.record(tx, Event.REGISTERED, message_id, by_hand=True)


# Prepare ----------------------------------------------------------------------------------------------------------


def show_unprepared(db: Database, *, by: Person, limit: int, by_danger: bool = True) -> list[Unprepared]:
    """What secretaries go through, the most urgent first. Whom it showed is in the log before anybody sees it."""
    with db.writing(as_=by) as tx:
        rows = preparing.unprepared(tx, limit=limit, by_danger=by_danger)
        audit.record(tx, Event.QUEUE_SHOWN, referrals=[str(row.id) for row in rows])
    return rows


def mark_prepared(db: Database, referral_ids: Sequence[ReferralId], *, by: Person) -> None:
    """The doctors' queue is not touched: a referral may be read and decided whether or not it is prepared.

    Several at a time are those for which the same rules hold, so that nothing is waved through with the rest.
    """
    if len(referral_ids) > MOST_TOGETHER:
        raise BadInput(f"Klargjør høyst {MOST_TOGETHER} om gangen.")
    with db.writing(as_=by) as tx:
        if len(referral_ids) > 1 and not preparing.are_alike(tx, referral_ids):
            raise BadInput("Bare henvisninger som de samme reglene slår til for, kan klargjøres samlet.")
        preparing.mark(tx, referral_ids, at=utc_now())
        for referral_id in referral_ids:
            audit.record(tx, Event.PREPARED, referral_id)


def prepare_again(db: Database, referral_ids: Sequence[ReferralId], *, by: Person) -> None:
    """Back on the list, what this person took off it."""
    with db.writing(as_=by) as tx:
        for referral_id in preparing.unmark(tx, referral_ids):
            audit.record(tx, Event.UNPREPARED, referral_id)


def note_contact(db: Database, referral_id: ReferralId, words: str, *, by: Person) -> None:
    """Keep what was said on the phone with the referral, for whoever decides."""
    if not words.strip():
        raise BadInput("Skriv hvem du snakket med, og hva som ble sagt.")
    with _step(db, Event.CONTACT_NOTED, referral_id, by=by) as tx:
        referrals.get(tx, referral_id, lock=True)  # raises NotFound for somebody else's
        preparing.note_contact(tx, referral_id, words.strip(), at=utc_now())


def name_patient(db: Database, referral_id: ReferralId, name: str, *, by: Person) -> None:
    """A person has found out whom a referral without a name is about: no letter can be written before."""
    if not name.strip():
        raise BadInput("Skriv pasientens navn.")
    with _step(db, Event.PATIENT_NAMED, referral_id, by=by) as tx:
        referrals.name_patient(tx, referral_id, " ".join(name.split()))


# Recommend --------------------------------------------------------------------------------------------------------


def recommend(db: Database, referral_id: ReferralId, engines: Engines) -> None:
    """Put an open referral in its place in the queue, with our advice; the same versions twice change nothing."""
    with db.reading(as_=SYSTEM) as tx:
        stored = referrals.get(tx, referral_id)
    if stored.status is not Status.OPEN:
        return
    recommendation = engines.recommend(stored.incoming.referral, today=today())
    with db.writing(as_=SYSTEM) as tx:
        if recommendations.add(tx, referral_id, recommendation, at=utc_now()):
            audit.record(tx, Event.RECOMMENDED, referral_id, **asdict(recommendation.versions))
            if engines.tried:
                job_queue.defer(tx, Job.TRY_MODEL, referral_id)


def recommend_in_shadow(db: Database, referral_id: ReferralId, engines: Engines) -> None:
    """Keep apart what the model that is only tried would propose. A job of its own, so that it holds up nobody."""
    shadow = engines.in_shadow()
    if shadow is None:
        return
    with db.reading(as_=SYSTEM) as tx:
        stored = referrals.get(tx, referral_id)
    proposed = shadow.recommend(stored.incoming.referral, today=today())
    with db.writing(as_=SYSTEM) as tx:
        watching.add_shadow(tx, referral_id, proposed, at=utc_now())


def stop_suggestions(db: Database, reason: str, *, by: Person) -> None:
    """From now on nobody is shown what the program proposes; facts, clock and letters go on."""
    if not reason.strip():
        raise BadInput("Skriv hvorfor forslagene stanses.")
    with _step(db, Event.SUGGESTIONS_STOPPED, by=by) as tx:
        oversight.stop(tx, reason.strip(), at=utc_now())


def resume_suggestions(db: Database, *, by: Person) -> None:
    with _step(db, Event.SUGGESTIONS_RESUMED, by=by) as tx:
        oversight.resume(tx, at=utc_now())


def proposes(tx: Tx, policy: Policy) -> bool:
    """Whether anything of a proposal may be shown: by the policy's mode, unless somebody pressed the stop button."""
    return policy.mode is Mode.DECISION_SUPPORT and not oversight.stopped(tx)


# The queue --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """All that a person needs to decide on one referral. Recommendations come newest first, the rest oldest first."""

    referral: StoredReferral
    attachments: tuple[AttachmentName, ...]
    recommendations: tuple[StoredRecommendation, ...]
    decisions: tuple[StoredDecision, ...]
    earlier_decisions: tuple[StoredDecision, ...]  # of the refused referral that this one repeats
    letters: tuple[StoredLetter, ...]
    information_requests: tuple[InformationRequest, ...]
    consents: tuple[StoredConsent, ...]
    contacts: tuple[Contact, ...]  # telephone calls about it, oldest first
    readings: tuple[Reading, ...]  # what others answered on their own, oldest first

    @property
    def newest(self) -> Recommendation | None:
        return self.recommendations[0].recommendation if self.recommendations else None


def show_queue(
    db: Database, wanted: Wanted = queue.ALL, *, by: Person, limit: int = 50, offset: int = 0
) -> list[QueueRow]:
    """One page of the queue. Whom it showed is in the log before anybody sees it."""
    with db.writing(as_=by) as tx:
        rows = queue.page(tx, wanted, limit=limit, offset=offset)
        audit.record(tx, Event.QUEUE_SHOWN, referrals=[str(row.id) for row in rows])
    return rows


def search(db: Database, query: str, *, by: Person) -> list[QueueRow]:
    """By national number, birth date or name. The log keeps whom it found, not what was typed."""
    with db.writing(as_=by) as tx:
        rows = queue.search(tx, query)
        audit.record(tx, Event.SEARCHED, referrals=[str(row.id) for row in rows])
    return rows


def break_glass(db: Database, query: str, reason: str, *, by: Person) -> int:
    """Another department's referrals of one patient, to read for an hour. How many they are; asking is logged too."""
    if len(reason.strip()) < _SHORTEST_EMERGENCY:
        raise BadInput("Skriv hvorfor du må se henvisningen nå.")
    if all(kind == "word" for kind, _ in queue.search_terms(query)):
        raise BadInput("Søk med fødselsnummer, eller med navn og fødselsdato.")
    now = utc_now()
    with db.reading(as_=SYSTEM) as tx:
        found = [row.id for row in queue.search(tx, query) if row.area not in (None, *by.areas)]
    with db.writing(as_=by) as tx:
        for referral_id in found:
            oversight.break_glass(tx, referral_id, reason.strip(), at=now, until=now + _GLASS_IS_BROKEN_FOR)
        audit.record(tx, Event.GLASS_BROKEN, referrals=[str(each) for each in found])
    return len(found)


def look_at(db: Database, referral_id: ReferralId, *, by: Actor, again: bool = False) -> Case:
    """Open one referral. It is written down who looked, in the same transaction as what they get to see.

    But not `again` for whoever holds it: that line was written when it was claimed.
    """
    with db.writing(as_=by) as tx:
        case = _case_of(tx, referral_id)
        if not (again and case.referral.holder == tx.actor_name):
            audit.record(tx, Event.OPENED, referral_id)
    return case


def _case_of(tx: Tx, referral_id: ReferralId) -> Case:
    referral = referrals.get(tx, referral_id)
    return Case(
        referral=referral,
        attachments=tuple(referrals.attachment_names(tx, referral_id)),
        recommendations=tuple(recommendations.all_of(tx, referral_id)),
        decisions=tuple(decisions.all_of(tx, referral_id)),
        earlier_decisions=tuple(decisions.all_of(tx, referral.bounce_of)) if referral.bounce_of else (),
        letters=tuple(letters.all_of(tx, referral_id)),
        information_requests=tuple(decisions.information_requests(tx, referral_id)),
        consents=tuple(decisions.consents(tx, referral_id)),
        contacts=tuple(preparing.contacts(tx, referral_id)),
        readings=tuple(readings.all_of(tx, referral_id)),
    )


def claim(db: Database, referral_id: ReferralId, policy: Policy, *, by: Person) -> None:
    """Reserve a referral for reading; the claim runs out by itself."""
    now = utc_now()
    with _step(db, Event.CLAIMED, referral_id, by=by) as tx:
        queue.claim(tx, referral_id, now=now, until=now + timedelta(minutes=policy.claim_minutes))


def claim_next(
    db: Database, policy: Policy, *, by: Person, area: Area | None = None
) -> tuple[UUID | None, ReferralId | None]:
    """Reserve what should be read next: a reading that presses, else a referral. Neither when nothing waits.

    A refusal that a second doctor must check, and what a colleague asked this person by name, come before the queue.
    """
    now = utc_now()
    until = now + timedelta(minutes=policy.claim_minutes)
    with db.writing(as_=by) as tx:
        if pressing := readings.take(tx, now=now, until=until, only_pressing=True):
            return pressing, None
        wanted = Wanted(area=area, by_danger=proposes(tx, policy), now=now)
        taken = queue.claim_next(tx, wanted, until=until)
        if taken is not None:
            audit.record(tx, Event.CLAIMED, taken)
    return None, taken


def release(db: Database, referral_id: ReferralId, *, by: Person) -> None:
    with _step(db, Event.RELEASED, referral_id, by=by) as tx:
        queue.release(tx, referral_id)


def move(db: Database, referral_id: ReferralId, area: Area, *, by: Person) -> None:
    """To another area's queue, perhaps one that the person cannot see. It is read again with that area's rules."""
    with db.writing(as_=by) as tx:
        referrals.get(tx, referral_id, lock=True)  # raises NotFound for somebody else's
    with db.writing(as_=SYSTEM) as tx:
        queue.move(tx, referral_id, area)
        job_queue.defer(tx, Job.RECOMMEND, referral_id)
        audit.record(tx, Event.MOVED, referral_id, area=area.value, by=by.username)


def close(db: Database, referral_id: ReferralId, *, expected_version: int, by: Person) -> None:
    """Take out of the queue what asks for no decision: a repeat, a cancellation, an addition or a test message."""
    with db.writing(as_=by) as tx:
        stored = referrals.get(tx, referral_id, lock=True)
        incoming = stored.incoming
        if not stored.asks_for_no_decision:
            raise Forbidden("En henvisning kan ikke lukkes uten avgjørelse.")
        queue.end(tx, referral_id, Status.CLOSED, version=expected_version, at=utc_now())
        audit.record(tx, Event.CLOSED, referral_id, kind=incoming.kind.value, test_message=incoming.test_message)


# Questions and consent, beside the running clock ------------------------------------------------------------------


def ask_for_information(
    db: Database,
    referral_id: ReferralId,
    words: Sequence[str],
    policy: Policy,
    *,
    by: Person,
    kind: Asked = Asked.INFORMATION,
) -> UUID:
    """Ask the referrer, or the patient for consent; or tell both that a deadline was broken. The clock runs on."""
    if kind is not Asked.BREACH and not any(map(str.strip, words)):
        raise BadInput("Skriv hva du spør om, eller hvorfor du ber om samtykke.")
    now, breach = utc_now(), kind is Asked.BREACH
    with db.writing(as_=by) as tx:
        stored = referrals.get(tx, referral_id, lock=True)
        if not breach and stored.status is not Status.OPEN:
            raise Conflict("Henvisningen er allerede avgjort.")
        day = _broken_deadline(tx, stored, oslo_date(now)) if breach else _answer_by(stored, oslo_date(now), policy)
        return _ask(tx, InformationRequest(uuid4(), referral_id, by, now, day, questions=tuple(words), kind=kind))


def _ask(tx: Tx, request: InformationRequest) -> UUID:
    decisions.ask(tx, request)
    job_queue.defer(tx, Job.WRITE_LETTERS, request.id)
    said = {"kind": request.kind.value, "answer_by": request.answer_by.isoformat(), "questions": len(request.questions)}
    audit.record(tx, Event.ASKED, request.referral_id, **said)
    return request.id


def _broken_deadline(tx: Tx, stored: StoredReferral, today: date) -> date:
    holds = decisions.standing(tx, stored.id)
    if holds is None or holds.deadline is None or holds.deadline >= today:
        raise Conflict("Ingen frist er brutt for denne henvisningen.")
    return holds.deadline


def _answer_by(stored: StoredReferral, today: date, policy: Policy) -> date:
    """Never after the assessment is due, so that the answer can still be used."""
    return max(today, min(add_working_days(today, policy.information_reply_working_days), stored.assessment_due))


def note_answer(db: Database, request_id: UUID, *, by: Person) -> ReferralId:
    """The referrer answered, by phone or in a new message."""
    with db.writing(as_=by) as tx:
        referral_id = decisions.answer(tx, request_id, at=utc_now())
        audit.record(tx, Event.ANSWERED, referral_id)
    return referral_id


def record_consent(db: Database, referral_id: ReferralId, consent: Consent, *, by: Person) -> UUID:
    with _step(db, Event.CONSENT_GIVEN, referral_id, by=by) as tx:
        referrals.get(tx, referral_id, lock=True)  # raises NotFound for somebody else's
        return decisions.add_consent(tx, referral_id, consent)


def withdraw_consent(db: Database, consent_id: UUID, *, by: Person) -> None:
    with db.writing(as_=by) as tx:
        referral_id = decisions.withdraw_consent(tx, consent_id, on=today())
        audit.record(tx, Event.CONSENT_WITHDRAWN, referral_id)


# Decide -----------------------------------------------------------------------------------------------------------


def decide(db: Database, decision: Decision, policy: Policy, *, expected_version: int) -> None:
    """A doctor's decision. Letters are written when the hold-back is over; until then it can be undone.

    Raises BadInput when the outcome lacks something, Conflict when somebody was first, NotFound for another area's.
    """
    missing = what_is_missing(decision, policy)
    if missing:
        raise BadInput(" ".join(missing))
    with db.writing(as_=decision.decided_by) as tx:
        stored = referrals.get(tx, decision.referral_id, lock=True)
        _require_decidable(tx, stored, decision, policy, expected_version)
        if decision.corrects is None:
            queue.end(tx, stored.id, Status.DECIDED, version=expected_version, at=decision.decided_at)
        decisions.add(tx, decision)
        desk.drop_draft(tx, stored.id)
        if not _have_it_read_twice(tx, stored, decision, policy):
            _let_letters_go(tx, decision, policy)
        made = {"outcome": decision.outcome.value, "decision": str(decision.id), "policy": policy.label}
        seen = str(decision.recommendation_id) if decision.recommendation_id else None  # it names its versions
        audit.record(tx, Event.DECIDED, stored.id, recommendation=seen, **made)


def keep_draft(db: Database, referral_id: ReferralId, form: str, *, by: Person) -> None:
    """What somebody has typed and not sent, for when they come back: it is theirs alone, and sealed like the letter."""
    with db.writing(as_=by) as tx:
        referrals.get(tx, referral_id, lock=True)  # raises NotFound for somebody else's
        desk.keep_draft(tx, referral_id, form, at=utc_now())


def _require_decidable(
    tx: Tx, stored: StoredReferral, decision: Decision, policy: Policy, expected_version: int
) -> None:
    """An open referral is decided; a decided one can only be corrected, by whoever names the decision that holds."""
    now = utc_now()
    if decision.area not in decision.decided_by.areas_as(Role.REVIEWER):
        raise Forbidden("Du er ikke lege i dette fagområdet.")
    if stored.version != expected_version:
        raise Conflict("Henvisningen er endret siden du åpnet den. Les den på nytt før du avgjør.")
    if stored.holder not in (None, decision.decided_by.username):
        raise Conflict("En annen holder på med henvisningen.")
    if not stored.first_received_at - _CLOCKS_MAY_DIFFER <= decision.decided_at <= now + _CLOCKS_MAY_DIFFER:
        raise BadInput("Tidspunktet for avgjørelsen må være mellom mottak og nå.")
    if stored.area not in (None, decision.area):
        raise BadInput("Avgjørelsen må gjelde samme fagområde som henvisningen.")
    holds = decisions.standing(tx, stored.id) if decision.corrects else None
    if decision.corrects is None and stored.status is not Status.OPEN:
        raise Conflict("Henvisningen er allerede avgjort.")
    if decision.corrects and (holds is None or holds.id != decision.corrects):
        raise Conflict("Avgjørelsen du vil rette, er ikke den som gjelder nå.")
    if decision.consent and decision.consent not in [each.consent for each in decisions.consents(tx, stored.id)]:
        raise BadInput("Samtykket er ikke registrert på henvisningen, eller det er trukket.")
    # The mistake that costs most.
    if proposes(tx, policy) and not decision.disagreement and _refuses_danger(tx, stored, decision):
        raise BadInput(WHY_REFUSE_DANGER)


def _refuses_danger(tx: Tx, stored: StoredReferral, decision: Decision) -> bool:
    if not decision.outcome.is_adverse or not stored.recommendation_id:
        return False
    return recommendations.get(tx, stored.recommendation_id).recommendation.danger


def _have_it_read_twice(tx: Tx, stored: StoredReferral, decision: Decision, policy: Policy) -> bool:
    """By lot, so that agreement can be measured, and always when danger is refused: then its letters wait, and True."""
    danger, first = _refuses_danger(tx, stored, decision), decision.corrects is None
    by_lot = first and drawn(policy.blind_double_read_share, "double read", stored.id)
    if by_lot or danger:
        kind = Kind.DRAWN if by_lot else Kind.REFUSED_RED
        readings.add(tx, stored.id, kind, at=decision.decided_at, decision_id=decision.id, holds_letters=danger)
    return danger


def _let_letters_go(tx: Tx, decision: Decision, policy: Policy) -> None:
    """Not before the time to undo is over, and waiting for nobody."""
    readings.let_letters_go(tx, decision.id)
    job_queue.defer(tx, Job.WRITE_LETTERS, decision.id, at=max(utc_now(), decision.final_at(policy)))


def may_stand_by(decision: Decision, held: Reading | None, by: Person) -> bool:
    """Whoever decided only when somebody else has read it; a leader who decided alone also after a full day."""
    over = utc_now() >= decision.decided_at + _COLLEAGUE_READS_WITHIN
    alone = over and decision.area in by.areas_as(Role.LEAD)
    return held is not None and (alone or not _is_unread(decision, held, by)) and decision.may_be_taken_back_by(by)


def _is_unread(decision: Decision, held: Reading | None, by: Person) -> bool:
    """By anybody but whoever decided."""
    return (held is None or held.outcome is None) and by.username == decision.decided_by.username


def is_final(decision: Decision, held: Reading | None, policy: Policy) -> bool:
    """Too late to undo: the time for it is over, and its letters wait for no other doctor."""
    return held is None and utc_now() >= decision.final_at(policy)


def undo(db: Database, decision_id: UUID, policy: Policy, *, by: Person) -> ReferralId:
    """Take a decision back before anything is sent, and put the referral back in the queue."""
    with db.writing(as_=by) as tx:
        decision = decisions.get(tx, decision_id).decision
        stored = referrals.get(tx, decision.referral_id, lock=True)
        if not decision.may_be_taken_back_by(by):
            raise Forbidden("Bare den som avgjorde, eller en leder, kan angre.")
        if letters.exist_for(tx, decision_id) or is_final(decision, readings.held(tx, decision_id), policy):
            raise Conflict("Det er for sent å angre. Lag en ny avgjørelse som retter den gamle.")
        decisions.undo(tx, decision_id, at=utc_now())
        job_queue.withdraw(tx, Job.WRITE_LETTERS, decision_id)
        if decision.corrects is None:
            queue.reopen(tx, stored.id)
        audit.record(tx, Event.UNDONE, stored.id, decision=str(decision_id))
    return stored.id


def stand_by(db: Database, decision_id: UUID, policy: Policy, *, by: Person, because: str = "") -> ReferralId:
    """Keep to a refusal that a colleague read otherwise: now its letters leave.

    A leader need not wait for a colleague, or with an own refusal a day. Why nobody else read it is kept beside it.
    """
    with db.writing(as_=by) as tx:
        decision = decisions.get(tx, decision_id).decision
        referrals.get(tx, decision.referral_id, lock=True)
        held = readings.held(tx, decision_id)
        if decisions.get(tx, decision_id).undone_at or not may_stand_by(decision, held, by):
            raise Forbidden("Avgjørelsen venter ikke på deg. Åpne henvisningen på nytt.")
        unread = _is_unread(decision, held, by)
        if unread and not because.strip():
            raise BadInput("Skriv hvorfor ingen annen lege har lest henvisningen.")
        if unread:
            preparing.note_contact(tx, decision.referral_id, UNREAD.format(because.strip()), at=utc_now())
        _let_letters_go(tx, decision, policy)
        audit.record(tx, Event.UPHELD, decision.referral_id, decision=str(decision_id), read_by_another=not unread)
    return decision.referral_id


# Others' own answers ----------------------------------------------------------------------------------------------


def ask_colleague(
    db: Database, referral_id: ReferralId, question: str, *, by: Person, colleague: str | None = None
) -> None:
    """Ask one doctor by name, or whoever has time, for a second opinion beside the running clock."""
    with _step(db, Event.OPINION_ASKED, referral_id, by=by) as tx:
        stored = referrals.get(tx, referral_id, lock=True)
        if stored.status is not Status.OPEN:
            raise Conflict("Henvisningen er allerede avgjort.")
        if colleague is not None and colleague not in [each.username for each in users.colleagues(tx, stored.area, by)]:
            raise BadInput("Velg en lege som vurderer henvisninger i dette fagområdet.")
        readings.add(tx, referral_id, Kind.OPINION, at=utc_now(), asked_of=colleague, question=question.strip())


def take_reading(db: Database, policy: Policy, *, by: Person) -> UUID | None:
    """Reserve what this person should read next without seeing anybody's answer. None when nothing waits."""
    now = utc_now()
    with db.writing(as_=by) as tx:
        return readings.take(tx, now=now, until=now + timedelta(minutes=policy.claim_minutes))


def read_blind(db: Database, reading_id: UUID, *, by: Person) -> tuple[Reading, Case]:
    """The referral as it came. Whoever shows it leaves out what others, and the program, think of it."""
    with db.writing(as_=by) as tx:
        reading = readings.get_own(tx, reading_id)
        case = _case_of(tx, reading.referral_id)
        audit.record(tx, Event.READ_BLIND, reading.referral_id)
    return reading, case


def answer_reading(
    db: Database, reading_id: UUID, outcome: Outcome, comment: str, policy: Policy, *, by: Person
) -> ReferralId:
    """Letters that waited for this leave when both mean the same; else when whoever decided has thought again."""
    with db.writing(as_=by) as tx:
        reading = readings.get_own(tx, reading_id)
        readings.answer(tx, reading, outcome, comment.strip(), at=utc_now())
        decision = decisions.get(tx, reading.decision_id).decision if reading.decision_id else None
        if decision and reading.holds_letters and decision.outcome is outcome:
            _let_letters_go(tx, decision, policy)
        audit.record(tx, Event.READING_ANSWERED, reading.referral_id, outcome=outcome.value)
    return reading.referral_id


def answer_first(db: Database, referral_id: ReferralId, outcome: Outcome, *, by: Person) -> None:
    """One's own answer to a referral whose proposal one sees only afterwards."""
    with _step(db, Event.ANSWERED_FIRST, referral_id, by=by) as tx:
        referrals.get(tx, referral_id, lock=True)  # raises NotFound for somebody else's
        said = {"outcome": outcome, "reader": by.username, "answered_at": utc_now()}
        readings.add(tx, referral_id, Kind.FIRST, at=utc_now(), **said)


# Letters ----------------------------------------------------------------------------------------------------------


def write_letters(db: Database, cause: UUID, engines: Engines) -> None:
    """Write the letters of a decision, or beside one, once. A decision that was taken back gets none."""
    with db.reading(as_=SYSTEM) as tx:
        about = decisions.cause_of_letters(tx, cause)
        if about is None or letters.exist_for(tx, cause):
            return
        facts = letter_facts.about(tx, about, referrals.get(tx, about.referral_id), engines.policy)
    written = engines.letters(facts)
    with db.writing(as_=SYSTEM) as tx:
        referrals.get(tx, about.referral_id, lock=True)  # so that nobody undoes it meanwhile
        added = letters.add(tx, written, about, at=utc_now()) if decisions.cause_of_letters(tx, cause) else ()
        if added:
            names = {"letters": [str(letter_id) for letter_id in added], "templates": [one.template for one in written]}
            audit.record(tx, Event.LETTER_WRITTEN, about.referral_id, **names)
        for letter_id in added:
            job_queue.defer(tx, Job.SEND, letter_id)


def send(db: Database, letter_id: UUID, transport: Transport, policy: Policy, *, production: bool) -> None:
    """Hand a letter over to whoever carries it. It counts as sent when the recipient's receipt comes.

    Its id is the message's own number, and the bytes are the same each time: twice is one letter.
    """
    with db.reading(as_=SYSTEM) as tx:
        if not letters.journey(tx, letter_id).may_be_handed_over(now=utc_now()):
            return
        stored = letters.get(tx, letter_id)
        posting = _posting(tx, stored, policy, production=production)
    transport.deliver(pack(posting))
    with db.writing(as_=SYSTEM) as tx:
        letters.note_handing_over(tx, letter_id, channel=transport.channel, at=utc_now())
        audit.record(tx, Event.HANDED_OVER, stored.referral_id, letter=str(letter_id), channel=transport.channel)


def _posting(tx: Tx, stored: StoredLetter, policy: Policy, *, production: bool) -> Posting:
    referral, about = referrals.get(tx, stored.referral_id), decisions.cause_of_letters(tx, stored.cause)
    area = about.area if isinstance(about, Decision) else referral.area
    if about is None or area is None:
        raise Conflict("Avgjørelsen som brevet gjelder, er angret.")
    return Posting(
        key=stored.id,
        letter=stored.letter,
        about=about,
        written_at=stored.written_at,
        incoming=referral.incoming,
        answers=_head_of(messages.body(tx, referral.message_id), production=production),
        unit=policy.units[area],
        test=referral.incoming.test_message or not production,
    )


def _head_of(body: bytes, *, production: bool) -> MessageHead:
    """Who sent a message to whom. What a person registered by hand has one too, if so much of it could be read."""
    try:
        return read(body, received=today(), production=production).head
    except (MessageRejected, NeedsPerson) as error:
        return error.head or MessageHead(format="by-hand")


def confirm_delivery(db: Database, letter_id: UUID, how: str, *, by: Person) -> None:
    """A person knows that the letter has arrived, or has seen to it: by post, by telephone."""
    with db.writing(as_=by) as tx:
        _note_receipt(tx, letters.journey(tx, letter_id), accepted=True, reason=how)


def _note_receipt(tx: Tx, letter: Journey, *, accepted: bool, reason: str | None) -> None:
    if letters.note_receipt(tx, letter.id, accepted=accepted, reason=reason, at=utc_now()):
        event = Event.SENT if accepted else Event.DELIVERY_REFUSED
        audit.record(tx, event, letter.referral_id, letter=str(letter.id), reason=reason)


def reconcile(db: Database, policy: Policy) -> list[Tally]:
    """Start anew what should have happened by now, and count what the last week's decisions came to."""
    now = utc_now()
    with db.writing(as_=SYSTEM) as tx:
        for cause in letters.missing(tx, decided_before=now - RECEIPT_WITHIN):
            job_queue.defer(tx, Job.WRITE_LETTERS, cause)
        for letter in letters.underway(tx):
            if letter.may_be_handed_over(now=now):
                job_queue.defer(tx, Job.SEND, letter.id)
        _ask_what_became_of_them(tx, policy, now)
        return letters.tallies(tx, since=now - RECKONED)


def _ask_what_became_of_them(tx: Tx, policy: Policy, now: datetime) -> None:
    """One question to the referrer of each patient who was sent away and was not referred here again."""
    wait, answer_by = timedelta(days=policy.closing_question_after_days), add_working_days(oslo_date(now), 10)
    for sent_away in decisions.without_closing_question(tx, since=now - 2 * wait, before=now - wait):
        ask, by = Asked.CLOSING, sent_away.decided_by
        _ask(tx, InformationRequest(uuid4(), sent_away.referral_id, by, now, answer_by, kind=ask))


# Destroy ----------------------------------------------------------------------------------------------------------


def hold(db: Database, subject: UUID, because: str, *, by: str) -> None:
    """Keep a referral or a message beyond its time, as in a complaint. `by` answers for it; `because` names nobody."""
    with db.writing(as_=SYSTEM) as tx:
        keys.of(tx, subject)  # raises NotFound for what was destroyed, or never was
        audit.record(tx, Event.HELD, subject, because=because, by=by)


def end_hold(db: Database, subject: UUID, *, by: str) -> None:
    with db.writing(as_=SYSTEM) as tx:
        if not retention.is_held(tx, subject):
            raise Conflict("Det er ikke bestemt at dette skal beholdes.")
        audit.record(tx, Event.HOLD_ENDED, subject, by=by)


def destroy_referral(db: Database, referral_id: ReferralId) -> None:
    """Make a referral that somebody decided or closed unreadable for ever, because it need not be kept any longer."""
    with _step(db, Event.DESTROYED, referral_id, by=SYSTEM) as tx:
        stored = referrals.get(tx, referral_id, lock=True)
        if stored.status is Status.OPEN or any(retention.is_held(tx, one) for one in (stored.id, stored.message_id)):
            raise Conflict("En henvisning som venter på et menneske, eller som skal beholdes, slettes ikke.")
        retention.destroy_referral(tx, referral_id)


def destroy_message(db: Database, message_id: MessageId) -> None:
    """The same for a message that a person sorted out and that became no referral."""
    with _step(db, Event.DESTROYED, message_id, by=SYSTEM) as tx:
        if retention.is_held(tx, message_id):
            raise Conflict("En melding som skal beholdes, slettes ikke.")
        retention.destroy_message(tx, message_id)
