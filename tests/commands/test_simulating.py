"""`triage policy simulate`: who would move, by age, and how many of them have a sign of danger."""

from triage.commands.simulating import Move, tables
from triage.domain.recommendation import Pathway

STAYS = Move(50, Pathway.HOSPITAL, Pathway.HOSPITAL, alarm=True)
MOVES = Move(50, Pathway.PRIMARY_CARE, Pathway.HOSPITAL, alarm=False)


def test_only_those_that_move_are_counted() -> None:
    (_, ways), (_, ages) = tables([STAYS, MOVES, MOVES])

    assert ways == {"primary_care → hospital": (2, 0)}
    assert ages == {"50–59": (2, 0)}


def test_those_with_a_sign_of_danger_are_counted_apart() -> None:
    with_alarm = Move(None, Pathway.PRIMARY_CARE, Pathway.HOSPITAL, alarm=True)

    (_, ways), (_, ages) = tables([MOVES, with_alarm])

    assert ways == {"primary_care → hospital": (2, 1)}
    assert ages == {"50–59": (1, 0), "ukjent": (1, 1)}


def test_nothing_moves_under_the_same_policy() -> None:
    assert [table for _, table in tables([STAYS])] == [{}, {}]
