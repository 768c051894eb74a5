"""The model as it is shipped, and one trained here on a few cases."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import islice
from pathlib import Path

import pytest

from triage.classifier import training
from triage.classifier.cases import Case
from triage.classifier.model import Model, load_model
from triage.classifier.training import Program, Trained
from triage.commands.screening import read_cases
from triage.engines import Engines, load_engines
from triage.paths import MODELS
from triage.settings import read_settings

BATCHES = ("dev01", "dev02", "dev03")
FILES = {**dict.fromkeys(BATCHES, 20), "contrast_d1": 6}


@pytest.fixture(scope="session")
def shipped() -> Model:
    return load_model(MODELS)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    return load_engines(read_settings({"TRIAGE_HOME": str(tmp_path_factory.mktemp("home"))}), with_model=False)


@pytest.fixture(scope="session")
def program(engines: Engines) -> Program:
    today = date(2026, 11, 22)
    return Program(
        cache(engines.reader.read),
        partial(engines.matches, today=today),
        engines.propose,
        engines.policy,
        {},
    )


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """Twenty from each of three writers, and three pairs."""
    return [case for name, most in FILES.items() for case in islice(read_cases([_corpus(name)]), most)]


def _corpus(name: str) -> Path:
    return MODELS / "corpus" / f"{name}.jsonl"


@dataclass(frozen=True, slots=True)
class Made:
    folder: Path
    trained: Trained


@pytest.fixture(scope="session")
def made(cases: list[Case], program: Program, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("models") / "pathway" / "2026-01-01"
    return Made(folder, training.train(cases, program, folder))
