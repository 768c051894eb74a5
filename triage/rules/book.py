"""The rule catalogue: files in, one checked `RuleBook` out; and which of its rules hold for a referral.

A rule file has `defaults` (what all its rules share) and `rules`. `{shared: name}` stands for a group in shared.yaml.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from triage.domain.errors import NotReady
from triage.domain.finding import Reading
from triage.domain.policy import Policy
from triage.domain.recommendation import PATHWAYS, RuleMatch
from triage.domain.referral import Referral
from triage.kept import kept
from triage.paths import LEXICON
from triage.rules.conditions import leaves
from triage.rules.facts import Facts, facts_of, gathered
from triage.rules.rule import Rule
from triage.strict_yaml import Strict, read_yaml, validated

_KEY = re.compile(r"^([\w-]+):", re.MULTILINE)  # of a file's outermost mapping; parsing all of it would take longer


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules in the order of their files. `version` is the shortened digest of every file in the catalogue."""

    rules: tuple[Rule, ...]
    version: str
    by_need: Mapping[str, list[int]]  # a name in `Facts` → places in `rules` that may hold when it is there

    def worth_trying(self, facts: Facts) -> list[Rule]:
        """The rules that can hold, so that a letter that states nothing costs next to nothing."""
        places = {place for name in facts.names() for place in self.by_need.get(name, ())}
        return [self.rules[place] for place in sorted(places)]

    def overdue_for_review(self, day: date) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.reviewed.next < day)


def evaluate(
    book: RuleBook, referral: Referral, reading: Reading, policy: Policy, *, today: date
) -> tuple[RuleMatch, ...]:
    """Every rule that holds today, the most urgent pathway first and those that only inform last. Pure."""
    facts = facts_of(referral, reading, policy)
    matches = (rule.match(facts) for rule in book.worth_trying(facts) if rule.is_valid(today))
    return tuple(sorted(filter(None, matches), key=lambda m: m.pathway.rank if m.pathway else len(PATHWAYS)))


def load_rules(folder: Path, *, lexicon: Path = LEXICON, cache: Path | None = None) -> RuleBook:
    """Every rule under `folder`, each proven by its own examples. NotReady names the file, the rule and the fault.

    `cache` is a folder that may keep what the files say.
    """
    version = _digest(folder)
    said = kept(cache / f"rules-{version}.json" if cache else None, lambda: _read(folder))
    shared, files = said["shared"], said["files"]
    rules = tuple(rule for name, content in files.items() for rule in _rules_of(name, content, shared))
    _refuse_duplicates(rules)
    _refuse_unknown_names(rules, _known_names(lexicon))
    asked = ((rule.when.needs() or {f"area {rule.area}"}, place) for place, rule in enumerate(rules))
    needs = ((name, place) for names, place in asked for name in names)
    return RuleBook(rules=rules, version=version, by_need=gathered(needs))


def _read(folder: Path) -> dict[str, Any]:
    files = {f"{file.parent.name}/{file.name}": read_yaml(file) for file in sorted(folder.glob("*/*.yaml"))}
    return {"shared": read_yaml(folder / "shared.yaml") or {}, "files": files}


class _RuleFile(Strict):
    defaults: dict[str, Any] = Field(default_factory=dict)
    rules: tuple[dict[str, Any], ...]


def _rules_of(name: str, content: object, shared: Mapping[str, Any]) -> Iterator[Rule]:
    file = validated(_RuleFile, content, f"Regelfila {name}")
    for said in file.rules:
        place = f"Regelen {said.get('id', 'uten id')} i {name}"
        then = {**file.defaults.get("then", {}), **said.get("then", {})}
        yield validated(Rule, _spelled_out({**file.defaults, **said, "then": then}, shared, place), place)


def _spelled_out(said: Any, shared: Mapping[str, Any], place: str) -> Any:
    """`said` with every `{shared: name}` replaced by what the name stands for."""
    if isinstance(said, list):
        return [_spelled_out(part, shared, place) for part in said]
    if not isinstance(said, dict):
        return said
    if set(said) == {"shared"}:
        if said["shared"] not in shared:
            raise NotReady(f"{place} viser til {said['shared']}, som ikke finnes i shared.yaml.")
        return _spelled_out(shared[said["shared"]], shared, place)
    return {key: _spelled_out(part, shared, place) for key, part in said.items()}


def _known_names(lexicon: Path) -> frozenset[str]:
    """All that a rule may ask for, as `Facts` names it."""
    features = read_yaml(lexicon / "alarm_features.yaml")["features"]
    profiles = read_yaml(lexicon / "required_content.yaml")["profiles"]
    named = [*(lexicon / "concepts").glob("*.yaml"), lexicon / "drugs.yaml"]
    return frozenset(
        {f"feature {feature['id']}" for feature in features}
        | {f"finding {concept}" for file in named for concept in _KEY.findall(file.read_text(encoding="utf-8"))}
        | {f"missing {item['id']}" for profile in profiles for item in profile["items"]}
        | {f"measure {measure}" for measure in _KEY.findall((lexicon / "measures.yaml").read_text("utf-8"))}
    )


def _refuse_unknown_names(rules: tuple[Rule, ...], known: frozenset[str]) -> None:
    for rule in rules:
        asked = {name for leaf in leaves(rule.when) for name in leaf.needs() or ()}
        unknown = sorted(name for name in asked - known if not name.startswith("requested "))
        if unknown:
            raise NotReady(f"Regelen {rule.id} spør etter noe som leksikonet ikke har: {', '.join(unknown)}.")


def _refuse_duplicates(rules: tuple[Rule, ...]) -> None:
    ids = [rule.id for rule in rules]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if twice:
        raise NotReady(f"Disse reglene står to ganger: {', '.join(twice)}.")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.yaml")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
