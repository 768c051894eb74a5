"""Messages of very different systems, each as a line of `ingest --json` must tell it."""

from typing import Any

import pytest

from tests.messages.builders import RECEIVED
from tests.messages.manners import LEFT, READ, WOMAN, head, old, person, prose, refdoc, referral
from triage.domain.errors import NeedsPerson
from triage.domain.referral import IncomingReferral
from triage.messages.reading import read


def told(incoming: IncomingReferral) -> dict[str, Any]:
    referral, patient = incoming.referral, incoming.patient
    return {
        "age_at_referral": referral.age,
        "sex": referral.sex,
        "area": referral.area,
        "sent_date": referral.sent_date and referral.sent_date.isoformat(),
        "urgency": referral.stated_urgency,
        "codes": list(referral.codes),
        "sender_name": incoming.sender.organisation,
        "municipality": patient.municipality,
        "attachments": len(incoming.attachments),
        "seniority_date": incoming.seniority_date and incoming.seniority_date.isoformat(),
        "test_message": incoming.test_message,
    }


@pytest.mark.parametrize("manner", READ)
def test_each_manner_is_read_as_a_person_would(manner: str) -> None:
    body, expected = READ[manner]

    (incoming,) = read(body, received=RECEIVED).referrals

    found = told(incoming)
    assert {name: found[name] for name in expected if name != "text"} == {
        name: value for name, value in expected.items() if name != "text"
    }
    assert expected["text"] in incoming.referral.text


@pytest.mark.parametrize("manner", LEFT)
def test_what_cannot_be_told_is_left_to_a_person(manner: str) -> None:
    with pytest.raises(NeedsPerson):
        read(LEFT[manner], received=RECEIVED)


def test_nothing_of_the_patient_comes_into_the_text_from_a_clinical_documents_head() -> None:
    body, _ = READ["a letter as a clinical document"]

    (incoming,) = read(body, received=RECEIVED).referrals

    assert "Line" not in incoming.referral.text


def test_two_referrals_with_a_patient_each_are_two_patients() -> None:
    boy = person("", "<Sex V='1'/><DateOfBirth>2019-05-04</DateOfBirth>")
    bodies = [referral(prose() + person()), referral(prose() + boy)]

    incoming = read(head("".join(map(refdoc, bodies)), patients="").encode(), received=RECEIVED).referrals

    assert [(r.referral.age, r.referral.sex) for r in incoming] == [(65, "female"), (7, "male")]


def test_an_older_letter_in_base64_beside_the_referral_stays_an_attachment() -> None:
    body = head(refdoc(referral(prose())) + refdoc(old(prose("Fra i fjor.")), more="<MsgType V='A'/>"))

    (incoming,) = read(body.encode(), received=RECEIVED).referrals

    assert len(incoming.attachments) == 1
    assert "Fra i fjor" not in incoming.referral.text
    assert incoming.patient.national_id == WOMAN
