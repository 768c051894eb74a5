"""A rule that is not sound does not load, and the message says which rule and why."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.rules.builders import a_rule
from triage.domain.errors import NotReady
from triage.rules.book import load_rules

Catalogue = Callable[..., Path]
AGE_RULE = {
    "when": {"all": [{"feature": "oye.gardin"}, {"age": {"above": 40}}]},
    "examples": [
        {"name": "41", "given": ["oye.gardin"], "age": 41, "expect": "match"},
        {"name": "40", "given": ["oye.gardin"], "age": 40, "expect": "no match"},
    ],
}


def test_sound_rule_loads(catalogue: Catalogue) -> None:
    assert [rule.id for rule in load_rules(catalogue(a_rule())).rules] == ["eye/curtain"]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"source": None}, "source mangler"),
        ({"source": ""}, "source"),
        ({"reviewed": None}, "reviewed mangler"),
        ({"reviewed": {"by": "", "date": "2025-02-03", "next": "2027-02-03"}}, "reviewed.by"),
        ({"reviewed": {"by": "x", "date": "2027-02-03", "next": "2025-02-03"}}, "neste gjennomgang"),
        ({"valid_from": None}, "valid_from mangler"),
        ({"valid_from": "i går"}, "valid_from"),
        ({"examples": a_rule()["examples"][:1]}, "ett eksempel som passer og ett som ikke passer"),
        ({"examples": a_rule()["examples"][1:]}, "ett eksempel som passer og ett som ikke passer"),
        ({"examples": [*a_rule()["examples"], {"name": "tull", "expect": "match"}]}, "«tull» gir ikke match"),
        ({"when": {"all": [{"feature": "oye.finnes_ikke"}]}, "examples": [
            {"name": "a", "given": ["oye.finnes_ikke"], "expect": "match"}, {"name": "b", "expect": "no match"},
        ]}, "feature oye.finnes_ikke"),
        ({"when": {"any": [{"feature": "oye.gardin"}, {"finding": "finnes_ikke"}]}}, "finding finnes_ikke"),
        ({"when": {"any": [{"feature": "oye.gardin"}, {"measure": "kinesis", "below": 1}]}}, "measure kinesis"),
        ({"when": {"any": [{"feature": "oye.gardin"}, {"missing": "finnes_ikke"}]}}, "missing finnes_ikke"),
        ({"when": {"any": [{"feature": "oye.gardin"}, {"shared": "finnes_ikke"}]}}, "finnes_ikke"),
        ({"when": {"none": [{"feature": "oye.gardin"}]}}, "under all eller any"),
        ({"when": {"all": [{"feature": "oye.gardin", "status": "tilstede"}]}}, "tillatte verdiene"),
        ({"when": {"all": [{"measure": "hb"}]}}, "mangler en grense"),
        ({"when": {"all": [{"age": {"below": "pensjonsalder"}}]}}, "below"),
        ({"then": {"pathway": "haster", "because": "x"}}, "then.pathway"),
        ({"then": {"pathway": "emergency", "because": "x", "weeks": 1}}, "then.weeks er et ukjent felt"),
        ({"id": "orthopaedics/hip"}, "id"),
        (AGE_RULE, "or_unknown"),
    ],
)  # fmt: skip
def test_unsound_rule_does_not_load(catalogue: Catalogue, said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(NotReady, match=complaint):
        load_rules(catalogue(a_rule(**said)))


def test_two_rules_with_one_name_do_not_load(catalogue: Catalogue) -> None:
    with pytest.raises(NotReady, match="står to ganger: eye/curtain"):
        load_rules(catalogue(a_rule(), a_rule()))


def test_field_said_twice_is_refused_where_yaml_would_keep_the_last(catalogue: Catalogue) -> None:
    folder = catalogue(a_rule())
    (folder / "shared.yaml").write_text("alarm: {feature: a}\nalarm: {feature: b}\n", encoding="utf-8")

    with pytest.raises(NotReady, match=r"shared\.yaml .* alarm står to ganger"):
        load_rules(folder)


def test_shared_group_stands_for_its_conditions(catalogue: Catalogue) -> None:
    shared = {"alarm": {"feature": ["oye.gardin", "oye.lysglimt"]}}
    folder = catalogue(a_rule(when={"all": [{"shared": "alarm"}]}), shared=shared)

    rule = load_rules(folder).rules[0]

    assert rule.when.needs() == {"feature oye.gardin", "feature oye.lysglimt"}


def test_version_follows_the_files(catalogue: Catalogue) -> None:
    before = load_rules(catalogue(a_rule())).version
    again = load_rules(catalogue(a_rule())).version
    after = load_rules(catalogue(a_rule(title="Forheng"))).version

    assert before == again
    assert before != after


def test_what_is_kept_of_the_files_gives_the_same_rules_until_a_file_changes(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    cache, folder = tmp_path / "cache", catalogue(a_rule())
    read, kept = (load_rules(folder, cache=cache) for _ in range(2))
    changed = load_rules(catalogue(a_rule(title="Forheng")), cache=cache)

    assert read == kept
    assert changed.rules[0].title == "Forheng"


def test_rules_that_are_due_for_review_are_named(catalogue: Catalogue) -> None:
    book = load_rules(catalogue(a_rule()))

    assert book.overdue_for_review(date(2027, 2, 3)) == ()
    assert book.overdue_for_review(date(2027, 2, 4)) == book.rules


@pytest.mark.parametrize("content", ["", "- a\n", "rules: [tekst]\n", "defaults: {}\n", "regler: []\nrules: []\n"])
def test_file_that_holds_no_rules_is_refused(catalogue: Catalogue, content: str) -> None:
    folder = catalogue(a_rule())
    (folder / "eye" / "emergency.yaml").write_text(content, encoding="utf-8")

    with pytest.raises(NotReady, match=r"Regelfila eye/emergency\.yaml kan ikke brukes"):
        load_rules(folder)


def test_missing_catalogue_is_said_in_norwegian(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="finnes ikke"):
        load_rules(tmp_path)
