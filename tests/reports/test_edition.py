"""What an edition shows, and that two editions together do not tell more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tests.reports.attacker import Attacker
from triage.domain.counted import CountedReferral
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Sex
from triage.reports.disclosure import NOTHING_BEFORE, Protected, Reason
from triage.reports.edition import Edition, Lines, Period, make_edition

LINES = Lines(own=55, national=45)
YEAR = date(2025, 1, 1), date(2025, 12, 31)
HALF = date(2025, 1, 1), date(2025, 2, 28)


def a_row(**changes: object) -> CountedReferral:
    made = CountedReferral(
        received=date(2025, 2, 1),
        area=Area.ENDOSCOPY,
        requested="gastroscopy",
        age=40,
        sex=Sex.FEMALE,
        municipality="9901",
        sender="Fjordgløtt",
        pathway=Pathway.HOSPITAL,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def many(number: int, **changes: object) -> list[CountedReferral]:
    return [a_row(**changes)] * number


def edition(rows: Sequence[CountedReferral], period: Period = YEAR, previous: Protected = NOTHING_BEFORE) -> Edition:
    return make_edition(rows, period, LINES, hide_below=5, previous=previous)


def drawn(seed: int, number: int) -> list[CountedReferral]:
    """A year of referrals from four municipalities, the last one small."""
    draw = np.random.default_rng(seed)
    places = draw.choice(["9901", "9902", "9903", "9904"], number, p=[0.5, 0.3, 0.17, 0.03])
    days = draw.integers(0, 90, number)
    return [
        a_row(received=date(2025, 1, 1) + timedelta(days=int(day)), municipality=str(place), sender=None)
        for place, day in zip(places, days, strict=True)
    ]


def test_a_number_is_counted_in_its_period_only() -> None:
    rows = many(40) + many(7, received=date(2024, 12, 31)) + many(8, received=date(2026, 1, 1))

    assert edition(rows).number("received") == 40


@pytest.mark.parametrize("count", [4, 5, 6])
def test_fewer_than_five_are_hidden(count: int) -> None:
    shown = edition(
        many(60) + many(60, municipality="9903") + many(count, municipality="9902", requested="colonoscopy")
    )

    assert isinstance(shown.number("received", municipality="9902"), Reason) == (count < 5)


def test_a_small_number_is_not_given_away_by_its_total() -> None:
    shown = edition(many(60) + many(50, municipality="9903") + many(3, municipality="9902"))

    hidden = [
        code for code in ("9901", "9902", "9903") if isinstance(shown.number("received", municipality=code), Reason)
    ]
    assert shown.number("received") == 113
    assert len(hidden) >= 2


@pytest.mark.parametrize(("age", "counted"), [(54, 40), (55, 0)])
def test_young_means_under_the_limit(age: int, counted: int) -> None:
    assert edition(many(40, age=age)).number("young") == counted


def test_senders_of_few_are_not_shown_alone() -> None:
    shown = edition(many(40) + many(29, sender="Liten"))

    assert shown.codes["sender"] == ("Fjordgløtt", "øvrige")
    assert shown.protected.shown("2025-01-01..2025-12-31/read/sender=%C3%B8vrige") is None


def test_the_same_rows_give_the_same_edition_again() -> None:
    rows = drawn(1, 50)
    first = edition(rows)

    second = edition(rows, previous=first.protected)

    assert second.protected.hidden == first.protected.hidden


def test_an_edition_within_an_edition_gives_nothing_away() -> None:
    rows = drawn(1, 50)
    half = edition(rows, HALF)

    whole = edition(rows, YEAR, previous=half.protected)

    attacker = Attacker.with_editions(half.protected, whole.protected)
    hidden = [id_ for id_ in whole.protected.hidden if id_ not in whole.protected.already_public]
    assert len(hidden) > 1
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden[:: len(hidden) // 3])


def test_what_is_left_over_between_two_editions_is_protected() -> None:
    first = edition(many(60) + many(50, municipality="9902"), HALF)
    later = [a_row(received=date(2025, 9, 1), municipality="9902")] * 2

    second = edition(many(60) + many(50, municipality="9902") + later, YEAR, previous=first.protected)

    assert isinstance(second.number("received", municipality="9902"), Reason)


def test_a_name_with_strokes_and_signs_is_a_name() -> None:
    shown = edition(many(40, sender="A/B = C;D"))

    assert shown.number("read", sender="A/B = C;D") == 40
