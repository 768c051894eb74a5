"""Each rule on natural letters, read by the whole reader: those that meet it, and those that nearly do."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from triage.domain.policy import Policy
from triage.domain.referral import Area, Referral, Sex
from triage.nlp.reader import Reader, load_reader
from triage.paths import LEXICON, POLICIES
from triage.rules.book import RuleBook, evaluate
from triage.rules.policy_file import load_policy

SENT, TODAY = date(2026, 11, 20), date(2026, 11, 23)
LETTERS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "letters.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(LEXICON)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(POLICIES / "default.yaml")


def referral(rule: str, who: str, text: str) -> Referral:
    area, sex = Area(rule.partition("/")[0]), {"f": Sex.FEMALE, "m": Sex.MALE}[who[-1]]
    return Referral(id=rule, text=text, area=area, age=int(who[:-1]), sex=sex, sent_date=SENT)


@pytest.mark.parametrize("rule", LETTERS)
def test_rule_holds_in_the_letters_that_meet_it_and_in_no_other(
    rule: str, book: RuleBook, reader: Reader, policy: Policy
) -> None:
    marked = [line.split(" ", 2) for line in LETTERS[rule].splitlines()]
    letters = [referral(rule, who, text) for _, who, text in marked]

    matches = [evaluate(book, letter, reader.read(letter), policy, today=TODAY) for letter in letters]

    held = ["+" if rule in {match.rule for match in found} else "-" for found in matches]
    assert list(zip(held, [letter.text for letter in letters], strict=True)) == [
        (sign, text) for sign, _, text in marked
    ]
