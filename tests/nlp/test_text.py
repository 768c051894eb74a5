"""Tokens, sentences and sections."""

import pytest

from triage.nlp.reader import Reader
from triage.nlp.text import Section, read_text


def sentences(text: str, reader: Reader) -> list[str]:
    document = read_text(text, reader.lexicon.text_rules)
    return [text[document.starts[s.first] : document.ends[s.end - 1]] for s in document.sentences]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CRP<5", ["crp", "<", "5"]),
        ("13.1→10,2", ["13.1", "→", "10,2"]),
        ("75mcg x2", ["75", "mcg", "x", "2"]),
        ("12.03.2025 kl. 14", ["12.03.2025", "kl", ".", "14"]),
        ("u.a. mtp.", ["u.a.", "mtp", "."]),
        ("F-Hb neg", ["f", "hb", "neg"]),
    ],
)
def test_tokens(text: str, expected: list[str], reader: Reader) -> None:
    assert read_text(text, reader.lexicon.text_rules).lower == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tidl. ulcus. Nå frisk.", ["Tidl. ulcus.", "Nå frisk."]),
        ("Funn u.a. Plan: skopi", ["Funn u.a. Plan: skopi"]),
        ("Vekttap nei\nDysfagi nei", ["Vekttap nei", "Dysfagi nei"]),
        ("Siden 3. mai plager.", ["Siden 3. mai plager."]),
        ("Hb 9,8; ferritin 4", ["Hb 9,8;", "ferritin 4"]),
        (f"{'Lang linje ' * 6}som\nfortsetter her.", [f"{'Lang linje ' * 6}som\nfortsetter her."]),
        (
            f"{'uten stopp ' * 75}slutt\n{'andre del ' * 75}",
            [f"{'uten stopp ' * 75}slutt", f"{'andre del ' * 75}"[:-1]],
        ),
    ],
)
def test_sentences(text: str, expected: list[str], reader: Reader) -> None:
    assert sentences(text, reader) == expected


@pytest.mark.parametrize("text", ["e\u0301n pasient", "blod\u00ad i avføring", "vekttap\u00a0nei", "a\u030apen"])
def test_places_point_into_the_text_as_received(text: str, reader: Reader) -> None:
    document = read_text(text, reader.lexicon.text_rules)

    assert document.starts[0] == 0
    assert document.ends[-1] == len(text)


def test_a_heading_governs_its_block_and_a_label_its_line(reader: Reader) -> None:
    text = "Tidligere:\nPneumoni 2020\nMedisiner: Nexium\nHofteprotese\nAktuelt:\nHoste"
    document = read_text(text, reader.lexicon.text_rules)

    assert [s.section for s in document.sentences] == [
        Section.HISTORY, Section.HISTORY, Section.MEDICATION, Section.HISTORY, Section.CURRENT, Section.CURRENT,
    ]  # fmt: skip
