import numpy as np
import pytest

from triage.reports.disclosure import Dimension, Table
from triage.reports.rounding import change, leaves_of, round_small_counts

DRAW = np.random.default_rng(2).poisson(4, (6, 4))
COUNTS = {(f"r{i}", f"k{j}"): int(DRAW[i, j]) for i in range(6) for j in range(4)}
TABLE = Table.crossed(
    "/".join,
    [
        Dimension("rad", [("alle", [f"r{i}" for i in range(6)])]),
        Dimension("kol", [("sum", [f"k{j}" for j in range(4)])]),
    ],
    COUNTS,
)


@pytest.mark.parametrize("base", [3, 5, 10])
def test_no_number_is_left_between_nothing_and_the_base(base: int) -> None:
    assert not [n for n in round_small_counts(TABLE, base).values() if 0 < n < base]


@pytest.mark.parametrize("base", [3, 5])
def test_the_table_still_adds_up(base: int) -> None:
    rounded = round_small_counts(TABLE, base)

    assert all(rounded[id_] == sum(rounded[leaf] for leaf in leaves) for id_, leaves in leaves_of(TABLE).items())


def test_large_inner_numbers_are_left_alone() -> None:
    rounded = round_small_counts(TABLE, 3)
    large = {f"{i}/{j}": n for (i, j), n in COUNTS.items() if n >= 3}

    assert {id_: rounded[id_] for id_ in large} == large


def test_changes_cancel_in_the_totals() -> None:
    before = {cell.id: cell.count for cell in TABLE.cells}

    assert change(before, round_small_counts(TABLE, 3)).largest <= 3


def test_a_table_without_small_numbers_does_not_change() -> None:
    table = Table.crossed("/".join, [Dimension("rad", [("alle", ["a", "b"])])], {("a",): 50, ("b",): 70})

    assert round_small_counts(table, 5) == {"alle": 120, "a": 50, "b": 70}


def test_the_size_of_a_change_is_by_hand() -> None:
    found = change({"a": 4, "b": 9}, {"a": 0, "b": 9})

    assert (found.largest, found.mean) == (4, 2)
    assert found.root_mean_square == pytest.approx(8**0.5)
    assert found.utility == pytest.approx(1 - (4 / 2) ** 0.5 / 13**0.5)
