"""The bundled messages: invented, complete, readable without errors, and exactly what their generator writes."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.messages import make_demo_messages
from tests.messages.shared_material import schema
from triage.domain.message import ReceivedMessage
from triage.domain.referral import Area, IncomingReferral
from triage.messages.apprec import write_apprec
from triage.messages.decoding import decode
from triage.messages.identity import parse_national_id
from triage.messages.reading import read
from triage.messages.splitting import split
from triage.paths import DEMO_MESSAGES

FILES = sorted(path for path in DEMO_MESSAGES.rglob("*") if path.is_file())


def messages() -> Iterator[ReceivedMessage]:
    parts = (part for path in FILES for part in split(path.read_bytes(), name=path.name))
    return (read(part.body, received=date(2026, 11, 20)) for part in parts)


@pytest.fixture(scope="module")
def bundled() -> list[ReceivedMessage]:
    return list(messages())


@pytest.fixture(scope="module")
def incoming(bundled: list[ReceivedMessage]) -> list[IncomingReferral]:
    return [referral for message in bundled for referral in message.referrals]


def test_every_kind_of_message_is_there(bundled: list[ReceivedMessage]) -> None:
    formats = Counter(message.head.format for message in bundled)

    assert formats["kith-1.0"] >= 5
    assert formats["kith-1.1"] >= 5
    assert formats["kith-1.0"] + formats["kith-1.1"] + formats["kith-2.0"] >= 40
    assert formats["fhir-r4"] >= 20
    assert formats["json"] == 120


def test_every_special_case_is_there_once_or_more(
    bundled: list[ReceivedMessage], incoming: list[IncomingReferral]
) -> None:
    assert sum(referral.test_message for referral in incoming) == 1
    assert [r.seniority_date for r in incoming if r.seniority_date] == [date(2026, 9, 15)]
    assert sum(len(message.referrals) == 2 for message in bundled) == 1
    assert {file.media_type for referral in incoming for file in referral.attachments} == {"application/pdf"}
    assert any(message.deviations for message in bundled)


def test_every_referral_tells_what_a_reviewer_needs(incoming: list[IncomingReferral]) -> None:
    assert {r.referral.area for r in incoming} == set(Area)
    assert all(r.referral.text and r.referral.sex and r.referral.sent_date for r in incoming)
    assert all(r.referral.age is not None for r in incoming)
    assert all(r.sender.organisation and r.patient.municipality for r in incoming)
    assert {note for r in incoming for note in r.notes_for_person} <= {"Vedlegg er ikke lest av programmet. Åpne dem."}


def test_no_letter_is_there_twice(incoming: list[IncomingReferral]) -> None:
    assert len({r.referral.text for r in incoming}) == len(incoming)


def test_every_national_number_is_synthetic_and_nobodys_twice(incoming: list[IncomingReferral]) -> None:
    patients = {
        (r.patient.national_id, r.patient.name, r.patient.birth_date) for r in incoming if r.patient.national_id
    }
    numbers = [parse_national_id(number) for number, _, _ in patients if number]

    assert all(number is not None and number.synthetic for number in numbers)
    assert len({number.value for number in numbers if number}) == len(patients)


def test_the_answers_of_the_corpus_are_not_in_the_messages() -> None:
    assert not any(b'"gold"' in path.read_bytes() for path in FILES)


def test_letters_kept_for_evaluation_are_not_used() -> None:
    lines = (DEMO_MESSAGES / "table" / "referrals.jsonl").read_text(encoding="utf-8").splitlines()

    assert {json.loads(line)["id"][:5] for line in lines} <= {f"dev{n:02}" for n in range(1, 9)}


def test_every_receipt_for_a_bundled_message_is_valid(bundled: list[ReceivedMessage]) -> None:
    heads = [message.head for message in bundled if message.head.format.startswith("kith")]
    answers = [
        write_apprec(head, status="ok", error_code=None, error_text=None, receipt_id="r", generated=datetime.now(UTC))
        for head in heads
    ]
    by_version = Counter(etree.QName(etree.fromstring(body)).namespace for body in answers if body)

    assert None not in answers
    assert set(by_version) == {f"http://www.kith.no/xmlstds/apprec/{day}" for day in ("2004-11-21", "2012-02-15")}
    [
        schema(f"apprec-v1.{1 if b'2012-02-15' in body else 0}.xsd").assertValid(etree.fromstring(body))
        for body in answers
        if body
    ]


def head_alone(path: Path) -> etree._Element | None:
    """MsgHead without the referral in it, whose schema is not published."""
    head = next(etree.fromstring(decode(path.read_bytes()).text.encode()).iter("{*}MsgHead"), None)
    if head is None:
        return None
    etree.strip_elements(head, "{*}Henvisning", with_tail=False)
    return etree.fromstring(etree.tostring(head))


def test_every_head_of_version_two_is_valid_by_the_standards_schema() -> None:
    heads = [head for path in FILES if path.suffix == ".xml" and (head := head_alone(path)) is not None]

    assert len(heads) >= 20
    [schema("MsgHead-v1_2.xsd").assertValid(head) for head in heads]


def test_the_bundle_is_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 1_500_000


def test_the_bundle_is_what_its_generator_writes(tmp_path: Path) -> None:
    make_demo_messages.main(tmp_path)

    assert {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")} == {
        path.relative_to(DEMO_MESSAGES): path.read_bytes() for path in FILES
    }
