"""The lexicon: YAML that a clinician can edit, compiled into one automaton over normal forms.

`concepts/*.yaml` and `drugs.yaml` name the concepts, `cues.yaml` the words that set a status, `measures.yaml` what is
measured, `text.yaml` how letters are cut up. Terms are written as people write them; endings, nynorsk spelling, lost
æøå and misspellings of long words need no entries of their own (`words.py`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from triage.domain.errors import NotReady
from triage.domain.referral import Area
from triage.nlp.text import PIECE, Section, TextRules
from triage.nlp.words import WordForms, fold

_TERM_KEYS = ("nb", "nn", "short", "lay", "misspelled", "names", "other")
_CORRECTABLE_LENGTH = 6
_CUE_GAP = 3  # words that `~` may stand for in a cue


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that set a status. `kind` is a heading of `cues.yaml` and says what they do and how far they reach."""

    kind: str


@dataclass(frozen=True, slots=True)
class NearSlot:
    """One of the word groups that mean a concept when they stand near each other, in this order, in one sentence."""

    rule: int
    slot: int


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a measure, beside which its value is looked for."""

    measure: str


@dataclass(frozen=True, slots=True)
class Denial:
    """Words that deny a concept without a negation: `vektstabil` denies `vekttap`."""

    concept: str


@dataclass(frozen=True, slots=True)
class Acronym:
    """A concept's name in capitals only: `SOM` is sekretorisk otitt, `som` is not."""

    concept: str


Role = str | Denial | Acronym | Cue | NearSlot | Label  # a plain string is a concept's name


@dataclass(frozen=True, slots=True)
class NearRule:
    role: "Role"
    slots: int
    gap: int  # tokens that may stand between two slots


@dataclass(frozen=True, slots=True)
class Concept:
    """`category` tells symptoms from tests, procedures and drugs: cues treat them differently."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens `first` up to `end` are a term with these roles; its parts may stand apart."""

    first: int
    end: int
    roles: tuple[Role, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    version: str
    text_rules: TextRules
    concepts: Mapping[str, Concept]
    near_rules: tuple[NearRule, ...]
    areas: Mapping[str, Area]  # of the concepts that belong to one field
    data: Mapping[str, Any] = field(repr=False)  # measures, features, missing facts and word lists, as read
    _roles: tuple[tuple[Role, ...], ...] = field(repr=False, default=())
    _automaton: AhoCorasick | None = field(repr=False, default=None)

    def matches(self, words: list[str]) -> Iterator[Match]:
        """Every term in the token stream, also overlapping ones, in no particular order. Linear in its length."""
        if self._automaton is None:
            return
        places: dict[int, int] = {}
        offset = 0
        for i, word in enumerate(words):
            places[offset] = i
            offset += len(word) + 1
        stream = " " + " ".join(words) + " "
        roles = self._roles
        for pattern, start, end in self._automaton.find_matches_as_indexes(stream, overlapping=True):
            yield Match(places[start], places.get(end - 1, len(words)), roles[pattern])


def load_lexicon(folder: Path) -> Lexicon:
    """Read and compile every YAML file under `folder`. The version is the digest of all of them.

    Raises NotReady when a file is missing or a term cannot be used.
    """
    if not (folder / "cues.yaml").is_file():
        raise NotReady(f"Finner ikke leksikonet i {folder.name}.")
    files = sorted(folder.rglob("*.yaml"))
    data = {file.stem: yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files}
    ordinary = folder / "ordinary.txt"
    data["ordinary"] = ordinary.read_text().split() if ordinary.is_file() else []
    return _Compiler(data, _digest([*files, *folder.glob("ordinary.txt")])).lexicon()


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class _Compiler:
    """Turns the YAML into a Lexicon; thrown away afterwards."""

    def __init__(self, data: Mapping[str, Any], version: str) -> None:
        self.data = data
        self.version = version
        text = data["text"]
        self.same = {form: word for word, forms in text["same"].items() for form in forms}
        self.fixed = frozenset(text["fixed"]) | frozenset(text["same"])
        self.words = WordForms(self.same, self.fixed)
        self.roles: defaultdict[str, list[Role]] = defaultdict(list)
        self.surface: set[str] = set()
        self.heads: dict[str, str] = {}
        self.near_rules: list[NearRule] = []
        self.concepts: dict[str, Concept] = {}

    def lexicon(self) -> Lexicon:
        entries = {name: entry for file in _CONCEPT_FILES for name, entry in self.data[file].items()}
        for name, entry in entries.items():
            self._add_concept(name, entry)
        for measure, entry in self.data["measures"].items():
            for label in entry["labels"]:
                self._add(label, Label(measure))
        for kind, cues in self.data["cues"].items():
            for cue in cues:
                self._add_cue(cue, Cue(kind))
        terms = list(self.roles)
        words = {word for term in terms for word in term.split()}
        correctable = {word for word in words if len(word) >= _CORRECTABLE_LENGTH and word.isalpha()}
        return Lexicon(
            version=self.version,
            text_rules=self._text_rules(correctable),
            concepts=self.concepts,
            near_rules=tuple(self.near_rules),
            areas={concept: area for area in Area for concept in self.data[area]},
            data=self.data,
            _roles=tuple(tuple(self.roles[term]) for term in terms),
            _automaton=AhoCorasick(
                [f" {term} " for term in terms],
                implementation=Implementation.DFA,
                matchkind=MatchKind.Standard,
                store_patterns=False,
            ),
        )

    def _add_concept(self, name: str, entry: Mapping[str, Any]) -> None:
        self.concepts[name] = Concept(name, entry.get("category", "drug"))
        for key in _TERM_KEYS:
            for term in entry.get(key, ()):
                self._add(str(term), name)
        for term in entry.get("acronyms", ()):
            self._add(str(term), Acronym(name))
        for term in entry.get("denied", ()):
            self._add(str(term), Denial(name))
        for head in entry.get("ends", ()):
            self.heads[self.words.of([head])[0]] = "*" + head
            self._add_form("*" + head, name)
        for slots in entry.get("near", ()):
            self._add_near(name, slots, gap=entry.get("gap", 4))

    def _add_cue(self, cue: str, role: Cue) -> None:
        if "~" in cue:
            self._add_near(role, cue.split("~"), gap=_CUE_GAP)
        else:
            self._add(cue, role)

    def _add_near(self, role: Role, slots: list[str], *, gap: int) -> None:
        rule = len(self.near_rules)
        self.near_rules.append(NearRule(role, len(slots), gap))
        for slot, alternatives in enumerate(slots):
            for term in str(alternatives).split("|"):
                self._add(term.strip(), NearSlot(rule, slot))

    def _add(self, term: str, role: Role) -> None:
        pieces = [
            piece for piece in PIECE.findall(term.replace("N", "\0").lower().replace("\0", "N")) if not piece.isspace()
        ]
        words = [word for i, word in enumerate(pieces) if not (word == "-" and 0 < i < len(pieces) - 1)]
        if not words:
            raise NotReady(f"Leksikonet har et tomt uttrykk ved {role}.")
        self.surface.update(words)
        self._add_form(
            " ".join("#" if word == "N" else form for word, form in zip(words, self.words.of(words), strict=True)), role
        )

    def _add_form(self, form: str, role: Role) -> None:
        if role not in self.roles[form]:
            self.roles[form].append(role)

    def _text_rules(self, correctable: set[str]) -> TextRules:
        text = self.data["text"]
        known = frozenset(word for term in self.roles for word in term.split())
        headings = {
            tuple(p for p in PIECE.findall(heading) if not p.isspace()): Section(section)
            for section, names in text["headings"].items()
            for heading in names
        }
        return TextRules(
            words=WordForms(
                same=self.same,
                fixed=self.fixed,
                known=known,
                heads=self.heads,
                correctable=_by_first_letter(correctable),
                folded={fold(word): self.words.of([word])[0] for word in self.surface if fold(word) != word},
                ordinary=frozenset((*self.data["ordinary"], *text.get("ordinary", ()))),
            ),
            never_ends=frozenset(text["never_ends"]),
            headings=headings,
            longest_heading=max(map(len, headings)),
        )


_CONCEPT_FILES = ("endoscopy", "eye", "ent", "general", "drugs")


def _by_first_letter(forms: Iterable[str]) -> dict[str, list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for form in sorted(forms):
        groups[form[0]].append(form)
    return dict(groups)
