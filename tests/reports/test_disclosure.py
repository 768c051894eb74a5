from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tests.reports.attacker import Attacker
from triage.domain.errors import BadInput
from triage.reports.disclosure import Cell, Dimension, Protected, Reason, Relation, Rules, Table, protect

RULES = Rules()
PRIMARY = {Reason.SMALL_COUNT, Reason.SMALL_REST, Reason.SMALL_BASE, Reason.FEW_DOCTORS}


def alone(count: int, **facts: object) -> Cell:
    return replace(Cell("x", count), **facts)


def reason(cell: Cell, *others: Cell, rules: Rules = RULES) -> Reason | None:
    """Why this number, with no sums around it, is not printed."""
    return protect([Table((cell, *others))], rules).hidden.get(cell.id)


def list_of(*counts: int, name: str = "kommune") -> Table:
    """One row of numbers and their total."""
    parts = tuple(Cell(f"{name}/{k}", count) for k, count in enumerate(counts))
    return Table((*parts, Cell(f"{name}/alle", sum(counts))), (Relation(f"{name}/alle", tuple(c.id for c in parts)),))


def hidden_in(protected: Protected) -> set[str]:
    """What a page shows as hidden."""
    return {id_ for id_ in protected.hidden if protected.cells[id_].printed}


@pytest.mark.parametrize(("count", "found"), [(1, Reason.SMALL_COUNT), (4, Reason.SMALL_COUNT), (5, None), (6, None)])
def test_counts_of_one_to_four_are_hidden(count: int, found: Reason | None) -> None:
    assert reason(alone(count)) is found


@pytest.mark.parametrize(
    ("population", "found"),
    [(None, Reason.SMALL_COUNT), (99, Reason.SMALL_COUNT), (100, None), (5000, None)],
)
def test_none_is_printed_only_of_a_large_population(population: int | None, found: Reason | None) -> None:
    assert reason(alone(0, population=population)) is found


@pytest.mark.parametrize(
    ("doctors", "found"), [(1, Reason.FEW_DOCTORS), (2, Reason.FEW_DOCTORS), (3, None), (None, None)]
)
def test_a_practice_with_few_doctors_is_hidden_whatever_its_numbers(doctors: int | None, found: Reason | None) -> None:
    assert reason(alone(80, doctors=doctors)) is found


@pytest.mark.parametrize(
    ("count", "of", "found"),
    [
        (46, 50, Reason.SMALL_REST),
        (45, 50, None),
        (50, 50, Reason.SMALL_REST),
        (150, 150, None),
        (4, 50, Reason.SMALL_COUNT),
    ],
)
def test_nearly_all_is_as_telling_as_hardly_any(count: int, of: int, found: Reason | None) -> None:
    assert reason(alone(count, part_of="n"), Cell("n", of)) is found


@pytest.mark.parametrize(("of", "found"), [(9, Reason.SMALL_BASE), (10, None), (11, None)])
def test_a_share_of_few_is_hidden(of: int, found: Reason | None) -> None:
    rules = Rules(smallest_base=10)

    assert reason(alone(5, part_of="n"), Cell("n", of), rules=rules) is found


def test_the_threshold_is_a_setting() -> None:
    assert reason(alone(9), rules=Rules(hide_below=10)) is Reason.SMALL_COUNT
    assert reason(alone(3), rules=Rules(hide_below=3)) is None


def test_a_lone_hidden_number_takes_one_more_with_it() -> None:
    protected = protect([list_of(3, 40, 7, 60)], RULES)

    assert protected.hidden == {"kommune/0": Reason.SMALL_COUNT, "kommune/2": Reason.SECONDARY}
    assert protected.shown("kommune/alle") == 110
    assert protected.shown("kommune/0") is None


def test_nothing_is_hidden_that_need_not_be() -> None:
    assert not protect([list_of(30, 40, 7, 60)], RULES).hidden


def test_two_hidden_numbers_that_add_up_to_little_take_a_third() -> None:
    # 1 + 1 = 2 would tell that neither is above 2.
    protected = protect([list_of(1, 1, 30, 40)], RULES)

    assert hidden_in(protected) == {"kommune/0", "kommune/1", "kommune/2"}


def test_two_hidden_numbers_that_are_both_as_large_as_can_be_take_a_third() -> None:
    # 4 + 4 = 8 would tell both to a reader who knows that hidden numbers are below five.
    assert len(hidden_in(protect([list_of(4, 4, 30, 40)], RULES))) == 3


def test_a_hidden_part_hides_in_every_table_that_it_can_be_worked_out_from() -> None:
    by_place = list_of(3, 7, 60)
    by_practice = Table(
        (Cell("praksis/a", 33), Cell("praksis/b", 37), Cell("kommune/alle", 70)),
        (
            Relation("kommune/alle", ("praksis/a", "praksis/b")),
            Relation("praksis/a", ("kommune/0", "rest")),
        ),
    )
    rest = Table((Cell("rest", 30),))

    protected = protect([by_place, by_practice, rest], RULES)

    assert not Attacker.with_editions(protected).can_work_out(hidden_in(protected))


def test_a_share_cannot_be_found_from_the_shares_of_the_rest() -> None:
    units = [("a", 40, 12), ("b", 50, 48), ("c", 60, 20), ("d", 70, 25)]
    cells = [Cell(f"{u}/n", n) for u, n, _ in units] + [Cell(f"{u}/lav", k, part_of=f"{u}/n") for u, _, k in units]
    total = [Cell("alle/n", 220), Cell("alle/lav", 105, part_of="alle/n")]
    sums = tuple(Relation(f"alle/{x}", tuple(f"{u}/{x}" for u, *_ in units)) for x in ("n", "lav"))

    protected = protect([Table((*cells, *total), sums)], RULES)
    attacker = Attacker.with_editions(protected)

    assert protected.hidden["b/lav"] is Reason.SMALL_REST
    assert not attacker.narrows_down(["b/lav", "b/lav/resten"])


def units(
    seed: int, period: str, *, late: int = 0, growth: Mapping[str, int] | None = None
) -> tuple[Table, Mapping[str, int]]:
    """Referrals and low-value referrals of thirty municipalities in three areas and twenty practices, invented.

    `late` referrals come on top of the same ones; with `growth` the numbers are added to those of an earlier period.
    """
    draw = np.random.default_rng(seed)
    size = draw.lognormal(2.3, 1.0, 30)
    drawn, counted = int(size.sum()) + 50, int(size.sum()) + late
    town = draw.choice(30, drawn, p=size / size.sum())[:counted]
    practice, low = draw.choice(20, drawn)[:counted], draw.random(drawn)[:counted] < 0.3
    doctors = np.random.default_rng(1).integers(1, 8, 20)
    groups = {
        **{f"kommune/{k}": town == k for k in range(30)},
        **{f"område/{k}": town % 3 == k for k in range(3)},
        **{f"praksis/{k}": practice == k for k in range(20)},
        "alle": town >= 0,
    }
    counts = {f"{name}/n": int(of.sum()) for name, of in groups.items()}
    counts |= {f"{name}/lav": int((of & low).sum()) for name, of in groups.items()}
    counts = {key: count + (growth or {}).get(key, 0) for key, count in counts.items()}
    cells = tuple(
        Cell(
            f"{period}/{key}",
            count,
            part_of=f"{period}/{key.removesuffix('lav')}n" if key.endswith("lav") else None,
            doctors=int(doctors[int(key.split("/")[1])]) if key.startswith("praksis") else None,
        )
        for key, count in counts.items()
    )
    sums = {
        "alle": [f"område/{k}" for k in range(3)],
        **{f"område/{k}": [f"kommune/{m}" for m in range(k, 30, 3)] for k in range(3)},
    }
    relations = [
        Relation(f"{period}/{whole}/{x}", tuple(f"{period}/{part}/{x}" for part in parts))
        for whole, parts in [*sums.items(), ("alle", [f"praksis/{k}" for k in range(20)])]
        for x in ("n", "lav")
    ]
    return Table(cells, tuple(relations)), counts


def what_is_left_over(longer: Mapping[str, int], shorter: Mapping[str, int]) -> Table:
    """The part of the year after the half-year: never printed, but readers can subtract."""
    return Table(
        tuple(Cell(f"rest/{key}", longer[key] - shorter[key], printed=False) for key in longer),
        tuple(Relation(f"år/{key}", (f"halvår/{key}", f"rest/{key}")) for key in longer),
    )


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nobody_can_work_out_a_hidden_number_from_all_tables_of_an_edition(seed: int) -> None:
    protected = protect([units(seed, "år")[0]], RULES)
    attacker = Attacker.with_editions(protected)
    hidden = hidden_in(protected)

    assert {protected.hidden[id_] for id_ in hidden} >= {Reason.SMALL_COUNT, Reason.FEW_DOCTORS}
    assert not protected.already_public
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden)


@pytest.mark.parametrize("seed", [21, 22])
def test_nobody_can_work_out_a_hidden_number_from_two_editions(seed: int) -> None:
    half_year, first = units(seed, "halvår")
    year, both = units(seed + 100, "år", growth=first)

    earlier = protect([half_year], RULES)
    later = protect([year, what_is_left_over(both, first)], RULES, earlier)
    attacker = Attacker.with_editions(earlier, later)

    assert not attacker.can_work_out(later.hidden)
    assert not attacker.narrows_down(later.hidden)


def test_without_the_earlier_edition_in_mind_the_two_together_tell() -> None:
    half_year, first = units(21, "halvår")
    year, both = units(121, "år", growth=first)

    careless = [protect([half_year], RULES), protect([year], RULES)]
    joined = Protected(
        {**careless[0].cells, **careless[1].cells, **{c.id: c for c in what_is_left_over(both, first).cells}},
        (*careless[0].relations, *careless[1].relations, *what_is_left_over(both, first).relations),
        {**careless[0].hidden, **careless[1].hidden},
    )
    small = [c.id for c in what_is_left_over(both, first).cells if 0 < c.count < 5]

    assert Attacker.with_editions(joined).can_work_out(small)


def test_what_was_hidden_stays_hidden_for_the_same_reason() -> None:
    first = protect([list_of(3, 40, 7, 60)], RULES)
    again = protect([list_of(3, 40, 7, 60)], RULES, first)

    assert again.hidden == first.hidden


def test_nearly_what_was_hidden_stays_hidden() -> None:
    first = protect([list_of(3, 40, 7, 60)], RULES)
    later = protect([list_of(3, 40, 8, 60)], RULES, first)

    assert later.hidden["kommune/2"] is Reason.HIDDEN_BEFORE


def test_another_table_cannot_bring_out_what_was_hidden() -> None:
    first = protect([list_of(3, 40, 7, 60)], RULES)
    more = Table(
        (Cell("byen", 43), Cell("kommune/0", 3), Cell("kommune/1", 40)), (Relation("byen", ("kommune/0", "kommune/1")),)
    )

    later = protect([more], RULES, first)

    assert later.shown("byen") is None
    assert not Attacker.with_editions(first, later).can_work_out(["kommune/0"])


@pytest.mark.parametrize(("now", "shown"), [(7, None), (8, None), (9, 9)])
def test_a_number_that_has_outgrown_the_threshold_by_as_much_is_printed(now: int, shown: int | None) -> None:
    first = protect([list_of(4, 40, 60, 7)], RULES)
    later = protect([list_of(now, 40, 60, 70)], RULES, first)

    assert later.shown("kommune/0") == shown


@pytest.mark.parametrize("seed", [11, 12])
def test_a_few_late_referrals_hide_hardly_more_and_tell_nothing(seed: int) -> None:
    first = protect([units(seed, "år")[0]], RULES)
    revised = protect([units(seed, "år", late=15)[0]], RULES, first)
    page = units(seed, "år")[1]
    attacker = Attacker.with_editions(first, revised)
    still_hidden = [name for name in attacker.names if name in revised.hidden]

    assert len(hidden_in(revised) & {f"år/{key}" for key in page}) <= 1.1 * len(hidden_in(first))
    assert not attacker.can_work_out(still_hidden)
    assert not attacker.narrows_down(still_hidden)


def test_a_reason_that_would_tell_is_kept_back() -> None:
    """Eight in two years and «few» in the last of them: «few» in the first as well would tell that each is four."""
    both_years = protect([list_of(8, 40, 60)], RULES)
    years = (Relation("kommune/0", ("første", "siste")),)
    last = protect([Table((Cell("første", 4, printed=False), Cell("siste", 4)), years)], RULES, both_years)

    first = protect([Table((Cell("første", 4),))], RULES, last)

    assert (last.hidden["siste"], first.hidden["første"]) == (Reason.SMALL_COUNT, Reason.SECONDARY)
    assert not first.already_public
    assert not Attacker.with_editions(both_years, last, first).narrows_down(["første", "siste"])


def test_a_number_printed_before_cannot_be_taken_back_and_is_reported() -> None:
    loose, strict = Rules(hide_below=3), Rules(hide_below=5)
    first = protect([list_of(4, 40, 60)], loose)
    later = protect([list_of(4, 40, 60)], strict, first)

    assert later.already_public == {"kommune/0"}
    assert later.shown("kommune/0") is None


def test_a_revised_number_does_not_shelter_another_much() -> None:
    # The reader has the old 30 and knows that 31 is hidden: the total less about thirty is no secret.
    first = protect([list_of(9, 30)], RULES)
    later = protect([list_of(4, 31)], RULES, first)

    assert later.shown("kommune/alle") is None or later.shown("kommune/1") is None


def test_when_time_is_up_all_that_is_linked_is_hidden_and_says_so() -> None:
    alone = list_of(50, 60, name="alene")
    protected = protect([units(11, "år")[0], alone], RULES, seconds=0)
    attacker, hidden = Attacker.with_editions(protected), hidden_in(protected)

    assert protected.hidden["år/alle/n"] is Reason.UNSEARCHED
    assert {id_ for id_, cell in protected.cells.items() if cell.printed} - hidden == {cell.id for cell in alone.cells}
    assert not attacker.can_work_out(hidden)
    assert not attacker.narrows_down(hidden)


def test_the_reasons_come_in_the_order_of_the_tables() -> None:
    protected = protect([units(11, "år")[0]], RULES)

    assert list(protected.hidden) == [id_ for id_ in protected.cells if id_ in protected.hidden]


def test_a_cross_table_has_all_its_margins() -> None:
    place = Dimension("sted", [("alle", ["nord", "sør"]), ("nord", ["a", "b"]), ("sør", ["c"])])
    kind = Dimension("slag", [("sum", ["ja", "nei"])])
    table = Table.crossed("/".join, [place, kind], {("a", "ja"): 5, ("b", "ja"): 6, ("c", "nei"): 7})
    counts = {cell.id: cell.count for cell in table.cells}

    assert len(counts) == 6 * 3
    assert counts["alle/sum"] == 18
    assert counts["nord/ja"] == 11
    assert counts["c/ja"] == 0
    assert Relation("alle/ja", ("nord/ja", "sør/ja")) in table.relations
    assert Relation("nord/sum", ("nord/ja", "nord/nei")) in table.relations


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([Table((Cell("a", 5), Cell("b", 9)), (Relation("b", ("a",)),))], "går ikke opp"),
        ([Table((Cell("a", 5),), (Relation("a", ("b",)),))], "ikke finnes"),
        ([Table((Cell("a", 5),)), Table((Cell("a", 6),))], "uenige"),
        ([Table((Cell("a", 5, part_of="b"),))], "ikke en del"),
        ([Table((Cell("a", 5, part_of="b"), Cell("b", 4)))], "ikke en del"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(tables: list[Table], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        protect(tables, RULES)


@pytest.mark.parametrize("tables", [[], [Table(())], [Table((Cell("a", 7),))]])
def test_little_or_nothing_to_print_is_no_obstacle(tables: list[Table]) -> None:
    assert not protect(tables, RULES).hidden
