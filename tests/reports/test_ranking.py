import pytest

from triage.reports.ranking import deciles, percent_rank, quantile_groups


def test_deciles_are_interpolated() -> None:
    assert deciles([0, 10, None]) == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8, 9])


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        ([3, 1, 2], [1, 0, 0.5]),
        ([1, 1, 5], [0, 0, 1]),
        ([1, None, 2], [0, None, 1]),
        ([7], [None]),
    ],
)
def test_percent_rank_gives_ties_the_lowest_rank(values: list[float | None], ranks: list[float | None]) -> None:
    assert percent_rank(values) == ranks


@pytest.mark.parametrize(
    ("values", "highest_first", "groups"),
    [
        ([10, 20, 30, 40], False, [1, 1, 2, 2]),
        ([10, 20, 30, 40], True, [2, 2, 1, 1]),
        ([10, None, 30, 40], False, [1, None, 1, 2]),
        ([10], False, [None]),
    ],
)
def test_units_are_dealt_into_halves(values: list[float | None], highest_first: bool, groups: list[int | None]) -> None:
    assert quantile_groups(values, 2, highest_first=highest_first) == groups
