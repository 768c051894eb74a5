"""The engines together: one referral in, one recommendation out, with all that it was made with."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.builders import a_referral
from triage.domain.recommendation import Pathway, Recommendation
from triage.engines import Engines, load_engines
from triage.settings import Settings

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def engines(settings: Settings) -> Engines:
    return load_engines(settings)


def test_a_danger_is_proposed_with_its_reason_and_said_in_one_sentence(engines: Engines) -> None:
    letter = a_referral("Svelgvansker for fast føde i 6 uker og vekttap 6 kg. Ingen blødning.", age=63)

    recommendation = engines.recommend(letter, today=TODAY)

    assert recommendation.pathway is Pathway.CANCER_PATHWAY
    assert recommendation.danger
    assert "svelgvansker" in recommendation.summary.lower()
    assert recommendation.summary.endswith("63 år.")


def in_words(recommendation: Recommendation) -> Recommendation:
    """All that it says but the model's numbers, whose last digits depend on how many were worked out together."""
    return replace(recommendation, probabilities={}, contributions=())


def test_one_at_a_time_gives_what_many_at_a_time_gives(engines: Engines) -> None:
    letters = [a_referral("Refluks i 3 måneder."), a_referral("Blod i avføringen i 3 uker.", age=71), a_referral("")]

    many = engines.recommend_many(letters, today=TODAY)
    single = [engines.recommend(letter, today=TODAY) for letter in letters]

    assert [in_words(each) for each in many] == [in_words(each) for each in single]
    assert [each.probabilities for each in many] == [pytest.approx(each.probabilities, abs=1e-5) for each in single]


def test_a_recommendation_names_the_versions_it_was_made_with(engines: Engines) -> None:
    versions = engines.recommend(a_referral(), today=TODAY).versions

    assert versions == engines.versions
    assert versions.policy == engines.policy.label


def test_a_compiled_lexicon_reads_as_the_one_it_was_made_from(engines: Engines, settings: Settings) -> None:
    assert list((settings.home / "cache").iterdir())
    again = load_engines(settings, with_model=False)

    letter = a_referral("Slapp siste halvår. Hb 9,8. Mor hadde tykktarmskreft.", age=58)
    assert again.reader.read(letter) == engines.reader.read(letter)


def test_engines_load_where_nothing_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")  # a file in the folder's place

    assert load_engines(Settings(home=tmp_path), with_model=False).reader.version
