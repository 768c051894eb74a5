"""Letter templates: read once, overlaid by a hospital's own files, refused when something is wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from tests.letters.builders import POLICY, TEMPLATES, some_facts
from triage.commands.letters import approve
from triage.domain.calendar import oslo_date, utc_now
from triage.domain.errors import LetterContradicts, NotReady
from triage.domain.letter import LetterKind, Recipient
from triage.letters.templates import Templates, load_templates
from triage.letters.writing import render_text_only, write_letters
from triage.paths import LETTER_TEMPLATES
from triage.settings import Settings

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


def approved_by_name(kind: LetterKind, folder: Path) -> Path:
    approve(Settings(letter_overrides=folder), kind=kind, by="Kari Fagansvarlig")
    return folder


@pytest.mark.parametrize("kind", list(LetterKind))
def test_in_production_no_letter_is_written_by_a_template_that_nobody_has_approved(kind: LetterKind) -> None:
    templates = load_templates(LETTER_TEMPLATES, only_approved=True)

    with pytest.raises(LetterContradicts, match="Ingen ved sykehuset har godkjent"):
        write_letters(some_facts(kind), policy=POLICY, templates=templates)


def test_a_template_that_somebody_approved_by_name_is_used_in_production(tmp_path: Path) -> None:
    folder = approved_by_name(GRANTED, tmp_path)
    templates = load_templates(LETTER_TEMPLATES, overrides=folder, only_approved=True)
    facts = replace(some_facts(GRANTED), decided=oslo_date(utc_now()), deadline=date(2099, 1, 2))

    assert [letter.notes for letter in write_letters(facts, policy=POLICY, templates=templates)] == [(), ()]


def test_the_demo_says_that_its_templates_are_examples() -> None:
    notes = {letter.notes for letter in write_letters(some_facts(GRANTED), policy=POLICY, templates=TEMPLATES)}

    assert notes == {("Brevmalen er et eksempel som ingen ved sykehuset har godkjent.",)}
