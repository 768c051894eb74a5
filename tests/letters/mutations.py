"""Right letters of every kind, and ways to make a right letter wrong. Seeded: the same letters every time."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from tests.letters.builders import LETTERS, NEW_STATUTES, OLD_STATUTES, OUTCOMES, POLICY, TEMPLATES, UNITS, some_facts
from triage.domain.calendar import long_date
from triage.domain.decision import Criterion, Outcome, Place
from triage.domain.letter import LetterDecider, LetterFacts, LetterKind, LetterPatient, LetterReferrer, Recipient
from triage.domain.referral import Area, Language
from triage.letters.complaints import load_complaints, suggested_texts
from triage.letters.document import as_text
from triage.letters.writing import render_text_only

HERE = Path(__file__).parent
SENTENCES = yaml.safe_load((HERE / "mutations.yaml").read_text("utf-8"))
REASONS = yaml.safe_load((HERE / "reasons.yaml").read_text("utf-8"))

FIRST_NAMES = ("Ingrid", "Åse", "Bjørn-Erik", "Łucja", "Máret", "Øystein", "Þóra", "Nguyen", "Olga", "Sædis")
LAST_NAMES = ("Prøve", "Tenkt", "Oppdikt-Døme", "Eksempelsen", "van der Test", "Utsi", "Kowalski", "O’Test")
TITLES = {
    Language.BOKMAL: ("overlege", "seksjonsoverlege", "spesialist i øyesykdommer", "konstituert overlege", "øyelege"),
    Language.NYNORSK: (
        "overlege",
        "seksjonsoverlege",
        "spesialist i augesjukdomar",
        "konstituert overlege",
        "augelege",
    ),
}
TWO_WAYS = (Criterion.BENEFIT, Criterion.RESOURCE, Criterion.SEVERITY)


@dataclass(frozen=True)
class Sample:
    """A letter and what the linter is told about it; `name` tells how it was made."""

    name: str
    text: str
    outcome: Outcome | None
    language: Language
    recipient: Recipient
    facts: LetterFacts | None
    parts: LetterFacts

    def changed(self, name: str, text: str) -> "Sample":
        return replace(self, name=f"{name} / {self.name}", text=text)


# --- right letters ------------------------------------------------------------------------------------------------


def right_letters(count: int, *, seed: int) -> list[Sample]:
    """Letters of all kinds, languages and recipients with varied people, units, problems and days."""
    rng = random.Random(seed)
    return [_right(rng, *LETTERS[number % len(LETTERS)]) for number in range(count)]


def _right(rng: random.Random, kind: LetterKind, recipient: Recipient, language: Language) -> Sample:
    facts = varied(rng, some_facts(kind, language))
    statutes = rng.choice((NEW_STATUTES, OLD_STATUTES))
    draft = render_text_only(facts, recipient, policy=replace(POLICY, statutes=statutes), templates=TEMPLATES)
    text = as_text(draft.document, quoted=False)
    return Sample(f"{kind} {language} {recipient}", text, OUTCOMES[kind], language, recipient, None, facts)


def varied(rng: random.Random, facts: LetterFacts) -> LetterFacts:
    language = facts.language
    received = date(2026, 1, 1) + timedelta(days=rng.randrange(300))
    decided = received + timedelta(days=rng.randrange(15))
    changes: dict[str, Any] = {
        "received": received,
        "decided": decided,
        "unit": UNITS[rng.choice(list(Area))],
        "patient": LetterPatient(_name(rng), decided - timedelta(days=rng.randrange(30_000)), ("Testveien 5",)),
        "referrer": LetterReferrer(_name(rng), rng.choice(("Solbakken legesenter", "Legevakten i Fjordbyen"))),
        "decided_by": LetterDecider(_name(rng), rng.choice(TITLES[language])),
        "specialists": (),
    }
    if facts.deadline:
        breach = facts.kind is LetterKind.DEADLINE_BREACH
        changes["deadline"] = decided + timedelta(days=-3 if breach else rng.randrange(200))
        changes["received"] = received - timedelta(days=90 if breach else 0)
    if facts.answer_by:
        changes["answer_by"] = decided + timedelta(days=rng.randrange(1, 9))
    if facts.consent:
        changes["consent"] = replace(facts.consent, given_on=decided)
    if facts.outcome is Outcome.RIGHT_GRANTED and facts.place is not Place.CONTRACT_SPECIALIST:
        changes["place"] = rng.choice((Place.OWN_DEPARTMENT, Place.OTHER_HOSPITAL, Place.PRIVATE_SUPPLIER))
    if facts.outcome in {Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED} and facts.kind is not LetterKind.CORRECTION:
        changes["reason"] = rng.choice(REASONS[str(facts.outcome)][str(language)])
        changes["stated"] = changes["reason"]
        changes["criteria"] = tuple(rng.sample(TWO_WAYS, rng.randrange(1, 4)))
    if facts.kind is LetterKind.RIGHT_REFUSED:
        problem = rng.choice(load_complaints().problems)
        texts = suggested_texts(problem.area, problem.requested[0], language)
        changes |= {"advice": texts.advice, "warning_signs": texts.warning_signs}
    return replace(facts, **changes)


def _name(rng: random.Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


# --- wrong letters ------------------------------------------------------------------------------------------------

Mutation = Callable[[random.Random, Sample], Sample | None]


def wrong_letters(count: int, *, seed: int) -> list[Sample]:
    """Every mutation about equally often; a mutation that cannot be made on a letter tries the next letter."""
    return list(islice(_wrong(seed), count))


def _wrong(seed: int) -> Iterator[Sample]:
    rng = random.Random(seed)
    letters = right_letters(220, seed=seed + 1)
    while True:
        for name, mutate in MUTATIONS.items():
            rng.shuffle(letters)
            made = next(filter(None, (mutate(rng, letter) for letter in letters)))
            yield replace(made, name=f"{name}: {made.name}")


def _insertion(topic: str, allowed: Callable[[LetterFacts], bool]) -> Mutation:
    """A mutation that puts a sentence of the topic somewhere in the body."""

    def mutate(rng: random.Random, sample: Sample) -> Sample | None:
        if not allowed(sample.parts):
            return None
        sentence = rng.choice(SENTENCES[topic][sample.language])
        return sample.changed(sentence[:60], _with_paragraph(rng, sample.text, sentence))

    return mutate


def _with_paragraph(rng: random.Random, text: str, sentence: str) -> str:
    """As a paragraph of its own, or at the end of one that is there."""
    paragraphs = text.strip().split("\n\n")
    prose = [n for n, part in enumerate(paragraphs) if part.endswith(".") and "\n" not in part]
    place = rng.choice(prose[:-1])
    if rng.random() < 0.5:
        paragraphs[place] += f" {sentence}"
    else:
        paragraphs.insert(place + 1, sentence)
    return "\n\n".join(paragraphs) + "\n"


def _replacement(pattern: str, *instead: str, allowed: Callable[[LetterFacts], bool] = lambda facts: True) -> Mutation:
    """A mutation that rewrites every match, with one of the texts."""

    def mutate(rng: random.Random, sample: Sample) -> Sample | None:
        words = rng.choice(instead)
        text = re.sub(pattern, words, sample.text)
        return sample.changed(words[:40], text) if allowed(sample.parts) and text != sample.text else None

    return mutate


def _removal(pattern: str, allowed: Callable[[LetterFacts], bool], *, to: Recipient | None = None) -> Mutation:
    """A mutation that takes away every paragraph or line that matches."""

    def mutate(rng: random.Random, sample: Sample) -> Sample | None:
        paragraphs = sample.text.split("\n\n")
        kept = [part for part in paragraphs if not re.search(pattern, part)]
        fits = allowed(sample.parts) and to in {None, sample.recipient} and len(kept) < len(paragraphs)
        return sample.changed("removed", "\n\n".join(kept)) if fits else None

    return mutate


def _other_language(rng: random.Random, sample: Sample) -> Sample | None:
    """One standard paragraph from the same letter in the other written form."""
    other = next(language for language in Language if language is not sample.language)
    unit = next(unit for unit in UNITS.values() if unit == sample.parts.unit)
    translated = render_text_only(
        replace(some_facts(sample.parts.kind, other), unit=unit), sample.recipient, policy=POLICY, templates=TEMPLATES
    ).text
    mine = [part for part in sample.text.split("\n\n") if re.search("klag", part) and len(part) > 80]
    theirs = [part for part in translated.split("\n\n") if re.search("klag", part) and len(part) > 80]
    return sample.changed("language", sample.text.replace(mine[0], theirs[0])) if mine and theirs else None


def _other_outcome(rng: random.Random, sample: Sample) -> Sample | None:
    """A whole letter filed under the wrong outcome."""
    swapped = {Outcome.RIGHT_GRANTED: Outcome.RIGHT_REFUSED, Outcome.RIGHT_REFUSED: Outcome.RIGHT_GRANTED}
    outcome = swapped.get(sample.outcome) if sample.outcome else None
    return replace(sample.changed("outcome", sample.text), outcome=outcome) if outcome else None


def _vague_deadline(rng: random.Random, sample: Sample) -> Sample | None:
    vague = ("i løpet av høsten", "ca. 20. juni 2026", "om 10–12 uker", "så snart som mulig", "mai 2026", "uke 23")
    return _deadline_as(sample, rng.choice(vague))


def _early_deadline(rng: random.Random, sample: Sample) -> Sample | None:
    return _deadline_as(sample, long_date(sample.parts.received - timedelta(days=rng.randrange(1, 300))))


def _no_such_day(rng: random.Random, sample: Sample) -> Sample | None:
    return _deadline_as(sample, rng.choice(("31. juni 2027", "30. februar 2027", "29. februar 2027")))


def _deadline_as(sample: Sample, words: str) -> Sample | None:
    deadline = sample.parts.deadline
    if deadline is None or sample.parts.kind is LetterKind.DEADLINE_BREACH:
        return None
    return sample.changed(words, sample.text.replace(long_date(deadline), words))


def _second_deadline(rng: random.Random, sample: Sample) -> Sample | None:
    deadline = sample.parts.deadline
    if deadline is None or sample.parts.kind is LetterKind.DEADLINE_BREACH:
        return None
    other = long_date(deadline + timedelta(days=rng.randrange(1, 60)))
    words = {Language.BOKMAL: "Fristen for oppstart er", Language.NYNORSK: "Fristen for oppstart er"}
    return sample.changed(other, _with_paragraph(rng, sample.text, f"{words[sample.language]} {other}."))


def _anonymous(rng: random.Random, sample: Sample) -> Sample | None:
    decider = sample.parts.decided_by
    nobody = rng.choice(("en lege", "avdelingen", "vurderingsteamet"))
    text = sample.text.replace(f"{decider.name}, {decider.title},", nobody).replace(f"{decider.name}\n", "")
    text = text.replace(f"{decider.name}, {decider.title}", nobody)
    return sample.changed(nobody, re.sub(rf"(?m)^{re.escape(decider.title)}(?:, HPR.*)?\n", "", text))


def _no_reason(rng: random.Random, sample: Sample) -> Sample | None:
    if sample.outcome is not Outcome.RIGHT_REFUSED:
        return None
    generic = rng.choice(("", "Vi har gjort en samlet vurdering.", "Du fyller ikke vilkårene i loven."))
    text = sample.text
    for line in sample.parts.reason.splitlines():
        text = text.replace(line, generic)
    return sample.changed("no reason", text)


def _no_list(heading: str) -> Mutation:
    """A mutation that takes away the lists after the headings that match, and the headings."""

    def mutate(rng: random.Random, sample: Sample) -> Sample | None:
        pattern = rf"(?:^|\n\n)(?:{heading})\n\n(?:(?!–)[^\n]*:\n\n)?(?:–[^\n]*\n)+(?:\nLegevakt[^\n]*\n)?"
        text = re.sub(pattern, "\n", sample.text)
        fits = sample.parts.kind is LetterKind.RIGHT_REFUSED and sample.recipient is Recipient.PATIENT
        return sample.changed("no list", text) if fits and text != sample.text else None

    return mutate


def _invented_diagnosis(rng: random.Random, sample: Sample) -> Sample | None:
    words = rng.choice(("Vi tror at du har kreft.", "Dette er trolig cøliaki.", "Plagene passer med Crohns sykdom."))
    return replace(sample.changed(words, _with_paragraph(rng, sample.text, words)), facts=sample.parts)


def _other_patient(rng: random.Random, sample: Sample) -> Sample | None:
    text = sample.text.replace(sample.parts.patient.name, "Ukjent Forveksling")
    to_patient = sample.recipient is Recipient.PATIENT
    return replace(sample.changed("name", text), facts=sample.parts) if to_patient else None


def _unfilled(rng: random.Random, sample: Sample) -> Sample | None:
    field = rng.choice(("{{ pasient.navn }}", "[PASIENTENS NAVN]", "XXXX", "______", "None", "<navn>", "{navn}"))
    return (
        sample.changed(field, sample.text.replace(sample.parts.patient.name, field))
        if (sample.parts.patient.name in sample.text)
        else None
    )


def _granted(facts: LetterFacts) -> bool:
    return facts.outcome is Outcome.RIGHT_GRANTED


def _refused(facts: LetterFacts) -> bool:
    return facts.outcome is Outcome.RIGHT_REFUSED


def _decided(facts: LetterFacts) -> bool:
    return _granted(facts) or _refused(facts)


def _undecided(facts: LetterFacts) -> bool:
    return facts.kind in {LetterKind.INFORMATION_REQUEST}


def _not_granted(facts: LetterFacts) -> bool:
    return not _granted(facts)


def _not_breach(facts: LetterFacts) -> bool:
    # A grant may tell how long the queue is, as long as the deadline stands; it may never be the ground.
    return not _granted(facts)


MUTATIONS: dict[str, Mutation] = {
    "a refusal in a grant": _insertion("refusal", _granted),
    "a refusal in a letter that refuses nothing": _insertion("refusal", lambda facts: not _decided(facts)),
    "a grant in a refusal": _insertion("grant", _refused),
    "a grant in a letter that grants nothing": _insertion("grant", lambda facts: not _decided(facts)),
    "capacity as the ground": _insertion("capacity", _not_breach),
    "an appointment in a refusal": _insertion("appointment", _refused),
    "returned or rejected": _insertion("returned", lambda facts: True),
    "an answer as a condition": _insertion("condition", _undecided),
    "private care": _insertion("private", lambda facts: True),
    "no right to complain": _insertion("complaint_denied", _decided),
    "not our responsibility": _insertion("responsibility", lambda facts: True),
    "rights at a contract specialist": _insertion("specialist_rights", lambda facts: True),
    "consent that binds": _insertion("consent_locked", lambda facts: facts.consent is not None),
    "an emergency that waits": _insertion("waiting", lambda facts: facts.kind is LetterKind.EMERGENCY),
    "a paragraph that nobody can read": lambda rng, sample: (
        _insertion("unreadable", _decided)(rng, sample) if sample.recipient is Recipient.PATIENT else None
    ),
    "wrong number of weeks": _replacement(
        r"\b4 (uker|veker)", r"3 \1", r"seks \1", r"8 \1", "14 dager", "en måned", r"to \1", allowed=_decided
    ),
    "wrong body": _replacement(
        r"Statsforvalt(?:eren|aren)", "Fylkesmannen", "Helsetilsynet", "Sivilombudet", allowed=_decided
    ),
    "complaint removed": _removal(r"(?i)klag", _decided, to=Recipient.PATIENT),
    "ombud removed": _removal(r"(?i)ombud|ombod", _refused, to=Recipient.PATIENT),
    "renewed assessment removed": _removal(r"(?i)på nytt|ny(?:e|tt)? (?:henvis|tilvis)|forny|igjen|\batt\b", _refused),
    "Helfo removed": _removal("Helfo", _granted, to=Recipient.PATIENT),
    "choice of place removed": _removal(r"(?i)vel(?:ge|je|g|ger|jer)? ", _granted, to=Recipient.PATIENT),
    "advice removed": _no_list("Dette kan du gjøre nå|Dette kan du gjere no"),
    "warning signs removed": _no_list("Når du må ta kontakt med lege (?:igjen|att)"),
    "reason removed": _no_reason,
    "deadline that is vague": _vague_deadline,
    "deadline that is past": _early_deadline,
    "deadline on no day": _no_such_day,
    "two deadlines": _second_deadline,
    "nobody has decided": _anonymous,
    "a paragraph in the other language": _other_language,
    "another paragraph of the law": _replacement(r"§ 2-[1-4](?: [ab])?", "§ 2-9", "§ 2-14", "§ 2-5 c"),
    "filed under another outcome": _other_outcome,
    "a field that was not filled": _unfilled,
    "a diagnosis that nobody stated": _invented_diagnosis,
    "another patient's name": _other_patient,
}
