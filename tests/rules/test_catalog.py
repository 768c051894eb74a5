"""The catalogue as a whole: nothing of the source material is forgotten, and every limit is tried on both sides."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage.domain.recommendation import Pathway
from triage.paths import LEXICON, RULE_CATALOG
from triage.rules.book import RuleBook, load_rules
from triage.rules.conditions import Condition, FeatureIs, Group, leaves
from triage.rules.rule import EXAMPLE_POLICY, Rule

SOURCE_MATERIAL = Path(__file__).parents[2].parent / "shared" / "domain" / "guidelines.yaml"
RULES = load_rules(RULE_CATALOG).rules
Raw = dict[str, Any]


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


SOURCE_IDS: dict[str, list[str]] = read(RULE_CATALOG / "source_ids.yaml")
LEFT_OUT: dict[str, str] = read(RULE_CATALOG / "left_out.yaml")


def asked_for(condition: Condition) -> Iterator[Condition]:
    """The leaves that help a rule to hold, not those that stop it."""
    parts = (*condition.all_of, *condition.any_of) if isinstance(condition, Group) else ()
    yield from (leaf for part in parts for leaf in asked_for(part))
    yield from () if isinstance(condition, Group) else (condition,)


def own_limits(said: Any) -> Iterator[tuple[str, float]]:
    """What is measured and the limit, for every limit that a rule itself sets (those of shared groups not)."""
    bounds = ("below", "at_most", "above", "at_least")
    if isinstance(said, list):
        yield from (limit for part in said for limit in own_limits(part))
    elif isinstance(said, dict) and "weeks" in said:
        yield from (("weeks", float(said["weeks"][bound])) for bound in bounds if bound in said["weeks"])
    elif isinstance(said, dict) and ("measure" in said or "age" in said):
        name, numbers = said.get("measure", "age"), said.get("age", said)
        limits = [numbers[bound] for bound in bounds if bound in numbers]
        yield from ((name, float(getattr(EXAMPLE_POLICY, str(limit), limit))) for limit in limits)
    elif isinstance(said, dict):
        yield from (limit for part in said.values() for limit in own_limits(part))


def tried(rule: Rule, name: str) -> list[float]:
    ages = [example.age for example in rule.examples if example.age is not None]
    given = [value for example in rule.examples for value in example.given if isinstance(value, dict)]
    if name == "age":
        return [float(age) for age in ages]
    numbers = [pair for value in given for pair in value.items()]
    return [number for said, number in numbers if said == name or (name == "weeks" and said.endswith(" weeks"))]


RAW_RULES: list[Raw] = [rule for file in sorted(RULE_CATALOG.glob("*/*.yaml")) for rule in read(file)["rules"]]
LIMITS = sorted({(said["id"], *limit) for said in RAW_RULES for limit in own_limits(said["when"])})


@pytest.mark.parametrize(("rule_id", "name", "limit"), LIMITS, ids=str)
def test_every_limit_is_tried_below_at_and_above(rule_id: str, name: str, limit: float) -> None:
    rule = next(rule for rule in RULES if rule.id == rule_id)

    values = tried(rule, name)

    assert {(value > limit) - (value < limit) for value in values} == {-1, 0, 1}


@pytest.mark.parametrize(("calprotectin", "expected"), [(49, 1), (50, 0), (51, 0)])
def test_shared_grey_zone_of_calprotectin_keeps_a_referral_from_low_value(calprotectin: int, expected: int) -> None:
    rule = next(rule for rule in RULES if rule.id == "endoscopy/uncomplicated_dyspepsia")
    example = rule.examples[0].model_copy(update={"given": ("dyspepsi", {"calprotectin": calprotectin})})

    matches = [rule.match(example.facts(rule.area))]

    assert len([match for match in matches if match]) == expected


def test_every_alarm_feature_helps_some_rule_to_hold() -> None:
    known = {feature["id"] for feature in read(LEXICON / "alarm_features.yaml")["features"]}

    conditions = [leaf for rule in RULES for leaf in asked_for(rule.when) if isinstance(leaf, FeatureIs)]

    assert {f"feature {name}" for name in known} - {name for leaf in conditions for name in leaf.names} == set()


def test_every_entry_of_the_source_material_is_a_rule_or_left_out_with_a_reason() -> None:
    entries = {entry for kind in SOURCE_IDS.values() for entry in kind}

    done = {entry for rule in RULES for entry in rule.guidelines}

    assert entries == done | LEFT_OUT.keys()
    assert done & LEFT_OUT.keys() == set()
    assert all(LEFT_OUT.values())


@pytest.mark.skipif(not SOURCE_MATERIAL.exists(), reason="the source material is not beside the project")
def test_source_ids_are_those_of_the_source_material() -> None:
    material = read(SOURCE_MATERIAL)

    assert {kind: [entry["id"] for entry in material[kind]] for kind in SOURCE_IDS} == SOURCE_IDS


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.danger], ids=lambda rule: rule.id)
def test_danger_rule_is_found_in_letters_of_every_area(rule: Rule, book: RuleBook) -> None:
    example = next(example for example in rule.examples if example.expect == "match")

    tried_rules = [book.worth_trying(example.facts(area)) for area in ("endoscopy", "eye", "ent")]

    assert all(rule in rules for rules in tried_rules)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.then.pathway is Pathway.PRIMARY_CARE], ids=lambda rule: rule.id
)
def test_low_value_gives_advice_and_gives_way_to_suspected_alarm_features(rule: Rule) -> None:
    blocked = {name for condition in rule.when.none_of for leaf in leaves(condition) for name in leaf.needs() or ()}

    assert rule.then.advice
    assert len([name for name in blocked if name.startswith("feature ")]) > 15


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_deadline_stands_only_where_the_source_is_cited(rule: Rule) -> None:
    assert rule.then.deadline_weeks is None or rule.source != "uncited"
