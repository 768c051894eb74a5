"""Commands for those who keep the lexicon: try a term, list errors by phenomenon, teach, protect ordinary words."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from triage.classifier.cases import Case, features_in
from triage.commands.screening import read_cases, read_records
from triage.domain.errors import BadInput
from triage.domain.finding import Status
from triage.domain.referral import Area, Referral
from triage.nlp.learned import Told, read_learned, write_learned
from triage.nlp.lexicon import load_lexicon
from triage.nlp.marked import read_marked
from triage.nlp.reader import Reader, load_reader
from triage.nlp.text import read_text
from triage.nlp.words import stem
from triage.settings import Settings

_SHOWN = 20
_AROUND = 45  # characters


def try_term(settings: Settings, *, term: str) -> int:
    """Where a new term would have matched in the bundled letters, before anybody adds it."""
    lexicon = load_lexicon(settings.models / "lexicon")
    asked, areas = read_text(term, lexicon.text_rules), Counter[str]()
    for case in _corpus(settings):
        document = read_text(case.referral.text, lexicon.text_rules)
        before, found, _ = f" {' '.join(document.words)} ".partition(f" {' '.join(asked.words)} ")
        if not found:
            continue
        areas[str(case.referral.area)] += 1
        if areas.total() <= _SHOWN:
            start = document.starts[before.count(" ")]
            around = document.text[max(0, start - _AROUND) : start + len(term) + _AROUND]
            sys.stdout.write(f"{case.referral.id}  {case.pathway:<20} … {' '.join(around.split())} …\n")
    known = lexicon.matches(asked)
    concepts = {concept for matches in known for match in matches for concept in match.term.concepts}
    named = ", ".join(sorted(concepts)) or "ingenting"
    sys.stdout.write(f"\n{areas.total()} brev ({dict(areas)}). Uttrykket gir i dag: {named}.\n")
    return 0


def errors(settings: Settings) -> int:
    """What the reader gets wrong: hard sentences by phenomenon, letters by alarm feature."""
    reader = load_reader(settings.models / "lexicon")
    by: defaultdict[str, list[str]] = defaultdict(list)
    for line in (settings.models / "corpus" / "hardcases.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        statuses = reader.statuses(row["text"], [(f["start"], f["end"]) for f in row["findings"]])
        for finding, status in zip(row["findings"], statuses, strict=True):
            if status != finding["status"] and status not in finding.get("accept", ()):
                by[row["phenomenon"]].append(
                    f"«{finding['text']}» er {finding['status']}, lest som {status}: {row['text']}"
                )
    for case in _corpus(settings):
        found = {(f.id, str(f.status)) for f in reader.read(case.referral).features}
        for name, missed in sorted(case.features - found):
            by[f"{name} oversett"].append(f"{case.referral.id}: {missed}")
        for name, extra in sorted(found - case.features):
            by[f"{name} for mye"].append(f"{case.referral.id}: {extra}")
    for phenomenon, examples in sorted(by.items(), key=lambda entry: -len(entry[1])):
        sys.stdout.write(f"{len(examples):4} {phenomenon}\n" + "".join(f"       {e}\n" for e in examples[:5]))
    return 0


def teach(settings: Settings, *, cases: list[Path]) -> int:
    """Teach `lexicon/learned.npz`, which hears what the lexicon has no words for, from letters and excerpts."""
    from triage.nlp.teaching import Lesson, teach_field  # noqa: PLC0415 (scikit-learn)

    def lesson(_: Path, record: Mapping[str, Any], referral: Referral) -> Lesson:
        gold = record.get("gold")
        if not isinstance(gold, Mapping):
            raise BadInput(f"Linjen «{referral.id}» mangler fasit («gold»).")
        told = frozenset(Told(name, denied=status == Status.NEGATED) for name, status in features_in(gold))
        return Lesson(referral, told, is_excerpt="pathway" not in gold)

    lexicon = load_lexicon(settings.models / "lexicon")
    reader = Reader(lexicon)
    lessons = list(read_records(cases, lesson))
    tables = {}
    for area in Area:
        of_area = [one for one in lessons if one.referral.area is area]
        tables[area] = teach_field(of_area, lambda r: (read_text(r.text, lexicon.text_rules), reader.read(r)))
        if not tables[area].told:
            raise BadInput(f"Filene har for få setninger å lære av for området {area}.")
        sys.stdout.write(f"{area}: {len(of_area)} tekster, {len(tables[area].told)} utsagn\n")
    write_learned(tables, settings.models / "lexicon")
    return 0


def teach_status(settings: Settings, *, sentences: list[Path], letters: list[Path]) -> int:
    """Teach `lexicon/opinion.npz`, which weighs the words around a finding, from marked sentences and from letters."""
    from triage.nlp.teaching import teach_opinion, weighed_in_letter, weighed_in_sentence  # noqa: PLC0415 (scikit-learn)

    folder = settings.models / "lexicon"
    reader = Reader(load_lexicon(folder), read_learned(folder))  # what the rules say, without an opinion
    examples = [
        one for path in sentences for marked in read_marked(path) for one in weighed_in_sentence(marked, reader)
    ]
    of_sentences = len(examples)
    examples += [one for case in read_cases(letters) for one in weighed_in_letter(case.referral, case.features, reader)]
    teach_opinion(examples).write(folder)
    sys.stdout.write(f"{of_sentences} steder i setninger, {len(examples) - of_sentences} i brev\n")
    return 0


def guard(settings: Settings, *, words: Path) -> int:
    """From a list of real words, keep those that would be taken for a misspelling of a term: `lexicon/ordinary.txt`."""
    if not words.is_file():
        raise BadInput(f"Finner ikke ordlisten {words.name}.")
    real = {word.strip().lower() for word in words.read_text().splitlines() if word.strip().isalpha()}
    target = settings.models / "lexicon" / "ordinary.txt"
    target.write_text("")  # the old list must not protect words that the terms no longer resemble
    forms = load_lexicon(settings.models / "lexicon").text_rules.words
    unknown = ((word, form) for word in real if (form := stem(word)) not in forms.known)
    kept = sorted({form for word, form in unknown if forms.nearest(word, form)})
    target.write_text("\n".join(kept) + "\n")
    sys.stdout.write(f"{len(kept)} av {len(real)} ord er vernet.\n")
    return 0


def _corpus(settings: Settings) -> Iterator[Case]:
    return read_cases(sorted((settings.models / "corpus").glob("dev*.jsonl")))
