"""Values behind a semicolon, on lines of their own, in columns, and numbers that are none. All letters are invented."""

from datetime import date
from itertools import product

import pytest

from triage.domain.finding import Temporality
from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

_SIDES = [("OD", "OS"), ("Hø", "Ve"), ("H", "V"), ("høyre øye", "venstre øye"), ("h.ø.", "v.ø.")]
_OF_EYES = [
    "IOP {r} 16; {l} 38", "Visus 0,3; trykk {r}: 16; {l}: 38 mmHg.", "IOP\n{r} 16\n{l} 38",
    "IOP (mmHg):\n{r} 16\n{l} 38",
    "Trykk i dag:\n- {r}: 16 mmHg\n- {l}: 38 mmHg", "{r}: visus 0,3; IOP 16\n{l}: visus 1,0; IOP 38",
    "{r}:\nIOP 16\n{l}:\nIOP 38",
    "IOP {r}/{l}\n16/38", "{r}    {l}\nIOP    16    38", "IOP {r}\n16\nIOP {l}\n38",
]  # fmt: skip
_VALUES = {
    "Hb": ("hb", "13,4", "11,2", "9,1"),
    "CRP": ("crp", "4", "40", "88"),
    "TPK": ("platelets", "240", "400", "512"),
}
_ONE = [
    "{}; {}", "{};{}", "{}\n{}", "{}:\n  {}", "{} (ref. 11,7-15,3) {}", "{} ref. 11,7-15,3: {}", "{} 11,7-15,3: {}",
    "{} (g/dL, ref. 11,7-15,3): {}", "{} dd. {}",
]  # fmt: skip
_TWO = [
    "{} {} > {c}", "{} {}>{c}", "{} {} > {} > {c}", "{} {}->{}->{c}", "{} {} (mai) > {c} (nov)",
    "{} endret fra {} til {c}",
    "{} sank fra {} til {c}", "{} 2024 {}, 2025 {}, 2026 {c}", "{} synkende: {}, {}, {c}",
]  # fmt: skip
_COLUMNS = [
    "\n".join,
    lambda rows: "   " + "\n".join(rows).replace(" ", "   "),
    lambda rows: "\n".join(rows).replace(" ", "\t"),
]
_NO_LOSS = [
    "{} 8 kg (ønsket).",
    "{} 8 kg, ønsket.",
    "{} 8 kg etter diett.",
    "{} 8 kg for ti år siden.",
    "{} 8 kg, var planlagt.",
]
_LOSS = [
    "{} 8 kg, planlagt koloskopi.",
    "Planlagt koloskopi, {} 8 kg.",
    "{} 8 kg, ønsket utredning.",
    "{} 8 kg (ikke ønsket).",
]


def told(reader: Reader, text: str, area: Area = Area.ENDOSCOPY, start: str = "") -> dict[str, float]:
    measured = reader.read(Referral("", text, area, age=66, sent_date=date(2026, 11, 23))).measurements
    now = (m for m in measured if m.temporality is Temporality.CURRENT and m.measure.startswith(start))
    return {m.measure: m.value for m in now}


@pytest.mark.parametrize(("template", "sides"), [*product(_OF_EYES, _SIDES)])
def test_pressure_of_each_eye(reader: Reader, template: str, sides: tuple[str, str]) -> None:
    found = told(reader, template.format(r=sides[0], l=sides[1]), Area.EYE, "iop_")

    assert found == {"iop_right": 16, "iop_left": 38}


@pytest.mark.parametrize(("template", "label"), [*product(_ONE + _TWO, _VALUES)])
def test_todays_value(reader: Reader, template: str, label: str) -> None:
    measure, a, b, c = _VALUES[label]
    found = told(reader, template.format(label, c if template in _ONE else a, b, c=c))

    assert found == {measure: float(c.replace(",", "."))}


@pytest.mark.parametrize("columns", _COLUMNS)
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Hb CRP TPK", "9,1 12 512"], {"hb": 9.1, "crp": 12, "platelets": 512}),
        (["Leuk Hb Ferritin TPK", "7,2 9,1 8 512"], {"hb": 9.1, "ferritin": 8, "platelets": 512}),
        (["Dato Hb CRP", "14.11.26 9,1 12"], {"hb": 9.1, "crp": 12}),
        (["Hb CRP", "13,4 4", "9,1 12"], {}),
    ],
)
def test_columns(reader: Reader, columns, rows: list[str], expected: dict[str, float]) -> None:
    assert told(reader, columns(rows)) == expected


@pytest.mark.parametrize(("template", "lost"), [*product(_NO_LOSS + _LOSS, ["Vekttap", "Gått ned"])])
def test_wanted_or_old_loss(reader: Reader, template: str, lost: str) -> None:
    assert told(reader, template.format(lost), start="weight_loss_kg") == (
        {"weight_loss_kg": 8} if template in _LOSS else {}
    )


@pytest.mark.parametrize(
    "text",
    [
        "T. 38 00 00 00", "T: 38 11 22 33, faks 38 11 22 34", "CRP tatt 3 ganger",
        "Levaxin 100", "Tale høyre 92 % ved 65 dB, venstre 100 % ved 55 dB",
    ],
)  # fmt: skip
def test_no_value(reader: Reader, text: str) -> None:
    assert [told(reader, text, area) for area in Area] == [{}, {}, {}]


@pytest.mark.parametrize(("right", "left"), [("AD", "AS"), ("HØ", "VØ"), ("Høyre øre", "Venstre øre")])
@pytest.mark.parametrize("template", ["PTA {} 45 dB, {} 20 dB", "{} PTA 45 dB. {} PTA 20 dB.", "PTA ({}/{}) 45/20"])
def test_ears(reader: Reader, template: str, right: str, left: str) -> None:
    assert told(reader, template.format(right, left), Area.ENT)["hearing_difference_db"] == 25


@pytest.mark.parametrize("text", ["Far (48) tarmkreft.", "Far tarmkreft (48).", "Far tarmkreft (diagn. 48 år)."])
def test_age_of_a_relative(reader: Reader, text: str) -> None:
    assert told(reader, text) == {"relative_bowel_cancer_age": 48}


@pytest.mark.parametrize(
    ("since", "weeks"),
    [("ca midten av september", 10), ("lør 12.9", 10.3), ("starten av uke 32", 16), ("aug. 2025", 65.2)],
)
def test_since(reader: Reader, since: str, weeks: float) -> None:
    letter = Referral("", f"Hes siden {since}.", Area.ENT, age=66, sent_date=date(2026, 11, 23))
    hoarse = next(f for f in reader.read(letter).findings if f.concept == "heshet")

    assert hoarse.weeks == pytest.approx(weeks, abs=0.5)
