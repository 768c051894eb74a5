"""Letter templates: read once, overlaid by a hospital's own files, refused when something is wrong with them."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from tests.letters.builders import POLICY, TEMPLATES, some_facts
from triage.domain.errors import NotReady
from triage.domain.letter import LetterKind, Recipient
from triage.letters.templates import Templates, load_templates
from triage.letters.writing import render_text_only
from triage.paths import LETTER_TEMPLATES

GRANTED = LetterKind.RIGHT_GRANTED
OWN_WORDS = '{% extends "frame.nb.html" %}{% block body %}<p>Egne ord.</p>{% endblock %}'


def written_with(templates: Templates) -> str:
    facts = some_facts(GRANTED)
    return render_text_only(facts, Recipient.PATIENT, policy=POLICY, templates=templates).text


def own_file(folder: Path, name: str, words: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, "utf-8")
    return folder


def test_own_file_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    own_file(tmp_path, "right_granted/patient.nb.html", OWN_WORDS)

    templates = load_templates(LETTER_TEMPLATES, overrides=tmp_path)

    assert "Egne ord." in written_with(templates)


def test_own_file_shows_in_the_label_of_its_kind_alone(tmp_path: Path) -> None:
    own_file(tmp_path, "right_granted/patient.nb.html", OWN_WORDS)

    templates = load_templates(LETTER_TEMPLATES, overrides=tmp_path)

    assert templates.label(GRANTED) != TEMPLATES.label(GRANTED)
    assert templates.label(LetterKind.RIGHT_REFUSED) == TEMPLATES.label(LetterKind.RIGHT_REFUSED)


@pytest.mark.parametrize("shared", ["frame.nn.html", "blocks/nb.html", "letter.typ"])
def test_shared_file_shows_in_every_label(tmp_path: Path, shared: str) -> None:
    own_file(tmp_path, shared, (LETTER_TEMPLATES / shared).read_text("utf-8") + "\n")

    templates = load_templates(LETTER_TEMPLATES, overrides=tmp_path)

    assert templates.label(LetterKind.EMERGENCY) != TEMPLATES.label(LetterKind.EMERGENCY)


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_words(name: str, words: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(words, "utf-8") and None


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (without("emergency/patient.nn.html"), "emergency/patient.nn.html"),
        (without("emergency/letter.yaml"), "emergency/letter.yaml"),
        (without("letter.typ"), "letter.typ"),
        (with_words("emergency/letter.yaml", "version: '1'"), "emergency/letter.yaml"),
        (with_words("emergency/letter.yaml", "a: [b"), "emergency/letter.yaml"),
        (with_words("emergency/patient.nb.html", "{% if %}"), "emergency/patient.nb.html"),
    ],
)
def test_folder_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[Path], None], names: str
) -> None:
    folder = copytree(LETTER_TEMPLATES, tmp_path / "templates")
    spoil(folder)

    with pytest.raises(NotReady, match=names):
        load_templates(folder)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<p>{{ unknown }}</p>", "unknown"),
        ("<p>{{ ''.__class__.__mro__ }}</p>", "__class__"),
        ("<table></table>", "table"),
        ("<p><em>a</em></p>", "em"),
        ("<p>a", "velformet"),
    ],
)
def test_template_that_asks_for_too_much_is_refused(tmp_path: Path, body: str, says: str) -> None:
    own_file(tmp_path, "right_granted/patient.nb.html", OWN_WORDS.replace("<p>Egne ord.</p>", body))
    templates = load_templates(LETTER_TEMPLATES, overrides=tmp_path)

    with pytest.raises(NotReady, match=says):
        written_with(templates)


@pytest.mark.parametrize("kind", list(LetterKind))
def test_card_says_who_approved(kind: LetterKind) -> None:
    assert TEMPLATES.cards[kind].approved_by
