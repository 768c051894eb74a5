"""The real engines, loaded once."""

import pytest

from triage.engines import Engines, load_engines
from triage.settings import Settings


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """With a home of their own: what another version of the program left in the user's is not read."""
    return load_engines(Settings(home=tmp_path_factory.mktemp("home")))
