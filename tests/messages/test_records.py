"""JSON records: tolerant of words, strict on types, and quick."""

import json
from datetime import date
from typing import Any

import pytest

from tests.messages.builders import RECEIVED
from triage.domain.errors import BadInput
from triage.domain.referral import Area, Language, Referral, Referrer, Sex, StatedUrgency
from triage.messages.reading import read
from triage.messages.records import record_to_referral
from triage.paths import MODELS

FULL = {
    "id": "a-1",
    "area": "endoscopy",
    "requested": "gastroscopy",
    "age": 34,
    "sex": "female",
    "referrer": "gp",
    "language": "nb",
    "stated_urgency": "routine",
    "codes": ["ICPC-2:D02"],
    "text": "Epigastriesmerter.\nIngen dysfagi.",
}


def test_a_full_record_is_a_referral() -> None:
    assert record_to_referral(FULL) == Referral(
        id="a-1",
        text="Epigastriesmerter.\nIngen dysfagi.",
        area=Area.ENDOSCOPY,
        requested="gastroscopy",
        age=34,
        sex=Sex.FEMALE,
        referrer=Referrer.GP,
        language=Language.BOKMAL,
        stated_urgency=StatedUrgency.ROUTINE,
        codes=("ICPC-2:D02",),
    )


def test_only_the_text_is_needed() -> None:
    assert record_to_referral({"text": "Hei"}) == Referral(id="", text="Hei")


def test_the_answer_and_other_unknown_keys_are_ignored() -> None:
    assert record_to_referral({**FULL, "gold": {"pathway": "hospital"}, "traps": [1]}) == record_to_referral(FULL)


@pytest.mark.parametrize(
    ("field", "word", "attribute", "value"),
    [
        ("sex", "Kvinne", "sex", Sex.FEMALE),
        ("sex", "M", "sex", Sex.MALE),
        ("sex", "2", "sex", Sex.FEMALE),
        ("age", 45.0, "age", 45),
        ("area", "øye", "area", Area.EYE),
        ("area", "Øre, nese, hals", "area", Area.ENT),
        ("referrer", "Fastlege", "referrer", Referrer.GP),
        ("stated_urgency", "haster", "stated_urgency", StatedUrgency.URGENT),
        ("stated_urgency", "Akutt", "stated_urgency", StatedUrgency.EMERGENCY),
        ("stated_urgency", "Pakkeforløp kreft", "stated_urgency", StatedUrgency.CANCER_PATHWAY),
        ("language", "nynorsk", "language", Language.NYNORSK),
        ("requested", "Gastroskopi", "requested", "gastroscopy"),
        ("requested", "chalazion", "requested", "chalazion"),
        ("sent_date", "2026-11-10", "sent_date", date(2026, 11, 10)),
        ("id", 7, "id", "7"),
        ("id", 0, "id", "0"),
        ("codes", None, "codes", ()),
    ],
)
def test_norwegian_words_and_empty_values_are_understood(field: str, word: Any, attribute: str, value: object) -> None:
    assert getattr(record_to_referral({**FULL, field: word}), attribute) == value


@pytest.mark.parametrize("field", ["area", "sex", "referrer", "language", "stated_urgency"])
def test_an_unknown_word_becomes_none_and_is_recorded(field: str) -> None:
    message = read(json.dumps({**FULL, field: "noe annet"}).encode(), received=RECEIVED)

    assert message.deviations == (f"unknown {field}",)
    assert getattr(message.referrals[0].referral, field) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("text", "  "),
        ("text", 5),
        ("age", -1),
        ("age", 121),
        ("age", "34"),
        ("age", 34.5),
        ("age", True),
        ("sex", 1),
        ("area", ["eye"]),
        ("codes", "ICPC-2:D02"),
        ("codes", [1]),
        ("requested", {}),
    ],
)
def test_a_wrong_value_is_named_by_its_field_and_not_quoted(field: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"«{field}»"):
        record_to_referral({**FULL, field: value})


@pytest.mark.parametrize("age", [0, 120])
def test_ages_at_both_ends_are_taken(age: int) -> None:
    assert record_to_referral({**FULL, "age": age}).age == age


def test_a_record_through_the_inbox_keeps_sender_and_municipality() -> None:
    body = json.dumps({**FULL, "sender_name": "Fjordgløtt legesenter", "municipality": "5001"}).encode()

    incoming = read(body, received=RECEIVED).referrals[0]

    assert (incoming.sender.organisation, incoming.patient.municipality) == ("Fjordgløtt legesenter", "5001")
    assert incoming.blocks == (("", FULL["text"]),)


def test_a_record_in_latin_1_or_with_a_byte_order_mark_is_read() -> None:
    latin = json.dumps({"text": "Grå stær"}, ensure_ascii=False).encode("latin-1")
    marked = b"\xef\xbb\xbf" + json.dumps({"text": "Grå stær"}, ensure_ascii=False).encode()

    assert read(latin, received=RECEIVED).referrals[0].referral.text == "Grå stær"
    assert read(marked, received=RECEIVED).referrals[0].referral.text == "Grå stær"


def test_every_letter_of_the_corpus_is_a_record() -> None:
    lines = (MODELS / "corpus" / "dev01.jsonl").read_text(encoding="utf-8").splitlines()

    assert [record_to_referral(json.loads(line)).text for line in lines] == [json.loads(line)["text"] for line in lines]
