"""The real engines, loaded once."""

import pytest

from triage.engines import Engines, load_engines
from triage.settings import read_settings


@pytest.fixture(scope="session")
def engines() -> Engines:
    return load_engines(read_settings({}))
