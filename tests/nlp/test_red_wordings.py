"""Dangers as other writers say them. A word stands for its family in every rule that names three of it."""

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

SAID = {
    ("oye.synstap_akutt", 68): [
        *(f"{seen} på ve. øye siden i går." for seen in ("Ser kun lys", "Har ikke lyssans")),
        *(f"Hurtig innsettende {loss} OD." for loss in ("synstap", "visusfall")),
        "Synet på det eine auget kvarv i går.",
        "Synet på høyre datt ut i ettermiddag og er ikke kommet tilbake.",
    ],
    ("oye.gardin", 62): ["Taper synet fra siden og innover.", "Skyggeaktig område inferotemporalt."],
    ("oye.oyetraume", 34): ["Blodspeil i forkammeret."],
    ("oye.fremmedlegeme_oye", 39): ["Sandkorn sitter fast i hornhinnen."],
    ("oye.endoftalmitt", 77): ["Hovent, rødt øye med dårlig syn uken etter linseoperasjon."],
    ("oye.papilleodem", 36): ["Optikusødem OD."],
    ("oye.plutselig_skjeling", 4): ["Akutt innadskjeling siden lørdag.", "Abducensparese, akutt, fireåring."],
    ("onh.peritonsillar", 27): [f"Vond hals, {it} over midtlinjen, trismus 2 cm." for it in ("uvula", "drøvelen")],
    ("onh.neseblodning_kraftig", 74): ["Pøsblør fra høyre nesebor.", "Ukontrollerbar neseblødning."],
    ("onh.plutselig_horselstap", 48): [
        "Nyoppstått ensidig døvhet.",
        "Sensorinevralt hørselstap siste 3 dager.",
    ],
    ("onh.svimmel_nevro", 66): ["Svimmel siden i natt, synker i høyre arm og snubler i ordene."],
    ("onh.heshet", 63): ["Stemmen ikke vært normal på seks uker."],
    ("gi.kan_ikke_svelge", 61): [
        "Hun har ikke klart å svelge en dråpe siden i går.",
        "Kjøttstykke obstruerer spiserøret.",
    ],
    ("gi.progressiv_dysfagi", 67): [
        *(f"{trouble} i utvikling." for trouble in ("Svelgvansker", "Synkebesvær")),
        "Begynte med fast føde, nå går heller ikke flytende ned uten problemer.",
    ],
    ("gi.oppkast_vedvarende", 54): ["Kroniske oppkast uten funn.", "Ustanselig oppkast de siste ukene."],
    ("gi.ileus", 70): ["Oppkast som lukter avføring, utspilt buk."],
    ("gi.alvorlig_kolitt", 38): ["Toksisk colon."],
    ("gi.hemodynamisk", 66): ["Svimmel og uvel, synkope i dag etter blodig avføring."],
}
NOT_SAID = {
    ("oye.synstap_akutt", 68): ["Synet er ikke plutselig forverret."],
    ("oye.gardin", 62): ["Øyelokket henger og skygger for synet oppad."],
    ("oye.fremmedlegeme_oye", 39): ["Har jobbet med sliping, aldri fått noe i øyet."],
    ("oye.kjemisk", 41): ["Svømmer i klorvann, øynene svir litt."],
    ("oye.gca", 74): ["Vondt i en jeksel når han tygger."],
    ("onh.blodning_etter_operasjon", 23): ["Normale hvite belegg etter tonsillektomi, blør ikke."],
    ("gi.rektal_tumor", 63): ["Kjenner ikke noe hardt i endetarmen."],
    ("gi.progressiv_dysfagi", 67): ["Svelgvanskene er ikke blitt verre."],
    ("gi.dysfagi", 64): ["Maten setter seg mellom tennene."],
}
AREAS = {"gi": Area.ENDOSCOPY, "oye": Area.EYE, "onh": Area.ENT}


def statuses(reader: Reader, feature: str, age: int, text: str) -> set[str]:
    read = reader.read(Referral(id="w", text=text, area=AREAS[feature.partition(".")[0]], age=age))
    return {str(f.status) for f in read.features if f.id == feature}


@pytest.mark.parametrize(("feature", "age", "text"), [(*key, text) for key, said in SAID.items() for text in said])
def test_a_danger_is_heard_however_it_is_said(reader: Reader, feature: str, age: int, text: str) -> None:
    assert statuses(reader, feature, age, f"Bor alene. {text}") & {"present", "possible"}


@pytest.mark.parametrize(("feature", "age", "text"), [(*key, text) for key, said in NOT_SAID.items() for text in said])
def test_what_only_looks_like_it_is_not(reader: Reader, feature: str, age: int, text: str) -> None:
    assert "present" not in statuses(reader, feature, age, f"Bor alene. {text}")
