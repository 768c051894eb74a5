"""National referrals of all three versions, in several vendors' manners."""

from datetime import date

import pytest

from tests.messages.builders import (
    BORN,
    MSGHEAD,
    OID,
    RECEIVED,
    REFERRAL_10,
    REFERRAL_11,
    REFERRAL_20,
    TEXT,
    attached,
    body_20,
    cv,
    diagnosis,
    document,
    encoded,
    message,
    msghead,
    organisation,
    patient,
    professional,
    reason,
    service,
    synthetic_number,
)
from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import Receipt, ReceivedMessage
from triage.domain.referral import Area, IncomingReferral, MessageKind, Referrer, Sex, StatedUrgency
from triage.messages.reading import read

VERSIONS = {"1.0": message(version=REFERRAL_10), "1.1": message(), "2.0": msghead()}


def received(text: str, *, production: bool = False) -> ReceivedMessage:
    return read(encoded(text), received=RECEIVED, production=production)


def only(text: str) -> IncomingReferral:
    (incoming,) = received(text).referrals
    return incoming


# ---- the same facts in each version


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_tells_the_same_referral(version: str) -> None:
    incoming = only(VERSIONS[version])

    referral = incoming.referral
    assert (referral.age, referral.sex, referral.area) == (65, Sex.FEMALE, Area.ENDOSCOPY)
    assert (referral.stated_urgency, referral.codes) == (StatedUrgency.ROUTINE, ("ICPC-2:D07",))
    assert referral.sent_date == date(2026, 11, 10)
    assert TEXT in referral.text
    assert (incoming.sender.organisation, incoming.sender.person) == ("Fjordgløtt legesenter", "Kari Lege")
    assert incoming.patient.municipality == "5001"
    assert incoming.patient.birth_date == BORN
    assert incoming.notes_for_person == ()


@pytest.mark.parametrize(("version", "format_name"), [("1.0", "kith-1.0"), ("1.1", "kith-1.1"), ("2.0", "kith-2.0")])
def test_the_head_recognises_the_message_and_its_two_ends(version: str, format_name: str) -> None:
    head = received(VERSIONS[version]).head

    assert (head.format, head.kind) == (format_name, "HENVISNING")
    assert head.sender.name == "Fjordgløtt legesenter"
    assert (head.receiver.name, head.receiver.unit_ids) == ("Midtby sykehus", (("HER", "9002"),))


def test_the_message_id_is_kept_letter_for_letter() -> None:
    assert received(msghead(msg_id="<MsgId>{aB-c}</MsgId>")).head.id == "{aB-c}"


# ---- manners


def test_prefixes_make_no_difference() -> None:
    prefixed = msghead().replace("<", "<mh:").replace("<mh:/", "</mh:").replace("xmlns=", "xmlns:mh=", 1)
    body = '<h:Henvisning xmlns:h="http://ehelse.no/xmlstds/henvisning/2017-11-30"'
    prefixed = prefixed.replace('<mh:Henvisning xmlns="http://ehelse.no/xmlstds/henvisning/2017-11-30"', body)

    assert only(prefixed.replace("</mh:Henvisning>", "</h:Henvisning>")).referral == only(msghead()).referral


def test_the_order_of_blocks_is_the_senders_and_no_order_is_required() -> None:
    incoming = only(msghead(body_20(diagnosis(), reason("Sist.", "FU"), reason("Først."), service())))

    assert [heading for heading, _ in incoming.blocks] == ["Diagnoser", "Funn", "Aktuell problemstilling"]


def test_text_is_found_however_deep_it_is_nested() -> None:
    incoming = only(msghead(body_20(f"<ReqServ><Extra>{reason()}{cv('Priority', '3')}</Extra></ReqServ>")))

    assert TEXT in incoming.referral.text
    assert incoming.referral.stated_urgency is StatedUrgency.URGENT


def test_a_message_in_a_wrapper_is_read_and_the_wrapper_recorded() -> None:
    wrapped = received(f'<EI_fellesformat xmlns="http://www.nav.no/xml/eiff/2/">{msghead()}<Mottak/></EI_fellesformat>')

    assert wrapped.referrals[0].referral.age == 65
    assert "message in a wrapper" in wrapped.deviations


@pytest.mark.parametrize("namespace", ["", f' xmlns="{MSGHEAD}"', ' xmlns=""'])
def test_a_referral_that_names_no_standard_is_of_the_one_that_its_head_belongs_to(namespace: str) -> None:
    unnamed = received(msghead().replace(f' xmlns="{REFERRAL_20}"', namespace))

    assert (unnamed.head.format, unnamed.referrals[0].referral.age) == ("kith-2.0", 65)
    assert "referral without a namespace" in unnamed.deviations


def test_the_draft_namespace_is_read_as_version_two() -> None:
    draft = received(msghead(body_20(namespace="http://www.kith.no/xmlstds/henvisning/2014-04-30")))

    assert draft.head.format == "kith-2.0"
    assert "draft namespace of version 2.0" in draft.deviations


def test_version_one_keeps_clinical_information_inside_the_patient() -> None:
    item = f"<InfItem>{cv('Type', 'ANAM')}<Observation><Description>Kjent ulcus.</Description></Observation></InfItem>"

    assert "Sykehistorie:\nKjent ulcus." in only(message(inside_patient=item)).referral.text


@pytest.mark.parametrize("written", [cv("Dato", "2026-03-02"), "<Dato>2026-03-02</Dato>"])
def test_a_date_may_be_attribute_or_text(written: str) -> None:
    assessed = f"<DatoMottakOgVurdering>{cv('TypeDato', '1', s='9147')}{written}</DatoMottakOgVurdering>"
    incoming = only(msghead(body_20(reason(), f"<VurderingAvHenvisning>{assessed}</VurderingAvHenvisning>")))

    assert incoming.seniority_date == date(2026, 3, 2)


def test_a_cancellation_in_either_place_counts() -> None:
    twice = message(cv("ServType", "N"), f"<ReqServ>{cv('ServType', 'C')}</ReqServ>", reason())

    assert only(twice).kind is MessageKind.CANCEL


def test_an_earlier_referral_that_is_attached_is_an_attachment() -> None:
    incoming = only(msghead(attachments=document(f"<Content>{message()}</Content>", kind="A")))

    assert [file.media_type for file in incoming.attachments] == ["application/xml"]


def test_an_older_referral_inside_the_newer_head_is_read() -> None:
    incoming = only(msghead(message(reason("Eldre form."))))

    assert "Eldre form." in incoming.referral.text


def test_a_file_beside_the_referral_in_its_own_document_is_an_attachment() -> None:
    file = '<Base64Container xmlns="http://www.kith.no/xmlstds/base64container">JVBERi0xLjQ=</Base64Container>'

    assert [file.media_type for file in only(msghead(body_20() + file)).attachments] == ["application/pdf"]


def test_a_seniority_date_in_an_element_of_its_own_is_kept() -> None:
    stated = "<VurderingAvHenvisning><Ansiennitetsdato>01.09.2026</Ansiennitetsdato></VurderingAvHenvisning>"

    assert only(msghead(body_20(reason(), stated))).seniority_date == date(2026, 9, 1)


def test_only_the_seniority_date_among_the_dates_of_an_assessment_counts() -> None:
    other = f"<DatoMottakOgVurdering>{cv('TypeDato', '2')}{cv('Dato', '2026-02-01')}</DatoMottakOgVurdering>"
    incoming = only(msghead(body_20(reason(), f"<VurderingAvHenvisning>{other}</VurderingAvHenvisning>")))

    assert incoming.seniority_date is None


def test_an_empty_inner_organisation_does_not_hide_the_outer_one() -> None:
    sender = organisation("Fjordgløtt legesenter", "8001", "<Organisation/>")

    assert only(msghead(sender=sender)).sender.organisation == "Fjordgløtt legesenter"


def test_an_empty_outer_organisation_leaves_the_name_to_the_inner_one() -> None:
    sender = f"<Organisation><OrganisationName/>{organisation('Fjordgløtt legesenter', '8001')}</Organisation>"

    assert only(msghead(sender=sender)).sender.organisation == "Fjordgløtt legesenter"


def test_a_professional_without_an_institution_is_a_person_and_no_organisation() -> None:
    alone = f"<HCP><HCProf>{cv('Type', 'LE')}<Name>Kari Lege</Name><Id>1</Id>{cv('TypeId', 'HPR')}</HCProf></HCP>"
    sender = only(message(requester=alone)).sender

    assert (sender.organisation, sender.person, sender.hpr) == (None, "Kari Lege", "1")


# ---- who the patient is


def test_age_is_counted_on_the_day_the_referral_was_sent() -> None:
    day_before_birthday = only(msghead(body_20(reason(), issued="2026-03-13")))
    birthday = only(msghead(body_20(reason(), issued="2026-03-14")))

    assert (day_before_birthday.referral.age, birthday.referral.age) == (64, 65)


def test_without_any_date_age_is_counted_on_the_day_of_receipt_and_no_sent_date_is_invented() -> None:
    referral = only(msghead(body_20(reason(), issued=""), generated="")).referral

    assert (referral.age, referral.sent_date) == (65, None)


def test_the_day_the_message_was_made_stands_in_for_the_day_of_issue() -> None:
    assert only(msghead(body_20(reason(), issued=""))).referral.sent_date == date(2026, 11, 11)


def test_a_patient_with_only_a_birth_date_is_registered_with_a_note() -> None:
    incoming = only(msghead(person=patient("", born="1991-12-4", sex="1")))

    assert (incoming.referral.age, incoming.referral.sex) == (34, Sex.MALE)
    assert incoming.notes_for_person == (
        "Pasienten er oppgitt uten fødselsnummer eller D-nummer. Finn riktig pasient.",
    )


@pytest.mark.parametrize("placeholder", ["14036100000", "140361xxxxx", "00000000000", " "])
def test_a_placeholder_for_a_number_is_no_number(placeholder: str) -> None:
    incoming = only(msghead(person=patient(placeholder, born="1961-03-14")))

    assert (incoming.patient.national_id, incoming.referral.age) == (None, 65)


def test_a_local_help_number_is_not_taken_for_a_national_one() -> None:
    incoming = only(msghead(person=patient("H-4711", kind="HNR", born="1961-03-14")))

    assert incoming.patient.national_id is None
    assert "ikke er fødselsnummer" in incoming.notes_for_person[0]


def test_a_birth_date_that_contradicts_the_number_is_shown_to_a_person() -> None:
    incoming = only(msghead(person=patient(born="1971-03-14")))

    assert incoming.referral.age == 65
    assert "stemmer ikke overens" in incoming.notes_for_person[0]


def test_stated_sex_goes_before_the_ninth_digit() -> None:
    assert only(msghead(person=patient(sex="1"))).referral.sex is Sex.MALE
    assert only(msghead(person=patient(sex="9"))).referral.sex is Sex.FEMALE


@pytest.mark.parametrize(
    ("county", "municipality"), [("5001", "5001"), ("50", None), ("Trondheim", None), ("0301", "0301")]
)
def test_only_a_municipality_number_is_a_municipality(county: str, municipality: str | None) -> None:
    assert only(msghead(person=patient(county=county))).patient.municipality == municipality


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (msghead(person="<Nobody/>"), "E30"),
        (msghead(person=patient("")), "E30"),
        (msghead(person=patient("14836110035")), "E31"),
        (message(number="14836110035"), "E31"),
        (msghead(person=patient(family="", given="")), "E32"),
        (msghead(msg_id=""), "E10"),
        (msghead(msg_id="<MsgId> </MsgId>"), "E10"),
    ],
)
def test_a_message_that_does_not_say_whom_it_is_about_waits_for_a_person(text: str, code: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        received(text)

    assert caught.value.code == code
    assert caught.value.head is not None


def test_an_interpreter_and_the_address_follow_the_patient() -> None:
    tolk = f"<AssistertKommunikasjon>{cv('BehovTolkSprak', 'ti', 'Tigrinja')}</AssistertKommunikasjon>"
    incoming = only(msghead(body_20(reason(), f"<InfoAssistertKommunikasjon>{tolk}</InfoAssistertKommunikasjon>")))

    who = incoming.patient
    assert incoming.notes_for_person == ("Pasienten trenger tolk eller annen hjelp til å kommunisere.",)
    assert (who.interpreter_language, who.address, who.name) == ("Tigrinja", ("Trondheim",), "Line Testesen")


# ---- what is asked for


@pytest.mark.parametrize(
    ("code", "urgency"),
    [
        ("0", StatedUrgency.EMERGENCY),
        ("3", StatedUrgency.URGENT),
        ("N", StatedUrgency.ROUTINE),
        ("PK", StatedUrgency.CANCER_PATHWAY),
        ("2H", StatedUrgency.EMERGENCY),
        ("14", StatedUrgency.URGENT),
        ("90", StatedUrgency.ROUTINE),
        ("", None),
        ("?", None),
    ],
)
def test_priority_becomes_what_the_referrer_ticked(code: str, urgency: StatedUrgency | None) -> None:
    assert only(message(service(priority=code), reason())).referral.stated_urgency is urgency


def test_a_priority_without_a_code_is_read_by_its_words() -> None:
    words = f"<ReqServ>{cv('Priority', dn='Øyeblikkelig hjelp')}</ReqServ>"

    assert only(msghead(body_20(words, reason()))).referral.stated_urgency is StatedUrgency.EMERGENCY


def test_a_cancer_pathway_outranks_an_ordinary_tick_and_an_emergency_outranks_both() -> None:
    pathway = f"<Pakkeforlop>{cv('Pakkeforlopskode', 'A12A', 'Tykk- og endetarm', '8480')}</Pakkeforlop>"

    assert only(msghead(body_20(service(), reason(), pathway))).referral.stated_urgency is StatedUrgency.CANCER_PATHWAY
    assert only(msghead(body_20(service(priority="0"), pathway))).referral.stated_urgency is StatedUrgency.EMERGENCY


@pytest.mark.parametrize(
    ("code", "code_list", "area"),
    [
        ("300", "8451", Area.EYE),
        ("290", "8451", Area.ENT),
        ("140", "8451", Area.ENDOSCOPY),
        ("030", "8451", Area.ENDOSCOPY),
        ("46", "7426", Area.EYE),
        ("45", "7426", Area.ENT),
        ("193", "7426", Area.ENDOSCOPY),
        ("140", "7426", None),
        ("300", "7426", None),
        ("46", "8451", None),
        ("190", "8451", None),
        ("300", "1.2.3", Area.EYE),
        ("300", "", Area.EYE),
        ("140", "", None),
    ],
)
def test_a_specialty_is_read_in_its_own_list(code: str, code_list: str, area: Area | None) -> None:
    assert only(msghead(body_20(service(specialty=(code, code_list)), reason()))).referral.area is area


@pytest.mark.parametrize(
    ("code", "name", "requested", "area"),
    [
        ("UJD02", "", "gastroscopy", Area.ENDOSCOPY),
        ("UJF32", "", "colonoscopy", Area.ENDOSCOPY),
        ("", "Gastroskopi og koloskopi", "gastroscopy+colonoscopy", Area.ENDOSCOPY),
        ("", "Sigmoideoskopi", "sigmoidoscopy", Area.ENDOSCOPY),
        ("", "Vurdering av grå stær", "cataract_assessment", Area.EYE),
        ("", "Øyelegevurdering", None, Area.EYE),
        ("", "Øre-nese-hals poliklinikk", None, Area.ENT),
        ("", "Øyeblikkelig vurdering", None, None),
        ("", "Fordøyelsessykdommer", None, Area.ENDOSCOPY),
    ],
)
def test_the_service_asked_for_names_the_examination_only_where_it_is_clear(
    code: str, name: str, requested: str | None, area: Area | None
) -> None:
    referral = only(msghead(body_20(service(code, name, None), reason()))).referral

    assert (referral.requested, referral.area) == (requested, area)


def test_version_one_may_ask_by_booking_code() -> None:
    booked = f"<RefDoc>{cv('MsgType', 'REF')}{cv('Booking', '012', s='8264')}</RefDoc>"

    assert only(message(reason(), booked, version=REFERRAL_10)).referral.requested == "colonoscopy"


def test_the_receiving_unit_tells_the_area_when_nothing_else_does() -> None:
    text = message(reason()).replace("<Name>Mottak</Name>", "<Name>Øyeavdelingen</Name>")

    assert only(text).referral.area is Area.EYE


@pytest.mark.parametrize(
    ("code", "code_list", "shown"),
    [
        ("D07", "7170", "ICPC-2:D07"),
        ("d07", "7170", "ICPC-2:D07"),
        ("K21.0", "7110", "ICD-10:K21.0"),
        ("K210", "7110", "ICD-10:K21.0"),
        ("C18", "7110", "ICD-10:C18"),
        ("H25.1", "1.2.3", "ICD-10:H25.1"),
        ("F92", "", "ICPC-2:F92"),
        ("C18", "", "ICD-10:C18"),
    ],
)
def test_a_diagnosis_is_named_by_its_code_system(code: str, code_list: str, shown: str) -> None:
    assert only(msghead(body_20(reason(), diagnosis(code, code_list)))).referral.codes == (shown,)


def test_a_code_system_may_be_named_by_its_number_alone() -> None:
    short = body_20(reason(), diagnosis()).replace(f"{OID}7170", "7170")

    assert only(msghead(short)).referral.codes == ("ICPC-2:D07",)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("N", MessageKind.NEW),
        ("M", MessageKind.CHANGE),
        ("C", MessageKind.CANCEL),
        ("A", MessageKind.ADDITION),
        ("", MessageKind.NEW),
    ],
)
def test_what_the_message_does_to_an_earlier_one_is_told(code: str, kind: MessageKind) -> None:
    incoming = only(msghead(body_20(f"<ReqServ>{cv('ServType', code)}</ReqServ>", reason())))

    assert incoming.kind is kind
    assert bool(incoming.notes_for_person) is (kind is not MessageKind.NEW)


# ---- who sends


@pytest.mark.parametrize(
    ("sender", "referrer"),
    [
        (organisation("Nordvik", "1", professional(role="6", role_dn="Fastlege")), Referrer.GP),
        (organisation("Nordvik", "1", professional()), None),
        (organisation("Nordvik Syn", "1", professional(profession="OP")), Referrer.OPTICIAN),
        (organisation("Nordvik interkommunale legevakt", "1", professional()), Referrer.EMERGENCY_CLINIC),
        (organisation("Nordvik sykehus HF", "1", professional()), Referrer.HOSPITAL_DOCTOR),
        (organisation("Nordvik øyelege, avtalespesialist", "1"), Referrer.CONTRACT_SPECIALIST),
    ],
)
def test_the_kind_of_referrer_is_told_only_where_it_is_clear(sender: str, referrer: Referrer | None) -> None:
    assert only(msghead(sender=sender)).referral.referrer is referrer


# ---- several referrals, attachments, tests


def test_several_referrals_in_one_message_are_several_referrals() -> None:
    first, second = received(msghead(body_20(reason("Første.")), body_20(reason("Andre.")))).referrals

    assert ("Første." in first.referral.text, "Andre." in second.referral.text) == (True, True)
    assert first.referral.id != second.referral.id


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (msghead(attachments=attached("JVBERi0xLjQ=") + attached("JVBERi0xLjQ=")), 2),
        (
            message(
                service(), reason(), attached("JVBERi0xLjQ=").removeprefix("<Document>").removesuffix("</Document>")
            ),
            1,
        ),
        (msghead(attachments=document("<Content><Epikrise xmlns='urn:x'>Fritekst</Epikrise></Content>")), 1),
        (msghead(), 0),
    ],
)
def test_every_document_that_is_not_a_referral_is_an_attachment(text: str, count: int) -> None:
    assert len(only(text).attachments) == count


@pytest.mark.parametrize(("status", "is_test"), [("P", False), ("", False), ("D", True), ("T", True)])
def test_processing_status_marks_a_test_message(status: str, is_test: bool) -> None:
    assert only(msghead(status=status)).test_message is is_test


def test_version_one_marks_a_test_message_by_its_status() -> None:
    assert only(message(status="TEST")).test_message


@pytest.mark.parametrize("production", [True, False])
def test_a_synthetic_number_marks_a_test_message_only_in_production(production: bool) -> None:
    assert received(msghead(), production=production).referrals[0].test_message is production


# ---- what is no referral


@pytest.mark.parametrize(
    "text",
    [
        msghead('<Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23"><Notat/></Dialogmelding>'),
        message(version="http://www.kith.no/xmlstds/epikrise/2012-02-15"),
        msghead(" ", attachments=attached("JVBERi0xLjQ=")),
    ],
)
def test_another_health_message_waits_for_a_person(text: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        received(text)

    assert caught.value.code == "T10"


@pytest.mark.parametrize(
    "text",
    [
        msghead(body_20(namespace="http://ehelse.no/xmlstds/henvisning/2031-01-01")),
        message(version="http://www.kith.no/xmlstds/henvisning/2003-01-01"),
        msghead().replace("msghead/2006-05-24", "msghead/2030-01-01"),
        "<html><body>Hei</body></html>",
    ],
)
def test_an_unknown_version_goes_back_to_the_sender(text: str) -> None:
    with pytest.raises(MessageRejected) as caught:
        received(text)

    assert caught.value.code == "T10"


@pytest.mark.parametrize(
    ("status", "error", "receipt"),
    [
        ("1", "", Receipt(accepted=True)),
        ("2", '<Error V="E21" DN="Mottaker finnes ikke"/>', Receipt(accepted=False, reason="E21")),
        ("2", "", Receipt(accepted=False, reason="X99")),
        ("3", '<Error V="T99"/>', Receipt(accepted=True, reason="T99")),
    ],
    ids=["yes", "no", "no without a reason", "yes with faults in a part"],
)
@pytest.mark.parametrize("version", ["2004-11-21", "2012-02-15"])
def test_a_receipt_says_which_message_it_answers_and_how(
    status: str, error: str, receipt: Receipt, version: str
) -> None:
    answered = '<OriginalMsgId><MsgType V="X"/><Id>L-1</Id></OriginalMsgId>'
    body = f'<Id>1</Id><Status V="{status}"/>{error}{answered}'

    message = received(f'<AppRec xmlns="http://www.kith.no/xmlstds/apprec/{version}">{body}</AppRec>')

    assert (message.receipt, message.head.answers, message.referrals) == (receipt, "L-1", ())


def test_a_message_shell_without_a_request_goes_back() -> None:
    with pytest.raises(MessageRejected) as caught:
        received(f'<Message xmlns="{REFERRAL_11}"><MsgId>1</MsgId></Message>')

    assert caught.value.code == "T02"


def test_no_reason_and_no_log_line_names_the_patient() -> None:
    number = synthetic_number()
    shown = repr(received(msghead()))

    assert number not in shown
    assert "Testesen" not in shown
    assert TEXT not in shown
