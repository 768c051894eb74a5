"""The linter on whole letters, with and without the facts of the decision."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.letters.builders import NEW_STATUTES, OLD_STATUTES, OUTCOMES, a_draft, some_facts
from triage.domain.decision import Outcome
from triage.domain.letter import LetterFacts, LetterKind, Recipient
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.linting import lint

FOLDER = Path(__file__).parent / "others"
OTHERS = sorted(FOLDER.glob("*.txt"))
SPOILED = yaml.safe_load((FOLDER / "spoiled.yaml").read_text("utf-8"))
NB, NN = Language.BOKMAL, Language.NYNORSK
PATIENT, REFERRER = Recipient.PATIENT, Recipient.REFERRER


def rules_broken(text: str, kind: LetterKind, language: Language = NB, **known: Any) -> set[str]:
    return {fault.rule for fault in lint(text, outcome=OUTCOMES[kind], language=language, **known)}


def outcome_named(name: str) -> Outcome | None:
    return None if name == "undecided" else Outcome(name)


def changed(kind: LetterKind, old: str, new: str, recipient: Recipient = PATIENT, language: Language = NB) -> set[str]:
    """The rules that a right letter breaks when `old` is replaced by `new`."""
    text = a_draft(kind, recipient, language).text
    assert old in text
    return rules_broken(text.replace(old, new), kind, language)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_right_letter_in_other_words_than_ours_passes(path: Path) -> None:
    outcome, language, *_ = path.name.split(".")

    assert lint(path.read_text("utf-8"), outcome=outcome_named(outcome), language=Language(language)) == []


@pytest.mark.parametrize(("name", "right", "wrong"), SPOILED)
def test_the_same_letter_with_one_wrong_passage_is_stopped(name: str, right: str, wrong: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    outcome, language, _ = name.split(".")
    assert right in text

    assert lint(text.replace(right, wrong), outcome=outcome_named(outcome), language=Language(language))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("4 uker", "3 uker", "complaint-time-missing"),
        ("4 uker", "seks uker", "wrong-complaint-time"),
        ("Statsforvalteren", "Fylkesmannen", "wrong-complaint-body"),
        ("Pasient- og brukerombudet", "Noen", "ombud-missing"),
        ("§ 7-2", "§ 7-22", "wrong-paragraph"),
        ("§ 2-3", "§ 2-8", "wrong-paragraph"),
        ("Kari Prøve", "[NAVN]", "unfilled"),
        ("Du kan klage hvis du er uenig i avgjørelsen.", "Avgjørelsen er endelig.", "complaint-denied"),
    ],
)
def test_refusal_names_what_was_changed(old: str, new: str, rule: str) -> None:
    assert rule in changed(LetterKind.RIGHT_REFUSED, old, new)


@pytest.mark.parametrize("missing", ["12. mai", "mai 2026", "12 uker", "____"])
def test_deadline_must_be_a_whole_date(missing: str) -> None:
    assert "deadline-date-missing" in changed(LetterKind.RIGHT_GRANTED, "12. mai 2026", missing)


@pytest.mark.parametrize(
    ("deadline", "broken"), [("11. mars 2026", True), ("12. mars 2026", False), ("13. mars 2026", False)]
)
def test_deadline_is_not_before_the_letter(deadline: str, *, broken: bool) -> None:
    assert ("deadline-past" in changed(LetterKind.RIGHT_GRANTED, "12. mai 2026", deadline)) is broken


def test_two_deadlines_are_one_too_many() -> None:
    two = "Fristen er 12. mai 2026.\n\nHelsehjelpen skal starte senest 13. mai 2026."

    assert "two-deadlines" in changed(LetterKind.RIGHT_GRANTED, "Fristen er 12. mai 2026.", two)


def test_deadline_of_an_earlier_letter_is_not_a_second_deadline() -> None:
    assert rules_broken(a_draft(LetterKind.CORRECTION, PATIENT).text, LetterKind.CORRECTION) == set()


def test_deadline_must_be_that_of_the_decision() -> None:
    facts = some_facts(LetterKind.RIGHT_GRANTED)
    text = a_draft(LetterKind.RIGHT_GRANTED, PATIENT).text

    broken = rules_broken(text, LetterKind.RIGHT_GRANTED, facts=replace(facts, deadline=date(2026, 5, 13)))

    assert "two-deadlines" in broken


@pytest.mark.parametrize("kind", [LetterKind.RIGHT_REFUSED, LetterKind.RIGHT_GRANTED, LetterKind.INFORMATION_REQUEST])
@pytest.mark.parametrize("recipient", list(Recipient))
def test_letter_without_a_named_decider_is_stopped(kind: LetterKind, recipient: Recipient) -> None:
    assert "decider-missing" in changed(kind, "Mette Overlege", "Avdelingen", recipient)


def test_the_referrer_is_not_the_decider() -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text.replace("Mette Overlege, overlege,", "Avdelingen")
    text = text.replace("Mette Overlege\noverlege\n", "").replace("Ola Fastlege,", "overlege Ola Fastlege,")

    assert "decider-missing" in rules_broken(text, LetterKind.RIGHT_REFUSED)


@pytest.mark.parametrize(("statutes", "broken"), [(OLD_STATUTES, set()), (NEW_STATUTES, {"wrong-paragraph"})])
def test_only_the_paragraphs_of_the_policy_may_be_cited(statutes: Statutes, broken: set[str]) -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text.replace("§ 2-2", "§ 2-1 b")

    assert rules_broken(text, LetterKind.RIGHT_REFUSED, statutes=statutes) == broken


def test_law_that_was_numbered_anew_needs_only_a_new_policy() -> None:
    statutes = replace(NEW_STATUTES, necessary_care="§ 2-18")
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text.replace("§ 2-2", "§ 2-18")

    assert rules_broken(text, LetterKind.RIGHT_REFUSED, statutes=statutes) == set()


@pytest.mark.parametrize(("language", "other"), [(NB, NN), (NN, NB)])
def test_letter_in_the_other_written_form_is_stopped(language: Language, other: Language) -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT, other).text

    assert "wrong-language" in rules_broken(text, LetterKind.RIGHT_REFUSED, language)


def test_a_reason_in_the_other_written_form_is_left_to_the_doctor() -> None:
    nynorsk = a_draft(LetterKind.RIGHT_REFUSED, PATIENT, NN, reason=some_facts(LetterKind.RIGHT_REFUSED).reason)

    assert nynorsk.faults == ()


@pytest.mark.parametrize(
    ("kind", "heading", "rule"),
    [
        (LetterKind.RIGHT_GRANTED, "Hvis fristen ikke blir holdt", "deadline-breach-help-missing"),
        (LetterKind.RIGHT_GRANTED, "Du kan velge behandlingssted", "choice-of-place-missing"),
        (LetterKind.RIGHT_GRANTED, "Du kan klage", "complaint-body-missing"),
        (LetterKind.RIGHT_REFUSED, "Du kan klage", "complaint-right-missing"),
        (LetterKind.RIGHT_REFUSED, "Slik kan du bli vurdert på nytt", "renewed-assessment-missing"),
        (LetterKind.RIGHT_REFUSED, "Dette kan du gjøre nå", "what-now-missing"),
        (LetterKind.RIGHT_REFUSED, "Når du må ta kontakt med lege igjen", "warning-signs-missing"),
        (LetterKind.RIGHT_REFUSED, "Hvorfor vi har kommet til dette", "individual-reason-missing"),
        (LetterKind.INFORMATION_REQUEST, "Dette skjer videre", "clock-missing"),
        (LetterKind.CONSENT_REQUEST, "Du bestemmer", "consent-withdrawal-missing"),
        (LetterKind.FORWARDED, "Om avtalespesialister", "contract-specialist-limits-missing"),
        (LetterKind.MISDIRECTED, "Dette skjer videre", "kept-date-missing"),
    ],
)
def test_missing_section_is_named(kind: LetterKind, heading: str, rule: str) -> None:
    text = a_draft(kind, PATIENT).text

    assert rule in rules_broken(without_section(text, heading), kind)


def without_section(text: str, heading: str) -> str:
    """The letter without a heading and what stands under it, up to the next heading (a line without a full stop)."""
    before, _, after = text.partition(f"\n\n{heading}\n\n")
    assert after
    paragraphs = after.split("\n\n")
    is_heading = [part[-1] not in ".:" and not part.startswith("–") for part in paragraphs]
    return "\n\n".join([before, *paragraphs[is_heading.index(True) :]])


def test_facts_must_stand_in_the_letter_as_they_were_written() -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text
    other = some_facts(LetterKind.RIGHT_REFUSED, warning_signs=("du kaster opp blod",))

    assert rules_broken(text, LetterKind.RIGHT_REFUSED, facts=other) == {"facts-missing"}


@pytest.mark.parametrize(
    ("reason", "broken"), [("Du har cøliaki.", set()), ("Du har vondt.", {"diagnosis-not-stated"})]
)
def test_a_disease_must_be_named_in_the_decision(reason: str, broken: set[str]) -> None:
    facts: LetterFacts = some_facts(LetterKind.EMERGENCY, reason=reason)
    text = a_draft(LetterKind.EMERGENCY, PATIENT, reason=reason).text + "\nDette er cøliaki.\n"

    assert rules_broken(text, LetterKind.EMERGENCY, facts=facts) == broken


@pytest.mark.parametrize(
    ("referral", "reason"),
    [
        ("Magesmerter i et halvt år.", "Plagene skyldes magesår."),
        ("Magesmerter. Hb 14 ca en måned siden.", "Du har trolig kreft i magen."),
        ("Diaré, kalprotektin 400.", "Prøvene viser at du har Crohns sykdom."),
        ("Ser dårlig på høyre øye. Obs grønn stær.", "Du har grå stær på høyre øye."),
    ],
)
def test_reason_names_no_disease_that_the_referrer_did_not_write_of(referral: str, reason: str) -> None:
    assert "diagnosis-not-referred" in faults_of_reason(referral, reason)


@pytest.mark.parametrize(
    ("referral", "reason"),
    [
        ("Kjent ulcus duodeni.", "Du har hatt magesår før, og det er grodd."),
        ("Til kontroll. ICPC-2:D94", "Du har hatt ulcerøs kolitt i ti år."),
        ("DM2, årlig kontroll.", "Du har diabetes, og øynene dine må ses på hvert år."),
        ("Magesmerter i et halvt år.", "Ingen av opplysningene gir mistanke om kreft."),
        ("Magesmerter i et halvt år.", "Vi vil undersøke deg for å utelukke magesår."),
        ("Løs mage. Mor har hatt svulst i tarmen.", "Moren din har hatt kreft i tarmen."),
        ("", "Du har grå stær."),
    ],
)
def test_reason_may_name_what_the_referrer_wrote_of_and_what_is_denied_or_looked_for(
    referral: str, reason: str
) -> None:
    assert "diagnosis-not-referred" not in faults_of_reason(referral, reason)


def faults_of_reason(referral: str, reason: str) -> set[str]:
    kind = LetterKind.RIGHT_GRANTED
    facts = some_facts(kind, reason=reason, stated=referral)
    return rules_broken(a_draft(kind, PATIENT, reason=reason).text, kind, facts=facts)


def test_fault_points_at_the_words() -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text.replace("4 uker", "3 uker")

    places = [text[fault.start : fault.end] for fault in lint(text, outcome=Outcome.RIGHT_REFUSED, language=NB)]

    assert "klage" in places


def test_wrapped_lines_are_read_as_whole_sentences() -> None:
    text = a_draft(LetterKind.RIGHT_GRANTED, PATIENT).text
    wrapped = "Vi har gjennomgått opplysningene fra fastlegen din, og du har dessverre ikke\nrett til helsehjelp."

    broken = rules_broken(text.replace("Timen din\n", f"Timen din\n\n{wrapped}\n"), LetterKind.RIGHT_GRANTED)

    assert "refusal-in-grant" in broken


def test_decomposed_letters_hide_nothing() -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, PATIENT).text

    broken = rules_broken(text + "\nVi har stor pa\u030agang.\n", LetterKind.RIGHT_REFUSED)

    assert "capacity-as-ground" in broken


def test_what_a_letter_to_a_referrer_lacks_is_not_asked_of_it() -> None:
    text = a_draft(LetterKind.RIGHT_REFUSED, REFERRER).text.replace("brukerombudet", "andre")

    assert rules_broken(text, LetterKind.RIGHT_REFUSED) == set()
