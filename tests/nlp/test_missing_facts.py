"""What a letter does not state is asked for, and what it states in any way is not."""

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

# (area, asked for, what the letter begins with): fact: what states it, what only stands near it
WAYS = {
    ("endoscopy", "colonoscopy", "Magesmerter. Ønsker koloskopi."): {
        "fhb": (
            ["F-Hb neg x 3", "iFOB: positiv", "Hemofec er ikke gjort.", "Avføring undersøkt for blod, ingen utslag."],
            ["Mor hadde positiv F-Hb.", "F-Hb bør tas.", "Skal levere F-Hb.", "Hb 13,2."],
        ),
        "kalpro": (
            ["Kalprotektin 35.", "f-kalpro: normal", "Kalprotektin er teke, svar 35."],
            ["Bror har kalprotektin 900.", "Kalprotektin var normal i 2012.", "Ber om at kalprotektin tas hos dere."],
        ),
        "hb": (
            ["Hb: 13.2", "Ikkje anemi.", "Se vedlagte blodprøver.", "Normale blodprøver.", "Hb i oktober 13,1."],
            ["Mor har lav blodprosent.", "Hb 13,8 i 2014.", "Vi tar Hb i neste uke.", "Bestilt blodprøver."],
        ),
        "dre": (
            ["Rektalt: ingen tumor.", "Expl. rectalis: u.a.", "Rektaleksplorasjon ikke utført"],
            ["Rektaleksplorasjon gjøres ved neste time.", "Faren ble operert i endetarmen."],
        ),
        "avforing": (
            [
                "Laus mage.",
                "Avføringsmønster: uendra",
                "Daglig avføring, normal konsistens.",
                "Søster med tarmkreft 45 år.",
            ],
            ["Mor har diaré.", "God matlyst."],
        ),
    },
    ("endoscopy", "gastroscopy", "Svie i magen. Ønsker gastroskopi."): {
        "varighet": (
            ["Varighet ca 2 måneder", "Siden august.", "Har vært sånn i årevis."],
            ["Diabetes i 12 år.", "Mor døde for to år siden.", "Operert for blindtarm for 10 år siden."],
        ),
        "vekt": (["Vekta er stabil.", "Vekttap: nei", "Veier seg ikke."], ["Mor har gått ned 10 kg.", "God matlyst."]),
        "alarm_blod": (
            ["Alarmsymptomer: nei", "Ingen blødning.", "Alarmsymptom: ingen", "Ingen alarmtegn."],
            ["Mor hadde svelgvansker.", "Halsbrann."],
        ),
        "ppi_forsok": (
            ["Nexium 40 x1 i 6 uker.", "Ikke prøvd PPI."],
            ["Mor bruker Nexium.", "Setter ham på Somac i dag."],
        ),
    },
    ("eye", "cataract_assessment", "Grå stær."): {
        "visus": (
            ["Visus 0,4/0,5", "Visus normal på begge øyne.", "Se vedlagt optikerrapport.", "Visus i oktober 0,4/0,5"],
            ["Far har visus 0,1 på begge øyne.", "Visus i 2015 var 1,0 på begge øyne.", "Visus bør måles."],
        ),
        "onsker_op": (["Motivert for operasjon.", "Ynskjer operasjon.", "Kan ikke lese avisen."], ["Bruker Marevan."]),
    },
    ("eye", "glaucoma_suspicion", "Grønn stær?"): {
        "iop": (["Trykk 24/26.", "Øyetrykk normalt."], ["Mor hadde trykk på 30.", "Skal måle trykk."]),
        "synsfelt": (["Konfrontasjonssynsfelt normalt.", "Donders ua"], ["Synsfelt bør tas.", "Ber om synsfelt."]),
        "papille": (["Cup/disc 0,7", "OCT ua"], ["Far fikk påvist ekskavasjon.", "OCT bør tas."]),
    },
    ("eye", "eye_problem", "Ber om vurdering av øyet."): {
        "begge_oyne": (["OD", "v.ø.", "Høgre auge."], ["Vondt i høyre kne.", "Kona er blind på venstre øye."]),
        "oye_varighet": (["Plutselig.", "Fra i går."], ["Kjent hypertensjon i mange år."]),
    },
    ("ent", "hoarseness", "Hes."): {
        "uker": (["Heshet 8 uker", "Vart i flere måneder."], ["Diabetes i 12 år.", "Mor døde for to år siden."]),
        "royk_h": (["Røykjar ikkje.", "Tobakk: nei", "Røykestatus: aldri"], ["Kona røyker.", "Far var storrøyker."]),
        "svelg": (["Collum: ingen oppfylninger", "Svelger greit."], ["Mor har svelgvansker.", "Hoster."]),
    },
    ("ent", "neck_lump", "Kul på halsen."): {
        "fnac": (
            ["Ultralyd: lymfeknute 2 cm.", "Celleprøve tatt.", "Det er ikkje teke ultralyd."],
            ["Ultralyd bestilt.", "Ultralyd abdomen normal.", "Mor har tatt ultralyd."],
        ),
    },
    ("ent", "dizziness", "Svimmel."): {
        "karakter": (["Ustø.", "Posisjonsutløst svimmelhet.", "Det går rundt."], ["Far hadde Meniere.", "Hodepine."]),
        "dh": (["Dix-Hallpike negativ."], ["Dix-Hallpike bør gjøres.", "Mor har krystallsyke."]),
    },
    ("ent", "hearing_loss", "Hører dårlig."): {
        "otoskopi": (
            ["Øyrelysing: normal", "Ører ua."],
            ["Broren har hull på trommehinnen.", "Gjør otoskopi neste uke."],
        ),
        "audiometri": (["Hørsel testet hos audiograf."], ["Ønsker audiometri.", "Skal ta audiogram til uken."]),
    },
}
STATED = [(at, fact, said) for at, facts in WAYS.items() for fact, (ways, _) in facts.items() for said in ways]
NEAR = [(at, fact, said) for at, facts in WAYS.items() for fact, (_, ways) in facts.items() for said in ways]

PROBLEMS = [  # whose questions are asked
    ("endoscopy", "", "Far hadde svelgvansker. Dyspepsi, ønsker gastroskopi.", "gi_gastroskopi"),
    ("eye", "", "Far har katarakt. Rødt øye siste uke.", "oye_generell"),
    ("eye", "", "Ingen katarakt. Rødt øye.", "oye_generell"),
    ("eye", "", "Kataraktoperert 2019. Nå skjeve linjer.", "oye_makula"),
    ("eye", "floaters", "Flytere siste uke. Kjent katarakt.", "oye_generell"),
    ("eye", "glaucoma_suspicion", "Trykk 25. Begynnende katarakt.", "oye_glaukom"),
    ("eye", "", "Tunge øyelokk som henger ned.", "oye_oyelokk"),
    ("ent", "hearing_loss", "Hører dårlig. Litt svimmel.", "onh_horsel"),
    ("ent", "tinnitus", "Tinnitus. Har også vært hes i det siste.", "onh_heshet"),
]


def _asked(reader: Reader, at: tuple[str, str, str], said: str) -> set[str]:
    area, requested, begins = at
    letter = Referral(id="x", text=f"{begins}\n{said}", area=Area(area), age=66, requested=requested)
    return {fact.id for fact in reader.read(letter).missing}


@pytest.mark.parametrize(("at", "fact", "said"), STATED)
def test_what_is_stated_is_not_asked_for(reader: Reader, at: tuple[str, str, str], fact: str, said: str) -> None:
    assert fact not in _asked(reader, at, said)


@pytest.mark.parametrize(("at", "fact", "said"), NEAR)
def test_what_only_stands_near_is_asked_for(reader: Reader, at: tuple[str, str, str], fact: str, said: str) -> None:
    assert fact in _asked(reader, at, said)


@pytest.mark.parametrize(("area", "requested", "text", "profile"), PROBLEMS)
def test_the_questions_are_those_of_the_problem(
    reader: Reader, area: str, requested: str, text: str, profile: str
) -> None:
    asked = _asked(reader, (area, requested, text), "")
    questions = next(p["ask"] for p in reader.lexicon.data["decisive"] if p["profile"] == profile)
    assert asked
    assert asked <= set(questions)


def test_every_concept_and_measure_that_states_a_fact_exists(reader: Reader) -> None:
    lexicon = reader.lexicon
    for problem in lexicon.data["decisive"]:
        for spec in (problem["when"], *problem["ask"].values()):
            named = {c for key in ("present", "concepts", "now", "moot", "if_present") for c in spec.get(key, ())}
            assert named <= set(lexicon.categories), problem["profile"]
            assert set(spec.get("measures", ())) <= set(lexicon.data["measures"]), problem["profile"]
