"""Rules and model together: every pathway by rule with every opinion of the model."""

from collections.abc import Sequence

import pytest

from tests.rules.builders import a_reading
from triage.domain.recommendation import PATHWAYS, Pathway, Prediction, RuleMatch
from triage.rules.precedence import (
    DISAGREE,
    LESS_URGENT,
    NO_RULE,
    UNLIKE_TRAINING,
    Proposal,
    combine,
)

SHORT = dict(zip(("em", "ca", "ho", "cs", "pc", "mi"), PATHWAYS, strict=True))


def a_match(pathway: str | None, *, weeks: int | None = None, danger: bool = False, settles: bool = False) -> RuleMatch:
    chosen = SHORT[pathway] if pathway else None
    danger = danger or bool(chosen and chosen.is_red)
    return RuleMatch("eye/x", chosen, "x", deadline_weeks=weeks, danger=danger, settles=settles)


def a_prediction(
    opinion: str,
    share: float = 0.99,
    *,
    abstained: str | None = None,
    unlike: bool = False,
    unsure: str | None = None,
    rest: str | None = None,
) -> Prediction:
    """`rest` gets what the opinion leaves; without it, the others share it."""
    left = {SHORT[rest]: 1 - share} if rest else dict.fromkeys(PATHWAYS, (1 - share) / 5)
    shares = dict.fromkeys(PATHWAYS, 0.0) | left | {SHORT[opinion]: share}
    doubts = {"unlike_training": unlike, "abstained_because": abstained, "unsure_of_low_value": unsure}
    return Prediction(shares, **doubts)


def proposed(
    matches: Sequence[RuleMatch],
    prediction: Prediction | None = None,
    *,
    area: str = "eye",
    missing: tuple[str, ...] = (),
) -> Proposal:
    return combine(matches, prediction, a_reading(area=area, missing=missing))


# Each row is a pathway by rule (none: no rule decides); each column is the model's opinion, in the order of SHORT.
GRID = {
    None: "em ca ho cs pc mi",
    "em": "em em em em em em",
    "ca": "em ca ca ca ca ca",
    "ho": "em ca ho cs pc mi",
    "cs": "em ca ho cs pc mi",
    "pc": "em ca ho cs pc mi",
    "mi": "em ca ho cs pc mi",
}
CELLS = [(rule, opinion, cell) for rule, row in GRID.items() for opinion, cell in zip(SHORT, row.split(), strict=True)]


@pytest.mark.parametrize(("rule", "opinion", "expected"), CELLS)
def test_pathway_by_rule_and_opinion(rule: str | None, opinion: str, expected: str) -> None:
    matches = [a_match(rule)] if rule else []

    assert proposed(matches, a_prediction(opinion)).pathway is SHORT[expected]


@pytest.mark.parametrize("opinion", SHORT)
@pytest.mark.parametrize("danger", ["em", "ca", "ho"])
def test_danger_rule_is_never_lowered_by_the_model_however_sure(danger: str, opinion: str) -> None:
    proposal = proposed([a_match(danger, danger=True)], a_prediction(opinion, 1.0))

    assert proposal.pathway.rank <= SHORT[danger].rank


@pytest.mark.parametrize("opinion", ["em", "ca", "ho", "cs"])
def test_model_doubts_but_does_not_overrule_a_rule_that_names_the_deciding_fact(opinion: str) -> None:
    expected = Proposal(Pathway.PRIMARY_CARE, confident=False, abstained_because=DISAGREE)

    assert proposed([a_match("pc", settles=True)], a_prediction(opinion, 0.79, rest="pc")) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.75, "pc"), (0.85, "em")])
def test_a_fact_that_the_model_finds_unlikely_may_have_been_misread(share: float, expected: str) -> None:
    proposal = proposed([a_match("pc", settles=True)], a_prediction("em", share, rest="pc"))

    assert (proposal.pathway, proposal.confident) == (SHORT[expected], False)


@pytest.mark.parametrize(("opinion", "expected"), [("em", "em"), ("ca", "ca"), ("pc", "ho")])
def test_a_hospital_rule_that_settles_keeps_the_model_from_lowering_only(opinion: str, expected: str) -> None:
    proposal = proposed([a_match("ho", settles=True)], a_prediction(opinion, 0.7, rest="ho"))

    assert proposal.pathway is SHORT[expected]


def test_rule_that_settles_is_silent_beside_a_more_urgent_rule() -> None:
    assert proposed([a_match("pc", settles=True), a_match("ho")], a_prediction("ca")).pathway is Pathway.CANCER_PATHWAY


@pytest.mark.parametrize("rule", SHORT)
def test_rules_alone_are_enough(rule: str) -> None:
    assert proposed([a_match(rule)]) == Proposal(SHORT[rule], confident=True)


@pytest.mark.parametrize(
    ("area", "missing", "expected"),
    [
        ("endoscopy", (), Pathway.HOSPITAL),
        ("eye", (), Pathway.CONTRACT_SPECIALIST),
        ("ent", (), Pathway.CONTRACT_SPECIALIST),
        ("endoscopy", ("varighet",), Pathway.MORE_INFORMATION),
        ("eye", ("visus",), Pathway.MORE_INFORMATION),
    ],
)
def test_where_nothing_decides_the_program_says_so(area: str, missing: tuple[str, ...], expected: Pathway) -> None:
    assert proposed([], area=area, missing=missing) == Proposal(expected, confident=False, abstained_because=NO_RULE)


def test_rule_that_only_informs_decides_nothing() -> None:
    assert proposed([a_match(None)]).abstained_because == NO_RULE


def test_most_urgent_of_several_rules_wins() -> None:
    assert proposed([a_match("pc"), a_match("ho"), a_match("mi")]).pathway is Pathway.HOSPITAL


@pytest.mark.parametrize(
    ("rule", "prediction", "reason"),
    [
        ("em", a_prediction("em", abstained="usikker"), None),
        ("ca", a_prediction("pc", abstained="usikker"), None),
        ("ca", a_prediction("pc", unlike=True), None),
        ("ca", a_prediction("em"), None),
        ("ho", a_prediction("ho"), None),
        ("ho", a_prediction("cs"), LESS_URGENT),
        ("ho", a_prediction("pc"), LESS_URGENT),
        ("ho", a_prediction("mi"), None),
        ("ho", a_prediction("ho", abstained="usikker"), "usikker"),
        ("ho", a_prediction("ho", unlike=True), UNLIKE_TRAINING),
        ("cs", a_prediction("ca"), DISAGREE),
        ("cs", a_prediction("ho"), DISAGREE),
        ("mi", a_prediction("em"), DISAGREE),
        ("mi", a_prediction("cs"), None),
        ("pc", a_prediction("pc", 0.5), None),
        ("pc", a_prediction("mi"), None),
        ("pc", a_prediction("pc", unsure="ikke sikker nok"), "ikke sikker nok"),
        (None, a_prediction("pc", unsure="ikke sikker nok"), "ikke sikker nok"),
        (None, a_prediction("pc"), None),
        (None, a_prediction("ca", abstained="usikker"), None),
        (None, a_prediction("ho", 0.4), None),
        (None, a_prediction("ho", abstained="usikker"), "usikker"),
    ],
)
def test_doubt_is_said_with_its_reason(rule: str | None, prediction: Prediction, reason: str | None) -> None:
    proposal = proposed([a_match(rule)] if rule else [], prediction)

    assert (proposal.confident, proposal.abstained_because) == (reason is None, reason)


def test_red_that_cannot_be_ruled_out_gives_doubt_where_the_rule_stands() -> None:
    proposal = proposed([a_match("ho")], a_prediction("ca", 0.3, rest="ho", abstained="kan ikke utelukkes"))

    assert (proposal.pathway, proposal.abstained_because) == (Pathway.HOSPITAL, "kan ikke utelukkes")


def test_of_equal_shares_the_model_means_the_most_urgent() -> None:
    even = Prediction(dict.fromkeys(PATHWAYS, 1 / 6))

    assert proposed([], even).pathway is Pathway.EMERGENCY


@pytest.mark.parametrize(
    ("matches", "weeks"),
    [
        ([a_match("ho", weeks=12)], 12),
        ([a_match("ho", weeks=12), a_match("ho", weeks=4)], 4),
        ([a_match("ho", weeks=12), a_match("ho")], 12),
        ([a_match("ho")], None),
        ([a_match("ca", weeks=3), a_match("ho", weeks=2)], 3),
        ([a_match("ho", weeks=12), a_match("ho", danger=True)], None),
        ([a_match("ho", weeks=12), a_match("ho", weeks=2, danger=True), a_match("ho", danger=True)], 2),
    ],
)
def test_deadline_is_the_shortest_behind_the_pathway_and_never_that_of_a_milder_rule(
    matches: list[RuleMatch], weeks: int | None
) -> None:
    assert proposed(matches).deadline_weeks == weeks


def test_pathway_that_the_model_raised_has_no_deadline_of_a_rule() -> None:
    assert proposed([a_match("cs", weeks=52)], a_prediction("ho")).deadline_weeks is None
