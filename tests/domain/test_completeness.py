"""What each outcome must hold."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tests.builders import KARI, SIV, a_policy
from triage.domain.decision import Consent, Criterion, Decision, Outcome, Place, what_is_missing
from triage.domain.referral import Area, Language

GRANTED = Decision(
    id=UUID(int=1),
    referral_id=UUID(int=2),
    outcome=Outcome.RIGHT_GRANTED,
    area=Area.EYE,
    decided_by=KARI,
    decided_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    language=Language.BOKMAL,
    place=Place.OWN_DEPARTMENT,
    deadline=date(2026, 12, 1),
)
REFUSED = replace(
    GRANTED,
    outcome=Outcome.RIGHT_REFUSED,
    place=None,
    deadline=None,
    criteria=(Criterion.SEVERITY,),
    reason="Synet er stabilt, og plagene er små.",
    advice=("Bruk tåreerstatning.",),
    warning_signs=("Plutselig synstap.",),
)
CONSENT = Consent("Til Øyelegene Fjordgløtt", date(2026, 11, 17), "siv")
FORWARDED = replace(
    GRANTED,
    outcome=Outcome.FORWARDED,
    deadline=None,
    place=Place.CONTRACT_SPECIALIST,
    forwarded_to="Øyelegene Fjordgløtt",
    consent=CONSENT,
)
EMERGENCY = replace(
    GRANTED, outcome=Outcome.EMERGENCY_HANDLED, place=None, deadline=None, emergency_contact="Legevakten kl. 12"
)
MISDIRECTED = replace(
    GRANTED, outcome=Outcome.MISDIRECTED, place=None, deadline=None, forwarded_to="Nevrologisk avdeling"
)


@pytest.mark.parametrize("decision", [GRANTED, REFUSED, FORWARDED, EMERGENCY, MISDIRECTED], ids=lambda d: d.outcome)
def test_a_complete_decision_lacks_nothing(decision: Decision) -> None:
    assert what_is_missing(decision, a_policy()) == ()


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (replace(GRANTED, deadline=None), "må ha en frist"),
        (replace(GRANTED, deadline=date(2026, 11, 19)), "før dagen"),
        (replace(GRANTED, place=None), "hvor helsehjelpen"),
        (replace(GRANTED, decided_by=SIV), "Bare en lege"),
        (replace(GRANTED, corrects=UUID(int=3)), "feil i det forrige"),
        (replace(REFUSED, criteria=()), "vilkår"),
        (replace(REFUSED, reason="Nei."), "begrunnelse"),
        (replace(REFUSED, reason=" " * 30), "begrunnelse"),
        (replace(REFUSED, advice=()), "gjøre nå"),
        (replace(REFUSED, warning_signs=()), "tegn"),
        (replace(REFUSED, deadline=date(2026, 12, 1)), "Fjern fristen"),
        (replace(FORWARDED, consent=None), "samtykket"),
        (replace(FORWARDED, consent=replace(CONSENT, withdrawn_on=date(2026, 11, 18))), "samtykket"),
        (replace(FORWARDED, place=None, consent=None), "samtykket"),
        (replace(FORWARDED, forwarded_to=" "), "hvem henvisningen"),
        (replace(EMERGENCY, emergency_contact=""), "hvem som ble kontaktet"),
        (replace(MISDIRECTED, forwarded_to=""), "hvilken avdeling"),
    ],
)
def test_what_is_missing_is_said(decision: Decision, said: str) -> None:
    (sentence,) = what_is_missing(decision, a_policy())

    assert said in sentence


@pytest.mark.parametrize(("day", "faults"), [(19, 1), (20, 0), (21, 0)])
def test_a_deadline_may_be_the_day_of_the_decision_and_no_earlier(day: int, faults: int) -> None:
    assert len(what_is_missing(replace(GRANTED, deadline=date(2026, 11, day)), a_policy())) == faults


@pytest.mark.parametrize(("letters", "faults"), [(19, 1), (20, 0), (21, 0)])
def test_a_reason_has_at_least_twenty_letters(letters: int, faults: int) -> None:
    assert len(what_is_missing(replace(REFUSED, reason="x" * letters), a_policy())) == faults


def test_a_department_may_forbid_forwarding_to_contract_specialists() -> None:
    policy = a_policy(forward_to_contract_specialist=False)

    assert "tillater ikke" in what_is_missing(FORWARDED, policy)[0]
    assert what_is_missing(replace(FORWARDED, place=Place.OTHER_HOSPITAL, consent=None), policy) == ()
