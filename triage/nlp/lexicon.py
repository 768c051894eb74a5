"""The lexicon at work: every term of it that stands in a letter, found by one automaton over normal forms.

`concepts/*.yaml` and `drugs.yaml` name the concepts, `cues.yaml` the words that set a status, `measures.yaml` what is
measured, `text.yaml` how letters are cut up. `compiling.py` turns them into tables.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from triage.domain.errors import NotReady
from triage.nlp.compiling import Compiled, Meaning, compile_lexicon, is_opaque
from triage.nlp.text import Section, TextRules
from triage.nlp.words import WordForms


@dataclass(frozen=True, slots=True)
class Term:
    """What a term means. An opaque one has said it all: cues inside it do nothing of their own."""

    concepts: tuple[str, ...] = ()
    denies: tuple[str, ...] = ()  # concepts that it denies without a negation: `vektstabil` denies `vekttap`
    acronyms: tuple[str, ...] = ()  # concepts when in capitals: `SOM` is sekretorisk otitt, `som` is not
    cues: frozenset[str] = frozenset()  # headings of `cues.yaml`
    measures: tuple[str, ...] = ()
    opaque: bool = False
    anchors: tuple[int, ...] = ()  # rules whose rarest part this is
    number: int = -1  # among the terms of the automaton


@dataclass(frozen=True, slots=True)
class NearRule:
    """Parts that mean something when they stand near each other, in order: `gått` … `ned` … `kg`."""

    term: Term
    slots: tuple[frozenset[int], ...]  # numbers of the terms that can fill each
    gap: int  # tokens that may stand between two parts


class Match(NamedTuple):
    """Tokens `first` up to `end` are this term; `parts` when they stand apart. A tuple: letters hold hundreds."""

    first: int
    end: int
    term: Term
    parts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    version: str
    text_rules: TextRules
    categories: Mapping[str, str]  # of concepts: symptom, test, procedure, drug, ...
    areas: Mapping[str, str]  # of the concepts that belong to one field
    hides: Mapping[str, Sequence[str]]  # concepts that words inside a mention of this one do not name
    data: Mapping[str, Any] = field(repr=False)  # measures, features, missing facts and word lists, as written
    _terms: Sequence[Term] = field(repr=False)
    _near: Sequence[NearRule] = field(repr=False)
    _automaton: AhoCorasick = field(repr=False)

    def matches(self, words: list[str]) -> list[Match]:
        """Every term in the token stream, also overlapping ones, in no particular order. Linear in its length."""
        places: dict[int, int] = {}
        offset = 0
        for i, word in enumerate(words):
            places[offset] = i
            offset += len(word) + 1
        terms, after = self._terms, len(words)
        found = self._automaton.find_matches_as_indexes(f" {' '.join(words)} ", overlapping=True)
        return [Match(places[start], places.get(end - 1, after), terms[number]) for number, start, end in found]

    def near(self, matches: list[Match]) -> list[Match]:
        """The terms of one sentence whose parts stand apart. Only rules whose rarest part is there are tried."""
        rules = {rule for match in matches for rule in match.term.anchors}
        if not rules:
            return []
        by_term: defaultdict[int, list[Match]] = defaultdict(list)
        for match in matches:
            by_term[match.term.number].append(match)
        present = by_term.keys()
        complete = [r for r in sorted(rules) if not any(slot.isdisjoint(present) for slot in self._near[r].slots)]
        return [found for rule in complete for found in self._chains(self._near[rule], by_term)]

    def _chains(self, rule: NearRule, by_term: Mapping[int, list[Match]]) -> list[Match]:
        """Every way to fill the slots in order, with at most `gap` tokens between two."""
        fillings = [[m for number in slot if number in by_term for m in by_term[number]] for slot in rule.slots]
        chains: list[tuple[tuple[int, int], ...]] = [((m.first, m.end),) for m in fillings[0]]
        for filling in fillings[1:]:
            chains = [(*c, (m.first, m.end)) for c in chains for m in filling if 0 <= m.first - c[-1][1] <= rule.gap]
        return [Match(parts[0][0], parts[-1][1], rule.term, parts) for parts in chains]


def load_lexicon(folder: Path, *, cache: Path | None = None) -> Lexicon:
    """The lexicon in `folder`; its version is the digest of every file. `cache` is a folder that may keep it compiled.

    Raises NotReady when a file is missing or a term cannot be used.
    """
    if not (folder / "cues.yaml").is_file():
        raise NotReady(f"Finner ikke leksikonet i {folder.name}.")
    files = sorted([*folder.rglob("*.yaml"), *folder.glob("ordinary.txt")])
    version = _digest(files)
    # What compiles them counts too: a new program must not use what an old one made of the same files.
    kept = cache / f"lexicon-{version}-{_digest(sorted(Path(__file__).parent.glob('*.py')))}.json" if cache else None
    if kept is not None and kept.is_file():
        return _lexicon(Compiled(**orjson.loads(kept.read_bytes())), version)
    data = {file.stem: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files if file.suffix == ".yaml"}
    ordinary = [word for file in files if file.suffix == ".txt" for word in file.read_text().split()]
    compiled = compile_lexicon(data, [*ordinary, *data["text"].get("ordinary", ())])
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")  # another process may be reading or writing it just now
        unfinished.write_bytes(orjson.dumps(asdict(compiled)))
        unfinished.replace(kept)
    return _lexicon(compiled, version)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _lexicon(compiled: Compiled, version: str) -> Lexicon:
    forms = list(dict.fromkeys((*compiled.terms, *compiled.slots)))
    numbers = {form: number for number, form in enumerate(forms)}
    slots = _slots(compiled, numbers)
    anchors = _anchors(slots)
    terms = [
        _term(compiled.terms.get(form, ()), compiled, tuple(anchors.get(number, ())), number)
        for number, form in enumerate(forms)
    ]
    near = [
        NearRule(_term([meaning], compiled, (), -1), tuple(slots[rule]), gap)
        for rule, (meaning, _, gap) in enumerate(compiled.near)
    ]
    automaton = AhoCorasick(
        [f" {form} " for form in forms],
        implementation=Implementation.DFA,
        matchkind=MatchKind.Standard,
        store_patterns=False,
    )
    return Lexicon(
        version,
        _text_rules(compiled, forms),
        compiled.categories,
        compiled.areas,
        compiled.hides,
        compiled.data,
        terms,
        near,
        automaton,
    )


def _slots(compiled: Compiled, numbers: Mapping[str, int]) -> list[list[frozenset[int]]]:
    filled: list[list[set[int]]] = [[set() for _ in range(count)] for _, count, _ in compiled.near]
    for form, places in compiled.slots.items():
        for rule, slot in places:
            filled[rule][slot].add(numbers[form])
    return [[frozenset(slot) for slot in rule] for rule in filled]


def _anchors(slots: list[list[frozenset[int]]]) -> dict[int, list[int]]:
    """By term, the rules that it triggers: those in whose rarest slot it stands. Common words stand in many rules."""
    uses: defaultdict[int, int] = defaultdict(int)
    for rule in slots:
        for number in frozenset[int]().union(*rule):
            uses[number] += 1
    anchors: defaultdict[int, list[int]] = defaultdict(list)
    for number_of_rule, rule in enumerate(slots):
        rarest = min(rule, key=lambda slot: max(uses[number] for number in slot))
        for number in rarest:
            anchors[number].append(number_of_rule)
    return anchors


def _term(meanings: Sequence[Meaning], compiled: Compiled, anchors: tuple[int, ...], number: int) -> Term:
    if not meanings:
        return Term(anchors=anchors, number=number)
    named: dict[str, list[str]] = {"concept": [], "denial": [], "acronym": [], "cue": [], "measure": []}
    for kind, name in meanings:
        named[kind].append(name)
    return Term(
        concepts=tuple(named["concept"]),
        denies=tuple(named["denial"]),
        acronyms=tuple(named["acronym"]),
        cues=frozenset(named["cue"]),
        measures=tuple(named["measure"]),
        opaque=is_opaque(meanings, compiled.categories),
        anchors=anchors,
        number=number,
    )


def _text_rules(compiled: Compiled, forms: Iterable[str]) -> TextRules:
    headings = {tuple(pieces): Section(section) for pieces, section in compiled.headings}
    return TextRules(
        words=WordForms(
            same=compiled.same,
            fixed=frozenset(compiled.fixed),
            known=frozenset(word for form in forms for word in form.split()),
            heads=compiled.heads,
            correctable=compiled.correctable,
            folded=compiled.folded,
            ordinary=frozenset(compiled.ordinary),
        ),
        never_ends=frozenset(compiled.never_ends),
        headings=headings,
        longest_heading=max(map(len, headings)),
    )
