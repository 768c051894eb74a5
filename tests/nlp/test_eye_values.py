"""Sight and pressure on the eye they were told of. All letters are invented."""

from itertools import permutations, product

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

SIDES = [
    ("venstre", "høyre"),
    ("VØ", "HØ"),
    ("ve.", "hø."),
    ("OS", "OD"),
    ("V.ø.", "H.ø."),
    ("venstre auge", "høgre auge"),
]
SIGHT = {"0,2": 0.2, "6/60": 0.1, "5/60": 5 / 60, "1,0": 1.0}
PRESSURE = {"38": 38.0, "16": 16.0}
OF_EACH = ["{v} {s}, {w} {t}", "{s} {v}, {t} {w}", "{s} {v} {t} {w}", "{v} på {s} og {w} på {t}"]
OF_SIGHT = ["{s} {v} (ph 0,9), {t} {w}", "{v} med hull 0,9 {s}, {w} {t}", "{s} {v} m/glass, {t} {w} (0,9 i fjor)"]
OF_PRESSURE = [
    "{v} mmHg {s}, {w} mmHg {t}",
    "{v} i {s} og {w} i {t}",
    "(snitt av 6, kl. 14): {s} {v}, {t} {w}, Timolol 5 mg/ml",
]


def told(reader: Reader, text: str) -> dict[str, float]:
    measured = reader.read(Referral("", text, Area.EYE, age=66)).measurements
    return {m.measure: round(m.value, 2) for m in measured if m.measure.startswith(("visus", "iop"))}


@pytest.mark.parametrize(
    ("label", "measure", "values", "template"),
    [("Visus", "visus", SIGHT, template) for template in (*OF_EACH, *OF_SIGHT)]
    + [("IOP", "iop", PRESSURE, template) for template in (*OF_EACH, *OF_PRESSURE)],
)
def test_each_value_is_of_the_eye_beside_it(
    reader: Reader, label: str, measure: str, values: dict[str, float], template: str
) -> None:
    for (one, other), (left, right), turned in product(permutations(values, 2), SIDES, (False, True)):
        first, second = (right, left) if turned else (left, right)
        found = told(reader, f"{label} " + template.format(v=one, w=other, s=first, t=second) + ".")
        of_left, of_right = (other, one) if turned else (one, other)
        wanted = {f"{measure}_left": round(values[of_left], 2), f"{measure}_right": round(values[of_right], 2)}
        assert {eye: value for eye, value in found.items() if eye in wanted} == wanted, (template, first, one)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rødt øye. Visus 0,3.", {"visus_best": 0.3}),
        ("Trykk 38 mmHg, puls 64.", {"iop": 38}),
        ("Visus 1,0 ODS.", {"visus_right": 1, "visus_left": 1, "visus_best": 1}),
        ("Trykket er 15 i begge.", {"iop_right": 15, "iop_left": 15, "iop": 15}),
        ("Visus 1,0 på kvart auge.", {"visus_right": 1, "visus_left": 1, "visus_best": 1}),
        ("Visus OD/OS: 0,3/1,0", {"visus_right": 0.3, "visus_left": 1, "visus_best": 1}),
        ("Visus 0,3/1,0 (v/h)", {"visus_right": 1, "visus_left": 0.3, "visus_best": 1}),
        ("IOP 38/16 mmHg", {"iop_right": 38, "iop_left": 16, "iop": 38}),
        ("IOP hhv. 38 og 16 på venstre og høyre øye.", {"iop_right": 16, "iop_left": 38, "iop": 38}),
        ("        VØ      HØ\nVisus   0,2     0,9", {"visus_right": 0.9, "visus_left": 0.2, "visus_best": 0.9}),
        ("Visus HA 0,7 VA 0,6", {"visus_right": 0.7, "visus_left": 0.6, "visus_best": 0.6}),
        ("Visus 0,9 / 0,7 m/ briller.", {"visus_right": 0.9, "visus_left": 0.7, "visus_best": 0.9}),
        ("Visus FT 1 m/0,8", {"visus_left": 0.8, "visus_best": 0.8}),
        ("Visus fingertelling venstre, 0,8 høyre.", {"visus_right": 0.8, "visus_best": 0.8}),
        ("Visus venstre 0,3, C/D 0,9.", {"visus_left": 0.3, "visus_best": 0.3}),
        ("Papille OD 0,9, OS 0,3.", {}),
        ("Visus logMAR OD 0,3, OS 0,1.", {}),
        ("Syn 20 % på venstre.", {"visus_left": 0.2, "visus_best": 0.2}),
        ("Visus falt fra 0,8 til 0,3 på venstre.", {"visus_left": 0.3, "visus_best": 0.3}),
        ("Visus falt fra 1,0/1,0 til 0,3/0,9.", {"visus_right": 0.3, "visus_left": 0.9, "visus_best": 0.9}),
        ("Visus venstre 0,3, 1,0 i 2022.", {"visus_left": 0.3, "visus_best": 0.3}),
        ("Trykk venstre 38, startet Timolol 5 mg/ml.", {"iop_left": 38, "iop": 38}),
        ("Rødt høyre øye, visus 0,3 på venstre.", {"visus_left": 0.3, "visus_best": 0.3}),
        ("Ser 0,8 på øyet, 1,0 på det andre.", {"visus_best": 1}),
        ("Visus 0,3 v. siste kontroll.", {"visus_best": 0.3}),
    ],
)
def test_no_value_is_put_on_an_eye_that_was_not_told(reader: Reader, text: str, wanted: dict[str, float]) -> None:
    assert told(reader, text) == wanted
