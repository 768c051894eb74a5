"""What the decision form begins with."""

from datetime import date

import pytest

from triage.domain.calendar import is_working_day
from triage.domain.finding import Feature, Status
from triage.domain.referral import Language
from triage.web.pages.decision_form import deadlines
from triage.web.pages.evidence import reason_from_facts
from triage.web.rendering import days_left

NAMES = {"a": "Svelgvansker", "b": "NSAID i bruk", "c": "H. pylori-test", "d": "Vekttap"}
FEATURES = [
    Feature("a", Status.PRESENT),
    Feature("b", Status.PRESENT),
    Feature("c", Status.NEGATED),
    Feature("d", Status.POSSIBLE),
]
MONDAY = date(2026, 11, 16)


def test_the_reason_tells_what_the_letter_says_is_there_and_is_not() -> None:
    assert reason_from_facts(FEATURES, NAMES, Language.BOKMAL) == (
        "Henvisningen beskriver svelgvansker og NSAID i bruk. Ifølge henvisningen er det ikke H. pylori-test."
    )


def test_the_reason_is_written_in_the_letters_language() -> None:
    assert reason_from_facts(FEATURES[:1], NAMES, Language.NYNORSK) == "Tilvisinga skildrar svelgvansker."


def test_a_name_that_is_a_list_is_left_out_of_the_sentence() -> None:
    listed = [Feature("a", Status.NEGATED), Feature("x", Status.NEGATED)]

    reason = reason_from_facts(listed, {**NAMES, "x": "NSAID, ASA, alendronat m.m."}, Language.BOKMAL)

    assert reason == "Ifølge henvisningen er det ikke svelgvansker."


def test_a_letter_that_says_nothing_gives_no_reason() -> None:
    assert reason_from_facts([], NAMES, Language.BOKMAL) == ""


def test_the_offered_days_are_working_days_and_never_past() -> None:
    offered = deadlines(MONDAY, 4, today=date(2026, 12, 1))

    assert list(offered) == [4, 8, 12, 26]
    assert all(is_working_day(day) for day in offered.values())


def test_a_recommended_number_of_weeks_that_nobody_offers_otherwise_is_among_them() -> None:
    assert 6 in deadlines(MONDAY, 6, today=MONDAY)


@pytest.mark.parametrize(
    ("due", "words", "urgency"),
    [
        (date(2026, 11, 13), "1 virkedag over fristen", "late"),
        (date(2026, 11, 16), "i dag", "now"),
        (date(2026, 11, 17), "1 virkedag igjen", "now"),
        (date(2026, 11, 19), "3 virkedager igjen", "soon"),
        (date(2026, 11, 20), "4 virkedager igjen", "calm"),
        (date(2026, 11, 23), "5 virkedager igjen", "calm"),
    ],
)
def test_the_days_left_are_working_days(due: date, words: str, urgency: str) -> None:
    assert (days_left(due, MONDAY).words, days_left(due, MONDAY).urgency) == (words, urgency)
