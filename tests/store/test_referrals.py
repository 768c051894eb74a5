"""Referrals: sealed content, recognition of patient and text, attachments."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.builders import LETTER, a_patient, a_referral, a_refusal, an_incoming, read_again, stored
from triage.domain.calendar import utc_now
from triage.domain.referral import Area, Attachment, IncomingReferral, Patient, ReferralId
from triage.store import decisions, keys, referrals
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral

PDF = Attachment("oddny.pdf", "application/pdf", b"%PDF \xff\x00")


def repeat_of(db: Database, incoming: IncomingReferral) -> ReferralId | None:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.same_as(tx, incoming)


def refusal_before(db: Database, incoming: IncomingReferral) -> ReferralId | None:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.refused_before(tx, incoming)


def refused(db: Database, referral: StoredReferral, **changes: object) -> StoredReferral:
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, a_refusal(referral, **changes))  # type: ignore[arg-type]
    return referral


def test_a_referral_comes_back_as_it_was(db: Database) -> None:
    incoming = an_incoming(blocks=(("Anamnese", LETTER),), notes_for_person=("Se vedlegget.",))

    assert stored(db, incoming).incoming == incoming


@pytest.mark.parametrize("table", ["referral", "attachment", "search_term"])
@pytest.mark.parametrize("word", ["Oddny", "oddny", "03925012345", "Reflukssymptomer", "1950-12-03"])
def test_nothing_that_identifies_lies_open_in_the_database(db: Database, table: str, word: str) -> None:
    stored(db, an_incoming(attachments=(PDF,)))

    with db.reading(as_=SYSTEM) as tx:
        rows = str(tx.session.execute(text(f"SELECT {table}::text FROM {table}")).all())
    assert word not in rows
    assert word.encode().hex() not in rows


def test_attachments_come_back_byte_for_byte(db: Database) -> None:
    referral = stored(db, an_incoming(attachments=(PDF, replace(PDF, name="b.png"))))

    with db.reading(as_=SYSTEM) as tx:
        names = referrals.attachment_names(tx, referral.id)
        assert [(one.name, one.size_bytes) for one in names] == [("oddny.pdf", 7), ("b.png", 7)]
        assert referrals.attachment(tx, names[0].id) == PDF


def test_the_same_patient_and_text_are_recognised(db: Database) -> None:
    first = stored(db)

    assert repeat_of(db, an_incoming(referral=a_referral(f"  {LETTER.replace(' ', '  ')}\n"))) == first.id


@pytest.mark.parametrize(
    "other",
    [
        an_incoming(referral=a_referral("En annen tekst.")),
        an_incoming(patient=a_patient(national_id="03925054321")),
        an_incoming(patient=Patient()),
    ],
    ids=["another text", "another patient", "an unknown patient"],
)
def test_other_patients_and_texts_are_not(db: Database, other: IncomingReferral) -> None:
    stored(db)

    assert repeat_of(db, other) is None


def test_two_unknown_patients_with_one_text_are_not_taken_for_one(db: Database) -> None:
    nobody = an_incoming(patient=Patient())
    stored(db, nobody)

    assert repeat_of(db, nobody) is None


def test_without_a_number_name_and_birth_date_recognise_a_patient(db: Database) -> None:
    without_number = an_incoming(patient=a_patient(national_id=None))
    first = stored(db, without_number)

    assert repeat_of(db, without_number) == first.id
    assert repeat_of(db, an_incoming(patient=a_patient(national_id=None, birth_date=None))) is None


def test_an_earlier_refusal_in_the_same_area_is_found(db: Database) -> None:
    earlier = refused(db, stored(db))

    assert refusal_before(db, an_incoming(referral=a_referral("Ny henvisning."))) == earlier.id
    assert refusal_before(db, an_incoming(referral=a_referral(area=Area.EYE))) is None


def test_a_refusal_that_was_undone_or_corrected_is_no_refusal(db: Database) -> None:
    undone, corrected = stored(db), stored(db)
    first, wrong = a_refusal(undone), a_refusal(corrected)
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, first)
        decisions.undo(tx, first.id, at=utc_now())
        decisions.add(tx, wrong)
        decisions.add(tx, replace(wrong, id=first.referral_id, outcome=wrong.outcome.RIGHT_GRANTED, corrects=wrong.id))

    assert refusal_before(db, an_incoming()) is None


def test_a_refusal_whose_correction_was_undone_is_a_refusal_again(db: Database) -> None:
    refusal = a_refusal(stored(db))
    correction = replace(refusal, id=uuid4(), outcome=refusal.outcome.RIGHT_GRANTED, corrects=refusal.id)
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, refusal)
        decisions.add(tx, correction)
        decisions.undo(tx, correction.id, at=utc_now())

    assert refusal_before(db, an_incoming()) == refusal.referral_id


def test_a_message_that_holds_the_same_is_recognised_whatever_the_order(db: Database) -> None:
    referral = stored(db)

    with db.reading(as_=SYSTEM) as tx:
        assert referrals.are_the_same(tx, referral.message_id, [an_incoming()])
        assert not referrals.are_the_same(tx, referral.message_id, [an_incoming(), an_incoming()])
        assert not referrals.are_the_same(tx, referral.message_id, [an_incoming(referral=a_referral("Annet."))])


def test_without_its_key_a_referral_cannot_be_read_any_more(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        keys.shred(tx, referral.id)

    with pytest.raises(Exception, match="slettet"):
        read_again(db, referral.id)
