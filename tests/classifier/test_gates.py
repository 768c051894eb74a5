"""The gates: each can fail, and the variants keep the facts."""

import pytest

from tests.builders import a_recommendation
from tests.classifier.builders import a_case
from triage.classifier.evaluation import Judged
from triage.classifier.gates import FEWEST_RED, Gate, pairs_right, red_gaps, said_as, same_pathway
from triage.domain.recommendation import Pathway, Recommendation
from triage.domain.referral import Referral, Sex, StatedUrgency

LETTER = Referral(
    "1",
    "Hun har hatt svie i øyet siden uke 40.\nIkke tidligere vurdert.",
    stated_urgency=StatedUrgency.URGENT,
    codes=("ICPC-2:F02",),
)


@pytest.mark.parametrize(
    ("name", "value", "passed"),
    [
        ("contrast_pairs", 0.84, False),
        ("contrast_pairs", 0.85, True),
        ("same_pathway.misspelt", 0.89, False),
        ("same_pathway.misspelt", 0.90, True),
        ("red_gap.sex", 0.05, True),
        ("red_gap.sex", 0.06, False),
        ("shuffled_labels", 0.31, False),
        ("parity", 1e-4, False),
        ("red_gap.language", None, True),
    ],
)
def test_a_gate_is_passed_on_the_right_side_of_its_limit(name: str, value: float | None, passed: bool) -> None:
    assert Gate(name, value).is_passed is passed


def test_both_letters_of_a_pair_must_be_right() -> None:
    right = Judged(a_case(Pathway.HOSPITAL), a_recommendation(Pathway.HOSPITAL))
    wrong = Judged(a_case(Pathway.HOSPITAL), a_recommendation(Pathway.PRIMARY_CARE))

    assert pairs_right([right, right, right, wrong]) == 0.5
    assert pairs_right([]) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("worse_prose", "svie i øyet siden uke 40\nIkke tidligere vurdert."),
        ("nynorsk_twin", "ho har hatt svie i auget sidan veke 40.\nikkje tidlegare vurdert."),
        ("without_norwegian_letters", "Hun har hatt svie i oeyet siden uke 40.\nIkke tidligere vurdert."),
        ("misspelt", LETTER.text),  # only long words are misspelt
        ("without_tick_or_code", LETTER.text),
    ],
)
def test_a_variant_says_the_same_in_another_way(name: str, text: str) -> None:
    assert said_as(name, LETTER).text == text


def test_a_variant_without_tick_or_code_has_neither() -> None:
    bare = said_as("without_tick_or_code", LETTER)

    assert (bare.stated_urgency, bare.codes) == (None, ())


def test_long_words_are_misspelt_as_people_do() -> None:
    letter = Referral("1", "Ikke svelgvansker, men oppstøtsplager og forkjølelsessymptomer; plutselig hørselstapp.")

    assert "Ikke" in said_as("misspelt", letter).text
    assert said_as("misspelt", Referral("1", "koloskopikontrollen")).text == "koloskopikontrolen"


def test_a_program_that_follows_the_tick_fails() -> None:
    def by_tick(referral: Referral) -> Recommendation:
        return a_recommendation(Pathway.EMERGENCY if referral.stated_urgency else Pathway.HOSPITAL)

    failed = [gate.name for gate in same_pathway([LETTER], by_tick) if not gate.is_passed]

    assert failed == ["same_pathway.without_tick_or_code"]


def test_a_group_whose_danger_is_missed_more_often_fails() -> None:
    caught = [Judged(a_case(Pathway.EMERGENCY, sex=sex), a_recommendation(Pathway.EMERGENCY)) for sex in Sex]
    missed = Judged(a_case(Pathway.EMERGENCY, sex=Sex.FEMALE), a_recommendation(Pathway.HOSPITAL))

    gates = {gate.name: gate for gate in red_gaps([*caught * FEWEST_RED, *[missed] * 3])}

    assert gates["red_gap.sex"].value == pytest.approx(3 / (FEWEST_RED + 3))
    assert not gates["red_gap.sex"].is_passed
    assert gates["red_gap.language"].value is None
