"""What an edition shows, and that two editions together do not tell more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest

from tests.reports import invented
from tests.reports.attacker import Attacker
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Sex
from triage.reports.disclosure import NOTHING_BEFORE, Protected, Reason
from triage.reports.edition import Edition, Lines, Period, make_edition, tables_of
from triage.reports.records import Reference

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
    rows = drawn(1, 40)
    first = edition(rows)

    second = edition(rows, previous=first.protected)

    assert second.protected.hidden == first.protected.hidden


def test_an_edition_within_an_edition_gives_nothing_away() -> None:
    rows = drawn(1, 40)
    half = edition(rows, HALF)

    whole = edition(rows, YEAR, previous=half.protected)

    attacker, hidden = Attacker.with_editions(half.protected, whole.protected), [*whole.protected.hidden]
    assert len(hidden) > 1
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden[:: len(hidden) // 3])


def test_three_editions_that_overlap_give_nothing_away() -> None:
    rows, before, editions = drawn(1, 40), NOTHING_BEFORE, []
    for end in (date(2025, 2, 28), date(2025, 3, 15), date(2025, 12, 31)):
        before = edition(rows, (date(2025, 1, 1), end), before).protected
        editions.append(before)

    attacker, hidden = Attacker.with_editions(*editions), [*before.hidden]
    assert len(hidden) > 100
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden[:: len(hidden) // 3])


FIRST = date(2024, 1, 1), date(2024, 12, 31)


@pytest.fixture(scope="module")
def real() -> tuple[Reference, list[CountedReferral], Protected]:
    """A region with 5000 referrals a year, and its first edition."""
    place = invented.region()
    rows = [row for row in invented.referrals(place, a_year=5000) if row.received >= FIRST[0]]
    return place, rows, make_edition(rows, FIRST, LINES, hide_below=5, reference=place).protected


@pytest.mark.parametrize(
    "later",
    [(date(2024, 7, 1), date(2025, 6, 30)), (date(2024, 12, 1), date(2025, 11, 30))],
    ids=["half a year on", "a month in common"],
)
def test_of_a_real_region_two_editions_give_no_hidden_number_away(
    later: Period, real: tuple[Reference, list[CountedReferral], Protected]
) -> None:
    place, rows, first = real

    both = make_edition(rows, later, LINES, hide_below=5, reference=place, previous=first).protected

    attacker, hidden = Attacker.with_editions(first, both), [*both.hidden]
    assert len(hidden) > 500
    assert not both.already_public
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden[:: len(hidden) // 10])


def test_what_is_left_over_between_two_editions_is_protected() -> None:
    first = edition(many(60) + many(50, municipality="9902"), HALF)
    later = [a_row(received=date(2025, 9, 1), municipality="9902")] * 2

    second = edition(many(60) + many(50, municipality="9902") + later, YEAR, previous=first.protected)

    assert isinstance(second.number("received", municipality="9902"), Reason)


ASKED, AGES, PLACES = ("gastroscopy", "colonoscopy"), (40, 60), ("9901", "9902", "9903", "9904")
ENDS = (None, Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED, Outcome.FORWARDED)
KINDS = [
    a_row(municipality=place, requested=asked, age=age, pathway=pathway, outcome=outcome, sender=None)
    for place, asked, age, pathway, outcome in product(
        PLACES, ASKED, AGES, (Pathway.HOSPITAL, Pathway.PRIMARY_CARE), ENDS
    )
]
HOSPITALS = Reference(catchments={"9901": "Vest", "9902": "Vest", "9903": "Øst", "9904": "Øst"})


def test_nobody_can_work_out_a_hidden_number_by_sums_that_no_table_shows() -> None:
    """What each number counts of every kind of referral there could be, and no word of which numbers add up."""
    draw, rare = np.random.default_rng(6), [kind.municipality in ("9902", "9904") for kind in KINDS]
    times = np.where(rare, draw.choice([0, 0, 0, 0, 0, 1], len(KINDS)), draw.choice([0, 0, 1, 2, 5], len(KINDS)))
    rows = [row for row, number in zip(KINDS, times, strict=True) for _ in range(number)]
    shown = make_edition(rows, YEAR, LINES, hide_below=5, reference=HOSPITALS).protected
    alone = [
        {cell.id: float(cell.count) for table in tables_of([kind], YEAR, LINES, HOSPITALS) for cell in table.cells}
        for kind in KINDS
    ]
    counts = {id_: np.array([one.get(id_, 0.0) for one in alone]) for id_ in shown.cells if "/resten" not in id_}
    printed = np.array([counts[id_] for id_ in counts if shown.shown(id_) is not None])
    hidden = [id_ for id_, of_kinds in counts.items() if id_ in shown.hidden and of_kinds.any()]

    known = np.linalg.pinv(printed) @ printed
    left = {id_: np.abs(counts[id_] - counts[id_] @ known).max() for id_ in hidden}
    assert len(hidden) > 10
    assert not [id_ for id_, unknown in left.items() if unknown < 1e-6]


def test_a_name_with_strokes_and_signs_is_a_name() -> None:
    shown = edition(many(40, sender="A/B = C;D"))

    assert shown.number("read", sender="A/B = C;D") == 40
