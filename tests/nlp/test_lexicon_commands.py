"""What those who keep the lexicon type: try a term, list errors, teach, protect ordinary words."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from triage.cli import main
from triage.nlp.learned import LEARNED
from triage.nlp.opinion import OPINION, read_opinion
from triage.paths import LEXICON

BAD_INPUT = 2
HARD = {"id": "hc", "phenomenon": "nynorsk", "text": "Sola skin.", "findings": [{"start": 0, "end": 4, "text": "Sola"}]}


ALL_SIX = [
    "Ingen [kvalme|negated], men [vekttap|present] siden mai.",
    "Mor hadde [tarmkreft|family]. Mulig [ulcus|possible].",
    "[Appendektomi|historical] i 1998. Ber om [gastroskopi|requested].",
]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lexicon of our own with a corpus of one letter and one hard sentence, of which the gold is wrong."""
    folder = tmp_path / "models"
    shutil.copytree(LEXICON, folder / "lexicon")
    (folder / "corpus").mkdir()
    gold = {"pathway": "hospital", "present": ["gi.melena"], "negated": [], "other": []}
    write(folder / "corpus" / "dev01.jsonl", [record("dev01-001", "Maten stopper opp.", gold)])
    write(folder / "corpus" / "hardcases.jsonl", [HARD | {"findings": [HARD["findings"][0] | {"status": "family"}]}])
    monkeypatch.setenv("TRIAGE_MODELS", str(folder))
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    return folder


def record(name: str, text: str, gold: object) -> dict[str, object]:
    return {"id": name, "area": "endoscopy", "age": 60, "text": text, "gold": gold}


def write(file: Path, records: Sequence[object]) -> Path:
    file.write_text("".join(f"{json.dumps(one)}\n" for one in records))
    return file


def test_a_term_is_shown_where_it_would_have_matched(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "try", "maten stopper"]) == 0

    said = capsys.readouterr().out
    assert "dev01-001" in said
    assert "1 brev" in said


def test_a_term_of_no_letter_says_what_it_gives_today(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "try", "svelgvansker"]) == 0

    said = capsys.readouterr().out
    assert "0 brev" in said
    assert "dysfagi" in said


def test_errors_are_listed_by_phenomenon(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "errors"]) == 0

    said = capsys.readouterr().out
    assert "nynorsk" in said
    assert "gi.melena oversett" in said
    assert "gi.dysfagi for mye" in said


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([record("x-1", "Sover godt.", None)], "x-1"),
        ([record("x-1", "Sover godt.", {"present": []})], "endoscopy"),
    ],
    ids=["no gold", "too little"],
)
def test_lessons_that_teach_nothing_are_refused_and_the_old_table_kept(
    records: Sequence[object], told: str, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (models / "lexicon" / LEARNED).read_bytes()

    assert main(["lexicon", "teach", str(write(models / "lessons.jsonl", records))]) == BAD_INPUT

    assert told in capsys.readouterr().err
    assert (models / "lexicon" / LEARNED).read_bytes() == before


def test_words_that_resemble_a_term_are_protected(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = models / "words.txt"
    words.write_text("dyslagi\nsykkelhjelm\n")

    assert main(["lexicon", "guard", str(words)]) == 0

    assert "1 av 2" in capsys.readouterr().out
    assert (models / "lexicon" / "ordinary.txt").read_text().split() == ["dyslagi"]


def test_a_list_that_is_not_text_leaves_the_old_one(models: Path) -> None:
    words, guarded = models / "words.txt", models / "lexicon" / "ordinary.txt"
    words.write_bytes(b"\xff\xfe\x00")
    before = guarded.read_bytes()

    assert main(["lexicon", "guard", str(words)]) == BAD_INPUT

    assert before
    assert guarded.read_bytes() == before


def test_a_second_opinion_is_taught_by_marked_sentences(models: Path, tmp_path: Path) -> None:
    sentences = tmp_path / "statuses.txt"
    sentences.write_text("# all six\n" + "\n".join(ALL_SIX))
    before = (models / "lexicon" / OPINION).read_bytes()

    assert main(["lexicon", "teach-status", str(sentences), "--letters", str(models / "corpus" / "dev01.jsonl")]) == 0

    assert (models / "lexicon" / OPINION).read_bytes() != before
    assert read_opinion(models / "lexicon") is not None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Ingen [kvalme|borte].", "linje 2"),
        ("Ingen [kvalme|negated.", "linje 2 har ikke noe merket sted"),
        ("Ingen [kvalme|negated].", "alle seks"),
        ("Ingen [kvalme|negated] p\udcf8 dagtid", "UTF-8"),
    ],
)
def test_sentences_that_cannot_teach_say_why(
    line: str, said: str, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentences = tmp_path / "statuses.txt"
    sentences.write_bytes(f"# one\n{line}\n".encode(errors="surrogateescape"))
    before = (models / "lexicon" / OPINION).read_bytes()

    assert main(["lexicon", "teach-status", str(sentences)]) == BAD_INPUT

    assert said in capsys.readouterr().err
    assert (models / "lexicon" / OPINION).read_bytes() == before
