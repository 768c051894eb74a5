"""The decision record of `triage letter render`."""

from datetime import date
from typing import Any

import pytest

from tests.letters.builders import POLICY, TEMPLATES, UNITS
from triage.domain.decision import Consent, Criterion, Outcome, Place
from triage.domain.errors import BadInput, LetterContradicts
from triage.domain.letter import LetterKind, letter_kind
from triage.domain.referral import Area, Language
from triage.letters.record import read_decision_record
from triage.letters.writing import write_letters

RECORD: dict[str, Any] = {
    "outcome": "right_refused",
    "area": "endoscopy",
    "language": "nb",
    "received": "2026-03-03",
    "decided": "2026-03-12",
    "criteria": ["benefit", "severity"],
    "reason": "Du er ung og frisk, og prøvene er normale. Undersøkelsen gir da liten nytte.",
    "advice": ["Prøv syredempende medisin."],
    "warning_signs": ["svart avføring"],
    "missing": [],
    "patient": {"name": "Kari Prøve", "birth_date": "1991-06-04"},
    "referrer": {"name": "Ola Fastlege", "practice": "Solbakken legesenter"},
    "decided_by": {"name": "Mette Overlege", "title": "overlege"},
}


def read(**changes: Any) -> Any:
    return read_decision_record({**RECORD, **changes}, default_units=POLICY.units)


def complaint_about(**changes: Any) -> str:
    with pytest.raises(BadInput) as caught:
        read(**changes)
    return str(caught.value)


def test_record_becomes_letters() -> None:
    patient, referrer = write_letters(read(), policy=POLICY, templates=TEMPLATES)

    assert patient.kind is referrer.kind is LetterKind.RIGHT_REFUSED


def test_record_is_read_with_the_types_of_the_domain() -> None:
    consent = {"scope": "henvisningen", "given_on": "2026-03-10", "recorded_by": "Siri Demo"}

    facts = read(outcome="forwarded", place="contract_specialist", consent=consent, deadline=None)

    assert facts.received == date(2026, 3, 3)
    assert facts.criteria == (Criterion.BENEFIT, Criterion.SEVERITY)
    assert facts.consent == Consent("henvisningen", date(2026, 3, 10), "Siri Demo")
    assert facts.place is Place.CONTRACT_SPECIALIST


def test_missing_unit_is_the_departments_own() -> None:
    assert read(area="eye").unit == UNITS[Area.EYE]


def test_unit_of_the_record_is_laid_over_the_departments_own() -> None:
    unit = read(unit={"name": "Dagkirurgen", "address": "Gata 1\n0001 Byen"}).unit

    assert (unit.name, unit.address, unit.phone) == ("Dagkirurgen", ("Gata 1", "0001 Byen"), "00 00 00 01")


def test_no_unit_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match=r"unit\.phone mangler"):
        read_decision_record(RECORD)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": "no"}, "outcome er ikke en av de tillatte verdiene ('right_granted', "),
        ({"language": "no"}, "language er ikke en av de tillatte verdiene ('nb' eller 'nn')"),
        ({"received": "3. mars 2026"}, "received må være en dato (ÅÅÅÅ-MM-DD)"),
        ({"received": 20260303}, "received må være en dato (ÅÅÅÅ-MM-DD)"),
        ({"decided": "2026-02-30"}, "decided må være en dato (ÅÅÅÅ-MM-DD)"),
        (
            {"criteria": ["capacity"]},
            "criteria.0 er ikke en av de tillatte verdiene ('benefit', 'resource' eller 'severity')",
        ),
        ({"advice": "hvil"}, "advice må være en liste"),
        ({"reason": 3}, "reason må være tekst"),
        ({"patient": {"birth_date": "1991-06-04"}}, "patient.name mangler"),
        ({"patient": "Kari"}, "patient må være felter med verdier"),
        ({"patient": {"name": "Kari", "fnr": "0"}}, "patient.fnr er et ukjent felt"),
        ({"capacity": True}, "capacity er et ukjent felt"),
        ({"unit": {"fax": "0"}}, "unit.fax er et ukjent felt"),
        ({"unit": 3}, "unit må være felter med verdier"),
        ({"reason": "\ud800"}, "innholdet er ikke gyldig JSON"),
    ],
)
def test_error_names_the_field_and_what_is_expected(changes: dict[str, Any], says: str) -> None:
    assert says in complaint_about(**changes)


GRANTED = {"outcome": "right_granted", "deadline": "2026-05-12", "place": "own_department"}
CONSENT = {"scope": "henvisningen", "given_on": "2026-03-10", "recorded_by": "Siri Demo"}
FORWARDED = {"outcome": "forwarded", "place": "contract_specialist", "consent": CONSENT, "reason": "", "criteria": []}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"criteria": []}, "minst ett vilkår"),
        ({"advice": []}, "hva pasienten kan gjøre nå"),
        ({"warning_signs": []}, "Et avslag må si hvilke tegn"),
        ({"deadline": "2026-05-12"}, "Ta bort fristen"),
        ({"place": "contract_specialist"}, "Avgjørelsen gir ikke rett, men har et sted"),
        ({"decided": "2026-03-02"}, "datert før henvisningen kom"),
        ({"decided_by": {"name": "", "title": ""}}, "Skriv hvem som har avgjort"),
        ({"decided_by": {"name": "Vurderingsteamet", "title": "team"}}, "Det er et menneske som avgjør"),
        ({"reason": "Vi mistenker kreft i magesekken."}, "Mistanke om kreft"),
        ({"reason": "Henvisningen er mangelfull og avvises."}, "kan ikke avvises"),
        ({"reason": "Det er dessverre full stopp på poliklinikken."}, "Kapasitet, kø, ventetid"),
        ({"advice": ["Bestill time hos en privat klinikk."]}, "skal ikke anbefale behandling"),
        (GRANTED | {"deadline": None}, "må ha en frist"),
        (GRANTED | {"deadline": "2026-03-02"}, "Fristen er før brevets dato"),
        (GRANTED | {"reason": "Køen er lang, men vi har funnet plass til deg."}, "Kapasitet, kø, ventetid"),
        (GRANTED | {"reason": "Du har ikke rett til helsehjelp."}, "her står det at pasienten ikke har rett"),
        (FORWARDED | {"consent": None}, "uten pasientens samtykke"),
        (FORWARDED | {"consent": CONSENT | {"withdrawn_on": "2026-03-11"}}, "Samtykket er trukket"),
        (FORWARDED | {"reason": "Du har ikke rett til helsehjelp."}, "ikke vurdert til å mangle rett"),
        (
            {"outcome": "emergency_handled", "reason": "Du skal vente til neste uke."},
            "Øyeblikkelig hjelp skal ikke vente",
        ),
    ],
)
def test_wrong_record_becomes_no_letter_and_hears_why(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(LetterContradicts, match=says):
        write_letters(read(**changes), policy=POLICY, templates=TEMPLATES)


@pytest.mark.parametrize("changes", [GRANTED, FORWARDED])
def test_right_record_becomes_letters(changes: dict[str, Any]) -> None:
    assert write_letters(read(**changes), policy=POLICY, templates=TEMPLATES)


def test_record_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadInput, match="JSON-objekt"):
        read_decision_record([RECORD], default_units=POLICY.units)  # type: ignore[arg-type]


def test_error_never_quotes_the_value() -> None:
    assert "Kari" not in complaint_about(patient={"name": "Kari", "birth_date": "Kari"})


@pytest.mark.parametrize(
    ("outcome", "place", "advice", "kind"),
    [
        (Outcome.RIGHT_GRANTED, Place.OWN_DEPARTMENT, (), LetterKind.RIGHT_GRANTED),
        (Outcome.RIGHT_GRANTED, Place.PRIVATE_SUPPLIER, (), LetterKind.RIGHT_GRANTED),
        (Outcome.RIGHT_GRANTED, Place.CONTRACT_SPECIALIST, (), LetterKind.GRANTED_AT_CONTRACT_SPECIALIST),
        (Outcome.RIGHT_GRANTED, None, ("Ta med svar til avtalespesialisten.",), LetterKind.RIGHT_GRANTED),
        (Outcome.RIGHT_REFUSED, None, ("Hvil.",), LetterKind.RIGHT_REFUSED),
        (Outcome.RIGHT_REFUSED, None, ("Gå til Avtalespesialist.",), LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST),
        (Outcome.RIGHT_REFUSED, Place.CONTRACT_SPECIALIST, (), LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST),
        (Outcome.FORWARDED, Place.CONTRACT_SPECIALIST, (), LetterKind.FORWARDED),
        (Outcome.EMERGENCY_HANDLED, None, (), LetterKind.EMERGENCY),
        (Outcome.MISDIRECTED, None, (), LetterKind.MISDIRECTED),
    ],
)
def test_kind_follows_from_outcome_place_and_advice(
    outcome: Outcome, place: Place | None, advice: tuple[str, ...], kind: LetterKind
) -> None:
    assert letter_kind(outcome, place=place, advice=advice) is kind


def test_kind_may_be_named_by_the_record() -> None:
    asked = read(kind="information_request", outcome=None, missing=["Hvor lenge?"], answer_by="2026-03-19")

    assert (asked.kind, asked.answer_by) == (LetterKind.INFORMATION_REQUEST, date(2026, 3, 19))


def test_record_without_an_outcome_must_name_its_kind() -> None:
    assert "outcome mangler" in complaint_about(outcome=None)


def test_language_of_the_record_is_the_language_of_the_letter() -> None:
    assert read(language="nn").language is Language.NYNORSK
