"""What the lexicon has no words for is heard where it stands, with the status of the place; never in its stead."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import orjson
import pytest

from triage.domain.errors import NotReady
from triage.domain.finding import Status
from triage.domain.referral import Area, Referral
from triage.nlp import learned
from triage.nlp.learned import (
    HEARS_FROM,
    LEARNED,
    Table,
    Told,
    facts_of,
    form_of,
    read_learned,
    rows_of_sentence,
    write_learned,
)
from triage.nlp.lexicon import load_lexicon
from triage.nlp.reader import Reader, load_reader
from triage.nlp.teaching import Lesson, teach_field
from triage.nlp.text import read_text
from triage.paths import LEXICON, MODELS

STUCK = ("Grøten", "Pølsa", "Loffen", "Riset", "Kaka", "Lapskausen", "Osten", "Potetene", "Fisken", "Eplet")
ORDINARY = ("Sover godt.", "Går tur med hunden.", "Bor alene.", "Arbeider på fiskemottak.", "Bruker briller.")

Teach = Callable[[Sequence[Lesson]], Table]


@pytest.fixture(scope="module")
def untaught() -> Reader:
    return Reader(load_lexicon(LEXICON))


@pytest.fixture(scope="module")
def teach(untaught: Reader) -> Teach:
    rules = untaught.lexicon.text_rules
    return lambda lessons: teach_field(lessons, lambda r: (read_text(r.text, rules), untaught.read(r)))


@pytest.fixture(scope="module")
def taught(untaught: Reader, teach: Teach, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Knows nothing but that food which `stokker seg` is dysphagia."""
    folder = tmp_path_factory.mktemp("lexicon")
    write_learned({Area.ENDOSCOPY: teach(lessons())}, folder)
    return Reader(untaught.lexicon, read_learned(folder))


def lessons() -> list[Lesson]:
    difficult = frozenset((Told("gi.dysfagi"),))
    told = [Lesson(letter(f"{food} stokker seg."), difficult, is_excerpt=True) for food in STUCK]
    return told + [Lesson(letter(text), frozenset(), is_excerpt=True) for text in ORDINARY]


def letter(text: str, area: Area = Area.ENDOSCOPY) -> Referral:
    return Referral(id="letter", text=text, area=area, age=60)


@pytest.fixture(scope="module")
def corpus() -> list[Referral]:
    lines = (MODELS / "corpus" / "dev01.jsonl").read_bytes().splitlines()
    return [letter(record["text"], Area(record["area"])) for record in map(orjson.loads, lines)]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Wienerbrødet stokker seg.", "present"),
        ("Ingen mat stokker seg.", "negated"),
        ("Kanskje stokker maten seg.", "possible"),
        ("I 2009: maten stokker seg.", "historical"),
    ],
)
def test_what_was_taught_has_the_status_of_its_place(text: str, status: str, taught: Reader) -> None:
    assert [(f.id, str(f.status)) for f in taught.read(letter(text)).features] == [("gi.dysfagi", status)]


def test_the_words_that_tell_it_are_its_evidence(taught: Reader) -> None:
    text = "Han er fisker og bor alene. Wienerbrødet stokker seg. Går tur."

    (feature,) = taught.read(letter(text)).features

    assert "stokker" in text[feature.evidence[0].start : feature.evidence[0].end]


def test_it_is_not_heard_where_nothing_was_taught(untaught: Reader) -> None:
    assert untaught.read(letter("Wienerbrødet stokker seg.")).features == ()


def test_it_is_not_heard_in_another_field(taught: Reader) -> None:
    assert taught.read(letter("Wienerbrødet stokker seg.", Area.EYE)).features == ()


def test_a_danger_that_the_lexicon_finds_stays_or_is_read_by_a_person(
    untaught: Reader, reader: Reader, corpus: list[Referral]
) -> None:
    named = untaught.lexicon.data["alarm_features"]["features"]
    dangers = {feature["id"] for feature in named if feature["urgency"] in ("ohjelp", "haster", "pakkeforlop")}
    found = [{f.id for f in untaught.read(r).features if f.status is Status.PRESENT} & dangers for r in corpus]
    stays = [{f.id for f in reader.read(r).features if f.status in (Status.PRESENT, Status.POSSIBLE)} for r in corpus]

    assert sum(map(len, found)) > 20
    assert all(before <= after for before, after in zip(found, stays, strict=True))


def test_a_word_or_two_have_only_the_meaning_of_the_lexicon(reader: Reader) -> None:
    assert reader.read(letter("Kastet opp. Blodtrykk 120/80.")).features == ()


def test_what_sounds_like_nothing_taught_is_doubted(untaught: Reader, reader: Reader) -> None:
    """A word of the lexicon in a sentence about something else."""
    text = "Batteriet i høreapparatet er tomt, og han har hørt bedre i dag enn i går."

    assert reader.read(letter(text, Area.ENT)).features == ()


def test_a_number_is_left_to_those_who_can_weigh_it(reader: Reader) -> None:
    assert reader.read(letter("Veier 88 kg. Hemoglobin 14,8 i dag.")).features == ()


def test_service_hears_what_teaching_counted(untaught: Reader, corpus: list[Referral]) -> None:
    """The sums that are kept by word are those of every piece of the sentence."""
    heard, counted = set(), set()
    fields, of_area = read_learned(LEXICON), tables(LEXICON)
    for letter_number, referral in enumerate(corpus):
        assert referral.area
        document, reading = read_text(referral.text, untaught.lexicon.text_rules), untaught.read(referral)
        facts = facts_of(document, reading.findings, reading.measurements, reading.features)
        heard |= {(letter_number, h.number, *h.told) for h in fields[referral.area].listen(document, facts).heard}
        table = of_area[referral.area]
        for number, sentence in enumerate(document.sentences):
            rows = rows_of_sentence(document, sentence, facts.get(number, ()))
            weights = table["weights"][rows].sum(axis=0, dtype=np.int64) * table["scale"]
            scores = weights / np.sqrt(max(table["squares"][rows].sum(dtype=np.float64), 1e-9)) + table["bias"]
            spoken = sum(form_of(document, i) is not None for i in range(sentence.first, sentence.end))
            told = np.flatnonzero((scores > HEARS_FROM) & (spoken > 2))
            counted |= {(letter_number, number, table["features"][n], table["denied"][n]) for n in told}

    assert len(counted) > len(corpus)
    assert heard == counted


def test_threads_may_share_it(corpus: list[Referral], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "_AT_FIRST", 1)
    shared = load_reader(LEXICON)
    alone = load_reader(LEXICON)

    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(shared.read, corpus * 3))

    assert read == [alone.read(referral) for referral in corpus] * 3


def tables(folder: Path) -> dict[Area, dict[str, np.ndarray]]:
    with np.load(folder / LEARNED) as file:
        return {
            area: {key.split(" ")[1]: file[key] for key in file.files if key.startswith(f"{area} ")} for area in Area
        }


def test_the_lexicons_version_tells_what_was_taught(untaught: Reader, tmp_path: Path) -> None:
    other = shutil.copytree(LEXICON, tmp_path / "lexicon")
    (other / LEARNED).write_bytes(b"taught otherwise")

    assert load_lexicon(other).version != untaught.version


def test_a_table_of_an_older_program_is_taught_again(tmp_path: Path) -> None:
    with np.load(LEXICON / learned.LEARNED) as file:
        older = {name: file[name] for name in file.files if not name.endswith(" words")}
    np.savez(tmp_path / learned.LEARNED, **older)

    with pytest.raises(NotReady, match="triage lexicon teach"):
        learned.read_learned(tmp_path)


def test_what_a_new_word_tells_is_not_doubted(untaught: Reader, reader: Reader) -> None:
    text = "Nattdiaré tross behandling."
    letter = Referral(id="line", text=text, area=Area.ENDOSCOPY, age=60)

    assert reader.read(letter).features == untaught.read(letter).features != ()


def test_the_same_lessons_teach_the_same_table(teach: Teach) -> None:
    first, second = teach(lessons()).arrays(), teach(lessons()).arrays()

    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_too_few_lessons_teach_nothing(teach: Teach) -> None:
    assert not teach(lessons()[:2]).told
