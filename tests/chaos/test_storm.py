"""Whatever is killed while it works, nothing received is lost and nothing is done twice. `storm.py` is the long run."""

from pathlib import Path

import pytest

from tests.chaos.storm import storm
from tests.conftest import wait_until_stopped

pytestmark = pytest.mark.slow


def test_nothing_is_lost_and_nothing_is_done_twice_when_everything_is_killed_once(home: Path) -> None:
    account = storm(home, count=200, workers=3, faults=7, seed=8, seconds=600)

    assert account.broken == []
    assert account.faults.total() == 7
    assert account.claims["confirmed decisions kept"][1] > 0
    assert wait_until_stopped(home)
