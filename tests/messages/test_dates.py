"""Days as systems write them."""

from datetime import date

import pytest

from triage.messages.identity import parse_day


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-10", date(2026, 11, 10)),
        ("1991-12-4", date(1991, 12, 4)),
        ("2026-11-10T09:30:00", date(2026, 11, 10)),
        ("2026-11-10T09:30:00.1234567+01:00", date(2026, 11, 10)),
        ("2026-11-10 09:30", date(2026, 11, 10)),
        ("2026-11-10T23:30:00Z", date(2026, 11, 11)),
        ("2026-07-10T22:30:00.0000000Z", date(2026, 7, 11)),
        ("2026-11-10T00:30:00+03:00", date(2026, 11, 9)),
        ("2026-11-10+01:00", date(2026, 11, 10)),
        ("2026-11-10T25:61:00Z", date(2026, 11, 10)),
        ("20261110", date(2026, 11, 10)),
        ("20261110093000", date(2026, 11, 10)),
        ("10.11.2026", date(2026, 11, 10)),
        (" 2026-11-10 ", date(2026, 11, 10)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-29", None),
        ("2026-11", None),
        ("2026", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("i går", None),
        ("", None),
    ],
)
def test_a_written_day_is_a_norwegian_calendar_day(written: str, day: date | None) -> None:
    assert parse_day(written) == day
