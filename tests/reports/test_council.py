"""The council's report: what it says, what it leaves out, and that it is the same every time and in every format."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import openpyxl
import pikepdf
import pytest
from lxml import etree, html

from tests.reports import invented
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Referrer, Sex
from triage.reports.council import Report, make_report
from triage.reports.disclosure import Reason
from triage.reports.edition import Lines, make_edition
from triage.reports.plot import Map
from triage.reports.printing import FORMATS, shown
from triage.reports.records import Population, Practice, Reference
from triage.reports.sections import Basis, Grid, Section

YEAR = date(2025, 1, 1), date(2025, 12, 31)
GROUPS = ("0–14", "15–29", "30–44", "45–54", "55–64", "65–74", "75+")
PLACES = {str(9901 + k): f"Oppdiktet {k + 1}" for k in range(20)}
SIZES = dict(zip(PLACES, [*range(6000, 1250, -250), 30], strict=True))
PEOPLE = {(code, sex, group): SIZES[code] // 14 for code in PLACES for sex in ("female", "male") for group in GROUPS}
REFERENCE = Reference(Population(2025, "oppdiktet.csv", PLACES, PEOPLE))


def drawn(number: int, *, much: str | None = None, seed: int = 1) -> list[CountedReferral]:
    """A year of invented referrals in proportion to inhabitants, three times as many from `much`."""
    draw = np.random.default_rng(seed)
    weight = np.array([size * (3 if code == much else 1) for code, size in SIZES.items()], dtype=float)
    places = draw.choice([*PLACES], number, p=weight / weight.sum())
    outcomes = draw.choice([Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED, None], number, p=[0.6, 0.25, 0.15])
    return [
        CountedReferral(
            received=YEAR[0] + timedelta(days=int(draw.integers(365))),
            area=Area.ENDOSCOPY,
            requested="gastroscopy",
            age=int(draw.integers(15, 90)),
            sex=Sex.FEMALE if draw.random() < 0.5 else Sex.MALE,
            municipality=str(place),
            referrer=Referrer.GP,
            sender=f"Legekontor {draw.integers(8)}",
            pathway=Pathway.PRIMARY_CARE if draw.random() < 0.3 else Pathway.HOSPITAL,
            outcome=outcome,
            in_time=bool(draw.random() < 0.9) if outcome else None,
        )
        for place, outcome in zip(places, outcomes, strict=True)
    ]


def report(rows: Sequence[CountedReferral], reference: Reference = REFERENCE, own: str | None = None) -> Report:
    edition = make_edition(rows, YEAR, Lines(55, 45), hide_below=5, reference=reference)
    readings = [row.readings for row in rows if len(row.readings) > 1]
    return make_report(Basis(edition, reference, readings, own=own), {"Regler": "test@1"}, hide_below=5)


def section(made: Report, name: str) -> str:
    """All sentences of a section."""
    part = next(part for part in made.sections if part.id == name)
    return " ".join((*part.findings, *part.missing))


@pytest.fixture(scope="module")
def made() -> Report:
    return report(drawn(3000, much="9903"), own="9902")


def test_a_municipality_with_three_times_the_use_stands_out(made: Report) -> None:
    assert "Skiller seg ut også fra den vanlige variasjonen: Oppdiktet 3." in section(made, "use")


def test_nobody_stands_out_where_all_are_alike() -> None:
    assert "Ingen skiller seg ut" in section(report(drawn(3000)), "use")


def test_without_inhabitants_there_are_counts_and_a_reason() -> None:
    made = report(drawn(600), Reference())

    assert "Innbyggertall mangler" in section(made, "use")
    assert made.sections[1].grids[0].columns == ("Kommune", "Mottatt", "Unge til gastroskopi", "%")


def test_what_earlier_editions_give_away_is_named_with_why_it_should_have_been_hidden() -> None:
    rows, lines = [replace(row, sender="Legekontor 1") for row in drawn(600)], Lines(55, 45)
    loose = make_edition(rows, YEAR, lines, hide_below=2, reference=REFERENCE).protected
    strict = make_edition(rows, YEAR, lines, hide_below=5, reference=REFERENCE, previous=loose)
    made = make_report(Basis(strict, REFERENCE), {}, hide_below=5)

    listed = grid(made, "quality", "Kan ikke lenger skjules")
    printed = [id_ for id_ in strict.protected.already_public if strict.protected.cells[id_].printed]
    assert f"{len(strict.protected.already_public)} tall som etter reglene" in section(made, "quality")
    assert len(listed.rows) == len(printed) > 5
    assert {row[3] for row in listed.rows} <= set(Reason)
    assert b"Legekontor" not in FORMATS["json"](made)


def test_referrers_have_no_names_but_their_own(made: Report) -> None:
    mine = report(drawn(600), own="Legekontor 3")

    assert b"Legekontor" not in FORMATS["json"](made)
    assert FORMATS["csv"](mine).decode().count("Legekontor") == FORMATS["csv"](mine).decode().count("Legekontor 3") > 0


def test_municipalities_stand_by_number_and_not_by_rate(made: Report) -> None:
    names = [row[0] for row in made.sections[1].grids[0].rows]

    assert names == sorted(names, key=str)


def test_with_few_months_there_is_no_control_chart() -> None:
    early = [replace(row, received=date(2025, 1, 1 + k % 28)) for k, row in enumerate(drawn(600))]

    assert "Færre enn tolv måneder" in section(report(early), "time")


@pytest.mark.parametrize(("number", "measured"), [(29, False), (30, True)])
def test_agreement_needs_thirty_double_readings(number: int, measured: bool) -> None:
    rows = drawn(600)
    answers = [("right_granted", "right_granted" if k % 4 else "right_refused") for k in range(number)]
    read_twice = [replace(row, readings=pair) for row, pair in zip(rows, answers, strict=False)]

    titles = [grid.title for grid in report([*read_twice, *rows[number:]]).sections[4].grids]

    assert ("Enighet mellom lesere" in titles) is measured


def test_the_report_says_how_often_doctors_kept_to_what_they_answered_before_the_proposal() -> None:
    rows = [replace(row, outcome=Outcome.RIGHT_GRANTED) for row in drawn(600)]
    asked = [
        replace(row, own_answer=Outcome.RIGHT_REFUSED if k < 20 else row.outcome) for k, row in enumerate(rows[:60])
    ]

    grid = next(g for g in report([*asked, *rows[60:]]).sections[4].grids if g.title == "Svart før forslaget ble vist")

    assert grid.rows[0][:4] == ("Endoskopi", 60, 40, 66.7)


def test_nothing_is_computed_from_a_hidden_number(made: Report) -> None:
    rows = [row for grid in made.sections[1].grids for row in grid.rows if isinstance(row[1], Reason)]

    assert rows
    assert all(value is None for row in rows for value in row[2:])


@pytest.fixture(scope="module")
def region() -> Reference:
    return invented.region()


@pytest.fixture(scope="module")
def whole(region: Reference) -> Report:
    """Three years of the invented region, with an event of its own."""
    rows = list(invented.referrals(region, a_year=6000))
    edition = make_edition(rows, invented.PERIOD, Lines(55, 45), hide_below=5, reference=region)
    readings = [row.readings for row in rows if row.readings]
    basis = Basis(edition, region, readings, own="9933", events={date(2025, 3, 1): "Egen opplæring"})
    return make_report(basis, {}, hide_below=5)


def part(made: Report, name: str) -> Section:
    return next(section for section in made.sections if section.id == name)


def grid(made: Report, name: str, title: str) -> Grid:
    return next(grid for grid in part(made, name).grids if grid.title == title)


def test_every_question_has_its_page_and_none_is_empty(whole: Report) -> None:
    names = ["quality", "use", "referrers", "ages", "assessment", "time", "safety", "clock", "equity"]

    assert [section.id for section in whole.sections] == names
    assert all(section.why and section.notes and section.grids for section in whole.sections)
    assert not [text for section in whole.sections for text in section.missing]


def test_the_map_has_every_municipality_in_the_class_of_its_shrunken_ratio(whole: Report, region: Reference) -> None:
    drawn_map = next(plot for plot in part(whole, "use").plots if isinstance(plot, Map))
    page = html.fromstring(FORMATS["html"](whole))

    assert len(drawn_map.areas) == len(region.outlines) == 65
    assert {area.level for area in drawn_map.areas} > {1, 2, 3}
    assert [area.label.partition(":")[0] for area in drawn_map.areas if area.own] == [region.names["9933"]]
    assert any(title.text == drawn_map.title for title in page.iterfind(".//svg/title"))


def test_the_young_are_counted_per_thousand_young(made: Report) -> None:
    place, count, rate, *_ = grid(made, "use", "Gastroskopi under 55 år").rows[0]
    young = sum(PEOPLE["9901", sex, group] for sex in ("female", "male") for group in GROUPS[:4])

    assert place == "9901 Oppdiktet 1"
    assert isinstance(count, int)
    assert rate == pytest.approx(1000 * count / young, abs=0.1)


def test_hospitals_are_standardised_directly(whole: Report) -> None:
    hospitals = grid(whole, "use", "Gastroskopi under 55 år: opptaksområde")

    assert len(hospitals.rows) == 3
    assert all(low < rate < high for _, _, _, _, rate, low, high in hospitals.rows)


def test_refusals_are_followed_to_what_came_of_them(whole: Report) -> None:
    *_, everyone = grid(whole, "safety", "Etter avslag").rows
    *_, reread = grid(whole, "safety", "Lest på nytt av en annen").rows

    assert everyone[0] == reread[0] == "Alle"
    assert everyone[2] > everyone[6 - 1] > 0  # refused, then referred again
    assert reread[1] == everyone[2]


def test_the_clock_is_shown_in_days_in_time_and_by_what_became_of_the_letters(whole: Report) -> None:
    titles = {grid.title for grid in part(whole, "clock").grids}

    assert titles == {"Innen fristen", "Brev", "Endoskopi", "Øye", "ØNH"}
    assert [row[0] for row in grid(whole, "clock", "Øye").rows] == ["0–3", "4–7", "8–14", "15+", "Alle"]


def test_ones_own_event_begins_a_phase(whole: Report) -> None:
    assert "Endoskopi fra 03.2025" in section(whole, "time")
    assert "Alle fra 03.2025" in section(whole, "clock")


def test_a_phase_of_few_months_has_no_limits_and_no_verdict() -> None:
    rows = drawn(3000)
    edition = make_edition(rows, YEAR, Lines(55, 45), hide_below=5)
    made = make_report(Basis(edition, events={date(2025, 11, 1): "Ny rutine"}), {}, hide_below=5)
    chart = next(plot for plot in part(made, "time").plots if not isinstance(plot, Map))

    assert "fra 11.2025: snitt" in section(made, "time")
    assert "for få måneder (2)" in section(made, "time")
    assert "tilfeldig svingning" not in section(made, "time")
    assert [line.kind for line in chart.lines] == ["series", "centre", "centre"]


def test_grants_are_held_against_those_expected_of_the_same_referrals(whole: Report) -> None:
    rows = grid(whole, "assessment", "Rett gitt, justert for hva henvisningene handler om").rows

    assert sum(row[2] for row in rows) == pytest.approx(sum(row[3] for row in rows), abs=0.5)
    assert all(0.8 < row[4] < 1.2 for row in rows)


def test_a_practice_with_two_doctors_is_not_shown_however_many_it_refers() -> None:
    few = replace(REFERENCE, practices={"Legekontor 1": Practice(2, 2000), "Legekontor 2": Practice(3, 3000)})

    listed = grid(report(drawn(1200), few), "referrers", "Leste henvisninger etter listelengde")

    assert [row[1] for row in listed.rows] == [3000]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_the_same_report_has_the_same_bytes(made: Report, suffix: str) -> None:
    assert FORMATS[suffix](made) == FORMATS[suffix](made)


def test_every_figure_on_the_page_has_a_title_words_and_a_table(made: Report) -> None:
    page = html.fromstring(FORMATS["html"](made))

    figures = page.findall(".//svg")
    assert len(figures) >= 4
    assert all(figure.find("title").text and figure.find("desc").text for figure in figures)
    assert all(part.findall(".//table") for part in page.findall(".//section"))


def test_the_page_is_whole_and_fetches_nothing(made: Report) -> None:
    page = FORMATS["html"](made).decode()

    etree.fromstring(page.removeprefix("<!doctype html>\n").encode(), etree.HTMLParser(recover=False))
    assert "<script" not in page
    assert "src=" not in page
    assert "{{" not in page


def test_the_paper_is_tagged_and_at_most_four_pages(whole: Report) -> None:
    with pikepdf.open(io.BytesIO(FORMATS["pdf"](whole))) as paper:
        assert len(paper.pages) <= 4
        assert paper.Root.MarkInfo.Marked


def test_the_first_figure_of_use_has_a_dot_for_each_municipality_at_its_shrunken_ratio(made: Report) -> None:
    strip = made.sections[1].plots[0]
    own = [dot for dot in strip.points if dot.own]

    assert len(strip.points) > 30
    assert {dot.label for dot in own} == {"Oppdiktet 2"}
    assert max(dot.x for dot in strip.points) < 3


def test_who_is_given_a_right_is_shown_by_sex_age_language_and_municipality(made: Report) -> None:
    grids = next(part for part in made.sections if part.id == "equity").grids

    assert [grid.title for grid in grids] == ["Kjønn", "Alder", "Målform", "Rett gitt: kommune"]
    assert grids[0].columns == ("Kjønn", "Avgjort", "Rett gitt", "%", "% fra", "% til")


def test_the_spreadsheet_holds_numbers_as_numbers(made: Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](made)))

    assert book.worksheets[1]["B4"].value == 3000
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def test_the_table_of_all_numbers_names_why_one_is_hidden(made: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](made).decode("utf-8-sig")), delimiter=";"))

    hidden = [row for row in rows if row["skjult"]]
    assert hidden
    assert all(row["verdi"] == "" for row in hidden)


def test_a_name_that_looks_like_a_formula_is_text() -> None:
    rows = [replace(row, sender="=1+1") if k % 2 else row for k, row in enumerate(drawn(1000))]

    text = FORMATS["csv"](report(rows, own="=1+1")).decode()

    assert ";=1+1" not in text
    assert ";'=1+1;" in text


def test_the_data_file_marks_what_is_hidden(made: Report) -> None:
    data = json.loads(FORMATS["json"](made))

    values = [value for part in data["sections"] for grid in part["grids"] for row in grid["rows"] for value in row]
    assert {"hidden": "small_count"} in values


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (1234, "Antall", "1\u202f234"),
        (12.5, "%", "12,5"),
        (0.5, "Forholdstall", "0,50"),
        (None, "", "–"),
        (Reason.SMALL_COUNT, "", "skjult: få"),
        ("ja", "", "ja"),
    ],
)
def test_numbers_are_written_as_norwegian_writes_them(
    value: str | float | Reason | None, column: str, text: str
) -> None:
    assert shown(value, column) == text
