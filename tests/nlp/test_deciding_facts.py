"""The one fact that decides: how long, how much, when it is due. All letters are invented."""

from datetime import date

import pytest

from triage.domain.referral import Area, Referral, Sex
from triage.nlp.reader import Reader


def weeks(reader: Reader, text: str, concept: str, area: Area = Area.ENT) -> float | None:
    findings = reader.read(Referral("", text, area, age=50)).findings
    return next(finding.weeks for finding in findings if finding.concept == concept)


def value(reader: Reader, text: str, measure: str, area: Area = Area.ENDOSCOPY) -> float | None:
    measurements = reader.read(Referral("", text, area, age=50)).measurements
    return next((item.value for item in measurements if item.measure == measure), None)


def statuses(reader: Reader, text: str, feature: str, area: Area, age: int = 50) -> set[str]:
    features = reader.read(Referral("", text, area, age=age)).features
    return {str(found.status) for found in features if found.id == feature}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hes i ti dager.", 1.4),
        ("Stemmen er rusten. Har vart i åtte dager. Røyker i 15 år.", 1.1),
        ("Hes. Har brukt Somac i to år.", None),
        ("Har vært hes i sju uker. Forkjølet i ti dager.", 7),
        ("Hes. Ikkje kul på halsen.", None),
        ("Alle ble forkjølet. De andre ble bra etter ei uke, han ble hes.", None),
        ("Stemmen er grov. «Jeg låter som far.» Slik har det vært i ni dager.", 1.3),
        ("Hes, tiukers sykehistorie.", 10),
        ("Hes siden våren 2011.", 782.7),
        ("8-vekers historie med heshet.", 8),
        ("Problem: hes. Forkjølet i høst. Snuser. Varighet: 8 dager.", 1.1),
    ],
)
def test_a_duration_belongs_to_what_stands_beside_it(reader: Reader, text: str, expected: float | None) -> None:
    assert weeks(reader, text, "heshet") == (expected if expected is None else pytest.approx(expected, abs=0.1))


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("Siste koloskopi i januar 2023. Ny kontroll anbefales om 3 år.", 0),
        ("Koloskopi for to år siden, adenom fjernet. «Ny koloskopi om 5 år.»", 36),
        ("Siste koloskopi var for fem år sidan (adenom, kontroll tilrådd etter fem år).", 0),
        ("Koloskopi i 2020 med polypp. Kontroll om tre år.", -36),
        ("Koloskopi for tolv år siden og for ett år siden. Kontroll om tre år.", 24),
        ("Gastroskopi med ny kontroll kvart tredje år. Det er fem månader sidan sist.", 31),
        ("To adenomer fjernet i mars for tre år siden, neste kontroll om ti år.", 84),
        ("Koloskopi for to år siden, to adenomer. Anbefalt kontroll: 5 år.", 36),
        ("Skrevet 4.10.2026. Koloskopi juni 2023, tre adenomer. Ny koloskopi om 3 år.", -4),
        ("Siste gastroskopi mai 2023, ny om tre år. Nå er det september 2026.", -4),
        ("Dagens dato: mai 2026. Koloskopi mai 2023, tre adenomer. Ny koloskopi om 3 år.", 0),
        ("Tynntarmen er rolig nå. Siste koloskopi mai 2023, ny om tre år.", 4),
        ("To adenomer tatt. «Kontroll etter 3 år.» Det er nå tre år siden.", 0),
        ("Polypper fjernet, ny skopi om fem år. No er det gått halvtanna år.", 42),
        ("Polypp fjernet, kontroll om fem år. Det er to år siden kona døde. Koloskopi i 2020.", -12),
        ("Koloskopi for åtte mnd. siden: tre adenomer. Ny koloskopi etter tre år.", 28),
        ("Kontroll 04.11.2025. Sist: koloskopi november 2022, polypper fjernet. Anbefalt: ny om 3 år.", -2),
        ("Polypper tatt for tre år siden. Når han skulle sees igjen, sto på et ark: etter tre år.", 0),
        ("Polypp tatt. Neste kontroll burde ifølge epikrisen være i mai 2027. Nå er det mai 2025.", 24),
    ],
)
def test_months_until_a_recommended_control_is_due(reader: Reader, text: str, months: float) -> None:
    assert value(reader, text, "surveillance_due_months") == pytest.approx(months, abs=1)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("Gastroskopi i mars uten varicer, neste om to år.", 16),
        ("Planlagt koloskopi i oktober. Skopert i 2023. Kontroll om tre år.", -10),
        ("Sist skopert i 2022 (i dag er det oktober 2026). Kontroll hvert tredje år.", -22),
    ],
)
def test_a_month_without_its_year_is_the_last_one(reader: Reader, text: str, months: float) -> None:
    letter = Referral("", text, Area.ENDOSCOPY, age=50, sent_date=date(2026, 11, 20))

    due = next(m.value for m in reader.read(letter).measurements if m.measure == "surveillance_due_months")

    assert due == pytest.approx(months, abs=1)


@pytest.mark.parametrize(
    "text",
    [
        "Koloskopi for to år siden, polypp fjernet.",
        "Ny koloskopi anbefales om fem år.",
        "Diaré i tre år. Hysterektomi i 2015.",
        "",
    ],
)
def test_nothing_is_due_when_the_letter_tells_only_half(reader: Reader, text: str) -> None:
    assert value(reader, text, "surveillance_due_months") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Audiogram: ve. PTA 46 dB, hø. PTA 48 dB.", 2),
        ("Audiogram: ve. PTA 46 dB, hø. PTA 14 dB.", 32),
        ("Audiogram: høyre PTA 46 dB.", None),
    ],
)
def test_difference_between_the_ears(reader: Reader, text: str, expected: float | None) -> None:
    assert value(reader, text, "hearing_difference_db", Area.ENT) == expected


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("Vekta i dag åttiåtte kilo, i mars var den nittifem kilo.", 7),
        ("Vekta er nå toogåtti kilo, i fjor var den nitti kilo.", 8),
    ],
)
def test_weights_in_words(reader: Reader, text: str, kilograms: float) -> None:
    assert value(reader, text, "weight_loss_kg") == kilograms


def test_tonsillitis_is_counted_before_and_after_its_name(reader: Reader) -> None:
    assert value(reader, "Tonsillitt sju ganger siste år.", "tonsillitis_episodes", Area.ENT) == 7
    assert value(reader, "Sju tonsillitter siste år.", "tonsillitis_episodes", Area.ENT) == 7


def test_how_many_asks_and_what_follows_the_colon_answers(reader: Reader) -> None:
    assert value(reader, "Hvor mange tonsillitter vet han ikke.", "tonsillitis_episodes", Area.ENT) is None
    assert value(reader, "Hvor mange tonsillitter: åtte siste året.", "tonsillitis_episodes", Area.ENT) == 8


@pytest.mark.parametrize(("age", "expected"), [("elleve dager", {"present"}), ("elleve uker", set())])
def test_pus_is_a_newborns_only_in_the_first_weeks(reader: Reader, age: str, expected: set[str]) -> None:
    text = f"Gutt {age} gammel, mor er frisk. Puss i begge øyne."

    assert statuses(reader, text, "oye.nyfodt_puss", Area.EYE, age=0) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ser dobbelt. Slik har det vært i tre år, uendret.", {"historical"}),
        ("Ser dobbelt siden søndag.", {"present"}),
        ("Ser dobbelt. Nærsynt i tretti år.", {"present"}),
    ],
)
def test_what_is_old_and_unchanged_is_no_alarm(reader: Reader, text: str, expected: set[str]) -> None:
    assert statuses(reader, text, "oye.dobbeltsyn", Area.EYE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Svart, tjæreaktig avføring i tre dager for fire uker siden, brun nå.", {"historical"}),
        ("Svart, tjæreaktig avføring siden i går, brun nå.", {"present"}),
    ],
)
def test_black_stools_are_over_when_they_have_been_brown_for_a_week(
    reader: Reader, text: str, expected: set[str]
) -> None:
    assert statuses(reader, text, "gi.melena", Area.ENDOSCOPY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tarmkreft i familien. Far fikk kreft i tykktarmen.", "first_degree"),
        ("Tarmkreft i familien. Farbror fikk kreft i tykktarmen.", "second_degree"),
        ("Tarmkreft i familien.", "first_degree"),
    ],
)
def test_a_named_relative_says_who_of_the_family_is_meant(reader: Reader, text: str, expected: str) -> None:
    features = reader.read(Referral("", text, Area.ENDOSCOPY, age=40)).features

    assert [str(f.experiencer) for f in features if f.id == "gi.familiar_crc"] == [expected]


@pytest.mark.parametrize(
    ("text", "measure", "expected"),
    [
        ("Visus H: 0,3 V: 0,4", "visus_right", 0.3),
        ("Visus 0,3 OD 0,8 OS", "visus_left", 0.8),
        ("Visus OD 0,3 OS 0,8", "visus_left", 0.8),
        ("Trykk H: 18 V: 34", "iop_left", 34),
        ("visus h 0,2, v 1,0", "visus_right", 0.2),
        ("Med beste glass: høyre øye 0,8, venstre øye 0,3.", "visus_left", 0.3),
        ("Synstest i første klasse:\nhøyre 1,0\nvenstre 0,2", "visus_left", 0.2),
        ("CD:\nhøyre 0,3\nvenstre 0,2", "visus_left", None),
        ("Trykk med Goldmann kl. 10:15: H 36 / V 35", "iop_right", 36),
        ("Synsfelt: MD -9,4 dB, var -3,1 dB i fjor.", "field_loss_db", 6.3),
        ("Synsfelt: MD fra -3,1 til -9,4 dB.", "field_loss_db", 6.3),
        ("Synsfelt: MD -3,2 dB begge.", "field_loss_db", None),
    ],
)
def test_a_value_belongs_to_the_eye_that_its_label_names(
    reader: Reader, text: str, measure: str, expected: float | None
) -> None:
    assert value(reader, text, measure, Area.EYE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Heshet siste uke.", 1), ("Heshet de siste ukene.", 4), ("Heshet forrige måned.", 4.35)],
)
def test_the_latest_week_is_one_week(reader: Reader, text: str, expected: float) -> None:
    assert weeks(reader, text, "heshet") == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("text", ["Hb 7.8 -> 7.3", "Hb 7,8 --> 7,3", "Hb 7,8 => 7,3", "Hb 7,8→7,3"])
def test_an_arrow_is_no_comparator(reader: Reader, text: str) -> None:
    assert "present" in statuses(reader, text, "gi.lav_hb_alvorlig", Area.ENDOSCOPY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kul på halsen > 3 uker.", 3.03),
        ("Kul på halsen i to og en halv måned.", 10.9),
        ("Kul på halsen, 6 u.", 6),
        ("Ein kul på halsen. Han la merke til han for ti dagar sidan då han var forkjøla.", 1.4),
        ("Kul på halsen. Slik har det vært siden 2020.", 313),
    ],
)
def test_how_long_a_lump_has_been_there(reader: Reader, text: str, expected: float) -> None:
    assert weeks(reader, text, "kul_hals") == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize(
    ("text", "feature", "expected"),
    [
        ("Vekttap ............. nei", "gi.vekttap", {"negated"}),
        ("Dysfagi ______ ja", "gi.dysfagi", {"present"}),
        ("[nei] svelgvansker\n[ja] vekttap", "gi.dysfagi", {"negated"}),
        ("[nei] svelgvansker\n[ja] vekttap", "gi.vekttap", {"present"}),
        ("svelger greit punktum ikke svart avføring punktum", "gi.melena", {"negated"}),
        ("hemoglobin ni komma seks crp åtte", "gi.uforklart_anemi", {"present"}),
        (
            "Fra gammel epikrise: «Innlagt med melena og vekttap. Hb nå 7,1 og mottok to poser blod.»",
            "gi.melena",
            {"historical"},
        ),
        (
            "Fra gammel epikrise: «Innlagt med melena og vekttap. Hb nå 7,1 og mottok to poser blod.»",
            "gi.lav_hb_alvorlig",
            set(),
        ),
        ("Kaffegrutoppkast for tre uker siden, men aldri etterpå.", "gi.hematemese", {"historical"}),
        ("Frisk blødning i to måneder. Blodet sees kun på papiret.", "gi.hematokezi", {"negated"}),
        ("Syster hennar fekk svar på prøva, transglutaminase 96.", "gi.positiv_ttg", {"family"}),
        ("Vekta er 61 kilo nå og var 68 i vår.", "gi.vekttap", {"present"}),
        ("Kalprotektin 620 i august, 45 i oktober.", "gi.kalprotektin_hoy", {"negated"}),
        ("Kalprotektin 45 i august, 620 i oktober.", "gi.kalprotektin_hoy", {"present"}),
    ],
)
def test_what_a_letter_states_in_its_own_way(reader: Reader, text: str, feature: str, expected: set[str]) -> None:
    assert statuses(reader, text, feature, Area.ENDOSCOPY) == expected


@pytest.mark.parametrize(
    ("text", "last_year", "each_of_two"),
    [
        ("Halsbetennelser behandlet 14/1, 20/2, 3/4, 19/5, 8/7, 2/9, 11/10 og 27/11 i år.", 8, None),
        ("Streptokokktonsillitter\n2024: 14/1, 2/3, 19/4, 30/8, 11/10\n2025: 20/1, 3/3, 17/4, 2/6, 29/8, 5/10", 6, 5),
        ("Tonsillitt i mai. Trykk 14/15, 15/15, 13/14.", None, None),
        ("Kontroller 14/1, 2/3, 19/4 og 30/8.", None, None),
    ],
)
def test_sore_throats_are_counted_by_their_dates(
    reader: Reader, text: str, last_year: int | None, each_of_two: int | None
) -> None:
    assert value(reader, text, "tonsillitis_episodes", Area.ENT) == last_year
    assert value(reader, text, "tonsillitis_two_years", Area.ENT) == each_of_two


def test_an_audiogram_with_a_row_for_each_ear_tells_the_difference(reader: Reader) -> None:
    text = "kHz 0,5 1 2 4\nHøyre   15  20  25  40\nVenstre   65  70  80  85"
    assert value(reader, text, "hearing_difference_db", Area.ENT) == 50


def test_the_distance_at_which_fingers_are_counted_is_no_acuity(reader: Reader) -> None:
    assert value(reader, "Visus høyre fingertelling 2 m, venstre 0,8.", "visus_best", Area.EYE) == 0.8


@pytest.mark.parametrize(("sex", "expected"), [(Sex.FEMALE, set()), (Sex.MALE, {"present"}), (None, {"present"})])
def test_the_man_of_a_womans_letter_is_her_husband(reader: Reader, sex: Sex | None, expected: set[str]) -> None:
    letter = Referral("", "Mannen har vært hes i to måneder.", Area.ENT, age=70, sex=sex)

    assert {str(found.status) for found in reader.read(letter).features if found.id == "onh.heshet"} == expected


@pytest.mark.parametrize(
    ("text", "feature", "expected"),
    [
        ("Sår i munnen i fem uker. Ved kontroll i går var det grodd.", "onh.saar_munn", {"historical"}),
        ("Sår i munnen i fem uker. Det er ikke grodd.", "onh.saar_munn", {"present"}),
        ("Såret i munnen grodde. Nå nytt sår på tungen i seks uker.", "onh.saar_munn", {"present"}),
        ("Kul på halsen i åtte uker. I dag kan jeg ikke palpere noe.", "onh.kul_hals", {"historical"}),
        ("Kul på halsen i åtte uker. Kjenner ingen andre kuler nå.", "onh.kul_hals", {"present"}),
        ("Hes i to måneder. I perioder er stemmen helt klar.", "onh.heshet", {"present"}),
        ("Batteriet i klokka manglet. Det lå under senga.", "onh.knappebatteri", {"historical"}),
        ("Batteriet i klokka manglet. Det er ikke funnet.", "onh.knappebatteri", {"present"}),
        (
            "Døv på venstre øre: det kom over natta i 2013, MR var ren, og hørselen er lik.",
            "onh.plutselig_horselstap",
            {"historical"},
        ),
    ],
)
def test_what_is_told_later_to_be_over_is_past(reader: Reader, text: str, feature: str, expected: set[str]) -> None:
    assert statuses(reader, text, feature, Area.ENT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hes siden august, nå er vi i november.", 13.2),
        ("Heshet. Det begynte før elgjakta, og vi har nå 20. desember.", 9.4),
        ("Hes siden høstmøtet, nå er vi i november.", 8),  # no table knows the meeting
        ("2/9 Hes, ber henne komme igjen.\n30/9 Fortsatt hes.", 4),
        ("Var hes ved kontroll 10. desember. I dag, 7. januar, er hun hes igjen.", 4),
        ("Hes.", None),
    ],
)
def test_the_letters_own_days_tell_how_long_it_has_lasted(reader: Reader, text: str, expected: float | None) -> None:
    lasted = [f.weeks for f in reader.read(Referral("", text, Area.ENT, age=50)).findings if f.concept == "heshet"]

    assert lasted[-1] == (expected and pytest.approx(expected, abs=0.5))


@pytest.mark.parametrize(
    ("text", "measure", "expected"),
    [
        ("kalprotektin fire hundre og femti komma ellers bra", "calprotectin", 450),
        ("ferritin åtte punktum", "ferritin", 8),
        ("transglutaminase over hundre og tjue to ganger punktum", "ttg", 120),
        ("crp førti fem punktum", "crp", 45),
        ("crp åttito punktum", "crp", 82),
        ("kalprotektin to hundre punktum", "calprotectin", 200),
        ("hundrevis av ganger crp fem punktum", "crp", 5),
        ("ferritin ni " + "og ellers er hun frisk " * 5, "ferritin", 9),
    ],
)
def test_numbers_that_were_dictated_are_read_as_if_they_were_written(
    reader: Reader, text: str, measure: str, expected: float
) -> None:
    assert value(reader, text, measure) == expected


@pytest.mark.parametrize(
    ("text", "hb"), [("Hb 8,6 mmol/L.", 13.8), ("Hb 5,6 mmol/l", 9.0), ("Hb 8,6 g/dL", 8.6), ("Hb 8,6", 8.6)]
)
def test_a_danish_haemoglobin_is_turned_into_grams(reader: Reader, text: str, hb: float) -> None:
    assert value(reader, text, "hb") == hb


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hes siden 30.10.2026.", 3.0),
        ("Hes, debut 06.11.", 2.0),
        ("Hes siden 27.11.", 51.1),
        ("Hes siden 31.02.2026.", None),
        ("Hes siden september.", 9.6),
    ],
)
def test_in_a_dated_letter_a_day_tells_how_long(reader: Reader, text: str, expected: float | None) -> None:
    letter = Referral("", text, Area.ENT, age=60, sent_date=date(2026, 11, 20))

    told = [finding.weeks for finding in reader.read(letter).findings if finding.concept == "heshet"]

    assert told == [expected if expected is None else pytest.approx(expected, abs=0.1)]
