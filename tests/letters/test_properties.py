"""What holds for every letter: it passes its own lint, and fails with the core sentence of another outcome."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.letters.builders import OUTCOMES, POLICY, TEMPLATES, UNITS, a_draft, some_facts
from triage.domain.decision import Criterion, Place
from triage.domain.letter import (
    LetterDecider,
    LetterFacts,
    LetterFault,
    LetterKind,
    LetterPatient,
    LetterReferrer,
    Recipient,
)
from triage.domain.referral import Area, Language
from triage.letters.complaints import suggested_texts
from triage.letters.document import as_text
from triage.letters.linting import lint
from triage.letters.writing import draft_letters

NB, NN = Language.BOKMAL, Language.NYNORSK
REASONS = yaml.safe_load((Path(__file__).parent / "reasons.yaml").read_text("utf-8"))
CAPITALS, SMALL = (
    st.characters(categories=[case], max_codepoint=0x17F, exclude_characters="ŉſ") for case in ("Lu", "Ll")
)
WORDS = st.builds("{}{}".format, CAPITALS, st.text(SMALL, min_size=2, max_size=12))
NAMES = st.lists(WORDS, min_size=2, max_size=4).map(" ".join)

# What only a letter with this outcome says. None stands for the letters that decide nothing.
CORE = {
    LetterKind.RIGHT_GRANTED: {
        NB: "Du har rett til nødvendig helsehjelp i spesialisthelsetjenesten.",
        NN: "Du har rett til nødvendig helsehjelp i spesialisthelsetenesta.",
    },
    LetterKind.RIGHT_REFUSED: {
        NB: "Ut fra henvisningen har du ikke rett til nødvendig helsehjelp i spesialisthelsetjenesten nå.",
        NN: "Ut frå tilvisinga har du ikkje rett til nødvendig helsehjelp i spesialisthelsetenesta no.",
    },
    LetterKind.EMERGENCY: {
        NB: "Vi har behandlet henvisningen din som øyeblikkelig hjelp.",
        NN: "Vi har behandla tilvisinga di som augeblikkeleg hjelp.",
    },
    LetterKind.FORWARDED: {
        NB: "Vi har sendt henvisningen din videre til en avtalespesialist.",
        NN: "Vi har sendt tilvisinga di vidare til ein avtalespesialist.",
    },
    LetterKind.MISDIRECTED: {
        NB: "Henvisningen din er sendt til en annen avdeling på sykehuset.",
        NN: "Tilvisinga di er send til ei anna avdeling på sjukehuset.",
    },
    LetterKind.INFORMATION_REQUEST: {
        NB: "Vi vurderer fortsatt henvisningen, og den er ikke avgjort ennå.",
        NN: "Vi vurderer framleis tilvisinga, og ho er ikkje avgjord enno.",
    },
}


@st.composite
def decisions(draw: st.DrawFn) -> LetterFacts:
    """Right facts of any kind, about anyone, from any department."""
    kind, language, area = (draw(st.sampled_from(list(values))) for values in (LetterKind, Language, Area))
    facts = some_facts(kind, language)
    decided = draw(st.dates(date(2026, 1, 1), date(2028, 10, 1)))
    received = decided - timedelta(days=draw(st.integers(0, 14)))
    changes: dict[str, Any] = {
        "unit": UNITS[area],
        "area": area,
        "received": received,
        "decided": decided,
        "patient": LetterPatient(draw(NAMES), received - timedelta(days=draw(st.integers(0, 36_000)))),
        "referrer": LetterReferrer(draw(NAMES), draw(NAMES)),
        "decided_by": LetterDecider(draw(NAMES), draw(st.sampled_from(["overlege", "seksjonsleder", "lege"]))),
        "specialists": (),
        "criteria": tuple(draw(st.sets(st.sampled_from(list(Criterion)), min_size=1))),
    }
    if facts.deadline is not None:
        changes["deadline"] = decided + timedelta(days=draw(st.integers(0, 400)))
    if kind in {LetterKind.RIGHT_GRANTED, LetterKind.CORRECTION}:
        changes["place"] = draw(st.sampled_from([Place.OWN_DEPARTMENT, Place.OTHER_HOSPITAL, Place.PRIVATE_SUPPLIER]))
    if facts.consent is not None:
        changes["consent"] = replace(facts.consent, given_on=received)
    if facts.answer_by is not None:
        changes["answer_by"] = decided + timedelta(days=draw(st.integers(0, 14)))
    if kind is LetterKind.RIGHT_REFUSED:
        texts = suggested_texts(area, None, language)
        changes |= {"advice": texts.advice, "warning_signs": texts.warning_signs}
    if kind.value in REASONS:
        changes["reason"] = draw(st.sampled_from(REASONS[kind][language]))
    return replace(facts, **changes)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(facts=decisions(), last=st.booleans())
def test_every_letter_passes_its_own_lint(facts: LetterFacts, *, last: bool) -> None:
    draft = draft_letters(facts, policy=POLICY, templates=TEMPLATES)[-last]
    words = as_text(draft.document, quoted=False)

    assert draft.faults == ()
    assert lint(words, outcome=facts.outcome, language=facts.language, recipient=draft.recipient) == []


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", CORE)
def test_core_sentence_of_another_outcome_is_stopped(kind: LetterKind, language: Language) -> None:
    others = [other for other in CORE if OUTCOMES[other] is not OUTCOMES[kind]]
    *before, rest = a_draft(kind, Recipient.PATIENT, language).text.split("\n\n", maxsplit=7)

    texts = {other: "\n\n".join((*before, CORE[other][language], rest)) for other in others}

    assert [other for other, text in texts.items() if not _faults(text, kind, language)] == []


def _faults(text: str, kind: LetterKind, language: Language) -> list[LetterFault]:
    return lint(text, outcome=OUTCOMES[kind], language=language, recipient=Recipient.PATIENT)
