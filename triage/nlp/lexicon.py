"""The lexicon at work: every term of it that stands in a letter, found by one automaton over normal forms.

`concepts/*.yaml` and `drugs.yaml` name the concepts, `cues.yaml` the words that set a status, `measures.yaml` what is
measured, `text.yaml` how letters are cut up. `compiling.py` turns them into tables.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import accumulate, pairwise, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from triage.domain.errors import NotReady
from triage.kept import kept
from triage.nlp.compiling import DAY, Compiled, Meaning, compile_lexicon, is_opaque
from triage.nlp.dictation import Dictation
from triage.nlp.text import Document, Section, TextRules
from triage.nlp.words import WordForms

_COUNTED_FROM = 3  # «en» and «to» are other words too
_VAGUE = frozenset(("par", "noen", "nokre", "flere", "fleire", "mange", "nogle", "några"))
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])(?:\.(?:20)?\d\d)?")
_OF_NUMBERS = re.compile(rf"\d|{re.escape(DAY)}")
_FIRST_SLOTS = 3  # of a near rule, looked up by bits; few rules have more, and the rest is seen when it is tried


@dataclass(frozen=True, slots=True)
class Term:
    """What a term means. An opaque one has said it all: cues inside it do nothing of their own."""

    concepts: tuple[str, ...] = ()
    denies: tuple[str, ...] = ()  # concepts that it denies without a negation: `vektstabil` denies `vekttap`
    acronyms: tuple[str, ...] = ()  # concepts when in capitals: `SOM` is sekretorisk otitt, `som` is not
    cues: frozenset[str] = frozenset()  # headings of `cues.yaml`
    measures: tuple[str, ...] = ()
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class NearRule:
    """Parts that mean something when they stand near each other, in order: `gått` … `ned` … `kg`."""

    term: Term
    slots: tuple[frozenset[int], ...]  # numbers of the patterns that can fill each
    gap: int  # tokens that may stand between two parts


class Match(NamedTuple):
    """Tokens `first` up to `end` are this term; `parts` when they stand apart. A tuple: letters hold hundreds."""

    first: int
    end: int
    term: Term
    parts: tuple[tuple[int, int], ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        return self.first, self.end

    def gaps(self) -> Iterator[range]:
        """The tokens between its parts."""
        return (range(end, first) for (_, end), (first, _) in pairwise(self.parts))


@dataclass(frozen=True, slots=True)
class NearRules:
    """Finds the rules whose parts are all there without trying each: one bit for each of a rule's first slots.

    Bit `slot * len(rules) + rule` stands for a slot; the slots that a rule does not have count as filled.
    """

    rules: Sequence[NearRule]
    fills: Mapping[int, int]  # by pattern, the bits of the slots that it can fill
    unused: int

    def among(self, said: list[tuple[int, int, int]]) -> list[Match]:
        """The rules that hold in one sentence, whose patterns are `said` as (number, first, end)."""
        parts = [part for part in said if part[0] in self.fills]
        filled, count = self.unused, len(self.rules)
        for number, _, _ in parts:
            filled |= self.fills[number]
        complete = filled & filled >> count & filled >> 2 * count
        return [match for number in _bits(complete) for match in _chains(self.rules[number], parts)]


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _chains(rule: NearRule, said: list[tuple[int, int, int]]) -> list[Match]:
    """Every way to fill the slots in order, with at most `gap` tokens between two."""
    opening, *following = rule.slots
    chains: list[tuple[tuple[int, int], ...]] = [((first, end),) for number, first, end in said if number in opening]
    for slot in following:
        filling = [(first, end) for number, first, end in said if number in slot]
        chains = [(*chain, place) for chain in chains for place in filling if 0 <= place[0] - chain[-1][1] <= rule.gap]
        if not chains:
            break
    return [Match(parts[0][0], parts[-1][1], rule.term, parts) for parts in chains]


@dataclass(frozen=True, slots=True)
class Lexicon:
    version: str
    text_rules: TextRules
    categories: Mapping[str, str]  # of concepts: symptom, test, procedure, drug, ...
    areas: Mapping[str, str]  # of the concepts that belong to one field
    hides: Mapping[str, Sequence[str]]  # concepts that words inside a mention of this one do not name
    data: Mapping[str, Any] = field(repr=False)  # measures, features, missing facts and word lists, as written
    _terms: Sequence[Term | None] = field(repr=False)  # by pattern; None when it is only a part of near rules
    _near: NearRules = field(repr=False)
    _automaton: AhoCorasick = field(repr=False)
    _of_numbers: AhoCorasick = field(repr=False)  # of the terms with a number in them, the first ones

    def matches(self, document: Document) -> list[list[Match]]:
        """The terms of each sentence, also overlapping ones, then those whose parts stand apart. Linear in length."""
        words, sentences = document.words, document.sentences
        sentence_of = [number for number, s in enumerate(sentences) for _ in range(s.first, s.end)]
        said: list[list[tuple[int, int, int]]] = [[] for _ in sentences]
        # Once more with the numbers as they stand, and as days: «6 otitter» is named by its six.
        written = [lower if word == "#" else word for word, lower in zip(words, document.lower, strict=True)]
        dated = [DAY if _DAY.fullmatch(word) else word for word in written]
        for told, automaton in ((words, self._automaton), (written, self._of_numbers), (dated, self._of_numbers)):
            places = {offset: i for i, offset in enumerate(accumulate((len(word) + 1 for word in told), initial=0))}
            for number, start, stop in automaton.find_matches_as_indexes(f" {' '.join(told)} ", overlapping=True):
                first, end = places[start], places[stop - 1]
                if sentence_of[first] == sentence_of[end - 1] and (told is words or "#" in words[first:end]):
                    said[sentence_of[first]].append((number, first, end))
        terms = self._terms
        return [
            [Match(first, end, term) for number, first, end in one if (term := terms[number])] + self._near.among(one)
            for one in said
        ]


def load_lexicon(folder: Path, *, cache: Path | None = None) -> Lexicon:
    """The lexicon in `folder`; its version is the digest of every file. `cache` is a folder that may keep it compiled.

    Raises NotReady when a file is missing or a term cannot be used.
    """
    if not (folder / "cues.yaml").is_file():
        raise NotReady(f"Finner ikke leksikonet i {folder.name}.")
    files = sorted([*folder.rglob("*.yaml"), *folder.glob("ordinary.txt")])
    version = _digest([*files, *sorted(folder.glob("*.npz"))])  # with what was taught beside it
    # What compiles them counts too: a new program must not use what an old one made of the same files.
    name = f"lexicon-{version}-{_digest(sorted(Path(__file__).parent.glob('*.py')))}.json"
    return _lexicon(Compiled(**kept(cache / name if cache else None, lambda: _compiled(files))), version)


def _compiled(files: Sequence[Path]) -> dict[str, Any]:
    data = {file.stem: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files if file.suffix == ".yaml"}
    ordinary = [word for file in files if file.suffix == ".txt" for word in file.read_text().split()]
    compiled = compile_lexicon(data, [*ordinary, *data["text"].get("ordinary", ())])
    return {each.name: getattr(compiled, each.name) for each in fields(compiled)}


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _lexicon(compiled: Compiled, version: str) -> Lexicon:
    forms = sorted({**compiled.terms, **compiled.slots}, key=lambda form: not _OF_NUMBERS.search(form))
    numbers = {form: number for number, form in enumerate(forms)}
    return Lexicon(
        version,
        _text_rules(compiled, forms),
        compiled.categories,
        compiled.areas,
        compiled.hides,
        compiled.data,
        [_term(compiled.terms[form], compiled) if form in compiled.terms else None for form in forms],
        _near_rules(compiled, numbers),
        _automaton(forms),
        _automaton(list(takewhile(_OF_NUMBERS.search, forms))),
    )


def _automaton(forms: Sequence[str]) -> AhoCorasick:
    return AhoCorasick(
        [f" {form} " for form in forms],
        implementation=Implementation.ContiguousNFA,  # small enough for the cache, and built in no time
        matchkind=MatchKind.Standard,
        store_patterns=False,
    )


def _near_rules(compiled: Compiled, numbers: Mapping[str, int]) -> NearRules:
    count = len(compiled.near)
    slots: list[list[set[int]]] = [[set() for _ in range(parts)] for _, parts, _ in compiled.near]
    fills: defaultdict[int, int] = defaultdict(int)
    for form, places in compiled.slots.items():
        for rule, slot in places:
            slots[rule][slot].add(numbers[form])
            fills[numbers[form]] |= 1 << slot * count + rule if slot < _FIRST_SLOTS else 0
    rules = [
        NearRule(_term([meaning], compiled), tuple(map(frozenset, filled)), gap)
        for (meaning, _, gap), filled in zip(compiled.near, slots, strict=True)
    ]
    unused = sum(1 << n * count + r for r, rule in enumerate(rules) for n in range(len(rule.slots), _FIRST_SLOTS))
    return NearRules(rules, fills, unused)


def _term(meanings: Sequence[Meaning], compiled: Compiled) -> Term:
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
    )


def _text_rules(compiled: Compiled, forms: Iterable[str]) -> TextRules:
    headings: defaultdict[str, list[tuple[list[str], Section]]] = defaultdict(list)
    for pieces, section in sorted(compiled.headings, key=lambda heading: -len(heading[0])):
        headings[pieces[0]].append((pieces, Section(section)))
    known, measures = compiled.data["quantities"], compiled.data["measures"].values()
    numbers = _number_words(known["numbers"])
    counts = {word: int(value) for word, value in numbers.items() if value >= _COUNTED_FROM and word not in _VAGUE}
    return TextRules(
        words=WordForms(
            same=compiled.same,
            fixed=frozenset(compiled.fixed),
            known=frozenset(word for form in forms for word in form.split()),
            heads=compiled.heads,
            correctable=compiled.correctable,
            meant=compiled.meant,
            ordinary=frozenset(compiled.ordinary),
        ),
        never_ends=frozenset(compiled.never_ends),
        labels=frozenset(n.split()[-1] for m in measures if not {"needs_unit", "before"} & {*m} for n in m["labels"]),
        sides=frozenset((*known["right"], *known["left"])),
        times=frozenset(known["unit_weeks"]),
        headings=headings,
        dictation=Dictation(numbers, counts),
        pasted=re.compile("|".join(map(re.escape, compiled.pasted))),
    )


def _number_words(written: Mapping[str, float]) -> dict[str, float]:
    """The words of `quantities.yaml`, and those made of two of them: `syttiåtte`, `åtteogsytti`."""
    written = {word: float(value) for word, value in written.items()}
    tens = {word: value for word, value in written.items() if value in range(20, 100, 10)}
    ones = {word: value for word, value in written.items() if value in range(1, 10) and word not in _VAGUE}
    ways = [(ten, one, tens[ten] + ones[one]) for ten in tens for one in ones]
    made = {f"{ten}{one}": value for ten, one, value in ways} | {f"{one}og{ten}": value for ten, one, value in ways}
    return {**written, **made}
