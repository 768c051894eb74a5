"""What the rules can do when every alarm feature is read rightly: corpus cases as `Reading`s made from their gold.

The gold names alarm features and missing facts only; concepts and values come from the program's own reader.
`python tests/rules/gold_reading.py dev01 dev02 ...` prints the figures, with `--read` those of the whole reader.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from triage.domain.finding import Evidence, Experiencer, Feature, MissingFact, Reading, Status
from triage.domain.policy import Policy
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Referral, Sex
from triage.nlp.reader import Reader, load_reader
from triage.paths import LEXICON, MODELS, POLICIES, RULE_CATALOG
from triage.rules.book import RuleBook, evaluate, load_rules
from triage.rules.policy_file import load_policy
from triage.rules.precedence import Proposal, combine

CORPUS = MODELS / "corpus"
TODAY = date(2025, 6, 2)
ALL_TEXT = (Evidence(0, 1),)
KIN = re.compile(
    r"\b(mor|mora|moren|mamma|far|faren|pappa|(?:store|lille)?bror(?:en)?|søster|syster|søsteren|søsken|sysken|foreldre|datter|dotter"
    r"|sønn|son|førstegrad\w*|fyrstegrad\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One letter of the corpus with what its writer says is right."""

    referral: Referral
    reading: Reading
    gold: Pathway
    acceptable: frozenset[Pathway]


def cases(*batches: str, whole_reader: bool = False) -> list[Case]:
    lines = (line for batch in batches for line in (CORPUS / f"{batch}.jsonl").read_text(encoding="utf-8").splitlines())
    return [_case(json.loads(line), whole_reader=whole_reader) for line in lines]


def _case(record: dict[str, Any], *, whole_reader: bool) -> Case:
    referral = Referral(
        id=record["id"],
        text=record["text"],
        area=Area(record["area"]),
        requested=record["requested"],
        age=record["age"],
        sex=Sex(record["sex"]),
        codes=tuple(record["codes"]),
    )
    reading, gold = _reader().read(referral), Pathway(record["gold"]["pathway"])
    if not whole_reader:
        reading = replace(reading, features=tuple(_features(record)), missing=tuple(_missing(record)))
    return Case(referral, reading, gold, frozenset({gold, *map(Pathway, record["gold"]["also_acceptable"])}))


@cache
def _reader() -> Reader:
    return load_reader(LEXICON)


def _features(record: dict[str, Any]) -> Iterator[Feature]:
    gold = record["gold"]
    stated = [*((name, "present") for name in gold["present"]), *((name, "negated") for name in gold["negated"])]
    for name, said in [*stated, *((other["id"], other["status"]) for other in gold["other"])]:
        status = Status(said)
        whose = _whose(record["text"]) if status is Status.FAMILY else Experiencer.PATIENT
        yield Feature(name, status, ALL_TEXT, whose)


def _whose(text: str) -> Experiencer:
    """The gold does not say whose cancer it is: a parent, sibling or child in a sentence about cancer is taken."""
    about_cancer = (
        part for part in re.split(r"[.\n;]", text) if re.search(r"kreft|\bca\b|svulst", part, re.IGNORECASE)
    )
    return Experiencer.FIRST_DEGREE if any(map(KIN.search, about_cancer)) else Experiencer.SECOND_DEGREE


def _missing(record: dict[str, Any]) -> Iterator[MissingFact]:
    return (MissingFact(item, item, question="", decisive=True) for item in record["gold"]["missing"])


def proposal(case: Case, book: RuleBook, policy: Policy) -> Proposal:
    matches = evaluate(book, case.referral, case.reading, policy, today=TODAY)
    return combine(matches, None, case.reading)


def figures(batch: Iterable[Case], book: RuleBook, policy: Policy) -> dict[str, Counter[bool]]:
    """Hits and misses by name, such as `eye red sensitivity`. A precision counts what is acceptable as right."""
    counts: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for case in batch:
        area, proposed = case.referral.area, proposal(case, book, policy).pathway
        counts[f"{area} accuracy"][proposed is case.gold] += 1
        counts[f"{area} acceptable"][proposed in case.acceptable] += 1
        if case.gold.is_red:
            counts[f"{area} red sensitivity"][proposed.is_red] += 1
        if proposed.is_red:
            counts[f"{area} red precision"][any(pathway.is_red for pathway in case.acceptable)] += 1
        if case.gold is Pathway.PRIMARY_CARE:
            counts[f"{area} low value recall"][proposed is Pathway.PRIMARY_CARE] += 1
        if proposed is Pathway.PRIMARY_CARE:
            counts[f"{area} low value precision"][Pathway.PRIMARY_CARE in case.acceptable] += 1
    return counts


def main(*arguments: str) -> None:
    book, policy = load_rules(RULE_CATALOG), load_policy(POLICIES / "default.yaml")
    batch = cases(*(name for name in arguments if not name.startswith("-")), whole_reader="--read" in arguments)
    for case in batch if "--list" in arguments else ():
        proposed = proposal(case, book, policy).pathway
        matches = evaluate(book, case.referral, case.reading, policy, today=TODAY)
        rules = ", ".join(match.rule for match in matches if match.pathway)
        if proposed not in case.acceptable:
            print(case.referral.id, case.referral.requested, case.referral.age, case.gold, "<-", proposed, f"({rules})")  # noqa: T201
    for name, count in sorted(figures(batch, book, policy).items()):
        print(f"{name:32} {count[True]}/{count.total()}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
