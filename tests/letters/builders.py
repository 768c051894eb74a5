"""Policies and facts for the letter tests. Every person, place and number is invented."""

from dataclasses import replace
from datetime import date
from typing import Any

from triage.domain.decision import Consent, Criterion, Outcome, Place
from triage.domain.letter import (
    ContractSpecialist,
    Figure,
    Letter,
    LetterDecider,
    LetterFacts,
    LetterKind,
    LetterPatient,
    LetterReferrer,
    Recipient,
)
from triage.domain.policy import Mode, Policy, Statutes, Unit
from triage.domain.referral import Area, Language
from triage.letters.templates import Templates, load_templates
from triage.letters.writing import Draft, render_text_only, write_letters
from triage.paths import LETTER_TEMPLATES

NEW_STATUTES = Statutes(
    law="pasient- og brukerrettighetsloven",
    necessary_care="§ 2-2",
    assessment="§ 2-2 a",
    deadline_breach="§ 2-2 b",
    renewed_assessment="§ 2-3",
    choice_of_place="§ 2-4",
    complaint="§ 7-2",
    complaint_weeks=4,
)
OLD_STATUTES = replace(NEW_STATUTES, necessary_care="§ 2-1 b", assessment="§ 2-2", deadline_breach="§ 2-1 b")

UNITS = {
    Area.ENDOSCOPY: Unit(
        name="Endoskopisk poliklinikk",
        hospital="Fjordbyen sykehus",
        address=("Sjøgata 1", "0001 Fjordbyen"),
        phone="00 00 00 01",
        phone_hours="hverdager kl. 9–14",
        complaint_body="Statsforvalteren",
        patient_ombud="Pasient- og brukerombudet",
    ),
    Area.EYE: Unit(
        name="Øyeavdelingen",
        hospital="Fjordbyen sykehus",
        address=("Sjøgata 2", "0001 Fjordbyen"),
        phone="00 00 00 02",
        phone_hours="hverdager kl. 9–14",
        complaint_body="Statsforvalteren i Fjordfylket",
        patient_ombud="Pasient- og brukerombudet i Fjordfylket",
    ),
    Area.ENT: Unit(
        name="Øre-nese-halsavdelinga",
        hospital="Fjellvik sjukehus",
        address=("Bakkevegen 3", "0002 Fjellvik"),
        phone="00 00 00 03",
        phone_hours="kvardagar kl. 8.30–15",
        complaint_body="Statsforvaltaren i Fjordfylket",
        patient_ombud="Pasient- og brukarombodet i Fjordfylket",
    ),
}
POLICY = Policy(
    id="test", version="1", mode=Mode.ADMINISTRATIVE, statutes=NEW_STATUTES, units={area: UNITS[area] for area in Area}
)
TEMPLATES: Templates = load_templates(LETTER_TEMPLATES)

OUTCOMES = {
    LetterKind.RIGHT_GRANTED: Outcome.RIGHT_GRANTED,
    LetterKind.RIGHT_REFUSED: Outcome.RIGHT_REFUSED,
    LetterKind.GRANTED_AT_CONTRACT_SPECIALIST: Outcome.RIGHT_GRANTED,
    LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST: Outcome.RIGHT_REFUSED,
    LetterKind.CONSENT_REQUEST: None,
    LetterKind.FORWARDED: Outcome.FORWARDED,
    LetterKind.INFORMATION_REQUEST: None,
    LetterKind.EMERGENCY: Outcome.EMERGENCY_HANDLED,
    LetterKind.MISDIRECTED: Outcome.MISDIRECTED,
    LetterKind.CORRECTION: Outcome.RIGHT_GRANTED,
    LetterKind.DEADLINE_BREACH: Outcome.RIGHT_GRANTED,
    LetterKind.CLOSING_QUESTION: None,
    LetterKind.INFORMATION_LETTER: None,
}
# Every letter that there is.
LETTERS = [
    (kind, recipient, language)
    for kind in LetterKind
    for recipient in Recipient
    for language in Language
    if recipient in TEMPLATES.cards[kind].title
]

_REFUSED_NB: dict[str, Any] = {
    "reason": (
        "Du har hatt sure oppstøt i to måneder. Fastlegen skriver at du ikke har svelgvansker, blødning eller "
        "vekttap. "
        "Hos en på 34 år uten slike tegn endrer en gastroskopi sjelden behandlingen."
    ),
    "criteria": (Criterion.BENEFIT, Criterion.SEVERITY),
    "advice": ("Fastlegen kan ta en prøve for magebakterien Helicobacter pylori.", "Prøv syredempende medisin."),
    "warning_signs": ("maten setter seg fast når du svelger", "svart avføring", "du går ned i vekt uten å ville det"),
    "missing": ("Svar på prøve for Helicobacter pylori",),
    "referral_text": "Dyspepsi i 2 mnd. Ikke dysfagi.\n\nØnsker gastroskopi, gjerne raskt. Frist?",
}
_REFUSED_NN: dict[str, Any] = {
    "reason": (
        "Du har hatt sure oppstøyt i to månader. Fastlegen skriv at du ikkje har svelgjevanskar, bløding eller "
        "vekttap. Hos ein på 34 år utan slike teikn endrar ein gastroskopi sjeldan behandlinga."
    ),
    "criteria": (Criterion.BENEFIT, Criterion.SEVERITY),
    "advice": ("Fastlegen kan ta ei prøve for magebakterien Helicobacter pylori.", "Prøv syredempande medisin."),
    "warning_signs": ("maten set seg fast når du svelgjer", "svart avføring", "du går ned i vekt utan å ville det"),
    "missing": ("Svar på prøve for Helicobacter pylori",),
}
_CONSENT_NB = Consent("henvisningen og svar på synsprøver", date(2026, 3, 10), "Siri Demo, sekretær")
_CONSENT_NN = Consent("tilvisinga og svar på synsprøver", date(2026, 3, 10), "Siri Demo, sekretær")

_ABOUT_PRACTICE: dict[str, Any] = {
    "patient": LetterPatient(""),
    "received": date(2025, 1, 1),
    "period_end": date(2025, 12, 31),
    "figures": (
        Figure("right_granted", 20, 34, 730, 1204),
        Figure("right_refused", 8, 34, 301, 1204),
        Figure("forwarded", None, 34, 120, 1204),
        Figure("referred_again", 0, 34, None, 1204),
    ),
}
_NEAREST = (
    ContractSpecialist("Øyelege Anne Demo", Area.EYE, "Fjordbyen", "5001", 12, date(2026, 3, 1), "regionens liste"),
    ContractSpecialist("Øyelege Ola Demo", Area.EYE, "Fjellvik", "5014", 1, date(2026, 2, 1), "regionens liste"),
)

_OF_KIND: dict[tuple[LetterKind, Language], dict[str, Any]] = {
    (LetterKind.RIGHT_GRANTED, Language.BOKMAL): {
        "place": Place.OWN_DEPARTMENT,
        "deadline": date(2026, 5, 12),
        "reason": "Du er over 55 år og har fått nye magesmerter. Da bør magesekken undersøkes med et kamera.",
        "criteria": (Criterion.BENEFIT, Criterion.RESOURCE, Criterion.SEVERITY),
        "advice": ("Ny blodprøve med hemoglobin og ferritin.",),
    },
    (LetterKind.RIGHT_GRANTED, Language.NYNORSK): {
        "place": Place.OTHER_HOSPITAL,
        "deadline": date(2026, 5, 12),
        "reason": "Du er over 55 år og har fått nye magesmerter. Då bør magesekken undersøkjast med eit kamera.",
        "criteria": (Criterion.BENEFIT, Criterion.RESOURCE, Criterion.SEVERITY),
        "advice": ("Ny blodprøve med hemoglobin og ferritin.",),
    },
    (LetterKind.RIGHT_REFUSED, Language.BOKMAL): _REFUSED_NB,
    (LetterKind.RIGHT_REFUSED, Language.NYNORSK): _REFUSED_NN,
    (LetterKind.GRANTED_AT_CONTRACT_SPECIALIST, Language.BOKMAL): {
        "area": Area.EYE,
        "place": Place.CONTRACT_SPECIALIST,
        "deadline": date(2026, 6, 2),
        "reason": "Synet er 0,6 på begge øyne, og du blendes når du kjører bil i mørket.",
        "criteria": (Criterion.BENEFIT,),
        "consent": _CONSENT_NB,
        "specialists": _NEAREST,
    },
    (LetterKind.GRANTED_AT_CONTRACT_SPECIALIST, Language.NYNORSK): {
        "area": Area.EYE,
        "place": Place.CONTRACT_SPECIALIST,
        "deadline": date(2026, 6, 2),
        "reason": "Synet er 0,6 på begge auga, og du blir blenda når du køyrer bil i mørkret.",
    },
    (LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST, Language.BOKMAL): {
        "area": Area.EYE,
        "reason": "Du har sett de samme små prikkene i to år. De har ikke endret seg, og synet er godt.",
        "criteria": (Criterion.SEVERITY, Criterion.RESOURCE),
        "advice": ("Fastlegen kan henvise deg til en avtalespesialist i øyesykdommer.",),
        "warning_signs": ("plutselig mange nye prikker", "lysglimt", "et mørkt felt i synet"),
        "specialists": _NEAREST,
        "referral_text": "Flytere siden 2024.\nIkke avslag på tidligere henvisning. Kapasitet?",
        "missing": ("Synsstyrke",),
    },
    (LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST, Language.NYNORSK): {
        "area": Area.EYE,
        "reason": "Du har sett dei same små prikkane i to år. Dei har ikkje endra seg, og synet er godt.",
        "criteria": (Criterion.SEVERITY, Criterion.RESOURCE),
        "advice": ("Fastlegen kan tilvise deg til ein avtalespesialist i augesjukdomar.",),
        "warning_signs": ("brått mange nye prikkar", "lysglimt", "eit mørkt felt i synet"),
        "specialists": _NEAREST,
        "referral_text": "Flytarar sidan 2024.",
        "missing": ("Synsstyrke",),
    },
    (LetterKind.CONSENT_REQUEST, Language.BOKMAL): {
        "area": Area.EYE,
        "reason": "Du har grønn stær som er godt regulert. Slike kontroller gjør avtalespesialister hver dag.",
        "specialists": _NEAREST,
        "answer_by": date(2026, 3, 19),
    },
    (LetterKind.CONSENT_REQUEST, Language.NYNORSK): {
        "area": Area.EYE,
        "reason": "Du har grøn stær som er godt regulert. Slike kontrollar gjer avtalespesialistar kvar dag.",
        "specialists": _NEAREST,
        "answer_by": date(2026, 3, 19),
    },
    (LetterKind.FORWARDED, Language.BOKMAL): {
        "area": Area.EYE,
        "place": Place.CONTRACT_SPECIALIST,
        "reason": "Du har tørre øyne som dråper ikke har hjulpet for. En avtalespesialist kan undersøke det.",
        "forwarded_to": "Solvik øyelegepraksis",
        "consent": _CONSENT_NB,
    },
    (LetterKind.FORWARDED, Language.NYNORSK): {
        "area": Area.EYE,
        "place": Place.CONTRACT_SPECIALIST,
        "reason": "Du har tørre auge som dropar ikkje har hjelpt for. Ein avtalespesialist kan undersøkje det.",
        "forwarded_to": "Solvik augelegepraksis",
        "consent": _CONSENT_NN,
    },
    (LetterKind.INFORMATION_REQUEST, Language.BOKMAL): {
        "missing": ("Hvor lenge plagene har vart", "Svar på blodprøve med hemoglobin og ferritin"),
        "reason": "Svarene avgjør om undersøkelsen haster.",
        "answer_by": date(2026, 3, 19),
    },
    (LetterKind.INFORMATION_REQUEST, Language.NYNORSK): {
        "missing": ("Kor lenge plagene har vart", "Svar på blodprøve med hemoglobin og ferritin"),
        "reason": "Svara avgjer om undersøkinga hastar.",
        "answer_by": date(2026, 3, 19),
    },
    (LetterKind.EMERGENCY, Language.BOKMAL): {
        "area": Area.EYE,
        "reason": "Vi ringte deg 12. mars 2026 klokka 13.40. Du skulle komme til øyeavdelingen samme dag.",
        "emergency_contact": "pasienten, 12. mars 2026 klokka 13.40",
    },
    (LetterKind.EMERGENCY, Language.NYNORSK): {
        "area": Area.EYE,
        "reason": "Vi ringde deg 12. mars 2026 klokka 13.40. Du skulle kome til augeavdelinga same dag.",
        "emergency_contact": "pasienten, 12. mars 2026 klokka 13.40",
    },
    (LetterKind.MISDIRECTED, Language.BOKMAL): {
        "reason": "Henvisningen gjelder hørsel. Øre-nese-halsavdelingen undersøker hørsel.",
        "forwarded_to": "øre-nese-halsavdelingen",
    },
    (LetterKind.MISDIRECTED, Language.NYNORSK): {
        "reason": "Tilvisinga gjeld høyrsel. Øre-nese-halsavdelinga undersøkjer høyrsel.",
        "forwarded_to": "øre-nese-halsavdelinga",
    },
    (LetterKind.CORRECTION, Language.BOKMAL): {
        "deadline": date(2026, 5, 12),
        "place": Place.OWN_DEPARTMENT,
        "corrects": "I brevet 10. mars 2026 sto det at fristen var 12. juni 2026.",
        "reason": "Du er over 55 år og har fått nye magesmerter.",
    },
    (LetterKind.CORRECTION, Language.NYNORSK): {
        "deadline": date(2026, 5, 12),
        "place": Place.OWN_DEPARTMENT,
        "corrects": "I brevet 10. mars 2026 stod det at fristen var 12. juni 2026.",
        "reason": "Du er over 55 år og har fått nye magesmerter.",
    },
    (LetterKind.CLOSING_QUESTION, Language.BOKMAL): {"answer_by": date(2026, 3, 26)},
    (LetterKind.CLOSING_QUESTION, Language.NYNORSK): {"answer_by": date(2026, 3, 26)},
    (LetterKind.INFORMATION_LETTER, Language.BOKMAL): {
        **_ABOUT_PRACTICE,
        "reason": "Skriv hvor lenge plagene har vart, og hva som er prøvd. Da blir vurderingen sikrere.",
    },
    (LetterKind.INFORMATION_LETTER, Language.NYNORSK): {
        **_ABOUT_PRACTICE,
        "reason": "Skriv kor lenge plagene har vart, og kva som er prøvd. Då blir vurderinga sikrare.",
    },
    (LetterKind.DEADLINE_BREACH, Language.BOKMAL): {"received": date(2025, 12, 1), "deadline": date(2026, 3, 10)},
    (LetterKind.DEADLINE_BREACH, Language.NYNORSK): {"received": date(2025, 12, 1), "deadline": date(2026, 3, 10)},
}


def some_facts(kind: LetterKind, language: Language = Language.BOKMAL, **changes: Any) -> LetterFacts:
    """Facts that make a right letter of this kind; `changes` replace single fields."""
    fields: dict[str, Any] = {
        "area": Area.ENDOSCOPY,
        "received": date(2026, 3, 3),
        "decided": date(2026, 3, 12),
        "patient": LetterPatient("Kari Prøve", date(1991, 6, 4), ("Testveien 5", "0003 Prøvestad")),
        "referrer": LetterReferrer("Ola Fastlege", "Solbakken legesenter"),
        "decided_by": LetterDecider("Mette Overlege", "overlege", "0000000"),
        **_OF_KIND[kind, language],
        **changes,
    }
    fields.setdefault("unit", UNITS[fields["area"]])
    fields.setdefault("outcome", OUTCOMES[kind])
    return LetterFacts(kind=kind, language=language, **fields)


def a_draft(kind: LetterKind, recipient: Recipient, language: Language = Language.BOKMAL, **changes: Any) -> Draft:
    return render_text_only(some_facts(kind, language, **changes), recipient, policy=POLICY, templates=TEMPLATES)


def letters(kind: LetterKind, language: Language = Language.BOKMAL, **changes: Any) -> tuple[Letter, Letter]:
    return write_letters(some_facts(kind, language, **changes), policy=POLICY, templates=TEMPLATES)
