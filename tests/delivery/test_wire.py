"""The messages that carry letters: valid by the standards' own schemas, addressed back the way the referral came."""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.builders import KARI, RECEIVED, SIV, a_decision, a_patient, a_policy, an_incoming
from tests.messages.builders import encoded, institution, message, msghead
from tests.messages.fhir_builders import as_json, bundle
from tests.messages.shared_material import shared
from triage.delivery.transport import Outgoing
from triage.delivery.wire import Posting, pack
from triage.domain.decision import Asked, Decision, InformationRequest, Outcome
from triage.domain.letter import Letter, LetterKind, Recipient
from triage.domain.message import MessageHead, Party
from triage.domain.referral import Language, Sender
from triage.messages.reading import read

NOTE = "Dialogmelding/Notat"
KEY = UUID(int=7)
LETTER = Letter(
    kind=LetterKind.RIGHT_GRANTED,
    recipient=Recipient.REFERRER,
    language=Language.NYNORSK,
    template="right_granted@1",
    html="<p>Brev</p>",
    text='Pasienten din har rett til helsehjelp.\nVerdiar < 5 & "andre".',
    pdf=b"%PDF-1.7 oppdikta",
    pdf_sha256="0",
)
BY_FHIR = read(as_json(bundle()), received=RECEIVED.date()).head
UNADDRESSED = MessageHead(format="json", sender=Party(name="Fjordgløtt legesenter"))


def head_of(text: str) -> MessageHead:
    return read(encoded(text), received=RECEIVED.date()).head


BY_KITH = head_of(msghead())


class _Referral:
    id = UUID(int=1)
    area = None


def decided(outcome: Outcome = Outcome.RIGHT_GRANTED, **changes: Any) -> Decision:
    return a_decision(_Referral(), outcome=outcome, **changes)  # type: ignore[arg-type]


QUESTION = InformationRequest(
    UUID(int=2), UUID(int=1), SIV, RECEIVED, date(2026, 11, 30), questions=("Har hun vekttap?",)
)
QUESTIONS = [replace(QUESTION, kind=kind) for kind in Asked]


def posting(**changes: Any) -> Posting:
    made = Posting(
        key=KEY,
        letter=LETTER,
        about=decided(),
        written_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        incoming=an_incoming(),
        answers=BY_KITH,
        unit=a_policy().units["endoscopy"],
        test=False,
    )
    return replace(made, **changes)


def to_patient(**changes: Any) -> Posting:
    return posting(letter=replace(LETTER, recipient=Recipient.PATIENT), **changes)


def root(packed: Outgoing) -> etree._Element:
    return etree.fromstring(packed.body)


def text(packed: Outgoing, path: str) -> str | None:
    return root(packed).findtext(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))


def coded(packed: Outgoing, path: str) -> str | None:
    element = root(packed).find(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))
    return None if element is None else element.get("V")


@pytest.fixture(scope="module")
def standard() -> etree.XMLSchema:
    """MsgHead is strict about what is in it, so all three schemas are read as one."""
    folder = shared("standards/kith/xsd/MsgHead-v1_2.xsd").parent
    spaces = {
        "msghead/2006-05-24": "MsgHead-v1_2",
        "dialog/2013-01-23": "dialogmelding-v1.1",
        "base64container": "kith-base64",
    }
    imports = "".join(
        f'<import namespace="http://www.kith.no/xmlstds/{space}" schemaLocation="{folder / name}.xsd"/>'
        for space, name in spaces.items()
    )
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))


@pytest.mark.parametrize("about", [*map(decided, Outcome), decided(corrects=UUID(int=3)), *QUESTIONS])
def test_a_letter_of_every_outcome_is_valid_by_the_standards_schemas(
    standard: etree.XMLSchema, about: Decision | InformationRequest
) -> None:
    assert standard.validate(root(pack(posting(about=about)))), standard.error_log


@pytest.mark.parametrize(
    "head",
    [
        head_of(message()),
        head_of(message(requester="<HCP><HCProf><Name>Kari Lege</Name><Id>1</Id><TypeId V='HPR'/></HCProf></HCP>")),
        head_of(
            message(requester=institution("A &amp; B", "1", "<Dept><Name>C</Name><Id>2</Id><TypeId V='HER'/></Dept>"))
        ),
        replace(BY_KITH, sender=Party(ids=(("", "17"),), person_name="Kari", person_ids=(("HER", "4"),))),
    ],
    ids=["version 1.1", "a person alone", "with a department", "a number of no kind"],
)
def test_an_answer_to_every_kind_of_sender_is_valid(standard: etree.XMLSchema, head: MessageHead) -> None:
    assert standard.validate(root(pack(posting(answers=head)))), standard.error_log


def test_a_patient_of_whom_little_is_known_makes_a_valid_message(standard: etree.XMLSchema) -> None:
    unknown = a_patient(name="Ønske\x0b", national_id=None, birth_date=None, sex=None)

    assert standard.validate(root(pack(posting(incoming=an_incoming(patient=unknown))))), standard.error_log


@given(words=st.text(), name=st.text(), sender=st.text())
@settings(max_examples=40, deadline=None)
def test_whatever_people_are_called_and_write_the_messages_are_valid(
    standard: etree.XMLSchema, words: str, name: str, sender: str
) -> None:
    by_kith = replace(BY_KITH, sender=replace(BY_KITH.sender, name=sender, person_name=name), id=sender or "1")
    person = an_incoming(patient=a_patient(name=name, address=(words,)), sender=Sender(organisation=sender))
    letter = replace(LETTER, text=f"Hei. {words}")

    assert standard.validate(root(pack(posting(answers=by_kith, incoming=person, letter=letter)))), standard.error_log
    Bundle.model_validate_json(pack(posting(answers=UNADDRESSED, incoming=person, letter=letter)).body)


def test_the_answer_goes_back_the_way_the_referral_came_and_names_it() -> None:
    packed = pack(posting())

    assert text(packed, "Sender/Organisation/OrganisationName") == "Midtby sykehus"
    assert text(packed, "Receiver/Organisation/Ident/Id") == "8001"
    assert text(packed, "ConversationRef/RefToParent") == BY_KITH.id
    assert (packed.key, text(packed, "MsgInfo/MsgId")) == (str(KEY), str(KEY))


@pytest.mark.parametrize(
    ("about", "kind", "code"),
    [
        (decided(), "DIALOG_STATUS_HENVISNING", "2"),
        (decided(Outcome.RIGHT_REFUSED), "DIALOG_STATUS_HENVISNING", "4"),
        (decided(Outcome.FORWARDED), "DIALOG_STATUS_HENVISNING", "3"),
        (decided(Outcome.EMERGENCY_HANDLED), "DIALOG_STATUS_HENVISNING", "1"),
        (QUESTION, "DIALOG_HELSEFAGLIG", "8"),
    ],
    ids=["granted", "refused", "forwarded", "emergency", "question"],
)
def test_the_outcome_is_coded(about: Decision | InformationRequest, kind: str, code: str) -> None:
    packed = pack(posting(about=about))

    assert (coded(packed, "MsgInfo/Type"), coded(packed, f"{NOTE}/TemaKodet")) == (kind, code)


def test_the_words_and_the_pdf_are_the_letters_own() -> None:
    packed = pack(posting())

    assert text(packed, f"{NOTE}/TekstNotatInnhold") == LETTER.text
    assert b64decode(text(packed, "Content/Base64Container") or "") == LETTER.pdf


def test_whoever_decided_is_named() -> None:
    packed = pack(posting())

    assert text(packed, "RollerRelatertNotat/HealthcareProfessional/FamilyName") == "Kirurg"
    assert text(packed, "RollerRelatertNotat/HealthcareProfessional/Ident/Id") == KARI.hpr


def test_the_same_letter_is_the_same_bytes() -> None:
    assert pack(posting()) == pack(posting())


def test_what_is_only_a_test_says_so() -> None:
    assert coded(pack(posting()), "ProcessingStatus") == "P"
    assert coded(pack(posting(test=True)), "ProcessingStatus") == "D"


@pytest.mark.parametrize(
    ("one", "resources"),
    [
        (posting(answers=BY_FHIR), ["Communication", "Task"]),
        (posting(answers=BY_FHIR, about=QUESTION, test=True), ["Communication", "Task"]),
        (posting(answers=UNADDRESSED), ["Communication", "Task"]),
        (to_patient(), ["Communication"]),
        (
            to_patient(incoming=an_incoming(patient=a_patient(name=None, national_id=None, birth_date=None))),
            ["Communication"],
        ),
    ],
    ids=["to a FHIR sender", "a question", "to whoever wrote on paper", "to a patient", "to nobody known"],
)
def test_what_is_no_national_message_is_a_fhir_bundle_that_may_come_twice(one: Posting, resources: list[str]) -> None:
    read_back = Bundle.model_validate_json(pack(one).body)

    assert [entry.resource.get_resource_type() for entry in read_back.entry] == resources
    assert [entry.request.url for entry in read_back.entry] == [f"{name}/{KEY}" for name in resources]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.RIGHT_GRANTED, "accepted"), (Outcome.RIGHT_REFUSED, "rejected"), (Outcome.MISDIRECTED, "completed")],
)
def test_the_task_says_how_the_referral_stands(outcome: Outcome, status: str) -> None:
    task = orjson.loads(pack(posting(answers=BY_FHIR, about=decided(outcome))).body)["entry"][1]["resource"]

    assert task["status"] == status
    assert task["focus"]["identifier"]["value"] == "h-1"
    assert task["for"]["identifier"] == {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": a_patient().national_id}


def test_a_patients_letter_says_where_she_lives_and_whoever_carries_it_needs_no_more() -> None:
    at_home = an_incoming(patient=a_patient(address=("Veien 1", "0000 Ingensted")), sender=Sender())
    sent = orjson.loads(pack(to_patient(incoming=at_home)).body)["entry"][0]["resource"]

    assert sent["contained"][0]["address"] == [{"text": "Veien 1\n0000 Ingensted"}]
    assert sent["recipient"] == [{"reference": "#patient"}]
    assert b64decode(sent["payload"][1]["contentAttachment"]["data"]) == LETTER.pdf
