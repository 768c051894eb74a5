"""From facts to two finished letters, or to every reason why there are none."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from lxml import html

from tests.letters.builders import OUTCOMES, POLICY, TEMPLATES, a_draft, letters, some_facts
from triage.domain.decision import Consent, Outcome, Place
from triage.domain.errors import LetterContradicts
from triage.domain.letter import LetterDecider, LetterKind, LetterPatient, Recipient
from triage.domain.referral import Language
from triage.letters.writing import render_text_only, write_letters

GRANTED, REFUSED = LetterKind.RIGHT_GRANTED, LetterKind.RIGHT_REFUSED


def faults_of(kind: LetterKind, **changes: Any) -> set[str]:
    return {fault.rule for fault in a_draft(kind, Recipient.PATIENT, **changes).faults}


def test_both_letters_are_written_patient_first() -> None:
    patient, referrer = letters(REFUSED)

    assert (patient.recipient, referrer.recipient) == (Recipient.PATIENT, Recipient.REFERRER)
    assert "Kari Prøve" in patient.text
    assert "Ola Fastlege" in referrer.text


def test_html_says_the_same_words_as_the_text() -> None:
    patient, _ = letters(REFUSED)
    words = " ".join(html.fromstring(patient.html).find("body").itertext()).split()

    assert words == patient.text.replace("– ", "").split()


def test_letter_names_its_template_and_digest() -> None:
    patient, _ = letters(REFUSED)

    assert re.fullmatch(r"right_refused@1\+[0-9a-f]{8}", patient.template)


def test_no_letter_is_written_when_one_of_them_is_wrong() -> None:
    with pytest.raises(LetterContradicts) as caught:
        letters(REFUSED, reason="Vi har ikke kapasitet.", advice=())

    assert "Brevet til pasienten og Brevet til henviseren: Kapasitet, kø, ventetid" in str(caught.value)
    assert "Et avslag må si hva pasienten kan gjøre nå." in str(caught.value)


def test_error_quotes_nothing_of_the_letter() -> None:
    with pytest.raises(LetterContradicts) as caught:
        letters(REFUSED, reason="Kari har kreft og vi har lang venteliste.")

    assert "Kari" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (GRANTED, {"deadline": None}, "deadline-missing"),
        (GRANTED, {"deadline": date(2026, 3, 11)}, "deadline-past"),
        (GRANTED, {"outcome": Outcome.RIGHT_REFUSED}, "template-outcome"),
        (GRANTED, {"decided": date(2028, 12, 1), "deadline": date(2028, 12, 9)}, "template-review"),
        (GRANTED, {"received": date(2026, 3, 13)}, "decided-before-received"),
        (GRANTED, {"decided_by": LetterDecider("Mette Overlege", " ")}, "decider"),
        (GRANTED, {"decided_by": LetterDecider("Vurderingsteamet", "team")}, "decider-nobody"),
        (GRANTED, {"patient": LetterPatient("")}, "patient-name"),
        (GRANTED, {"patient": LetterPatient("Kari Prøve", date(2026, 3, 4))}, "born-later"),
        (REFUSED, {"place": Place.CONTRACT_SPECIALIST}, "place-without-right"),
        (REFUSED, {"place": Place.OTHER_HOSPITAL}, "place-without-right"),
        (REFUSED, {"deadline": date(2026, 5, 12)}, "deadline-without-right"),
        (REFUSED, {"reason": " "}, "reason-missing"),
        (REFUSED, {"criteria": ()}, "criteria-missing"),
        (REFUSED, {"advice": ()}, "advice-missing"),
        (REFUSED, {"warning_signs": ("",)}, "warning_signs-missing"),
        (LetterKind.FORWARDED, {"consent": None}, "consent-missing"),
        (
            LetterKind.FORWARDED,
            {"consent": Consent("alt", date(2026, 3, 10), "Siri", withdrawn_on=date(2026, 3, 11))},
            "consent-withdrawn",
        ),
        (LetterKind.FORWARDED, {"consent": Consent("alt", date(2026, 3, 13), "Siri")}, "consent-later"),
        (LetterKind.FORWARDED, {"consent": Consent(" ", date(2026, 3, 10), "Siri")}, "consent-empty"),
        (LetterKind.FORWARDED, {"consent": Consent("alt", date(2026, 3, 10), "")}, "consent-empty"),
        (LetterKind.FORWARDED, {"place": Place.OWN_DEPARTMENT}, "forwarded-nowhere"),
        (LetterKind.INFORMATION_REQUEST, {"missing": ()}, "missing-missing"),
        (LetterKind.INFORMATION_REQUEST, {"answer_by": None}, "answer-by-missing"),
        (LetterKind.INFORMATION_REQUEST, {"answer_by": date(2026, 3, 11)}, "answer-by-past"),
        (LetterKind.CONSENT_REQUEST, {"reason": ""}, "reason-missing"),
        (LetterKind.CORRECTION, {"corrects": ""}, "corrects-missing"),
    ],
)
def test_decision_that_cannot_become_a_letter(kind: LetterKind, changes: dict[str, Any], rule: str) -> None:
    assert rule in faults_of(kind, **changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (GRANTED, {"deadline": date(2026, 3, 12)}),
        (GRANTED, {"decided": date(2028, 11, 1), "deadline": date(2028, 12, 1)}),
        (GRANTED, {"reason": "", "criteria": ()}),
        (GRANTED, {"place": Place.PRIVATE_SUPPLIER}),
        (GRANTED, {"patient": LetterPatient("Kari Prøve")}),
        (GRANTED, {"patient": LetterPatient("Kari Prøve", date(2026, 3, 3))}),
        (GRANTED, {"decided_by": LetterDecider("Siri Avdelingsen", "avdelingsoverlege")}),
        (REFUSED, {"place": Place.OWN_DEPARTMENT}),
        (LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST, {"place": Place.CONTRACT_SPECIALIST}),
        (LetterKind.GRANTED_AT_CONTRACT_SPECIALIST, {"consent": None}),
        (LetterKind.FORWARDED, {"consent": None, "place": Place.OTHER_HOSPITAL}),
        (LetterKind.FORWARDED, {"reason": ""}),
        (LetterKind.EMERGENCY, {"reason": ""}),
        (LetterKind.MISDIRECTED, {"reason": ""}),
        (LetterKind.CONSENT_REQUEST, {"answer_by": None}),
        (LetterKind.DEADLINE_BREACH, {"reason": "Vi hadde ikke nok leger i februar."}),
    ],
)
@pytest.mark.parametrize("recipient", list(Recipient))
def test_decision_that_is_enough(kind: LetterKind, changes: dict[str, Any], recipient: Recipient) -> None:
    assert a_draft(kind, recipient, **changes).faults == ()


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("recipient", list(Recipient))
def test_every_outcome_can_be_corrected(outcome: Outcome, language: Language, recipient: Recipient) -> None:
    kinds = {Outcome.RIGHT_GRANTED: GRANTED, Outcome.RIGHT_REFUSED: REFUSED, Outcome.FORWARDED: LetterKind.FORWARDED}
    facts = some_facts(kinds.get(outcome, LetterKind.MISDIRECTED), language)
    kept = {"reason": facts.reason, "criteria": facts.criteria, "advice": facts.advice, "consent": facts.consent}
    rest = {"warning_signs": facts.warning_signs, "deadline": facts.deadline, "place": facts.place}

    draft = a_draft(LetterKind.CORRECTION, recipient, language, outcome=outcome, **kept, **rest)

    assert draft.faults == ()


@pytest.mark.parametrize(("age", "to_parents"), [(15, True), (16, False), (17, False)])
def test_letter_about_a_child_goes_to_the_parents(age: int, *, to_parents: bool) -> None:
    born = date(2026 - age, 3, 12)

    text = a_draft(GRANTED, Recipient.PATIENT, patient=LetterPatient("Kari Prøve", born)).text

    assert ("Til foreldre eller andre foresatte for" in text) is to_parents


def test_hostile_text_stays_text() -> None:
    reason = "Du har hoste. <script>alert(1)</script> & «{{ 7 * 7 }}» #panic() \\u{0}"

    draft = a_draft(REFUSED, Recipient.PATIENT, reason=reason)

    assert reason in draft.text
    assert "<script>" not in draft.html
    assert "49" not in draft.text


def test_reason_of_many_lines_becomes_paragraphs() -> None:
    text = a_draft(GRANTED, Recipient.PATIENT, reason="Du har vondt i magen.\n\n  Du har hatt det lenge.  ").text

    assert "\n\nDu har vondt i magen.\n\nDu har hatt det lenge.\n\n" in text


def test_referrer_without_a_practice_is_named_once() -> None:
    facts = some_facts(GRANTED)
    alone = replace(facts.referrer, practice="Ola Fastlege")

    text = a_draft(GRANTED, Recipient.PATIENT, referrer=alone).text

    assert "Den kom fra Ola Fastlege.\n" in text


def test_unknown_referrer_leaves_no_hole() -> None:
    facts = some_facts(GRANTED)
    nobody = replace(facts.referrer, name="", practice="")

    assert a_draft(GRANTED, Recipient.PATIENT, referrer=nobody).faults == ()


def test_characters_without_a_glyph_are_replaced_and_reported() -> None:
    patient, _ = letters(REFUSED, reason="Du har hatt hoste 🙂 i to uker, og prøvene er normale.")

    assert "hoste □ i to uker" in patient.text
    assert "Tegnet U+1F642 kan ikke skrives ut og er erstattet med □." in patient.notes


def test_same_facts_give_the_same_bytes() -> None:
    first, second = (write_letters(some_facts(REFUSED), policy=POLICY, templates=TEMPLATES) for _ in range(2))

    assert first == second


def test_deadline_is_printed_as_it_was_decided() -> None:
    deadline = date(2026, 3, 12) + timedelta(weeks=8)

    patient, referrer = letters(GRANTED, deadline=deadline)

    assert "Fristen er 7. mai 2026." in patient.text
    assert "Fristen er 7. mai 2026." in referrer.text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("recipient", list(Recipient))
@pytest.mark.parametrize("kind", [LetterKind.FORWARDED, LetterKind.MISDIRECTED])
def test_a_referral_that_another_hospital_had_first_keeps_that_date(
    kind: LetterKind, recipient: Recipient, language: Language
) -> None:
    where = {"place": Place.OTHER_HOSPITAL, "consent": None} if kind is LetterKind.FORWARDED else {}

    drafted = a_draft(kind, recipient, language, seniority_date=date(2026, 1, 5), **where)

    assert "5. januar 2026" in drafted.text
    assert drafted.faults == ()


_CORRECTED = [
    kind for kind in LetterKind if OUTCOMES[kind] and kind not in {LetterKind.CORRECTION, LetterKind.DEADLINE_BREACH}
]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("recipient", list(Recipient))
@pytest.mark.parametrize("kind", _CORRECTED)
def test_a_correction_says_what_was_wrong_and_then_all_that_the_right_letter_says(
    kind: LetterKind, recipient: Recipient, language: Language
) -> None:
    right = some_facts(kind, language)
    wrong = some_facts(LetterKind.CORRECTION, language).corrects
    correction = replace(right, kind=LetterKind.CORRECTION, corrects=wrong)

    drafted = render_text_only(correction, recipient, policy=POLICY, templates=TEMPLATES)

    said = {block.lines for block in drafted.document}
    assert (wrong,) in said
    assert {block.lines for block in a_draft(kind, recipient, language).document if block.role != "h1"} <= said
    assert drafted.faults == ()
