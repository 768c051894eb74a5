"""Which model is in use: taking one into use, and going back."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.classifier.conftest import Made
from triage.classifier.model import load_model
from triage.classifier.release import read_manifest
from triage.commands.training import compare, rollback, shadow, use
from triage.domain.errors import BadInput, Conflict, NotReady
from triage.settings import Settings

CARD = {
    "gates": {"parity": {"passed": True}, "contrast_pairs": {"passed": False}},
    **{name: {} for name in ("data", "recipe", "figures", "contrast_pairs", "promises")},
}


@pytest.fixture
def settings(tmp_path: Path, made: Made) -> Settings:
    """With two trained versions, `one` and `two`, and none in use."""
    of_two = ({**CARD, "data": {"cases": number}} for number in (60, 61))
    for name, card in zip(("one", "two"), of_two, strict=True):
        shutil.copytree(made.folder, tmp_path / "pathway" / name)
        (tmp_path / "pathway" / name / "card.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return Settings(home=tmp_path / "home", models=tmp_path)


def take(settings: Settings, name: str) -> int:
    return use(settings, folder=settings.models / "pathway" / name, approved_by="Kari", despite=["contrast_pairs"])


def test_a_model_taken_into_use_is_the_one_that_is_loaded(settings: Settings) -> None:
    take(settings, "one")

    assert load_model(settings.models).version.startswith("one@")
    assert read_manifest(settings.models).versions["one"].approved_by == "Kari"


def test_the_model_before_can_be_taken_back_and_the_later_one_again(settings: Settings) -> None:
    take(settings, "one")
    take(settings, "two")

    rollback(settings)
    assert read_manifest(settings.models).in_use == "one"

    rollback(settings)
    assert read_manifest(settings.models).in_use == "two"


def test_there_is_nothing_to_go_back_to_from_the_first(settings: Settings) -> None:
    take(settings, "one")

    with pytest.raises(Conflict, match="ingen tidligere"):
        rollback(settings)


def test_a_model_that_failed_a_gate_is_not_taken_into_use_unless_it_is_named(settings: Settings) -> None:
    with pytest.raises(Conflict, match="contrast_pairs"):
        use(settings, folder=settings.models / "pathway" / "one", approved_by="Kari", despite=[])

    assert not (settings.models / "manifest.yaml").exists()


def test_a_folder_elsewhere_or_without_a_card_is_no_model(settings: Settings, made: Made, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"card\.yaml"):
        use(settings, folder=tmp_path, approved_by="Kari", despite=[])


def test_a_version_that_lacks_a_file_is_refused(settings: Settings) -> None:
    take(settings, "one")
    (settings.models / "pathway" / "one" / "vocabulary.tsv").unlink()

    with pytest.raises(NotReady, match=r"vocabulary\.tsv"):
        load_model(settings.models)


def test_two_cards_are_shown_side_by_side(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    folder = settings.models / "pathway"

    compare(settings, first=folder / "one", second=folder / "two")

    assert "data.cases" in (shown := capsys.readouterr().out)
    assert {"60", "61"} <= set(shown.split())


def test_a_model_is_tried_in_shadow_beside_the_one_in_use_until_it_is_not(settings: Settings) -> None:
    take(settings, "one")
    shadow(settings, folder=settings.models / "pathway" / "two", approved_by="Kari")

    manifest = read_manifest(settings.models)
    assert (manifest.in_use, manifest.tried) == ("one", "two")
    assert load_model(settings.models, "two").version.startswith("two@")

    shadow(settings, folder=None, approved_by="Kari")
    assert read_manifest(settings.models).tried is None
