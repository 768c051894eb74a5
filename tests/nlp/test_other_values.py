"""Values that are neither of the eye, the laboratory nor time, as doctors write them: exact, or not at all."""

import pytest

from triage.domain.finding import Experiencer, Temporality
from triage.domain.referral import Area, Referral

READ = {
    "temperature": ["{l} rektalt 38,4.", "{l} i går 36,9, i dag 38,4.", "{l} 36,9 i går, 38,4 i dag.", "{l} maks 38,4"],
    "spo2": ["{l} romluft 92 %", "{l} uten oksygen: 92 %", "{l} på 92 %"],
    "pulse": ["{l} uregelmessig, 112", "{l} i hvile 112", "BT 130/80 {l} 112/min"],
    "ess": ["{l} 14 av 24", "Skårer 14 poeng på {l}.", "{l} sum 14", "{l}: 14/24"],
}
LABELS = {
    "temperature": ["Temp", "temp.", "Kroppstemperatur"],
    "spo2": ["SpO2", "SaO2", "O2-sat", "SpO₂"],
    "pulse": ["Puls", "Hvilepuls"],
    "ess": ["ESS", "Epworth", "Epworths søvnighetsskala"],
}
VALUE = {"temperature": 38.4, "spo2": 92, "pulse": 112, "ess": 14}


def values(reader, text, measure, area=Area.ENDOSCOPY):
    found = reader.read(Referral("x", text, area, age=66)).measurements
    return {m.value for m in found if m.measure == measure and m.temporality is Temporality.CURRENT}


@pytest.mark.parametrize(
    ("measure", "text"), [(m, t.format(l=name)) for m, texts in READ.items() for t in texts for name in LABELS[m]]
)
def test_value_beside_its_label(reader, measure, text):
    assert values(reader, text, measure) == {VALUE[measure]}


@pytest.mark.parametrize(
    ("text", "systolic"),
    [
        ("BT liggende 140/80, stående 95/60.", {140, 95}),
        ("BT 140/80 liggende og 95/60 stående etter 1 min.", {140, 95}),
        ("Blodtrykk liggende: 140/80. Stående: 95/60", {140, 95}),
        ("BT faller fra 140/80 til 95/60.", {95}),
        ("BT tidligere 180/100, nå 140/80.", {140}),
        ("BT 150/90 i fjor, 140/80 i dag.", {140}),
        ("Målt 140/80 mmHg i ve. arm.", {140}),
        ("BT hø. arm 140/80", {140}),
        ("Øyetrykk 17/16 mmHg", set()),
        ("Stående arbeid 60/40", set()),
    ],
)
def test_blood_pressure_lying_and_standing(reader, text, systolic):
    assert values(reader, text, "systolic") == systolic


@pytest.mark.parametrize("cancer", ["tarmkreft", "CRC", "ca. coli", "kolorektal cancer"])
@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Far {c} 48 år.", 48),
        ("Bror 48 år med {c}.", 48),
        ("Søster (48 år): {c}.", 48),
        ("Mor fikk {c} i en alder av 48 år.", 48),
        ("Far {c}, mor brystkreft 39 år.", None),
        ("Far {c} for 30 år siden.", None),
        ("Far {c}, pasienten er nå 45 år.", None),
        ("Kvinne 45 år, {c} hos far.", None),
    ],
)
def test_age_of_a_relative_with_bowel_cancer(reader, cancer, text, age):
    found = reader.read(Referral("x", text.format(c=cancer), Area.ENDOSCOPY, age=45)).measurements
    ages = [(m.value, m.experiencer) for m in found if m.measure == "relative_bowel_cancer_age"]

    assert ages == ([] if age is None else [(age, Experiencer.FIRST_DEGREE)])


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("Audiogram hø 20-25-40-60, ve 15-15-20-20", 18.8),
        ("AD 20/25/40/60, AS 15/15/20/20", 18.8),
        ("PTA 60 dB høyre, 25 dB venstre", 35),
        ("PTA høyre/venstre: 60/25", 35),
        ("PTA4 hø 60 dB, ve 25 dB", 35),
        ("Audiogram viser 60 dB tap høyre og 25 dB venstre", 35),
        ("Høyre øre: 60 dB\nVenstre øre: 25 dB", 35),
    ],
)
def test_difference_between_the_ears(reader, text, difference):
    assert values(reader, text, "hearing_difference_db", Area.ENT) == {difference}


@pytest.mark.parametrize(
    ("measure", "text", "expected"),
    [
        ("hearing_loss_db", "40 dB tap venstre.", {40}),
        ("hearing_loss_db", "PTA4 v 55 dB", {55}),
        ("tonsillitis_episodes", "Tonsillitt x 5 siste år", {5}),
        ("tonsillitis_episodes", "Residiverende tonsillitter, 5 siste år.", {5}),
        ("tonsillitis_episodes", "8 åring med tonsillitter.", set()),
        ("bethesda", "FNAC: Bethesda IV", {4}),
        ("mouth_opening_cm", "Trismus (2 cm gap)", {2}),
        ("alcohol_units", "20 enheter alkohol per uke.", {20}),
        ("stools_per_day", "Avføringsfrekvens: 8 per døgn.", {8}),
        ("temperature", "Feber, 39 år gammel kvinne.", set()),
        ("hb", "Hb for 12 uker siden.", set()),
        ("hb", "Hb 9,8 uke 24", {9.8}),
    ],
)
def test_number_before_its_label_or_of_something_else(reader, measure, text, expected):
    assert values(reader, text, measure, Area.ENT) == expected
