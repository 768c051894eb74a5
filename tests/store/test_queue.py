"""The queue: order, claims, search, and leaving it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.builders import (
    EYE_DOCTOR,
    KARI,
    OLA,
    RECEIVED,
    a_danger,
    a_patient,
    a_recommendation,
    a_referral,
    an_incoming,
    read_again,
    recommended,
    stored,
)
from tests.conftest import sql
from triage.domain.calendar import utc_now
from triage.domain.decision import InformationRequest, Person
from triage.domain.errors import Conflict
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Patient
from triage.store import decisions, keys, queue
from triage.store.database import SYSTEM, Database
from triage.store.embedded import EmbeddedServer
from triage.store.queue import Only, QueueRow, Wanted, search_terms
from triage.store.referrals import StoredReferral
from triage.store.tables import Status

HOUR = timedelta(hours=1)
DUE = date(2026, 11, 30)
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def page(db: Database, **filters: object) -> list[QueueRow]:
    with db.reading(as_=KARI) as tx:
        return queue.page(tx, Wanted(**filters))  # type: ignore[arg-type]


def waiting(db: Database, *, due: date = DUE, hours: int = 0) -> StoredReferral:
    return stored(db, assessment_due=due, received_at=RECEIVED + hours * HOUR)


def claimed(db: Database, referral: StoredReferral, *, minutes: int = 20) -> None:
    with db.writing(as_=KARI) as tx:
        queue.claim(tx, referral.id, now=utc_now(), until=utc_now() + timedelta(minutes=minutes))


def asked_about(db: Database, referral: StoredReferral, *, answer_by: date) -> None:
    with db.writing(as_=KARI) as tx:
        decisions.ask(tx, InformationRequest(uuid4(), referral.id, KARI, utc_now(), answer_by, questions=("?",)))


def found(db: Database, query: str) -> int:
    with db.reading(as_=KARI) as tx:
        return len(queue.search(tx, query))


def test_danger_comes_first_then_the_deadline_then_arrival(db: Database) -> None:
    later = recommended(db, waiting(db, hours=2), a_recommendation())
    earlier = recommended(db, waiting(db, hours=1), a_recommendation())
    urgent = recommended(db, waiting(db, due=date(2026, 11, 20), hours=3), a_recommendation())
    danger = recommended(db, waiting(db, hours=4), a_recommendation(reasons=(a_danger(),)))
    unread = waiting(db, hours=5)
    emergency = recommended(db, waiting(db, hours=6), a_recommendation(Pathway.EMERGENCY))

    order = [row.id for row in page(db)]

    assert order == [each.id for each in (emergency, danger, unread, urgent, earlier, later)]


def test_a_line_tells_what_a_reviewer_chooses_by(db: Database) -> None:
    recommended(db, stored(db), a_recommendation(confident=False))

    (row,) = page(db)

    assert (row.area, row.age, row.sex, row.pathway) == (Area.ENDOSCOPY, 45, "female", Pathway.HOSPITAL)
    assert (row.confident, row.summary, row.patient_name) == (False, "Kvinne 45 år: refluks.", "Oddny Oppdiktet")


def test_the_queue_can_be_narrowed_and_paged(db: Database) -> None:
    stored(db, an_incoming(referral=a_referral(area=Area.EYE)))
    recommended(db, stored(db), a_recommendation(Pathway.PRIMARY_CARE))
    claimed(db, stored(db))

    assert len(page(db, area=Area.EYE)) == 1
    assert len(page(db, pathway=Pathway.PRIMARY_CARE)) == 1
    assert len(page(db, only=Only.MINE)) == 1
    with db.reading(as_=KARI) as tx:
        assert len(queue.page(tx, limit=2)) == 2
        assert len(queue.page(tx, limit=2, offset=2)) == 1


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (Wanted(only=Only.UNSURE), 1),
        (Wanted(only=Only.UNREAD), 2),
        (Wanted(only=Only.BOUNCED), 1),
        (Wanted(rule="endoscopy/dysphagia"), 1),
        (Wanted(rule="endoscopy"), 0),
        (Wanted(due_by=DUE), 2),
        (Wanted(due_by=DUE - timedelta(days=1)), 0),
        (Wanted(sender="FJORDGLØTT"), 3),
        (Wanted(sender="%"), 0),
        (Wanted(municipality="5001"), 3),
        (Wanted(municipality="0000"), 0),
        (Wanted(only=Only.ASKED), 0),
    ],
)
def test_the_queue_is_narrowed_by_what_is_asked_for(db: Database, wanted: Wanted, matches: int) -> None:
    first = waiting(db, due=DUE)
    stored(db, bounce_of=first.id)
    recommended(db, waiting(db, due=DUE + timedelta(days=1)), a_recommendation(confident=False, reasons=(a_danger(),)))

    with db.reading(as_=KARI) as tx:
        assert (len(queue.page(tx, wanted)), queue.length(tx, wanted)) == (matches, matches)


def test_the_counts_say_how_many_wait_of_each_kind(db: Database) -> None:
    recommended(db, waiting(db, due=DUE), a_recommendation(Pathway.EMERGENCY))
    stored(db, bounce_of=waiting(db, due=DUE + timedelta(days=9)).id)

    with db.reading(as_=KARI) as tx:
        counted = queue.counts(tx, Wanted(now=datetime(2026, 12, 1, 12, tzinfo=UTC)))

    assert counted.by_pathway == {Pathway.EMERGENCY: 1, None: 2}
    assert (counted.total, counted.by_view[Only.OVERDUE], counted.by_view[Only.BY_FRIDAY]) == (3, 2, 2)
    assert (counted.by_view[Only.BOUNCED], counted.by_view[Only.ASKED]) == (1, 0)


@pytest.mark.parametrize(
    ("today", "shown"),
    [(23, False), (27, False), (28, True), (29, True), (30, True)],  # the 27th is a Friday, the deadline a Monday
)
def test_what_breaches_by_friday_is_what_is_due_by_the_next_friday(db: Database, today: int, shown: bool) -> None:
    waiting(db, due=DUE)

    assert bool(page(db, only=Only.BY_FRIDAY, now=datetime(2026, 11, today, 12, tzinfo=UTC))) is shown


@pytest.mark.parametrize(("hours", "late"), [(23, False), (24, False), (25, True)])
def test_danger_has_a_clock_of_its_own(db: Database, hours: int, late: bool) -> None:
    waiting(db)
    recommended(db, waiting(db), a_recommendation(reasons=(a_danger(),)))

    assert len(page(db, only=Only.RED_OVERDUE, now=RECEIVED + hours * HOUR)) == late


@pytest.mark.parametrize(("day", "shown"), [(19, False), (20, True), (21, True)])
def test_when_no_answer_came_it_is_decided_on_what_there_is(db: Database, day: int, shown: bool) -> None:
    asked_about(db, waiting(db), answer_by=date(2026, 11, 20))

    assert bool(page(db, only=Only.DECIDE_NOW, now=datetime(2026, 11, day, 12, tzinfo=UTC))) is shown


def test_what_it_can_be_narrowed_by_is_counted(db: Database) -> None:
    recommended(db, stored(db), a_recommendation(reasons=(a_danger(),)))
    stored(db)

    with db.reading(as_=KARI) as tx:
        counted = queue.counts_by(tx, Wanted())

    danger, sender = {"endoscopy/dysphagia": 1}, {"Fjordgløtt legesenter": 2}
    assert counted == {"regel": danger, "avsender": sender, "kommune": {"5001": 2}}


def test_the_neighbours_of_a_referral_are_those_before_and_after_it_in_the_queue(db: Database) -> None:
    first, middle, last = (waiting(db, hours=hour) for hour in range(3))

    with db.reading(as_=KARI) as tx:
        assert queue.neighbours(tx, middle.id) == (first.id, last.id)
        assert queue.neighbours(tx, first.id) == (None, middle.id)
        assert queue.neighbours(tx, UUID(int=0)) == (None, None)


def test_the_same_patients_other_referrals_are_found_and_nobody_elses(db: Database) -> None:
    first, second = stored(db), stored(db)
    stored(db, an_incoming(patient=a_patient(national_id="03925099999")))
    unknown = stored(db, an_incoming(patient=Patient()))
    stored(db, an_incoming(patient=Patient()))

    with db.reading(as_=KARI) as tx:
        assert [row.id for row in queue.same_patient(tx, first.id)] == [second.id]
        assert queue.same_patient(tx, unknown.id) == []


def next_for(db: Database, person: Person) -> UUID | None:
    with db.writing(as_=person) as tx:
        return queue.claim_next(tx, Wanted(now=AT), until=AT + HOUR)


def test_two_people_who_ask_for_the_next_never_get_the_same(db: Database) -> None:
    waiting(db, hours=0), waiting(db, hours=1)

    given = [next_for(db, KARI), next_for(db, OLA), next_for(db, KARI)]

    assert len({*given}) == 3
    assert given[2] is None


def test_what_waits_for_an_answer_is_not_served_before_its_day(db: Database) -> None:
    asked_about(db, waiting(db), answer_by=DUE + timedelta(days=1))

    assert next_for(db, KARI) is None


def test_a_line_whose_content_was_deleted_has_no_name_and_takes_nothing_else_away(db: Database) -> None:
    gone, _ = stored(db), stored(db)
    with db.writing(as_=SYSTEM) as tx:
        keys.shred(tx, gone.id)

    assert sorted(str(row.patient_name) for row in page(db)) == ["None", "Oddny Oppdiktet"]


def test_a_claim_keeps_others_out_until_it_runs_out(db: Database) -> None:
    referral = stored(db)
    claimed(db, referral)

    with pytest.raises(Conflict), db.writing(as_=OLA) as tx:
        queue.claim(tx, referral.id, now=utc_now(), until=utc_now() + HOUR)

    with db.writing(as_=OLA) as tx:
        queue.claim(tx, referral.id, now=utc_now() + HOUR, until=utc_now() + 2 * HOUR)
    assert read_again(db, referral.id).claimed_by == "ola"


def test_a_claim_can_be_renewed_and_given_up_by_its_holder_alone(db: Database) -> None:
    referral = stored(db)
    claimed(db, referral)
    claimed(db, referral)

    with db.writing(as_=OLA) as tx:
        queue.release(tx, referral.id)
    assert read_again(db, referral.id).claimed_by == "kari"

    with db.writing(as_=KARI) as tx:
        queue.release(tx, referral.id)
    assert read_again(db, referral.id).claimed_by is None


def test_a_claim_is_no_change_of_the_referral(db: Database) -> None:
    referral = stored(db)
    claimed(db, referral)

    assert read_again(db, referral.id).version == referral.version


def test_what_left_the_queue_cannot_leave_it_again(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=KARI) as tx:
        queue.end(tx, referral.id, Status.DECIDED, version=referral.version, at=utc_now())

    assert page(db) == []
    with pytest.raises(Conflict), db.writing(as_=KARI) as tx:
        queue.end(tx, referral.id, Status.DECIDED, version=referral.version + 1, at=utc_now())


def test_a_recommendation_that_comes_after_the_decision_changes_nothing_of_the_referral(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=KARI) as tx:
        queue.end(tx, referral.id, Status.DECIDED, version=referral.version, at=utc_now())
    decided = read_again(db, referral.id)

    assert recommended(db, referral, a_recommendation()) == decided


def test_a_referral_that_changed_since_it_was_read_stays(db: Database) -> None:
    referral = stored(db)
    recommended(db, referral, a_recommendation())

    with pytest.raises(Conflict), db.writing(as_=KARI) as tx:
        queue.end(tx, referral.id, Status.DECIDED, version=referral.version, at=utc_now())


def test_moving_to_another_area_is_seen_by_engines_and_queue(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        queue.move(tx, referral.id, Area.ENT)

    assert read_again(db, referral.id).incoming.referral.area is Area.ENT
    assert len(page(db, area=Area.ENT)) == 1


def test_numbers_for_the_summary(db: Database) -> None:
    recommended(db, waiting(db, due=date(2026, 11, 27)), a_recommendation())
    waiting(db)

    with db.reading(as_=SYSTEM) as tx:
        assert queue.open_by_area_and_pathway(tx) == {("endoscopy", "hospital"): 1, ("endoscopy", None): 1}
        assert queue.oldest_deadline(tx) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("03925012345", 1),
        ("039250 12345", 1),
        ("03925012346", 0),
        ("oddny", 1),
        ("OPPDIKTET, Oddny", 1),
        ("Oddny Annensen", 0),
        ("3.12.1950", 1),
        ("03121950", 1),
        ("3/12-1950", 1),
        ("Oppdiktet 03.12.1950", 1),
        ("Oppdiktet 04.12.1950", 0),
        ("Odd", 0),
        ("", 0),
    ],
)
def test_search_finds_by_number_birth_date_and_whole_words_of_the_name(db: Database, query: str, hits: int) -> None:
    stored(db)

    assert found(db, query) == hits


@pytest.mark.parametrize("query", ["Østbø", "Åse", "Åse-Marie Østbø-Åkerløk", "østbø-åkerløk"])
def test_a_name_with_a_hyphen_is_found_by_either_half(db: Database, query: str) -> None:
    stored(db, an_incoming(patient=a_patient(name="Åse-Marie Østbø-Åkerløk")))

    assert found(db, query) == 1


def test_search_terms_keep_names_with_a_hyphen_and_norwegian_letters() -> None:
    assert search_terms("Åse-Marie Øvregård") == [("word", "åse-marie"), ("word", "øvregård")]


def test_a_referral_without_a_name_is_found_by_nothing(db: Database) -> None:
    stored(db, an_incoming(patient=a_patient(name=None, national_id=None, birth_date=None)))

    assert found(db, "Oddny") == 0


@pytest.mark.slow
def test_a_page_of_a_long_queue_is_read_from_its_index_in_order(server: EmbeddedServer, db: Database) -> None:
    """The first 50 of 20 000 open referrals, without sorting or reading the rest."""
    message_id = stored(db).message_id
    sql(server, MANY.format(message_id=message_id), database=str(db.url.database))
    sql(server, "ANALYZE referral", database=str(db.url.database))

    with db.reading(as_=EYE_DOCTOR) as tx:
        plan = "\n".join(tx.session.scalars(text(f"EXPLAIN {FIRST_PAGE}")))

    assert "Index Scan using ix_referral_queue" in plan
    assert "Sort" not in plan


FIRST_PAGE = """
    SELECT * FROM referral WHERE status = 'open'
    ORDER BY queue_rank, assessment_due, first_received_at, id LIMIT 50
"""
MANY = """
    INSERT INTO referral (id, message_id, ordinal, content, area, content_key, first_received_at, clock_start,
                          assessment_due, queue_rank)
    SELECT gen_random_uuid(), '{message_id}', n % 30000 + 1, '', (ARRAY['endoscopy', 'eye', 'ent'])[1 + n % 3], '',
           now() - n * interval '1 minute', current_date, current_date + n % 14, n % 3
    FROM generate_series(1, 20000) n
"""
