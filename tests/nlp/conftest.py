"""The reader with the shipped lexicon, loaded once."""

import pytest

from triage.nlp.reader import Reader, load_reader
from triage.paths import LEXICON


@pytest.fixture(scope="session")
def reader() -> Reader:
    return load_reader(LEXICON)
