"""One form for each word, whatever its ending, written form or spelling.

`svelgvanskane`, `svelgevansker` and `svelgvannsker` must meet the same entry of the lexicon. Endings are cut by rule,
nynorsk and frequent slips come from a table, compounds are known by their head, and a long word that nobody knows is
taken for its nearest neighbour in the lexicon. Every answer is kept, because referrals repeat their words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

_ENDINGS = ("anes", "enes", "ande", "ende", "ane", "ene", "ens", "ets", "ers", "ar", "en", "er", "et", "a", "e")
_SHORTEST_STEM = 3
_NYNORSK_SPELLING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[^\W\d_])([kg])je"), r"\1e"),  # ikkje, svelgje
    (re.compile(r"heit"), "het"),
    (re.compile(r"sjuk"), "syk"),
    (re.compile(r"(?<=\w{3})leg(?=t?$)"), "lig"),
    (re.compile(r"^auge(?=\w)"), "øye"),
    (re.compile(r"(?<=[^\W\d_])ning(?=$|[aes])"), "ing"),  # blødning and bløding
    (re.compile(r"øyr(?!e$|esi)"), "ør"),  # øyreverk; høyre and høyreside keep their meaning
    (re.compile(r"botn"), "bunn"),
    (re.compile(r"vatn"), "vann"),
    (re.compile(r"mjølk"), "melk"),
    (re.compile(r"^nase(?=\w{3})"), "nese"),
    (re.compile(r"(?<=\w)heim"), "hjem"),
    (re.compile(r"ö"), "ø"),  # Swedish keyboards
    (re.compile(r"ä"), "æ"),
)
NORWEGIAN = frozenset("æøå")
_KEYBOARDS = [str.maketrans(letters) for letters in ({"æ": "ae", "ø": "oe", "å": "aa"}, {"æ": "a", "ø": "o", "å": "a"})]
_SHORTEST_CORRECTED, _TWO_EDITS_FROM = 6, 10  # letters
_LONGEST = 60  # letters; what is longer is no word of a letter
_MEMORY = 200_000  # words


def stem(word: str) -> str:
    """The word without its ending and with bokmål spelling; at least three letters stay."""
    for pattern, replacement in _NYNORSK_SPELLING:
        word = pattern.sub(replacement, word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def meant_by(words: Iterable[str]) -> dict[str, str]:
    """What `avfoering` and `avforing` stand for where a keyboard lacks ø, unless they are words themselves."""
    known = set(words)
    spelt = ((word.translate(letters), word) for letters in _KEYBOARDS for word in sorted(known, reverse=True))
    return {plain: word for plain, word in spelt if plain not in known and not NORWEGIAN.isdisjoint(word)}


@dataclass(slots=True)
class WordForms:
    """Gives each lower-case word its normal form.

    `same` maps a word to the one it is read as; `fixed` words keep their form; `known` are the forms that the lexicon
    uses; `heads` maps the head of a compound to the form of its entry (`kreft` to `*kreft`); `correctable` are forms
    by first letter that a long unknown word may be a misspelling of; `meant` maps words from keyboards without æ, ø
    and å to the words they stand for; `ordinary` forms are real words that only look like a misspelling of a term.
    """

    same: Mapping[str, str]
    fixed: frozenset[str]
    known: frozenset[str] = frozenset()
    heads: Mapping[str, str] = field(default_factory=dict)
    correctable: Mapping[str, list[str]] = field(default_factory=dict)
    meant: Mapping[str, str] = field(default_factory=dict)
    ordinary: frozenset[str] = frozenset()
    _seen: dict[str, str] = field(default_factory=dict)

    def of(self, words: Iterable[str]) -> list[str]:
        """Normal forms, in order. The memory is emptied when it has grown past its limit."""
        if len(self._seen) > _MEMORY:
            self._seen.clear()
        seen, find = self._seen, self._find
        return [seen.get(word) or find(word) for word in words]

    def _find(self, word: str) -> str:
        form = self._seen[word] = self._normal(word)
        return form

    def _normal(self, word: str) -> str:
        if not word[0].isalpha() or word in self.fixed or len(word) > _LONGEST:
            return word
        if word in self.same:
            return self.same[word]
        form = stem(word)
        if form in self.known:
            return form
        if word in self.meant:
            return self._normal(self.meant[word])
        return self._by_head(form) or self.nearest(word, form) or form

    def _by_head(self, form: str) -> str | None:
        """`magekreft` is `*kreft` when the lexicon has an entry for that head; the longest head wins."""
        return next((self.heads[form[cut:]] for cut in range(2, len(form) - 2) if form[cut:] in self.heads), None)

    def nearest(self, word: str, form: str) -> str | None:
        """The correctable form one edit away (two from ten letters) that begins with the same letter."""
        if len(word) < _SHORTEST_CORRECTED or form in self.ordinary:
            return None
        edits = 1 if len(word) < _TWO_EDITS_FROM else 2
        found = extractOne(form, self.correctable.get(form[0], ()), scorer=OSA.distance, score_cutoff=edits)
        return found[0] if found else None
