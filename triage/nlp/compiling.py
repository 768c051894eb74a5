"""From the YAML that a clinician edits to the tables that reading needs.

Terms are brought to normal forms, so that one entry meets all endings and spellings. The result is plain data: it can
be kept as JSON beside the program's other files, so that a start does not pay for the compilation again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby, product
from operator import itemgetter
from typing import Any

from triage.domain.errors import NotReady
from triage.nlp.text import TOKEN
from triage.nlp.words import WordForms, meant_by

_TERM_KEYS = ("nb", "nn", "short", "lay", "misspelled", "names", "other")
_CONCEPT_FILES = ("endoscopy", "eye", "ent", "general", "drugs")
_READ_AS_THEY_ARE = (
    *("measures", "quantities", "steering", "decisive", "requests", "language", "required_content", "alarm_features"),
    *("endoscopy_features", "eye_features", "ent_features"),
)
_CORRECTABLE_LENGTH = 6
_ENOUGH_OF_A_FAMILY = 3
_CUE_GAP = 3  # words that `~` may stand for in a cue
_VERB_FIRST = re.compile(r"((?:^|\|)\s*)(\w+r|kan|vil|skal|må) ikke\b([^|]*)")
_BOTH_ORDERS = r"\1\2 ikke\3|ikke \2\3"
DAY = "#.#"  # in the words of a letter, for a number that may be a day: `14.11`
_STANDS_FOR = {"N": "#", "DATO": DAY}
_TRANSPARENT = ("family", "qualifier")  # categories whose terms leave the cues inside them alone

# What a term means: (kind, name), where kind is concept, denial, acronym, cue or measure.
Meaning = tuple[str, str]


@dataclass(slots=True)
class Compiled:
    """Plain data only. `terms` maps a normal form to its meanings; `slots` to (near rule, slot) pairs."""

    terms: dict[str, list[Meaning]] = field(default_factory=dict)
    slots: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    near: list[tuple[Meaning, int, int]] = field(default_factory=list)  # meaning, number of slots, gap
    categories: dict[str, str] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    hides: dict[str, list[str]] = field(default_factory=dict)  # concepts that words inside a mention do not name
    heads: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)
    meant: dict[str, str] = field(default_factory=dict)
    correctable: dict[str, list[str]] = field(default_factory=dict)
    ordinary: list[str] = field(default_factory=list)
    never_ends: list[str] = field(default_factory=list)
    headings: list[tuple[list[str], str]] = field(default_factory=list)
    pasted: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def compile_lexicon(files: Mapping[str, Any], ordinary: list[str]) -> Compiled:
    """`files` are the YAML files by name without ending. Raises NotReady when a term cannot be used."""
    return _Compiler(files, ordinary).compiled


class _Compiler:
    def __init__(self, files: Mapping[str, Any], ordinary: list[str]) -> None:
        text = files["text"]
        self.compiled = Compiled(ordinary=ordinary, never_ends=text["never_ends"], pasted=text["pasted"])
        self.compiled.same = {form: word for word, forms in text["same"].items() for form in forms}
        self.compiled.fixed = [*text["fixed"], *text["same"]]
        self.compiled.data = {name: files[name] for name in _READ_AS_THEY_ARE}
        self.words = WordForms(self.compiled.same, frozenset(self.compiled.fixed))
        self.surface: set[str] = set()
        self.families = [frozenset(map(self._form, words.split("|"))) for words in text["families"]]
        self._add_everything(files)
        self._finish(text)

    def _add_everything(self, files: Mapping[str, Any]) -> None:
        for file in _CONCEPT_FILES:
            for name, entry in files[file].items():
                self._add_concept(name, entry, file)
        for measure, entry in files["measures"].items():
            for label in entry["labels"]:
                self._add(label, ("measure", measure))
        for kind, cues in files["cues"].items():
            for cue in cues:
                self._add_cue(cue, ("cue", kind))

    def _add_concept(self, name: str, entry: Mapping[str, Any], file: str) -> None:
        self.compiled.categories[name] = entry.get("category", "drug")
        if file not in ("general", "drugs"):
            self.compiled.areas[name] = file
        if "hides" in entry:
            self.compiled.hides[name] = entry["hides"]
        for key in _TERM_KEYS:
            for term in entry.get(key, ()):
                self._add(str(term), ("concept", name))
        for kind, key in (("acronym", "acronyms"), ("denial", "denied")):
            for term in entry.get(key, ()):
                self._add(str(term), (kind, name))
        for head in entry.get("ends", ()):
            self.compiled.heads[self.words.of([head])[0]] = "*" + head
            self._add_form("*" + head, ("concept", name))
        for kind, key in (("concept", "near"), ("denial", "denied_near")):
            for slots in entry.get(key, ()):
                self._add_near((kind, name), slots, gap=entry.get("gap", 4))

    def _add_cue(self, cue: str, meaning: Meaning) -> None:
        if "~" in cue:
            self._add_near(meaning, cue.split("~"), gap=_CUE_GAP)
        else:
            self._add(cue, meaning)

    def _add_near(self, meaning: Meaning, slots: list[str], *, gap: int) -> None:
        if type(gap) is not int:
            raise NotReady(f"Leksikonet: «gap» for {meaning[1]} må være et helt tall.")
        rule = len(self.compiled.near)
        self.compiled.near.append((meaning, len(slots), gap))
        for slot, alternatives in enumerate(slots):
            for form in self._with_families(map(self._form, _in_both_orders(str(alternatives), meaning).split("|"))):
                self.compiled.slots.setdefault(form, []).append((rule, slot))

    def _with_families(self, forms: Iterable[str]) -> set[str]:
        """`brått|plutselig|momentant` is met by «med eitt» too: three that say the same tell what is meant."""
        said = set(forms)
        return said.union(*(family for family in self.families if len(family & said) >= _ENOUGH_OF_A_FAMILY))

    def _add(self, term: str, meaning: Meaning) -> None:
        for said in _in_both_orders(term, meaning).split("|"):
            self._add_form(self._form(said), meaning)

    def _add_form(self, form: str, meaning: Meaning) -> None:
        meanings = self.compiled.terms.setdefault(form, [])
        if meaning not in meanings:
            meanings.append(meaning)

    def _form(self, term: str) -> str:
        """The normal forms of the term's words, with `#` for a number written as N, `#.#` for a day written as DATO."""
        pieces = TOKEN.findall(_lowered(term).rstrip())
        words = [word for i, word in enumerate(pieces) if word != "-" or not 0 < i < len(pieces) - 1]
        if not words:
            raise NotReady(f"Leksikonet har et tomt uttrykk: «{term}».")
        self.surface.update(words)
        return " ".join(_STANDS_FOR.get(word, form) for word, form in zip(words, self.words.of(words), strict=True))

    def _finish(self, text: Mapping[str, Any]) -> None:
        compiled = self.compiled
        words = {word for form in (*compiled.terms, *compiled.slots) for word in form.split()}
        long = sorted(word for word in words if len(word) >= _CORRECTABLE_LENGTH and word.isalpha())
        compiled.correctable = {letter: list(forms) for letter, forms in groupby(long, key=itemgetter(0))}
        compiled.meant = meant_by([*self.surface, *compiled.ordinary, *compiled.fixed])
        compiled.headings = [
            (TOKEN.findall(" ".join(heading)), section)
            for section, headings in text["headings"].items()
            for written in headings
            for heading in product(*(word.split("|") for word in written.split()))
        ]


def is_opaque(meanings: Iterable[Meaning], categories: Mapping[str, str]) -> bool:
    """Whether the cues inside the term do nothing of their own: the term has said it all."""
    return any(kind == "concept" and categories[name] not in _TRANSPARENT for kind, name in meanings)


def _lowered(term: str) -> str:
    """Small letters, except what stands for a number or a day."""
    return " ".join(word if word in _STANDS_FOR else word.lower() for word in term.split(" "))


def _in_both_orders(terms: str, meaning: Meaning) -> str:
    """«Ser ikke midten», and «at hun ikke ser midten»; a cue has its own word order."""
    return terms if meaning[0] == "cue" else _VERB_FIRST.sub(_BOTH_ORDERS, terms)
