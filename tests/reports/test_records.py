"""Rows from files: our names or others', and what cannot be read is counted."""

from datetime import date
from pathlib import Path

import pytest

from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Sex
from triage.reports.records import band_of, read_population, read_referrals

GROUPS = (0, 15, 30, 45, 55, 65, 75)


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding=encoding)
    return folder / name


def test_a_json_line_is_a_row(tmp_path: Path) -> None:
    line = '{"received": "2025-03-01", "area": "eye", "age": 70, "sex": "female", "pathway": "hospital", "text": "x"}\n'

    rows, unreadable = read_referrals(written(tmp_path, "a.jsonl", line))

    day, path = date(2025, 3, 1), Pathway.HOSPITAL
    assert rows == [CountedReferral(day, Area.EYE, age=70, sex=Sex.FEMALE, pathway=path)]
    assert unreadable == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_norwegian_spreadsheet_is_read_by_its_own_words(tmp_path: Path, encoding: str) -> None:
    text = "Dato;Fagområde;Alder;Kjønn;Kommunenr;Henviser\n2025-03-01;Øye;70;K;5001;Fjordgløtt\n"

    rows, _ = read_referrals(written(tmp_path, "a.csv", text, encoding))

    day = date(2025, 3, 1)
    assert rows == [CountedReferral(day, Area.EYE, None, 70, Sex.FEMALE, "5001", sender="Fjordgløtt")]


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    good, bad = '{"received": "2025-03-01"}', ['{"received": "i går"}', "ikke json", "[1]", "{}"]

    rows, unreadable = read_referrals(written(tmp_path, "a.jsonl", "\n".join([good, *bad, ""])))

    assert (len(rows), unreadable) == (1, 4)


def test_a_file_without_one_good_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Ingen linje i a\.jsonl"):
        read_referrals(written(tmp_path, "a.jsonl", "{}\n"))


@pytest.mark.parametrize(
    ("age", "band"), [(None, "ukjent"), (0, "0–14"), (14, "0–14"), (15, "15–29"), (75, "75+"), (101, "75+")]
)
def test_an_age_has_its_band(age: int | None, band: str) -> None:
    assert band_of(age, GROUPS) == band


def test_inhabitants_are_summed_in_groups_for_the_nearest_year(tmp_path: Path) -> None:
    text = (
        "kommunenr,kommune,aar,kjonn,alder,antall\n"
        "9901,Oppdiktet,2024,K,15,3\n9901,Oppdiktet,2024,K,29,4\n9901,Oppdiktet,2023,K,29,40\n9901,Oppdiktet,2024,M,30,5\n"
    )

    population = read_population(written(tmp_path, "p.csv", text), 2026, GROUPS)

    assert population.year == 2024
    assert population.names == {"9901": "Oppdiktet"}
    assert population.people == {("9901", "female", "15–29"): 7, ("9901", "male", "30–44"): 5}
    assert population.of("9901") == 12


def test_a_table_as_statistics_norway_prints_it_is_read(tmp_path: Path) -> None:
    text = (
        "region;kjønn;alder;år;Personer\n"
        '"9901 Oppdiktet";Kvinner;"15 år";2024;3\n"9901 Oppdiktet";Menn;"105 år eller eldre";2024;1\n'
    )

    population = read_population(written(tmp_path, "p.csv", text), 2024, GROUPS)

    assert population.names == {"9901": "Oppdiktet"}
    assert population.people == {("9901", "female", "15–29"): 3, ("9901", "male", "75+"): 1}


def test_age_groups_that_the_limits_cut_are_refused(tmp_path: Path) -> None:
    text = "kommunenr,aar,kjonn,aldersgruppe,antall\n9901,2024,K,50-59,3\n"

    with pytest.raises(BadInput, match="ettårig"):
        read_population(written(tmp_path, "p.csv", text), 2024, GROUPS)


def test_a_population_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="kolonner"):
        read_population(written(tmp_path, "p.csv", "a,b\n1,2\n"), 2024, GROUPS)


def test_two_places_of_one_name_are_told_apart(tmp_path: Path) -> None:
    text = (
        "kommunenr,kommune,aar,kjonn,alder,antall\n9901,Vik,2024,K,15,3\n9902,Vik,2024,K,15,4\n9903,Nes,2024,K,15,4\n"
    )

    population = read_population(written(tmp_path, "p.csv", text), 2024, GROUPS)

    assert population.names == {"9901": "Vik (9901)", "9902": "Vik (9902)", "9903": "Nes"}
