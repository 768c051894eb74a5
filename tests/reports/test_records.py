"""Rows from files: our names or others', and what cannot be read is counted."""

from datetime import date
from pathlib import Path

import pytest

from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Sex
from triage.reports.records import Population, Reference, band_of, kind_of, read_reference, read_referrals

GROUPS = (0, 15, 30, 45, 55, 65, 75)
REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding=encoding)
    return folder / name


def reference(**files: str) -> Reference:
    """Of files as CSV by kind, for the years 2024 to 2026."""
    named = {kind: (f"{kind}.csv", text.encode()) for kind, text in files.items()}
    return read_reference(named, start=2024, end=2026, starts=GROUPS)


def population(text: str) -> Population:
    read = reference(population=text).population
    assert read
    return read


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


def test_dates_and_unknowns_are_read_as_norwegian_spreadsheets_write_them(tmp_path: Path) -> None:
    rows, _ = read_referrals(written(tmp_path, "a.csv", "Dato;Kjønn;Alder\n1.3.2025;Ukjent;70\n"))

    assert rows == [CountedReferral(date(2025, 3, 1), age=70)]


def test_the_field_that_no_line_has_right_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Feil i: municipality\."):
        read_referrals(written(tmp_path, "a.jsonl", '{"received": "2025-03-01", "municipality": 5001}\n'))


def test_a_file_without_one_good_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Ingen linje i a\.jsonl"):
        read_referrals(written(tmp_path, "a.jsonl", "{}\n"))


@pytest.mark.parametrize(
    ("age", "band"), [(None, "ukjent"), (0, "0–14"), (14, "0–14"), (15, "15–29"), (75, "75+"), (101, "75+")]
)
def test_an_age_has_its_band(age: int | None, band: str) -> None:
    assert band_of(age, GROUPS) == band


def test_inhabitants_are_summed_in_groups_for_the_nearest_year() -> None:
    read = population(
        "kommunenr,kommune,aar,kjonn,alder,antall\n"
        "9901,Oppdiktet,2024,K,15,3\n9901,Oppdiktet,2024,K,29,4\n9901,Oppdiktet,2023,K,29,40\n9901,Oppdiktet,2024,M,30,5\n"
    )

    assert read.year == 2024
    assert read.names == {"9901": "Oppdiktet"}
    assert read.people == {("9901", "female", "15–29"): 7, ("9901", "male", "30–44"): 5}
    assert read.of("9901") == 12


A_ROW_A_YEAR = """region;kjønn;alder;år;Personer
"9901 Oppdiktet";Kvinner;"15 år";2024;3
"9901 Oppdiktet";Menn;"105 år eller eldre";2024;1
"""
A_COLUMN_A_YEAR = """"07459: Alders- og kjønnsfordeling i kommuner, fylker og hele landets befolkning"

"region";"kjønn";"alder";"Personer 2023";"Personer 2024"
"9901 Oppdiktet";"Kvinner";"15 år";2;3
"9901 Oppdiktet";"Menn";"105 år eller eldre";2;1
"""


@pytest.mark.parametrize("text", [A_ROW_A_YEAR, A_COLUMN_A_YEAR], ids=["a row a year", "a column a year, and a title"])
def test_a_table_as_statistics_norway_prints_it_is_read(text: str) -> None:
    read = population(text)

    assert read.names == {"9901": "Oppdiktet"}
    assert read.people == {("9901", "female", "15–29"): 3, ("9901", "male", "75+"): 1}


def test_age_groups_that_the_limits_cut_are_refused() -> None:
    with pytest.raises(BadInput, match="ettårig"):
        population("kommunenr,aar,kjonn,aldersgruppe,antall\n9901,2024,K,50-59,3\n")


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("kommunenr,kommune,aar,kjonn,alder,antall", "population"),
        ("gammel_kommunenr,gjeldende_kommunenr,siste_aar", "changes"),
        ("henviser,leger,listelengde", "practices"),
        ("kommunenr,rad,kolonne", "map"),
        ("kommunenr,kommune,opptaksomraade", "catchments"),
    ],
)
def test_a_file_is_known_by_its_columns(columns: str, kind: str) -> None:
    assert kind_of("a.csv", f"{columns}\n{',1' * columns.count(',') or '1'}1\n".replace("\n,", "\n1,").encode()) == kind


def test_a_file_that_reports_have_no_use_for_is_refused() -> None:
    with pytest.raises(BadInput, match="kolonner"):
        kind_of("p.csv", b"a,b\n1,2\n")


def test_two_places_of_one_name_are_told_apart() -> None:
    read = population(
        "kommunenr,kommune,aar,kjonn,alder,antall\n9901,Vik,2024,K,15,3\n9902,Vik,2024,K,15,4\n9903,Nes,2024,K,15,4\n"
    )

    assert read.names == {"9901": "Vik (9901)", "9902": "Vik (9902)", "9903": "Nes"}


MERGED = "old,new,last_year\n9971,9901,2019\n9972,9901,2019\n"
SPLIT = "old,new,last_year\n9973,9902,{year}\n9973,9903,{year}\n"


def test_a_merged_municipality_is_counted_in_the_new_one_whenever_that_was() -> None:
    assert reference(changes=MERGED).units == {"9971": "9901", "9972": "9901"}


@pytest.mark.parametrize(
    ("year", "units"),
    [(2023, {}), (2024, {"9902": "9902+9903", "9903": "9902+9903", "9973": "9902+9903"})],
    ids=["split before the period", "split within the period"],
)
def test_the_parts_of_a_split_municipality_are_one_while_nobody_can_tell_them_apart(
    year: int, units: dict[str, str]
) -> None:
    assert reference(changes=SPLIT.format(year=year)).units == units


def test_a_unit_of_two_municipalities_has_the_inhabitants_and_names_of_both() -> None:
    people = "kommunenr,kommune,aar,kjonn,alder,antall\n9902,Vik,2024,K,15,3\n9903,Nes,2024,K,16,4\n"

    read = reference(population=people, changes=SPLIT.format(year=2024)).population

    assert read
    assert read.names == {"9902+9903": "Vik og Nes"}
    assert read.of("9902+9903") == 7


def test_tiles_and_borders_become_the_same_kind_of_outline() -> None:
    borders = (
        '{"features": [{"properties": {"kommunenr": "9901"}, "geometry": {"type": "Polygon",'
        ' "coordinates": [[[0, 60], [1, 60], [1, 61], [0, 60]]]}}]}'
    )

    tile = reference(map="kommunenr,rad,kolonne\n9901,2,3\n").outlines
    drawn = read_reference({"map": ("map.json", borders.encode())}, start=2024, end=2026, starts=GROUPS).outlines

    assert tile == {"9901": (((3, 2), (4, 2), (4, 3), (3, 3)),)}
    assert drawn["9901"][0][1] == (pytest.approx(0.5), -60)  # a degree east is half a degree north there


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference data are not on this machine")
def test_the_published_files_of_central_norway_are_read_as_they_are() -> None:
    names = (
        "befolkning_midt_1aar_2024_2026.csv",
        "kommunekoder_historisk_midt.csv",
        "kommuner_midt_2026.csv",
        "kommuner_midt.geojson",
    )
    files = {kind_of(name, content): (name, content) for name in names for content in [(REFERENCE / name).read_bytes()]}

    later, earlier = (read_reference(files, start=year, end=2026, starts=GROUPS) for year in (2024, 2023))

    assert later.population
    assert sum(later.population.people.values()) == 762_335
    assert len(later.population.names) == len(later.outlines) == len(later.catchments) == 65
    assert earlier.population
    assert earlier.population.names["1508+1580"] == "Ålesund og Haram"
    assert len(earlier.population.names) == 64
