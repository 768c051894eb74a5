"""A second opinion moves a status where it is sure, and never into or out of a denial."""

from pathlib import Path

import numpy as np
import pytest

from triage.domain.errors import BadInput
from triage.domain.finding import Certainty, Experiencer, Polarity, Status, Temporality
from triage.nlp.learned import ROWS
from triage.nlp.marked import read_marked
from triage.nlp.opinion import OVERRULES_FROM, STATUSES, Opinion, Place, read_opinion, rows_around
from triage.nlp.reader import Reader
from triage.nlp.teaching import Weighed, teach_opinion
from triage.paths import MODELS

LINE = (
    "Hadde [kvalme|historical] i mai, ingen [feber|negated], nå [hoste|present]. "
    "Mulig [ulcus|possible]. Mor har [diabetes|family]."
)


def leaning(status: Status, by: float) -> Opinion:
    """One that says the same of every place."""
    bias = np.where([s is status for s in STATUSES], by, 0.0).astype(np.float32)
    return Opinion({"weights": np.zeros((ROWS, 6), np.int8), "scale": np.ones(6, np.float32), "bias": bias})


@pytest.fixture
def places(reader: Reader, tmp_path: Path) -> list[Place]:
    (tmp_path / "line.txt").write_text(LINE)
    (marked,) = read_marked(tmp_path / "line.txt")
    found = [place for place in reader.places(marked.text, marked.places) if place]
    assert [place.assertion.status for place in found] == [*marked.statuses]
    return found


@pytest.mark.parametrize("status", [Status.PRESENT, Status.POSSIBLE, Status.HISTORICAL, Status.FAMILY])
def test_where_it_is_sure_it_moves_what_is_neither_denied_nor_another_person_s(
    status: Status, places: list[Place]
) -> None:
    settled = (Status.NEGATED, Status.FAMILY)
    expected = [p.assertion.status if p.assertion.status in settled else status for p in places]

    assert [leaning(status, OVERRULES_FROM + 0.1).of(place).status for place in places] == expected


@pytest.mark.parametrize("status", STATUSES)
def test_where_it_is_not_sure_the_rules_stand(status: Status, places: list[Place]) -> None:
    assert [leaning(status, OVERRULES_FROM - 0.1).of(place) for place in places] == [p.assertion for p in places]


def test_it_never_denies_and_asks_for_no_finding(places: list[Place]) -> None:
    for status in (Status.NEGATED, Status.REQUESTED):
        assert [leaning(status, 9.0).of(place) for place in places] == [place.assertion for place in places]


def test_an_older_letter_stays_in_the_past(reader: Reader) -> None:
    text = "Epikrise 2019: «Innlagt med blodig oppkast og svart avføring, gastroskopi viste ulcus, som ble behandlet.»"
    start = text.index("svart avføring")
    (place,) = reader.places(text, [(start, start + len("svart avføring"))])
    assert place

    assert leaning(Status.PRESENT, 9.0).of(place).status is Status.HISTORICAL


def test_a_denied_doubt_keeps_its_axes(places: list[Place]) -> None:
    doubted = places[3]
    moved = leaning(Status.PRESENT, 9.0).of(doubted)

    assert doubted.assertion.certainty is Certainty.POSSIBLE
    assert (moved.certainty, moved.polarity) == (Certainty.CERTAIN, Polarity.PRESENT)
    assert (moved.temporality, moved.experiencer) == (Temporality.CURRENT, Experiencer.PATIENT)


def test_the_same_examples_teach_the_same_table(places: list[Place], tmp_path: Path) -> None:
    examples = [Weighed(rows_around(place), status) for place, status in zip(places * 2, STATUSES, strict=False)]
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        teach_opinion(examples).write(folder)

    first, second = ((folder / "opinion.npz").read_bytes() for folder in folders)
    assert first == second
    assert read_opinion(folders[0])


def test_too_few_statuses_teach_nothing(places: list[Place]) -> None:
    with pytest.raises(BadInput, match="alle seks"):
        teach_opinion([Weighed(rows_around(place), Status.PRESENT) for place in places])


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read_opinion(tmp_path) is None


def test_every_bundled_sentence_is_well_marked() -> None:
    marked = list(read_marked(MODELS / "corpus" / "statuses.txt"))

    assert len(marked) > 5_000
    assert all(one.places and "[" not in one.text.replace("[x]", "").replace("[ ]", "") for one in marked)


def test_a_year_says_when(reader: Reader) -> None:
    text = "Snorker, hes vår 2019, ikke røyk."
    (place,) = reader.places(text, [(9, 12)])
    assert place

    assert leaning(Status.PRESENT, 9.0).of(place).status is Status.HISTORICAL
