"""FHIR R4 referrals: bundles of every type, bare requests, JSON and XML."""

import json
from datetime import date
from typing import Any

import pytest

from tests.messages.builders import RECEIVED, TEXT, synthetic_number
from tests.messages.fhir_builders import (
    FNR,
    ICPC,
    PRACTICE,
    as_json,
    as_xml,
    bundle,
    coding,
    municipality_on_address,
    municipality_on_district,
    person,
    service_request,
)
from tests.messages.shared_material import shared
from triage.domain.errors import NeedsPerson
from triage.domain.message import Receipt, ReceivedMessage
from triage.domain.referral import Area, IncomingReferral, MessageKind, Sex, StatedUrgency
from triage.messages.reading import read

PDF = "JVBERi0xLjQ="


def received(tree: dict[str, Any]) -> ReceivedMessage:
    return read(as_json(tree), received=RECEIVED)


def only(*resources: dict[str, Any]) -> IncomingReferral:
    (incoming,) = received(bundle(*resources)).referrals
    return incoming


def asking(**more: Any) -> IncomingReferral:
    return only(service_request(**more), person())


def with_patient(**more: Any) -> IncomingReferral:
    return only(service_request(), person(**more))


def concept(*codings: dict[str, Any], text: str = "") -> dict[str, Any]:
    return {"coding": list(codings), **({"text": text} if text else {})}


# ---- forms


@pytest.mark.parametrize("kind", ["transaction", "message", "collection", "searchset"])
def test_every_type_of_bundle_is_read(kind: str) -> None:
    incoming = received(bundle(kind=kind)).referrals[0]

    assert (incoming.referral.age, incoming.referral.sex) == (65, Sex.FEMALE)
    assert (incoming.referral.text, incoming.referral.sent_date) == (TEXT, date(2026, 11, 10))
    assert (incoming.sender.organisation, incoming.sender.person) == ("Fjordgløtt legesenter", "Kari Lege")
    assert (incoming.sender.her_id, incoming.sender.hpr) == ("8001", "1234567")


def test_pretty_printed_and_xml_forms_tell_the_same() -> None:
    plain = received(bundle()).referrals

    assert read(as_json(bundle(), indent=2), received=RECEIVED).referrals == plain
    assert read(as_xml(bundle()), received=RECEIVED).referrals == plain


@pytest.mark.parametrize("form", [as_json, as_xml])
def test_a_bare_request_with_what_it_contains_is_read(form: Any) -> None:
    inside = [person(id="p"), {**PRACTICE, "id": "o"}]
    bare = service_request(contained=inside, subject={"reference": "#p"}, requester={"reference": "#o"})

    incoming = read(form(bare), received=RECEIVED).referrals[0]

    assert (incoming.referral.age, incoming.sender.organisation) == (65, "Fjordgløtt legesenter")


@pytest.mark.parametrize(
    "wrapped",
    [
        {"resourceType": "Parameters", "parameter": [{"name": "message", "resource": bundle()}]},
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": bundle()}]},
    ],
)
def test_a_bundle_inside_something_else_is_read(wrapped: dict[str, Any]) -> None:
    assert received(wrapped).referrals[0].referral == received(bundle()).referrals[0].referral


def test_references_by_full_url_are_followed() -> None:
    tree = bundle(service_request(subject={"reference": "urn:uuid:77"}), person(id="other"))
    tree["entry"][1]["fullUrl"] = "urn:uuid:77"

    assert received(tree).referrals[0].referral.age == 65


def test_several_requests_are_several_referrals_each_with_its_own_patient() -> None:
    boy = person(synthetic_number(date(2016, 5, 1), female=False), id="p2", gender="male")
    second = service_request(id="sr2", subject={"reference": "Patient/p2"}, note=[{"text": "Den andre."}])

    one, two = received(bundle(service_request(), second, person(), boy)).referrals

    assert (one.referral.age, one.referral.text) == (65, TEXT)
    assert (two.referral.age, two.referral.text) == (10, "Den andre.")


# ---- the patient


@pytest.mark.parametrize("address", [municipality_on_district("5031"), municipality_on_address("5031")])
def test_the_municipality_is_found_in_both_places(address: dict[str, Any]) -> None:
    assert with_patient(address=[address]).patient.municipality == "5031"


@pytest.mark.parametrize("address", [{"district": "Malvik"}, municipality_on_district("50")])
def test_a_name_or_a_county_is_no_municipality(address: dict[str, Any]) -> None:
    assert with_patient(address=[address]).patient.municipality is None


@pytest.mark.parametrize(
    "named",
    [
        {"system": "urn:oid:2.16.578.1.12.4.1.4.2"},
        {"system": "http://hl7.no/fhir/NamingSystem/FNR"},
        {"type": concept(coding("FNR", "8116"))},
        {},
    ],
)
def test_a_national_number_is_known_however_it_is_named(named: dict[str, Any]) -> None:
    assert with_patient(identifier=[{**named, "value": synthetic_number()}]).referral.age == 65


@pytest.mark.parametrize("value", ["12345", "14836110035"])
def test_a_number_that_nobody_names_is_no_national_number_unless_it_is_valid(value: str) -> None:
    assert with_patient(identifier=[{"value": value}], birthDate="1961-03-14").patient.national_id is None


def test_a_masked_number_is_no_number_and_nothing_is_invented_from_it() -> None:
    incoming = only(service_request(), person("210377xxxxx"))

    assert (incoming.patient.national_id, incoming.referral.age) == (None, None)
    assert "uten fødselsnummer" in incoming.notes_for_person[0]


def test_a_masked_number_leaves_the_birth_date_to_tell_the_age() -> None:
    assert only(service_request(), person("210377xxxxx", birthDate="1977-03-21")).referral.age == 49


def test_a_wrong_number_waits_for_a_person() -> None:
    with pytest.raises(NeedsPerson) as caught:
        received(bundle(service_request(), person("14836110035")))

    assert caught.value.code == "E31"


def test_the_subject_may_be_named_by_number_alone() -> None:
    named = {"identifier": {"system": FNR, "value": synthetic_number()}, "display": "Line Testesen"}
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": service_request(subject=named)}]}

    incoming = received(tree).referrals[0]

    assert (incoming.referral.age, incoming.patient.name) == (65, "Line Testesen")


def test_a_request_without_a_patient_waits_for_a_person() -> None:
    with pytest.raises(NeedsPerson) as caught:
        received(service_request())

    assert caught.value.code == "E30"


# ---- what is asked for


@pytest.mark.parametrize(
    ("priority", "urgency"),
    [
        ("stat", StatedUrgency.EMERGENCY),
        ("asap", StatedUrgency.URGENT),
        ("urgent", StatedUrgency.URGENT),
        ("routine", StatedUrgency.ROUTINE),
        ("", None),
    ],
)
def test_the_request_priority_is_the_tick(priority: str, urgency: StatedUrgency | None) -> None:
    assert asking(priority=priority).referral.stated_urgency is urgency


@pytest.mark.parametrize(
    "pathway",
    [coding("PK", "8306"), coding("A12A", "8480"), coding("x", "http://example.invalid/a", "Pakkeforløp for kreft")],
)
def test_a_pathway_coding_makes_an_urgent_request_a_cancer_pathway(pathway: dict[str, Any]) -> None:
    incoming = asking(priority="urgent", category=[concept(pathway)])

    assert incoming.referral.stated_urgency is StatedUrgency.CANCER_PATHWAY


def test_a_pathway_coding_in_an_extension_counts() -> None:
    extension = [{"url": "http://example.invalid/p", "valueCodeableConcept": concept(coding("PK", "8306"))}]

    assert asking(extension=extension).referral.stated_urgency is StatedUrgency.CANCER_PATHWAY


@pytest.mark.parametrize(
    ("more", "area", "requested"),
    [
        ({"performerType": concept(coding("290", "8451"))}, Area.ENT, None),
        (
            {"performerType": concept(coding("46", "http://helsedir.no/fhir/CodeSystem/no-kodeverk-7426"))},
            Area.EYE,
            None,
        ),
        ({"performerType": concept(coding("ent", "http://example.invalid/s", "ENT"))}, Area.ENT, None),
        ({"code": concept(coding("73761001", "http://snomed.info/sct"))}, Area.ENDOSCOPY, "colonoscopy"),
        ({"code": concept(coding("UJD02", "7275"))}, Area.ENDOSCOPY, "gastroscopy"),
        ({"code": concept(text="Gastroskopi")}, Area.ENDOSCOPY, "gastroscopy"),
        ({"performer": [{"display": "Øyeavdelingen"}]}, Area.EYE, None),
        ({}, None, None),
    ],
)
def test_area_and_examination_are_read_where_they_are_clear(
    more: dict[str, Any], area: Area | None, requested: str | None
) -> None:
    referral = asking(**more).referral

    assert (referral.area, referral.requested) == (area, requested)


@pytest.mark.parametrize(
    ("coded", "shown"),
    [
        (coding("R23", ICPC), "ICPC-2:R23"),
        (coding("R23", "7170"), "ICPC-2:R23"),
        (coding("R23", "2.16.840.1.113883.6.139"), "ICPC-2:R23"),
        (coding("C320", "7110"), "ICD-10:C32.0"),
        (coding("C32.0", "http://hl7.org/fhir/sid/icd-10-no"), "ICD-10:C32.0"),
    ],
)
def test_reason_codes_are_named_by_their_system(coded: dict[str, Any], shown: str) -> None:
    assert asking(reasonCode=[concept(coded)]).referral.codes == (shown,)


def test_conditions_give_codes_and_refuted_ones_do_not() -> None:
    state = {"verificationStatus": concept(coding("refuted"))}
    held = {"resourceType": "Condition", "id": "c1", "code": concept(coding("D07", ICPC, "Dyspepsi"))}
    refuted = {"resourceType": "Condition", "id": "c2", "code": concept(coding("D85", ICPC, "Ulcus")), **state}

    referral = only(service_request(), person(), held, refuted).referral

    assert referral.codes == ("ICPC-2:D07",)
    assert "Dyspepsi\nIngen Ulcus (avkreftet)" in referral.text


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"status": "revoked"}, MessageKind.CANCEL),
        ({"replaces": [{"display": "en tidligere"}]}, MessageKind.CHANGE),
        ({"category": [concept(coding("A", "7309"))]}, MessageKind.ADDITION),
        ({}, MessageKind.NEW),
    ],
)
def test_what_the_request_does_to_an_earlier_one_is_told(more: dict[str, Any], kind: MessageKind) -> None:
    assert asking(**more).kind is kind


# ---- words and files


def test_reasons_notes_and_results_are_text_in_reading_order() -> None:
    blood = {
        "resourceType": "Observation",
        "id": "ob",
        "status": "final",
        "code": concept(text="Hb"),
        "effectiveDateTime": "2026-11-01",
        "valueQuantity": {"value": 10.2, "unit": "g/dL"},
        "referenceRange": [{"low": {"value": 11.7}, "high": {"value": 15.3}}],
    }
    request = service_request(reasonCode=[concept(text="Anemi")])

    assert only(request, person(), blood).referral.text == (
        f"Henvisningsårsak:\nAnemi\n\n{TEXT}\n\nResultater:\nHb: 10.2 g/dL (2026-11-01, ref. 11.7–15.3)"
    )


def test_everything_that_the_request_itself_says_is_text() -> None:
    incoming = asking(
        code=concept(text="Skopi"),
        orderDetail=[concept(text="I narkose")],
        bodySite=[concept(text="Øvre del")],
        patientInstruction="Møt fastende.",
        note=[],
    )

    assert (
        incoming.referral.text
        == "Ønsket tjeneste:\nSkopi\nI narkose\nØvre del\n\nInformasjon til pasient:\nMøt fastende."
    )


def test_a_seniority_date_in_an_extension_is_kept() -> None:
    extension = {"url": "http://example.invalid/fhir/Ansiennitetsdato", "valueDate": "2026-09-01"}

    assert asking(extension=[extension]).seniority_date == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("status", "notes", "text"),
    [
        ("generated", [], "Fra narrativ"),
        ("generated", [{"text": "Notat."}], "Notat."),
        ("additional", [{"text": "Notat."}], "Notat.\nFra narrativ"),
    ],
)
def test_a_narrative_counts_when_it_adds_something(status: str, notes: list[dict[str, str]], text: str) -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Fra <b>narrativ</b></p><script>x()</script></div>'

    assert asking(note=notes, text={"status": status, "div": div}).referral.text == text


def test_a_letter_in_a_generated_narrative_is_kept_when_there_are_no_notes() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">Hele brevet.</div>'
    incoming = asking(note=[], reasonCode=[concept(text="Anemi")], text={"status": "generated", "div": div})

    assert incoming.referral.text == "Henvisningsårsak:\nAnemi\n\nHele brevet."


def test_a_document_and_the_binary_it_points_to_are_one_attachment() -> None:
    file = {"contentType": "image/png", "url": "Binary/b9", "title": "svar.pdf"}
    report = {"resourceType": "DocumentReference", "id": "x", "status": "current", "content": [{"attachment": file}]}
    binary = {"resourceType": "Binary", "id": "b9", "contentType": "application/pdf", "data": PDF}

    (attachment,) = only(service_request(), person(), report, binary).attachments

    assert (attachment.name, attachment.media_type, attachment.body) == ("svar.pdf", "application/pdf", b"%PDF-1.4")


def test_a_fragment_leads_only_to_what_the_resource_itself_contains() -> None:
    def report(name: str, data: str) -> dict[str, Any]:
        inside = [{"resourceType": "Binary", "id": "b", "data": data}]
        content = [{"attachment": {"url": "#b"}}]
        return {"resourceType": "DocumentReference", "id": name, "content": content, "contained": inside}

    incoming = only(service_request(), person(), report("x", "QQ=="), report("y", "Qg=="))

    assert [file.body for file in incoming.attachments] == [b"A", b"B"]


def test_a_patient_that_another_request_contains_is_not_taken_for_this_ones() -> None:
    first = service_request(contained=[person(id="p")], subject={"reference": "#p"})
    second = service_request(id="sr2", subject={"reference": "#p"})
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": first}, {"resource": second}]}

    with pytest.raises(NeedsPerson) as caught:
        received(tree)

    assert caught.value.code == "E30"


def test_a_document_that_lies_elsewhere_is_shown_and_not_fetched() -> None:
    file = {"url": "https://example.invalid/Binary/1"}
    report = {"resourceType": "DocumentReference", "id": "x", "status": "current", "content": [{"attachment": file}]}

    incoming = only(service_request(), person(), report)

    assert incoming.attachments[0].media_type == "text/uri-list"
    assert "ikke fulgte med" in incoming.notes_for_person[0]


def test_another_patients_results_are_left_out() -> None:
    other = person(synthetic_number(date(1990, 1, 1)), id="p2")
    foreign = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p2"},
        "code": concept(text="Fremmed"),
    }

    assert "Fremmed" not in only(service_request(), person(), other, foreign).referral.text


# ---- tolerance


def test_faults_are_recorded_by_place_and_never_by_value() -> None:
    faulty = bundle(service_request(priority=7, authoredOn="hemmelig"), person(**{"Ola Nordmann 123": "x"}))

    deviations = received(faulty).deviations

    assert any("authoredOn" in deviation for deviation in deviations)
    assert "hemmelig" not in str(deviations)
    assert "Nordmann" not in str(deviations)


def test_a_resource_that_does_not_exist_loses_no_referral() -> None:
    assert only(service_request(), person(), {"resourceType": "Tull", "id": "t"}).referral.age == 65


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [[]], [None], {"reference": 5}, [{"reference": "Patient/p1"}]])
@pytest.mark.parametrize(
    "field", ["subject", "note", "requester", "code", "reasonCode", "supportingInfo", "identifier", "text", "contained"]
)
def test_a_field_of_the_wrong_shape_loses_no_referral(field: str, wrong: Any) -> None:
    assert asking(**{field: wrong}).referral.age == 65


@pytest.mark.parametrize(
    "tree",
    [
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Patient", "id": "x"},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Task"}}]},
        {"resourceType": 7},
    ],
)
def test_a_message_without_a_request_waits_for_a_person(tree: dict[str, Any]) -> None:
    with pytest.raises(NeedsPerson) as caught:
        received(tree)

    assert caught.value.code == "T10"


def test_a_test_tag_marks_a_test_message() -> None:
    assert asking(meta={"tag": [{"code": "HTEST"}]}).test_message


@pytest.mark.parametrize("name", ["ServiceRequest-colonoscopy.json", "ServiceRequest-myringotomy.json"])
def test_published_requests_are_read_with_a_patient_beside_them(name: str) -> None:
    request = json.loads(shared(f"standards/fhir/{name}").read_bytes())

    referral = only(request, person()).referral

    assert referral.area in (Area.ENDOSCOPY, Area.ENT)
    assert referral.text


def test_the_published_patient_has_a_masked_number_and_lives_in_oslo() -> None:
    patient = shared("standards/fhir/no-basis-Patient-Espen-Eksempel.xml").read_text(encoding="utf-8")
    request = as_xml(service_request(subject={"reference": "Patient/x"})).decode().split("?>")[1]
    entries = f"<entry><resource>{request}</resource></entry><entry><resource>{patient}</resource></entry>"

    incoming = read(f'<Bundle xmlns="http://hl7.org/fhir">{entries}</Bundle>'.encode(), received=RECEIVED).referrals[0]

    assert (incoming.patient.municipality, incoming.patient.name) == ("0301", "Espen Eksempel")
    assert (incoming.patient.national_id, incoming.referral.age, incoming.referral.sex) == (None, None, Sex.MALE)


@pytest.mark.parametrize(
    ("code", "receipt"),
    [("ok", Receipt(accepted=True)), ("fatal-error", Receipt(accepted=False, reason="X99"))],
)
def test_a_message_header_that_answers_ours_is_a_receipt(code: str, receipt: Receipt) -> None:
    header = {"resourceType": "MessageHeader", "id": "a", "response": {"identifier": "L-1", "code": code}}

    message = received({"resourceType": "Bundle", "type": "message", "entry": [{"resource": header}]})

    assert (message.receipt, message.head.answers, message.referrals) == (receipt, "L-1", ())
