"""The words of a national referral come through as a person would read them."""

import pytest

from tests.messages.builders import RECEIVED, body_20, cv, encoded, msghead, reason
from triage.messages.reading import read

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def text_of(*parts: str) -> str:
    return read(encoded(msghead(body_20(*parts))), received=RECEIVED).referrals[0].referral.text


def item(kind: str, *parts: str) -> str:
    return f"<InfItem>{cv('Type', kind, s='8233')}{''.join(parts)}</InfItem>"


def number(value: str, unit: str = "g/dL", comparator: str = "") -> str:
    sign = cv("ArithmeticComp", comparator, s="8239") if comparator else ""
    return f'<NumResult>{sign}<NumResultValue V="{value}" U="{unit}"/></NumResult>'


def result(name: str, *parts: str) -> str:
    return f"<ResultItem><ClinInv>{cv('Id', 'X', name)}</ClinInv>{''.join(parts)}</ResultItem>"


def test_blocks_stand_in_order_under_their_norwegian_headings() -> None:
    text = text_of(reason("Heshet."), reason("Laryngoskopi ua.", "FU"), reason("Mor frisk.", "FA"))

    assert text == "Aktuell problemstilling:\nHeshet.\n\nFunn:\nLaryngoskopi ua.\n\nFamilie/sosialt:\nMor frisk."


def test_a_block_without_a_heading_is_kept() -> None:
    assert text_of(reason("Bare tekst.", "")) == "Bare tekst."


def test_prose_in_an_element_that_no_standard_knows_is_kept_and_a_name_is_not() -> None:
    prose = "Pasienten har hatt tiltagende svelgvansker i seks uker."

    assert text_of(f"<Fritekst>{prose}</Fritekst><Kode>x</Kode><Name>{'Navn ' * 20}</Name>") == prose
    assert text_of(f"<Fritekst V='{prose}'/><Kode V='x'/>") == prose


def test_an_unknown_heading_is_shown_by_its_own_name() -> None:
    assert text_of(reason("Tekst.").replace('V="PROB"', 'V="NYTT" DN="Noe nytt"')) == "Noe nytt:\nTekst."


def test_neighbours_under_one_heading_become_one_block() -> None:
    assert text_of(reason("En."), reason("To.")) == "Aktuell problemstilling:\nEn.\nTo."


def test_line_breaks_in_plain_text_are_kept() -> None:
    assert text_of(reason("Linje 1\r\nLinje 2\n\n\n\nLinje 3", "")) == "Linje 1\nLinje 2\n\nLinje 3"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"<div {XHTML}><p>A</p><p>B<br/>C</p></div>", "A\n\nB\nC"),
        (f"<div {XHTML}>A<script>alert('x')</script><style>p {{}}</style>B</div>", "AB"),
        (f"<div {XHTML} onclick='x()'><b>Fet</b> og <i>kursiv</i></div>", "Fet og kursiv"),
        (f"<ul {XHTML}><li>En</li><li>To</li></ul>", "- En\n- To"),
        (
            f"<table {XHTML}><tr><td>Hb</td><td>10,2</td></tr><tr><td>CRP</td><td>&lt; 5</td></tr></table>",
            "Hb 10,2\n\nCRP < 5",
        ),
        ("før <x:p xmlns:x='http://www.w3.org/1999/xhtml'>midt</x:p> etter", "før\nmidt\netter"),
        ("&lt;p&gt;A&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;&lt;p&gt;B&lt;/p&gt;", "A\n\nB"),
        ("<![CDATA[<p>A&nbsp;&aring;</p>]]>", "A å"),
        ("<![CDATA[<p>A<script/>B<script>x</script>C]]>", "ABC"),
        ("<![CDATA[A<script>resten av brevet]]>", "Aresten av brevet"),
        ("<![CDATA[trykk <a 12 og b> 5, <p 3>]]>", "trykk <a 12 og b> 5, <p 3>"),
        ("&lt;div&gt;" * 5000 + "Dypt", "Dypt"),
        (f"<h1 {XHTML}>A</h1><script>x</script>&lt;5", "A\n<5"),
        ("Hb &lt;10 og CRP &gt;5, &lt;b", "Hb <10 og CRP >5, <b"),
    ],
)
def test_markup_is_flattened_and_comparisons_are_not_markup(markup: str, text: str) -> None:
    assert text_of(reason(markup, "", raw=True)) == text


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ((number("10.2"),), "Hb: 10.2 g/dL"),
        ((number("5", "mg/L", "LT"),), "Hb: < 5 mg/L"),
        ((number("10.2"), cv("InvDate", "2026-11-01")), "Hb: 10.2 g/dL (2026-11-01)"),
        (("<TextResult><Result><TextResultValue>positiv</TextResultValue></Result></TextResult>",), "Hb: positiv"),
        (("<TextResult><Result><TextCode V='P' DN='påvist'/></Result></TextResult>",), "Hb: påvist"),
        (('<Interval><Low V="1" U="cm"/><High V="2" U="cm"/></Interval>',), "Hb: 1–2 cm"),
        (
            (number("9"), "<RefInterval><Descr>11.7-15.3</Descr></RefInterval>", cv("DevResultInd", "L", "Lav")),
            "Hb: 9 g/dL (ref. 11.7-15.3, Lav)",
        ),
        ((f"<DateResult>{cv('DateResultValue', '2025-01-02')}</DateResult>",), "Hb: 2025-01-02"),
    ],
)
def test_a_result_is_one_readable_line_with_values_as_sent(parts: tuple[str, ...], line: str) -> None:
    assert text_of(item("FUNN", result("Hb", *parts))) == f"Funn:\n{line}"


def test_medication_is_one_line_each() -> None:
    dose = "<UnitDose V='40' U='mg'/><DosageText>1 om kvelden</DosageText>"
    drug = f"<Medication>{cv('DrugId', 'A02', 'Pantoprazol')}{dose}{cv('Status', 'B', 'I bruk')}</Medication>"

    assert text_of(item("MEDB", drug, drug.replace("Pantoprazol", "Metformin"))) == (
        "Legemidler:\nPantoprazol: 40 mg, 1 om kvelden (I bruk)\nMetformin: 40 mg, 1 om kvelden (I bruk)"
    )


def test_an_observation_shows_text_comment_and_coded_description() -> None:
    said = "<Description>Rødt øye</Description><Comment>venstre</Comment>"
    seen = f"<Observation>{said}{cv('CodedDescr', 'x', 'Hyperemi')}</Observation>"

    assert text_of(item("SYMP", seen, cv("StartDateTime", "2026-11-01"))) == (
        "Symptomer:\nRødt øye\nvenstre\nHyperemi\nTid: 2026-11-01"
    )


def test_comments_warnings_and_service_are_text_too() -> None:
    comment = "<Comment><TextResultValue>Narkose?</TextResultValue></Comment>"
    wanted = f"<ReqServ><Service>{cv('ServId', 'UJD02', 'Gastroskopi')}</Service>{comment}</ReqServ>"
    warning = "<PatientPrecaution><Precaution>Blodfortynnende</Precaution></PatientPrecaution>"

    assert text_of(wanted, reason("Dyspepsi.", ""), warning) == (
        "Ønsket tjeneste:\nGastroskopi\n\nKommentar:\nNarkose?\n\nDyspepsi.\n\nSpesielle hensyn:\nBlodfortynnende"
    )


def test_a_laterality_follows_its_diagnosis() -> None:
    side = f"<Modifier>{cv('Name', 'LA')}{cv('Value', 'V', 'Venstre')}</Modifier>"
    sided = f"<Diagnosis>{cv('Concept', 'F92', 'Katarakt', '7170')}{side}</Diagnosis>"

    assert text_of(sided) == "Diagnoser:\nKatarakt (F92), Venstre"


def test_letters_are_unified_so_that_searches_find_them() -> None:
    assert text_of(reason("A\u030angst og sma\u030a sår", "")) == "Ångst og små sår"


def test_a_referral_without_words_is_registered_and_a_person_is_told() -> None:
    incoming = read(encoded(msghead(body_20(cv("Priority", "N")))), received=RECEIVED).referrals[0]

    assert incoming.referral.text == ""
    assert "ingen klinisk tekst" in incoming.notes_for_person[0]
