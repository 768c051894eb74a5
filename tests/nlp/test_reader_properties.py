"""What must hold for any letter, whoever wrote it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.finding import Status
from triage.domain.referral import Area, Referral

NOUNS = [
    *(
        "dysfagi",
        "svelgvansker",
        "odynofagi",
        "vekttap",
        "hematemese",
        "melena",
        "blod i avføringen",
        "endret avføringsmønster",
    ),
    *(
        "jernmangelanemi",
        "nattlig diaré",
        "palpabel tumor i abdomen",
        "gulsott",
        "lysglimt",
        "flytere",
        "gardinfenomen",
    ),
    *(
        "metamorfopsi",
        "dobbeltsyn",
        "lysskyhet",
        "papilleødem",
        "heshet",
        "trismus",
        "facialisparese",
        "stridor",
        "otalgi",
    ),
]
SENTENCES = [
    "Har svelgvansker for fast føde.",
    "Ingen vekttap.",
    "Mor hadde tykktarmskreft, 48 år gammel.",
    "Hb 9,8 og ferritin 7.",
    "Blod i avføringen i åtte uker.",
    "Tidligere magesår i 2009.",
    "Ikke svart avføring.",
]
FILLER = "Kjære kollega! Takk for at dere ser på denne hyggelige pasienten. Med vennlig hilsen. "


def features(reader, text, area=Area.ENDOSCOPY):
    return {(f.id, f.status) for f in reader.read(Referral("x", text, area, age=60)).features}


@given(text=st.text(max_size=400), area=st.sampled_from(Area))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_and_every_finding_points_into_it(reader, text, area):
    reading = reader.read(Referral("x", text, area))

    assert all(0 <= f.evidence.start < f.evidence.end <= len(text) for f in reading.findings)


@given(figures=st.text(alphabet="0123456789.,-/%²½٣ kgHb<>x:\n", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_figures_is_read(reader, figures):
    assert reader.read(Referral("x", "Hb " + figures, Area.ENDOSCOPY)) is not None


@given(
    words=st.lists(
        st.sampled_from(["ingen", "dysfagi", ",", ".", "mor", "tidligere", "?", ":", "12,3", "kg", "(", "\n"])
    )
)
@settings(max_examples=200, deadline=None)
def test_any_heap_of_cues_and_terms_is_read(reader, words):
    assert reader.read(Referral("x", " ".join(words), Area.ENDOSCOPY)) is not None


FORM = [
    "ja",
    "nei",
    "Nei:",
    "Benekter",
    "[",
    "]",
    "(x)",
    "( )",
    "[x]",
    "☒",
    "☐",
    "x",
    "-",
    "1.",
    "##",
    "**",
    ":",
    "vekttap",
    "\n",
]
FORM += [
    "   JA   NEI\n",
    "Tidligere:",
    "det var i 2014",
    "En vårdag i 2013",
    "«",
    "»",
    "ingen (",
    ")",
    ";",
    "Hb (g/dL)",
    *("visus", "venstre", "38", "%", "ny linje", "komma", "<br>", "mor", "har", "ved", "så", "gikk over", "nå"),
]


@given(pieces=st.lists(st.sampled_from(FORM), max_size=25), between=st.sampled_from(["", " ", "\n"]))
@settings(max_examples=400, deadline=None)
def test_any_heap_of_a_form_is_read(reader, pieces, between):
    assert reader.read(Referral("x", between.join(pieces), Area.ENDOSCOPY)) is not None


@pytest.mark.parametrize("text", ["hb; ny linje", "komma\ncave:venstre92\nved ) <br>visus har kom mor ( "])
def test_a_heap_that_once_stopped_the_reader_is_read(reader, text):
    assert reader.read(Referral("x", text, Area.EYE)) is not None


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("frame", ["Ingen {}.", "Pasienten benekter {}.", "Ikkje {}.", "{}: nei."])
@pytest.mark.parametrize("area", Area)
def test_what_is_denied_is_never_present(reader, noun, frame, area):
    assert Status.PRESENT not in {status for _, status in features(reader, frame.format(noun), area)}


@given(order=st.permutations(SENTENCES))
@settings(max_examples=40, deadline=None)
def test_the_order_of_whole_sentences_changes_nothing(reader, order):
    assert features(reader, " ".join(order)) == features(reader, " ".join(SENTENCES))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_polite_words_change_nothing(reader, sentence):
    assert features(reader, FILLER + sentence + " " + FILLER) == features(reader, sentence)


@pytest.mark.parametrize(
    ("bokmal", "nynorsk"),
    [
        ("Ingen svelgvansker.", "Ingen svelgvanskar."),
        ("Har ikke gått ned i vekt.", "Har ikkje gått ned i vekt."),
        ("Blod i avføringen siden påske.", "Blod i avføringa sidan påske."),
        ("Våkner om natten av smerter.", "Vaknar om natta av smerter."),
        ("Faren hadde kreft i tykktarmen.", "Faren hadde kreft i tjukktarmen."),
    ],
)
def test_bokmal_and_nynorsk_twins_say_the_same(reader, bokmal, nynorsk):
    assert features(reader, bokmal) == features(reader, nynorsk)


def test_a_letter_of_a_hundred_thousand_characters_is_read_to_its_end(reader):
    letter = "Ingen plager av noe slag, spiser og sover godt. " * 2_100 + "Har svelgvansker for fast føde."

    assert ("gi.dysfagi", Status.PRESENT) in features(reader, letter)
