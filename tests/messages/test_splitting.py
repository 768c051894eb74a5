"""A file becomes parts, each of which can wait for a person on its own."""

import csv
import io
import json
from datetime import date

import pytest
from openpyxl import Workbook

from tests.messages.builders import RECEIVED, encoded, msghead
from tests.messages.fhir_builders import as_json, bundle
from triage.domain.errors import MessageRejected, NeedsPerson
from triage.messages.reading import read
from triage.messages.splitting import Part, split


def parts(body: bytes, name: str) -> list[Part]:
    return list(split(body, name=name))


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    [sheet.append(row) for row in rows]
    book.save(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        encoded(msghead()),
        as_json(bundle()),
        as_json(bundle(), indent=2),
        as_json(bundle(), indent=0),
        b'{"id": "en", "text": "alene"}',
        b'{\n"id": "avkortet",\n',
        b"%PDF-1.7",
        b"\x00\x01\x02",
        b"",
    ],
)
def test_everything_that_is_one_message_is_one_part(body: bytes) -> None:
    assert [part.body for part in parts(body, "fil.xml")] == [body]


def test_each_line_is_a_part_and_a_broken_line_too() -> None:
    found = parts(b'{"text": "a"}\n{"text": "b\n\n{"text": "c"}\n', "inn.jsonl")

    assert [(part.label, part.body) for part in found] == [
        ("inn.jsonl:1", b'{"text": "a"}'),
        ("inn.jsonl:2", b'{"text": "b'),
        ("inn.jsonl:4", b'{"text": "c"}'),
    ]


def test_lines_are_recognised_without_the_files_name() -> None:
    assert len(parts(b'{"text": "a"}\n{"text": "b"}\n', "inn.txt")) == 2


def test_lines_in_utf_16_are_lines() -> None:
    found = parts('{"text": "Øye"}\n{"text": "Nese"}\n'.encode("utf-16"), "inn.jsonl")

    assert [json.loads(part.body)["text"] for part in found] == ["Øye", "Nese"]


def test_lines_are_split_as_they_are_asked_for() -> None:
    first = next(split(b'{"text": "a"}\n' * 1000, name="inn.jsonl"))

    assert first.label == "inn.jsonl:1"


def test_each_element_of_a_json_list_is_a_part() -> None:
    assert [part.body for part in parts(b'[{"text": "a"}, {"text": "b"}]', "x.json")] == [
        b'{"text":"a"}',
        b'{"text":"b"}',
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_in_norwegian_gives_a_record_a_row(delimiter: str, encoding: str) -> None:
    rows = [
        ("Henvisnings-ID", "Område", "Alder", "Kjønn", "Hastegrad", "Koder", "Henvisningstekst", "Merkelapp"),
        ("1", "ØNH", "45", "K", "haster", "ICPC-2:R23 ICPC-2:R21", "Heshet;\n3 uker, røyker", "x"),
        ("2", "", "", "", "", "", "Grå stær", ""),
    ]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)

    one, two = parts(written.getvalue().encode(encoding), "liste.csv")

    assert json.loads(one.body) == {
        "id": "1",
        "area": "ØNH",
        "age": 45,
        "sex": "K",
        "stated_urgency": "haster",
        "codes": ["ICPC-2:R23", "ICPC-2:R21"],
        "text": "Heshet;\n3 uker, røyker",
        "Merkelapp": "x",
    }
    assert (json.loads(two.body), two.label) == ({"id": "2", "text": "Grå stær"}, "liste.csv:3")


def test_a_table_in_english_is_read_with_its_own_names() -> None:
    body = b"id,age,stated_urgency,text\nx,30,urgent,Hello\n"

    assert json.loads(parts(body, "list.csv")[0].body) == {
        "id": "x",
        "age": 30,
        "stated_urgency": "urgent",
        "text": "Hello",
    }


def test_excels_line_about_the_separator_is_skipped() -> None:
    assert json.loads(parts("sep=;\r\nalder;tekst\r\n30 år;Hei\r\n".encode(), "x.csv")[0].body) == {
        "age": 30,
        "text": "Hei",
    }


def test_a_row_without_text_is_a_part_that_waits_alone() -> None:
    good, bad, worse = parts(b"alder;tekst;merknad\n30;Hei\n31;;\n\n;;bare dette\n", "x.csv")

    assert read(good.body, received=RECEIVED).referrals[0].referral.age == 30
    with pytest.raises(NeedsPerson, match="«text»"):
        read(bad.body, received=RECEIVED)
    assert (worse.label, json.loads(worse.body)) == ("x.csv:5", {"merknad": "bare dette"})


@pytest.mark.parametrize(
    "body", [b"id;alder\n1;30\n", b"alder;tekst\n", workbook(("id", "alder"), (1, 30)), workbook()]
)
def test_a_table_without_a_text_column_is_one_part_and_says_so_when_read(body: bytes) -> None:
    (part,) = parts(body, "x.csv")

    assert part.body == body
    with pytest.raises(MessageRejected, match="«tekst»"):
        read(part.body, received=RECEIVED)


def test_a_workbook_gives_a_record_a_row_with_numbers_and_dates_as_they_are() -> None:
    body = workbook(
        ("ID", "Alder", "Dato", "Tekst"),
        (7, 45.0, date(2026, 11, 10), "Øye"),
        (None, None, None, None),
        (8, 50, None, "Nese"),
    )

    one, two = parts(body, "liste.xlsx")

    assert json.loads(one.body) == {"id": "7", "age": 45, "sent_date": "2026-11-10 00:00:00", "text": "Øye"}
    assert (json.loads(two.body)["text"], two.label) == ("Nese", "liste.xlsx:4")
    assert read(one.body, received=RECEIVED).referrals[0].referral.sent_date == date(2026, 11, 10)


def test_a_day_that_a_workbook_holds_as_a_number_is_a_date() -> None:
    (one,) = parts(workbook(("Dato", "Tekst"), (46336, "Øye")), "liste.xlsx")

    assert read(one.body, received=RECEIVED).referrals[0].referral.sent_date == date(2026, 11, 10)


def test_the_header_is_found_below_a_title() -> None:
    (one,) = parts(workbook(("Henvisninger uke 46",), (), ("Alder", "Tekst"), (45, "Øye")), "liste.xlsx")

    assert (one.label, json.loads(one.body)) == ("liste.xlsx:4", {"age": 45, "text": "Øye"})


def test_the_sheet_with_the_text_is_the_one_that_is_read() -> None:
    book, packed = Workbook(), io.BytesIO()
    data, notes = book.create_sheet("Data"), book.create_sheet("Forklaring")
    data.append(("Alder", "Tekst"))
    data.append((45, "Øye"))
    notes.append(("Tekst",))
    notes.append(("Ikke en henvisning",))
    book.save(packed)

    assert [json.loads(part.body) for part in parts(packed.getvalue(), "x.xlsx")] == [{"age": 45, "text": "Øye"}]


def test_a_sheet_for_each_area_is_read_with_its_place() -> None:
    book, packed = Workbook(), io.BytesIO()
    for title, text in (("Øye", "Grå stær"), ("ØNH", "Heshet")):
        sheet = book.create_sheet(title)
        sheet.append(("Alder", "Tekst"))
        sheet.append((45, text))
    book.save(packed)

    found = [(part.label, json.loads(part.body)["text"]) for part in parts(packed.getvalue(), "x.xlsx")]
    assert found == [("x.xlsx:ark2:2", "Grå stær"), ("x.xlsx:ark3:2", "Heshet")]


def test_every_column_of_text_is_kept() -> None:
    (one,) = parts(b"Problemstilling;Kliniske opplysninger\r\nSvelgvansker;Vekttap 10 kg\r\n", "x.csv")

    assert json.loads(one.body) == {"text": "Svelgvansker\nVekttap 10 kg"}


def test_the_first_of_two_columns_of_one_kind_counts_and_the_other_is_kept() -> None:
    (one,) = parts(b"hastegrad;prioritet;tekst\nhaster;2;Hei\n", "x.csv")

    assert json.loads(one.body) == {"stated_urgency": "haster", "prioritet": "2", "text": "Hei"}


def test_an_age_of_nought_in_a_workbook_is_an_age() -> None:
    (one,) = parts(workbook(("Alder", "Tekst"), (0, "Øre")), "x.xlsx")

    assert json.loads(one.body)["age"] == 0


def test_a_municipality_without_its_first_nought_is_oslo() -> None:
    (one,) = parts(workbook(("Kommune", "Tekst"), (301, "Øre")), "x.xlsx")

    assert json.loads(one.body)["municipality"] == "0301"


@pytest.mark.parametrize(
    "heading", ["Tekst", "TEKST:", "Henvisningens tekst", "Kliniske opplysninger (fritekst)", "*Problemstilling"]
)
def test_the_text_has_many_headings(heading: str) -> None:
    (one,) = parts(f"Kjønn (K/M);{heading}\r\nK;Hei\r\n".encode(), "x.csv")

    assert json.loads(one.body) == {"sex": "K", "text": "Hei"}


def test_a_table_of_one_column_keeps_every_mark_in_its_text() -> None:
    (one,) = parts(b"tekst\nHei; du, der\n", "x.csv")

    assert json.loads(one.body) == {"text": "Hei; du, der"}


@pytest.mark.parametrize("cut", [100, 1000, 3000])
def test_a_damaged_workbook_is_one_part(cut: int) -> None:
    body = workbook(("tekst",), ("Hei",))[:-cut]

    assert [part.body for part in parts(body, "x.xlsx")] == [body]


def test_a_cell_longer_than_any_letter_leaves_the_file_to_a_person() -> None:
    body = b"tekst\nHei\n" + b"x" * 10_000_001 + b"\n"

    first, whole = parts(body, "x.csv")

    assert (json.loads(first.body), whole.body) == ({"text": "Hei"}, body)
