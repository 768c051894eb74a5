"""The linter's rules as data (`linter.yaml`): which words a letter must hold, and which it must not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from ahocorasick_rs import AhoCorasick
from pydantic import BaseModel, ConfigDict, ValidationError

from triage.domain.errors import NotReady
from triage.domain.referral import Language
from triage.letters.notation import Pattern, compile_pattern
from triage.letters.passages import Passages
from triage.letters.rule import Rule, RuleEntry, compile_rule
from triage.letters.stems import StemIndex

RULES = Path(__file__).parent / "linter.yaml"


class RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, str]
    shared: dict[str, list[str | list[str]]] = {}
    telling_words: dict[Language, str]
    unfilled: dict[str, str]
    rules: tuple[RuleEntry, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules in the order of the file, the names of diseases, and what an unfilled field looks like."""

    rules: tuple[Rule, ...]
    diagnosis: Pattern
    telling_words: Mapping[Language, frozenset[str]]
    unfilled: tuple[tuple[str, re.Pattern[str]], ...]
    stems: tuple[str, ...]
    scanner: AhoCorasick

    def index(self, letter: Passages) -> StemIndex:
        """One pass over the text for the stems of all rules."""
        places: dict[str, list[int]] = {}
        for number, start, _ in self.scanner.find_matches_as_indexes(letter.low, overlapping=True):
            places.setdefault(self.stems[number], []).append(start)
        return StemIndex(letter, places)


@cache
def load_rulebook(path: Path = RULES) -> Rulebook:
    """NotReady when the file cannot be used."""
    try:
        file = RuleFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
        rules = tuple(compile_rule(entry, file.words) for entry in file.rules)
        unfilled = tuple((sign, re.compile(pattern, re.MULTILINE)) for sign, pattern in file.unfilled.items())
        telling = {language: frozenset(words.split()) for language, words in file.telling_words.items()}
        diagnosis = compile_pattern(file.words["diagnosis"], file.words)
    except (OSError, yaml.YAMLError, ValidationError, ValueError, KeyError, re.error) as error:
        raise NotReady(f"Reglene for brevkontrollen kan ikke leses: {path.name}") from error
    needs = (need for rule in rules for alternative in rule.alternatives for need in alternative.needs)
    stems = sorted(frozenset[str]().union(*needs))
    return Rulebook(rules, diagnosis, telling, unfilled, tuple(stems), AhoCorasick(stems))
