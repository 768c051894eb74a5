"""Which single words steer how far a cue reaches, and what a heading that no list knows opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.nlp.lexicon import Lexicon
from triage.nlp.text import Section

_HEADS = {  # by the words of a heading that no list knows, what stands below it
    "stopped": Section.STOPPED,
    "kin": Section.FAMILY,
    "suspected": Section.SUSPECTED,
    "current": Section.CURRENT,
    "past": Section.HISTORY,
    "plain": Section.CURRENT,
}
_SHORTEST_DENYING = 5  # letters, exceeded by `sårfri`


@dataclass(frozen=True, slots=True)
class Steering:
    """Single words that decide how far a cue reaches, as normal forms (`lexicon/steering.yaml`)."""

    clause_starts: frozenset[str]
    verbs: frozenset[str]
    subordinators: frozenset[str]
    joins: frozenset[str]
    light: frozenset[str]
    grades: frozenset[str]
    how_much: frozenset[str]
    telling: frozenset[str]
    changes: frozenset[str]
    denying: frozenset[str]
    present: frozenset[str]
    conditional: frozenset[str]
    sentence_adverbs: frozenset[str]
    determiners: frozenset[str]
    heads: Mapping[str, frozenset[str]]  # the lists whose names begin with `heads_`, by the rest of the name
    ongoing: frozenset[str]
    explained: frozenset[str]
    explaining: frozenset[str]
    causing: frozenset[str]
    instructing: frozenset[str]
    found: frozenset[str]
    seeing: frozenset[str]
    helping: frozenset[str]
    ends: frozenset[str]
    put_in: frozenset[str]
    sources: frozenset[str]
    due: frozenset[str]
    relieving: frozenset[str]
    perceived: frozenset[str]
    taken: frozenset[str]
    before_subject: frozenset[str]
    rest: frozenset[str]
    sought: frozenset[str]
    of_body: frozenset[str]
    using: frozenset[str]
    visiting: frozenset[str]
    happening: frozenset[str]
    modal: frozenset[str]
    about: frozenset[str]
    excepting: frozenset[str]
    before_reason: frozenset[str]
    when: frozenset[str]
    no_order: frozenset[str]
    begun: frozenset[str]
    denying_endings: tuple[str, ...]
    procedure_endings: tuple[str, ...]
    doubting_endings: tuple[str, ...]
    likening_endings: tuple[str, ...]
    person_endings: tuple[str, ...]

    def doubts(self, word: str, rest: str = "") -> bool:
        """`tumorsuspekt`, `kreftmistanke`; and `kreftrisiko`, when the place in question ends before `rest` of it."""
        return word.endswith(self.doubting_endings) or rest.endswith(self.likening_endings)

    def denies(self, word: str) -> bool:
        """`smertefri`"""
        return len(word) > _SHORTEST_DENYING and word.endswith(self.denying_endings)

    def section_below(self, heading: list[str]) -> Section:
        """What a heading of these words opens: «Dette har hun ikke hatt», «Sykdommer hos mor». NONE where unsure."""
        if "men" in heading:  # «Vi har spurt om, men eleven har ikke:»
            heading = heading[len(heading) - heading[::-1].index("men") :]
        said = {name for name, words in self.heads.items() if not words.isdisjoint(heading)}
        if "not" in said and "av følgende" in " ".join(heading):  # «Ingen av følgende alarmsymptomer:»
            return Section.DENIED
        if "never" in said:
            return Section.NONE
        if "not" in said and heading[0] not in self.heads["stopped"]:
            last = heading[-2:-1] in (["har"], ["ikke"])
            lacks = last and not {"har", "dette"}.isdisjoint(heading)  # «Symptomer hun ikke har:»
            return Section.DENIED if "found" in said or lacks else Section.NONE
        if "denied" in said:
            return Section.DENIED
        section = next((section for name, section in _HEADS.items() if name in said), Section.NONE)
        told = section is Section.FAMILY and "told" in said  # «Opplysninger fra mor:»
        return Section.NONE if told else section


def load_steering(lexicon: Lexicon) -> Steering:
    of, written = lexicon.text_rules.words.of, lexicon.data["steering"]
    values: dict[str, Any] = {k: tuple(v) if k.endswith("_endings") else frozenset(of(v)) for k, v in written.items()}
    heads = {k.removeprefix("heads_"): values.pop(k) for k in written if k.startswith("heads_")}
    return Steering(heads=heads, **values)
