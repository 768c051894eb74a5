"""The secretary's pages: what must be read, what can be prepared, and nothing that decides."""

from dataclasses import replace
from datetime import date

import pytest

from tests.builders import (
    EYE_DOCTOR,
    KARI,
    RECEIVED,
    SIV,
    a_danger,
    a_decision,
    a_patient,
    a_policy,
    a_recommendation,
    a_referral,
    an_incoming,
    recommended,
    stored,
)
from tests.messages.builders import synthetic_number
from tests.web.builders import logged
from tests.web.conftest import Browser, SignedIn
from triage import workflow
from triage.domain.finding import MissingFact
from triage.domain.recommendation import RuleMatch
from triage.domain.referral import Area, Attachment, MessageKind
from triage.messages.identity import parse_national_id
from triage.store import decisions, messages, referrals
from triage.store.database import SYSTEM, Database
from triage.store.messages import MessageId
from triage.store.preparing import Unprepared
from triage.store.referrals import StoredReferral
from triage.web.pages.presorting import HandForm, to_do

HOSTILE = '<Henvisning><script>alert("x")</script>&amp;</Henvisning>'
HB = MissingFact("hb", "Hb", "Hva er Hb, og når ble prøven tatt?", decisive=True)


@pytest.fixture
def secretary(signed_in: SignedIn) -> Browser:
    return signed_in(SIV)


def in_the_tray(db: Database, body: bytes = HOSTILE.encode()) -> MessageId:
    message_id = workflow.receive(db, body, label="fil <1>.xml", channel="test", received_at=RECEIVED)
    workflow.register(db, message_id, a_policy())
    return message_id


def registered(db: Database, message_id: MessageId) -> list[StoredReferral]:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.of_message(tx, message_id)


def lacking(db: Database, *reasons: RuleMatch) -> StoredReferral:
    """A referral that does not say what Hb is."""
    return recommended(db, stored(db), a_recommendation(missing=(HB,), reasons=reasons))


# The tray


def test_the_tray_shows_why_a_message_must_be_read(secretary: Browser, db: Database) -> None:
    message_id = in_the_tray(db)

    page = secretary.get("/forsortering").text

    with db.reading(as_=SYSTEM) as tx:
        assert (messages.get(tx, message_id).reason or "-") in page
    assert f"/forsortering/melding/{message_id}" in page


def test_a_raw_message_is_shown_as_text_and_that_it_was_read_is_logged(secretary: Browser, db: Database) -> None:
    message_id = in_the_tray(db)

    page = secretary.get(f"/forsortering/melding/{message_id}").text

    assert "&lt;script&gt;alert(" in page
    assert "<script>alert" not in page
    assert logged(db, message_id)[-1].action == "opened"


@pytest.mark.parametrize("body", [b"%PDF-1.7 \xff\xfe", b"\x89PNG\r\n", b"", b"\xff\xd8\xff\0", b"PK\3\4\0"])
def test_any_bytes_can_be_looked_at_and_downloaded_as_they_came(secretary: Browser, db: Database, body: bytes) -> None:
    message_id = in_the_tray(db, body)

    page = secretary.get(f"/forsortering/melding/{message_id}")
    file = secretary.get(f"/forsortering/melding/{message_id}/fil")

    assert page.status_code == 200
    assert file.content == body
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Type"] == "application/octet-stream"


def test_a_referral_registered_by_hand_is_about_whom_the_number_says(secretary: Browser, db: Database) -> None:
    message_id, number = in_the_tray(db), synthetic_number()
    form = {"text": "Svelgvansker.", "area": "endoscopy", "national_id": f"{number[:6]} {number[6:]}", "birth_date": ""}

    answer = secretary.submit(f"/forsortering/melding/{message_id}/registrer", sex="", **form)

    (referral,) = registered(db, message_id)
    assert answer.status_code == 303
    assert referral.incoming.patient.national_id == number
    assert (referral.incoming.referral.age, referral.incoming.referral.sex) == (65, "female")
    with db.reading(as_=SYSTEM) as tx:
        (file,) = referrals.attachment_names(tx, referral.id)
    assert file.name == "fil <1>.xml"


@pytest.mark.parametrize("production", [True, False])
def test_by_hand_the_age_is_of_the_day_the_message_came_and_an_invented_patient_is_a_test_in_production(
    *, production: bool
) -> None:
    born, original = parse_national_id(synthetic_number()), Attachment("fil.xml", "text/xml", b"")
    assert born
    assert born.birth_date
    form = HandForm(text="Svelgvansker.", area=Area.ENDOSCOPY, national_id=born.value)

    incoming = form.incoming(original, received=born.birth_date.replace(year=2020), production=production)

    assert incoming.referral.age == 2020 - born.birth_date.year
    assert incoming.test_message is production


def test_what_a_message_does_not_say_stays_unknown(secretary: Browser, db: Database) -> None:
    message_id = in_the_tray(db)

    secretary.submit(f"/forsortering/melding/{message_id}/registrer", text="Svelgvansker.", area="endoscopy")

    (referral,) = registered(db, message_id)
    assert (referral.incoming.patient.name, referral.incoming.referral.age) == (None, None)


@pytest.mark.parametrize("change", [{"national_id": "12345678901"}, {"text": ""}, {"area": "hud"}, {"area": ""}])
def test_a_form_that_cannot_be_right_registers_nothing(
    secretary: Browser, db: Database, change: dict[str, str]
) -> None:
    message_id = in_the_tray(db)

    answer = secretary.submit(
        f"/forsortering/melding/{message_id}/registrer", **{"text": "Svelgvansker.", "area": "endoscopy", **change}
    )

    assert answer.status_code == 422
    assert registered(db, message_id) == []


def test_what_was_typed_is_kept_when_the_number_is_wrong(secretary: Browser, db: Database) -> None:
    form = {"text": "Svelgvansker i ni uker.", "area": "ent", "sex": "male", "name": "Odd", "national_id": "123"}

    page = secretary.submit(f"/forsortering/melding/{in_the_tray(db)}/registrer", birth_date="1950-01-02", **form).text

    assert "Fødselsnummeret er ikke gyldig" in page
    assert "Svelgvansker i ni uker.</textarea>" in page
    assert '<option value="ent" selected>' in page
    assert '<option value="male" selected>' in page
    assert 'value="1950-01-02"' in page


def test_a_message_leaves_the_tray_by_hand_and_can_still_be_read(secretary: Browser, db: Database) -> None:
    message_id = in_the_tray(db)

    secretary.submit(f"/forsortering/melding/{message_id}/ferdig")

    assert str(message_id) not in secretary.get("/forsortering").text
    page = secretary.get(f"/forsortering/melding/{message_id}").text
    assert "ferdig behandlet" in page
    assert "Registrer en henvisning" not in page


# What there is to do


def a_row(**changes: object) -> Unprepared:
    made = Unprepared(
        id=MessageId(int=1),
        area=Area.ENDOSCOPY,
        incoming=an_incoming(),
        assessment_due=RECEIVED.date(),
        first_received_at=RECEIVED,
        duplicate_of=None,
        attachments=0,
        asked=False,
        rules=(),
        recommendation=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "work"),
    [
        ({}, {}),
        ({"duplicate_of": MessageId(int=2)}, {"repeat": 1}),
        ({"area": None}, {"area": 1}),
        ({"recommendation": a_recommendation()}, {"area": 1}),
        ({"recommendation": a_recommendation(missing=(HB, HB)), "area": None}, {"area": 1, "missing": 2}),
        ({"asked": True, "recommendation": a_recommendation(missing=(HB,))}, {"area": 1, "asked": 1}),
        ({"attachments": 3}, {"attachments": 3}),
        ({"incoming": an_incoming(kind=MessageKind.CANCEL)}, {"not_new": 1}),
        ({"incoming": an_incoming(test_message=True)}, {"test": 1}),
        ({"incoming": an_incoming(patient=a_patient(interpreter_language="tigrinja"))}, {"interpreter": 1}),
        ({"incoming": an_incoming(patient=a_patient(name=None, municipality=None))}, {"identity": 2}),
        ({"incoming": an_incoming(patient=a_patient(national_id=None))}, {}),
        ({"incoming": an_incoming(patient=a_patient(national_id=None, birth_date=None))}, {"identity": 1}),
        ({"incoming": an_incoming(notes_for_person=("Les dette.",))}, {"note": 1}),
    ],
)
def test_what_is_worth_a_secretarys_time(changes: dict[str, object], work: dict[str, int]) -> None:
    assert to_do(a_row(**changes)) == work


def test_the_list_names_the_work_and_leaves_out_what_needs_none(secretary: Browser, db: Database) -> None:
    without_work = stored(db)
    with_work = lacking(db)

    page = secretary.get("/forsortering").text

    assert f"/forsortering/{with_work.id}" in page
    assert "spør henviseren" in page
    assert f"/forsortering/{without_work.id}" not in page


def test_the_list_can_be_narrowed_to_one_kind_of_work(secretary: Browser, db: Database) -> None:
    lacks, repeat = lacking(db), stored(db, duplicate_of=stored(db).id)

    page = secretary.get("/forsortering?bare=repeat").text

    assert f"/forsortering/{repeat.id}" in page
    assert f"/forsortering/{lacks.id}" not in page


# One referral


def test_what_is_missing_becomes_a_script_for_the_phone_and_the_call_is_kept(secretary: Browser, db: Database) -> None:
    referral = lacking(db)

    secretary.submit(f"/forsortering/{referral.id}/samtale", words="Snakket med legen. Hb 13,1.")
    page = secretary.get(f"/forsortering/{referral.id}").text

    assert f"<li>{HB.question}</li>" in page
    assert "Snakket med legen. Hb 13,1." in page


def test_whoever_decides_sees_what_was_said_on_the_phone(signed_in: SignedIn, db: Database) -> None:
    referral = lacking(db)
    workflow.note_contact(db, referral.id, "Hb 13,1 i forrige uke.", by=SIV)

    assert "Hb 13,1 i forrige uke." in signed_in(KARI).get(f"/henvisning/{referral.id}").text


def test_a_consent_is_recorded_and_withdrawn(secretary: Browser, db: Database) -> None:
    referral = stored(db)

    secretary.submit(f"/forsortering/{referral.id}/samtykke", scope="Til avtalespesialist", given_on="2026-11-17")
    with db.reading(as_=SYSTEM) as tx:
        (given,) = decisions.consents(tx, referral.id)
    secretary.submit(f"/forsortering/{referral.id}/samtykke/{given.id}/trekk")

    assert (given.consent.recorded_by, given.consent.withdrawn_on) == (SIV.name, None)
    with db.reading(as_=SYSTEM) as tx:
        assert decisions.consents(tx, referral.id)[0].consent.withdrawn_on


def test_a_consent_from_the_future_is_refused(secretary: Browser, db: Database) -> None:
    answer = secretary.submit(f"/forsortering/{stored(db).id}/samtykke", scope="Alt", given_on="2999-01-01")

    assert answer.status_code == 422


def test_a_moved_referral_is_in_the_other_areas_queue(secretary: Browser, db: Database) -> None:
    referral = stored(db)

    secretary.submit(f"/forsortering/{referral.id}/flytt", area="ent")

    assert workflow.look_at(db, referral.id, by=SIV).referral.area is Area.ENT


def test_a_text_about_another_area_is_pointed_out(secretary: Browser, db: Database) -> None:
    text = "Grå stær på begge øyne, visus 0,3. Ønsker operasjon for katarakt."
    referral = stored(db, an_incoming(referral=a_referral(text, requested=None)))

    assert "ser ut til å gjelde Øye" in secretary.get(f"/forsortering/{referral.id}").text


def test_where_suggestions_are_stopped_nothing_is_pointed_out(secretary: Browser, db: Database) -> None:
    referral = stored(db, an_incoming(referral=a_referral("Grå stær. Katarakt.", requested=None)))
    workflow.stop_suggestions(db, "Prøver noe.", by=SIV)

    assert "ser ut til å gjelde" not in secretary.get(f"/forsortering/{referral.id}").text


def test_what_is_prepared_leaves_the_list(secretary: Browser, db: Database) -> None:
    referral = lacking(db)

    secretary.submit("/forsortering/klargjort", referral=str(referral.id))
    without = secretary.get("/forsortering").text
    secretary.submit("/forsortering/tilbake", referral=str(referral.id))

    assert f"/forsortering/{referral.id}" not in without
    assert f"/forsortering/{referral.id}" in secretary.get("/forsortering").text


def test_preparing_one_leads_to_the_next_that_nobody_has_prepared_and_back(secretary: Browser, db: Database) -> None:
    first, second, third = sorted((lacking(db) for _ in range(3)), key=lambda each: each.id)
    secretary.submit("/forsortering/klargjort", referral=str(second.id))

    page = secretary.get(f"/forsortering/{first.id}").text
    after = secretary.submit("/forsortering/klargjort", referral=str(first.id), next=str(third.id)).headers["Location"]
    told = secretary.get(after).text
    back = secretary.submit("/forsortering/tilbake", referral=str(first.id), next=str(first.id)).headers["Location"]

    assert f'name="next" value="{third.id}"' in page
    assert (after, back) == (f"/forsortering/{third.id}?klargjort={first.id}", f"/forsortering/{first.id}")
    assert "Den forrige er klargjort" in told
    assert f"/forsortering/{first.id}" in secretary.get("/forsortering").text


def test_a_secretary_sees_what_the_program_read_and_what_is_dangerous(secretary: Browser, db: Database) -> None:
    unsaid = stored(db, an_incoming(referral=a_referral(requested=None)))
    recommended(db, unsaid, a_recommendation(reasons=(a_danger(),), missing=(HB,)))

    pages = [secretary.get(path).text for path in ("/forsortering", f"/forsortering/{unsaid.id}")]

    assert ["gastroskopi" in page and "fare" in page for page in pages] == [True, True]


def test_whoever_asks_comes_back_to_where_they_were(secretary: Browser, signed_in: SignedIn, db: Database) -> None:
    referral = lacking(db)
    asked = [
        browser.submit(f"/henvisning/{referral.id}/sporsmal", questions="Hva er Hb?").headers["Location"]
        for browser in (secretary, signed_in(KARI))
    ]

    assert asked == [f"/forsortering/{referral.id}", f"/henvisning/{referral.id}"]


def test_those_that_are_alike_are_itemised_with_nothing_ticked(secretary: Browser, db: Database) -> None:
    ids = [str(lacking(db, a_danger()).id) for _ in range(2)]
    lacking(db)

    page = secretary.get("/forsortering").text

    assert "2 like: Endoskopi, Svelgvansker i mer enn to uker" in page
    assert [f'<input type="checkbox" name="referral" value="{each}">' in page for each in ids] == [True, True]
    assert secretary.submit("/forsortering/klargjort", referral=ids).headers["Location"] == "/forsortering"
    assert [f"/forsortering/{each}" in secretary.get("/forsortering").text for each in ids] == [False, False]


def test_nobody_prepares_a_referral_of_another_area(signed_in: SignedIn, db: Database) -> None:
    doctor, referral = signed_in(EYE_DOCTOR), stored(db)

    assert doctor.get(f"/forsortering/{referral.id}").status_code == 404
    assert doctor.submit(f"/forsortering/{referral.id}/samtale", words="Hei").status_code == 404


def test_words_of_senders_are_shown_as_text(secretary: Browser, db: Database) -> None:
    nasty = an_incoming(
        patient=a_patient(name="<img src=x>"),
        referral=a_referral("<script>1</script>"),
        attachments=(Attachment("<b>.pdf", "application/pdf", b"%PDF"),),
        notes_for_person=("<i>",),
    )

    page = secretary.get(f"/forsortering/{stored(db, nasty).id}").text

    assert "&lt;img src=x&gt;" in page
    assert not [tag for tag in ("<img", "<script>1", "<b>.pdf", "<i>") if tag in page]


# Letters beside the decision


def test_a_secretary_asks_the_patient_for_consent_by_letter(secretary: Browser, db: Database) -> None:
    referral = stored(db)
    page = secretary.get(f"/forsortering/{referral.id}").text
    assert 'value="consent_request"' in page

    why = {"kind": "consent_request", "questions": "En avtalespesialist kan undersøke dette."}
    secretary.submit(f"/henvisning/{referral.id}/sporsmal", **why)

    (request,) = workflow.look_at(db, referral.id, by=SIV).information_requests
    assert request.kind == "consent_request"
    assert "Bedt pasienten om samtykke" in secretary.get(f"/henvisning/{referral.id}").text


def test_when_a_deadline_is_past_the_letter_about_it_is_offered_once(secretary: Browser, db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, a_decision(referral, deadline=date(2026, 11, 20)))
    path = f"/henvisning/{referral.id}"
    assert 'value="deadline_breach"' in secretary.get(path).text

    secretary.submit(f"{path}/sporsmal", kind="deadline_breach")

    assert 'value="deadline_breach"' not in secretary.get(path).text


def test_a_referral_that_came_without_a_name_is_given_one_and_can_be_written_about(
    secretary: Browser, signed_in: SignedIn, db: Database
) -> None:
    referral = stored(db, an_incoming(patient=replace(a_patient(), name=None)))
    assert "Lagre navnet" in signed_in(KARI).get(f"/henvisning/{referral.id}").text

    secretary.submit(f"/henvisning/{referral.id}/navn", name="  Ola  Oppdiktet-Nordmann ")
    page = secretary.get(f"/forsortering/{referral.id}").text

    assert "Ola Oppdiktet-Nordmann" in page
    assert "Lagre navnet" not in page
    assert [row.id for row in workflow.search(db, "nordmann", by=KARI)] == [referral.id]
    assert secretary.submit(f"/henvisning/{referral.id}/navn", name="En Annen").status_code == 409


def test_a_blank_is_no_name(secretary: Browser, db: Database) -> None:
    referral = stored(db, an_incoming(patient=replace(a_patient(), name=None)))

    assert "Skriv pasientens navn" in secretary.submit(f"/henvisning/{referral.id}/navn", name=" ").text
