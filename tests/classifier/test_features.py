"""What the model sees of a letter: what makes two words or two facts the same, and what does not."""

import unicodedata

import pytest

from triage.classifier.features import Seen, age_band, fact_label, facts_of
from triage.classifier.words import digests_of, spoken
from triage.domain.finding import (
    Assertion,
    Evidence,
    Experiencer,
    Feature,
    Finding,
    Measurement,
    Polarity,
    Reading,
    Status,
)
from triage.domain.recommendation import Pathway, RuleMatch
from triage.domain.referral import Area, Referral, Referrer, Sex, StatedUrgency

HERE = Evidence(3, 9)
NOTHING_READ = Reading(area="eye", requested="red_eye", language="nb")


def words(text: str) -> list[str]:
    """As a reviewer reads them, in order."""
    letter = spoken(text)
    return [letter.shown(word) for word in sorted({*letter.first.tolist()})]


def forms(text: str) -> set[int]:
    """Digests of the words and of how they begin."""
    return set(digests_of([text])[1].tolist())


def facts(*, age: int = 50, **said: object) -> set[str]:
    reading = Reading(**{"area": "eye", "requested": "red_eye", "language": "nb", **said})  # type: ignore[arg-type]
    return facts_of(Seen(Referral("1", "", age=age), reading))


def test_what_the_rules_say_is_a_fact_among_the_others() -> None:
    rules = (RuleMatch("eye/a", Pathway.HOSPITAL, "a"), RuleMatch("eye/b", Pathway.PRIMARY_CARE, "b"))

    found = facts_of(Seen(Referral("1", ""), NOTHING_READ, rules))

    assert {"rules hospital", "rule eye/a", "rule eye/b"} <= found


def test_another_form_of_a_word_begins_as_it_does() -> None:
    assert len(forms("svelgvansker") & forms("svelgde")) == 1  # svel…


def test_how_a_word_begins_is_no_word() -> None:
    assert not forms("svelget") & forms("svel")


def test_a_denied_word_begins_as_no_other() -> None:
    assert forms("ingen dysfagi") & forms("dysfagi ingen") == forms("ingen")
    assert len(forms("ingen dysfagi") & forms("ingen dysfagisk")) == len(forms("ingen")) + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ingen dysfagi", "«ingen» «dysfagi» (benektet)"),
        ("Ikke blod. Vekttap", "«ikke» «blod» (benektet) «vekttap»"),
        ("ingen dysfagi, men vekttap", "«ingen» «dysfagi» (benektet) «men» «vekttap»"),
        ("uten feber eller hoste\nslim", "«uten» «feber» (benektet) «eller» (benektet) «hoste» (benektet) «slim»"),
        ("mor hadde kreft", "«mor» «hadde» (i familien) «kreft» (i familien)"),
        ("ikke mor svak", "«ikke» «mor» (benektet) «svak» (i familien)"),
        ("tidligere ulcus", "«tidligere» «ulcus» (tidligere)"),
        (
            "ikke to tre fire fem seks sju åtte",
            "«ikke» " + " ".join(f"«{w}» (benektet)" for w in ["to", "tre", "fire", "fem", "seks", "sju"]) + " «åtte»",
        ),
    ],
)
def test_a_cue_makes_other_words_of_those_after_it_in_its_clause(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Øyeblikkelig HJELP", "øyeblikkelig hjelp"),
        (unicodedata.normalize("NFD", "pårørende så blåveis på øyet, café"), "pårørende så blåveis på øyet, café"),
        ("svie, hoste, 12 uker", "svie hoste uker"),
        ("a svie", "svie"),
        ("svie svie", "svie"),
    ],
)
def test_capitals_signs_digits_repetition_and_the_spelling_of_accents_make_no_difference(
    first: str, second: str
) -> None:
    assert words(first) == words(second)


def test_a_keyboard_that_lacks_letters_makes_no_difference() -> None:
    assert forms("Bloedning fra hoeyre oere, noen ganger. Vaert verre.") == forms(
        "Blødning fra høyre øre, noen. Vært verre. Ganger"
    )


def test_letters_together_have_the_words_that_each_has_alone() -> None:
    texts = ["Hb 9,8. Ingen", "dysfagi", "", "Øyet verker!", "uten \N{EYE} slim", "dysfagi dysfagi", "x" * 300, "ikke"]

    letters, digests = digests_of(texts)

    assert [set(digests[letters == n].tolist()) for n in range(len(texts))] == [forms(text) for text in texts]


@pytest.mark.parametrize("text", ["Hb 9,8. Øyet verker!", "\N{EYE} Hb! Øyet (verker)"])
def test_a_word_is_found_again_where_it_stands(text: str) -> None:
    letter = spoken(text)

    places = [place for word in sorted({*letter.first.tolist()}) for place in letter.places(word)]

    assert [text[place.start : place.end] for place in places] == ["Hb", "Øyet", "verker"]


def test_no_place_is_told_where_accents_have_moved_it() -> None:
    letter = spoken(unicodedata.normalize("NFD", "blå øyne"))

    assert [letter.places(word) for word in letter.first.tolist()] == [()] * len(letter.first)


@pytest.mark.parametrize("text", ["", "?!", "12 345", "\0\0", "½ % – —"])
def test_a_letter_without_words_has_none(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "0"),
        (5, "0"),
        (6, "6"),
        (44, "40"),
        (45, "45"),
        (46, "45"),
        (54, "45"),
        (55, "55"),
        (101, "80"),
        (None, "None"),
    ],
)
def test_an_age_belongs_to_the_band_that_starts_at_or_below_it(age: int | None, band: str) -> None:
    assert age_band(age) == band


@pytest.mark.parametrize(("hb", "side"), [(9.9, "<10"), (10.0, "≥10"), (10.1, "≥10")])
def test_a_value_is_compared_with_each_limit(hb: float, side: str) -> None:
    assert f"value hb {side}" in facts(measurements=(Measurement("hb", hb, HERE),))


def test_a_relatives_value_says_nothing_of_the_patient() -> None:
    hers = Measurement("hb", 8.0, HERE, experiencer=Experiencer.FIRST_DEGREE)

    assert facts(measurements=(hers,)) == facts()


def test_a_denied_finding_and_a_present_one_have_no_fact_in_common() -> None:
    present = facts(findings=(Finding("smerte", HERE),))
    denied = facts(findings=(Finding("smerte", HERE, Assertion(polarity=Polarity.NEGATED)),))

    assert present & denied == facts()


def test_an_alarm_feature_stands_together_with_the_area_and_the_age() -> None:
    said = facts(features=(Feature("oye.gardin", Status.PRESENT, (HERE,)),))

    assert {"alarm oye.gardin present", "alarm oye.gardin present | eye", "alarm oye.gardin present | 45"} <= said


@pytest.mark.parametrize(
    "change",
    [
        {"stated_urgency": StatedUrgency.EMERGENCY},
        {"codes": ("ICPC-2:D21",)},
        {"area": Area.ENT},
        {"sex": Sex.MALE},
        {"referrer": Referrer.OPTICIAN},
    ],
)
def test_what_was_ticked_and_coded_and_by_whom_makes_no_difference(change: dict[str, object]) -> None:
    changed = Referral("1", "svie", age=50, **change)  # type: ignore[arg-type]

    assert facts_of(Seen(changed, NOTHING_READ)) == facts_of(Seen(Referral("1", "svie", age=50), NOTHING_READ))


@pytest.mark.parametrize(
    ("fact", "label"),
    [
        ("alarm gi.vekttap negated | 45", "vekttap: benektet"),
        ("value duration_weeks ≥0.5", "varighet i uker ≥0,5"),
        ("age 55 | eye", "alder fra 55 år"),
        ("area ent", "fagområde: øre-nese-hals"),
        ("missing eye.visus", "mangler: eye.visus"),
        ("alarms 0 | eye | 45", "alarmtegn til stede: 0"),
    ],
)
def test_a_reviewer_reads_facts_in_norwegian(fact: str, label: str) -> None:
    assert fact_label(fact, {"gi.vekttap": "vekttap"}) == label
