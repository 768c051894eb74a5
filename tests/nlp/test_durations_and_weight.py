"""How long it has lasted and how much weight was lost, in the ways that letters write it. All letters are invented."""

from datetime import date

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

SENT = date(2026, 11, 23)
COMPLAINTS = {"Hes {}.": "heshet", "Har vært hes {}, røyker.": "heshet", "Kul på halsen {}.": "kul_hals"}


def lasted(reader: Reader, text: str, sent: date | None = SENT) -> dict[str, float | None]:
    findings = reader.read(Referral("", text, Area.ENT, age=66, sent_date=sent)).findings
    return {finding.concept: finding.weeks for finding in findings}


def lost(reader: Reader, text: str) -> dict[str, float]:
    measurements = reader.read(Referral("", text, Area.ENDOSCOPY, age=66, sent_date=SENT)).measurements
    return {m.measure: m.value for m in measurements if m.measure.startswith("weight_loss")}


@pytest.mark.parametrize("template", COMPLAINTS)
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("siden 12. september", 10.3),
        ("siden ca 12. september", 10.3),
        ("siden lørdag 12. september", 10.3),
        ("siden 20. november", 0.4),
        ("startet 3.10", 7.3),
        ("begynte 3. oktober", 7.3),
        ("byrja den 3.10.26", 7.3),
        ("fra 12.09.26", 10.3),
        ("startet i uke 40", 8),
        ("siden mai 2025", 78.3),
        ("siden høsten 2025", 60.9),
        ("i ½ år", 26),
        ("i 1½ år", 78.3),
        ("i 1/2 år", 26),
        ("i 1 1/2 år", 78.3),
        ("i to og en halv måned", 10.9),
        ("i 3/4 uker", 4),
        ("i noen få uker", 3),
        ("i eit år", 52.2),
        ("siden i høst, nærmere bestemt 5 uker", 5),
        ("siden i høst (ca. 6 uker)", 6),
        ("i 5 uker (siden i høst)", 5),
        ("siden i høst, verst siste 2 dager", 10),
    ],
)
def test_how_long_it_has_lasted(reader: Reader, template: str, told: str, expected: float) -> None:
    assert lasted(reader, template.format(told))[COMPLAINTS[template]] == pytest.approx(expected, abs=0.35)


@pytest.mark.parametrize(
    "template",
    [
        "Hes i {} og øreverk i {}.",
        "Hes ({}), øreverk ({}).",
        "Hes siste {}, nå øreverk i {}.",
        "I {} vært hes, i {} øreverk.",
        "Hes {} med øreverk siste {}.",
    ],
)
@pytest.mark.parametrize(("hoarse", "ache"), [(("8 uker", 8), ("2 dager", 0.3)), (("2 dager", 0.3), ("tre mnd", 13))])
def test_each_complaint_has_its_own_time(
    reader: Reader, template: str, hoarse: tuple[str, float], ache: tuple[str, float]
) -> None:
    weeks = lasted(reader, template.format(hoarse[0], ache[0]), None)

    assert (weeks["heshet"], weeks["otalgi"]) == pytest.approx((hoarse[1], ache[1]), abs=0.1)


@pytest.mark.parametrize("text", ["Hes og øreverk i 8 uker.", "Hes siste dager, egentlig i 8 uker, øreverk i 8 uker."])
def test_a_time_told_once_is_of_all_that_it_follows(reader: Reader, text: str) -> None:
    weeks = lasted(reader, text)

    assert (weeks["heshet"], weeks["otalgi"]) == (8, 8)


def test_an_abbreviated_month_ends_no_sentence(reader: Reader) -> None:
    assert lasted(reader, "Pasienten har i 3 mnd. vært hes.")["heshet"] == pytest.approx(13, abs=0.1)


@pytest.mark.parametrize("number", [("8", 8), ("4,5", 4.5), ("tolv", 12)])
@pytest.mark.parametrize("unit", [("kg", "weight_loss_kg"), ("kilo", "weight_loss_kg"), ("%", "weight_loss_percent")])
@pytest.mark.parametrize(
    "template", ["Vekttap på {} siste halvår.", "Har {} vekttap.", "Vekt redusert {}.", "Vekttap {}, veier nå 52 kg."]
)
def test_what_was_lost(reader: Reader, template: str, number: tuple[str, float], unit: tuple[str, str]) -> None:
    assert lost(reader, template.format(f"{number[0]} {unit[0]}")) == {unit[1]: number[1]}


@pytest.mark.parametrize(("one", "two"), [(82, 74), (74, 82)])
@pytest.mark.parametrize(
    "template",
    [
        "Vekt {now} kg i dag, {then} kg ved kontroll i mai.",
        "Vekt {then} kg i vår, {now} kg.",
        "Vekt mai {then} kg, nov {now} kg.",
        "Vekt {now} (tidl. {then}).",
        "Vekt {now} kg, {then} kg for 3 mnd siden.",
        "Vekt {now} kg (habituelt {then} kg).",
        "Vekt: {now} kg ({then} kg 05/26).",
        "Vekt {now} kg. Veide {then} kg i mai.",
    ],
)
def test_which_weight_came_first(reader: Reader, template: str, one: int, two: int) -> None:
    assert lost(reader, template.format(then=one, now=two))["weight_loss_kg"] == one - two


@pytest.mark.parametrize(
    "text",
    [
        "Tatt på seg 8 kg.",
        "Har ikke gått ned 8 kg.",
        "Gått ned i vekt, veier nå 52 kg.",
        "Gått ned til 52 kg.",
        "Vekttap, EF 35 %.",
        "Gått ned 8 kg på Ozempic.",
        "Ønsket vekttap 8 kg.",
        "Tilsiktet vekttap 8 kg.",
        "Gått ned 2 buksestørrelser.",
        "Høyde 170, vekt 60.",
    ],
)
def test_what_is_no_loss(reader: Reader, text: str) -> None:
    assert lost(reader, text) == {}
