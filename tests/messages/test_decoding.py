"""Encodings as they arrive, rightly and wrongly labelled."""

import pytest

from triage.messages.decoding import decode

WORDS = "Øyelege – blåse «æ» 5 €"
NORTHERN = "Áŋŋel Čáhcesuolu đ š"


def labelled(label: str, text: str = WORDS) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><a>{text}</a>'


@pytest.mark.parametrize(
    ("body", "deviation"),
    [
        (labelled("UTF-8").encode(), None),
        (labelled("windows-1252").encode("cp1252"), None),
        (f"<a>{WORDS}</a>".encode(), None),
        (labelled("ISO-8859-1").encode(), "utf-8 under another label"),
        (b"\xef\xbb\xbf" + labelled("ISO-8859-1").encode(), "utf-8 under another label"),
        (labelled("utf-16").encode(), "utf-8 under another label"),
        (labelled("no-such-encoding").encode(), "utf-8 under another label"),
        (labelled("ISO-8859-1").encode("cp1252"), "characters of another encoding"),
        (labelled("UTF-8").encode("cp1252"), "not utf-8 as labelled: read as windows-1252"),
        (f"<a>{WORDS}</a>".encode("cp1252"), "not utf-8 as labelled: read as windows-1252"),
        (labelled("utf-16").encode("utf-16"), "utf-16"),
        (labelled("utf-16").encode("utf-16-le"), "utf-16"),
        (labelled("utf-16").encode("utf-16-be"), "utf-16"),
        (labelled("utf-32").encode("utf-32"), "utf-32"),
        (labelled("macintosh").encode("mac-roman"), None),
        (labelled("big5").encode(), "utf-8 under another label"),
        (b" \r\n\t" + labelled("UTF-8").encode(), None),
        (labelled("UTF-8").encode() + b"\r\n\x1a", None),
    ],
)
def test_the_words_survive_every_label(body: bytes, deviation: str | None) -> None:
    text, deviations = decode(body)

    assert text == f"<a>{WORDS}</a>"
    assert deviations[:1] == ((deviation,) if deviation else ())


def test_latin_1_with_its_own_label_is_no_deviation() -> None:
    body = labelled("ISO-8859-1", "Ærlig blåbær").encode("latin-1")

    assert decode(body) == ("<a>Ærlig blåbær</a>", ())


def test_northern_sami_letters_survive() -> None:
    assert NORTHERN in decode(labelled("UTF-8", NORTHERN).encode()).text
    assert (
        NORTHERN.replace("Č", "C")
        in decode(labelled("iso-8859-10", NORTHERN.replace("Č", "C")).encode("iso-8859-10")).text
    )


def test_text_that_was_encoded_twice_is_read_once() -> None:
    twice = labelled("UTF-8", "Øye på blåtur").encode().decode("cp1252").encode()

    text, deviations = decode(twice)

    assert "Øye på blåtur" in text
    assert "characters of another encoding" in deviations


def test_one_foreign_byte_does_not_spoil_the_rest() -> None:
    body = "<a>Grå stær ".encode() + "på venstre øye".encode("cp1252") + b"</a>"

    assert decode(body).text == "<a>Grå stær på venstre øye</a>"
