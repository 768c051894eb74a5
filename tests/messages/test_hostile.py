"""Broken and hostile input is refused or put before a person: quickly, with a reason, and never with a stack trace."""

import base64
import gzip
import io
import json
import time
import tracemalloc
import zipfile
import zlib

import pytest

from tests.messages.builders import OID, RECEIVED, TEXT, attached, body_20, document, encoded, msghead, reason
from tests.messages.shared_material import shared
from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.referral import IncomingReferral
from triage.messages import reading
from triage.messages.reading import read
from triage.messages.tree import NOTHING

GOOD = encoded(msghead())
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
PDF = base64.b64encode(b"%PDF-1.7 invented").decode()


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    return packed.getvalue()


def only(text: str) -> IncomingReferral:
    (incoming,) = read(encoded(text), received=RECEIVED).referrals
    return incoming


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE MsgHead>" + msghead().encode(),
        b'<?xml version="1.0"?>\n<!-- <a> -->\n<!DOCTYPE a SYSTEM "http://example.invalid/x.dtd">' + msghead().encode(),
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + msghead(body_20(reason("&x;", raw=True))).encode(),
        f'<!DOCTYPE a [<!ENTITY a0 "ha">{LAUGHS}]>{msghead(body_20(reason("&a9;", raw=True)))}'.encode(),
        ("\ufeff<!DOCTYPE a [" + LAUGHS + "]>" + msghead()).encode("utf-16"),
        msghead(body_20(reason("&undefined;", raw=True))).encode(),
        msghead(body_20(reason("\x0b"))).encode(),
        b"<a>" * 3000 + b"</a>" * 3000,
        msghead(body_20("<x>" * 150 + "</x>" * 150)).encode(),
        GOOD[:400],
        GOOD[: len(GOOD) // 2],
        GOOD[:-1],
        b"",
        b" \r\n\t",
        b"\xef\xbb\xbf",
        b"dette er bare en setning",
        bytes(range(256)) * 40,
        b"\0" * 1000,
        zipped("hei.txt"),
        gzip.compress(GOOD, mtime=0),
    ],
)
def test_what_cannot_be_read_goes_back_to_the_sender(body: bytes) -> None:
    started = time.process_time()

    with pytest.raises(MessageRejected) as caught:
        read(body, received=RECEIVED)

    assert caught.value.code == "T01"
    assert time.process_time() - started < 2


def test_a_message_that_was_cut_off_says_so_and_is_answered_where_its_beginning_tells_whom() -> None:
    with pytest.raises(MessageRejected, match="avkortet") as caught:
        read(GOOD[:-200], received=RECEIVED)

    assert caught.value.head is not None
    assert caught.value.head.sender.ids == (("HER", "8001"),)


def test_a_message_cut_off_in_its_head_is_answered_to_nobody() -> None:
    with pytest.raises(MessageRejected) as caught:
        read(GOOD[:700], received=RECEIVED)

    assert caught.value.head is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (msghead().replace('V="H"', f'V="{"1" * 300_000}"').encode(), "T99"),
        (msghead().replace(f"{OID}8451", "1" * 30_000 + "x").encode(), "T99"),
        (msghead().replace('DN="Dyspepsi"', f'DN="{"x" * 5000}"').encode(), "T99"),
        (b"<a>" + b"<b/>" * 2_100_000 + b"</a>", "T99"),
        (f"<samling>{msghead()}{msghead()}</samling>".encode(), "T99"),
        (b"%PDF-1.7 en skannet henvisning", "T01"),
        (b"\xff\xd8\xff\xe0 et bilde", "T01"),
        (b'{"id": "x", "text": "avkort', "T01"),
        (b'[{"text": "a"}, {"text": "b"}]', "T99"),
        (b'{"id": "x"}', "T02"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "T02"),
        (b'{"resourceType":"ServiceRequest","extension":' * 300 + b"1" + b"}" * 300, "T01"),
    ],
)
def test_what_is_odd_but_may_hold_a_referral_waits_for_a_person(body: bytes, code: str) -> None:
    started = time.process_time()

    with pytest.raises(NeedsPerson) as caught:
        read(body, received=RECEIVED)

    assert caught.value.code == code
    assert time.process_time() - started < 2


def test_a_message_above_the_limit_waits_for_a_person_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)

    with pytest.raises(NeedsPerson) as caught:
        read(GOOD, received=RECEIVED)

    assert caught.value.code == "T99"


def test_an_oid_that_makes_a_schema_pattern_explode_costs_nothing() -> None:
    started = time.process_time()

    referral = only(msghead().replace(f"{OID}8451", "1" * 250 + "x")).referral

    assert TEXT in referral.text
    assert time.process_time() - started < 1


def test_an_attachment_of_twenty_megabytes_costs_neither_itself_nor_the_text_nor_much_memory() -> None:
    file = b"%PDF-1.7" + bytes(15_000_000)
    body = encoded(msghead(attachments=attached(base64.b64encode(file).decode())))
    tracemalloc.start()

    (incoming,) = read(body, received=RECEIVED).referrals

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert TEXT in incoming.referral.text
    assert incoming.attachments[0].body == file
    assert peak_bytes < 200_000_000


def test_nesting_is_bounded_also_beside_a_large_attachment() -> None:
    large = base64.b64encode(bytes(1_000_000)).decode()

    with pytest.raises(MessageRejected):
        only(msghead(body_20("<x>" * 1500 + "</x>" * 1500), attachments=attached(large)))


@pytest.mark.parametrize(
    ("packed", "compression", "unpacked"),
    [
        (gzip.compress(b"%PDF-1", mtime=0), "GZ", b"%PDF-1"),
        (zlib.compress(b"%PDF-2"), "DF", b"%PDF-2"),
        (zlib.compress(b"%PDF-3")[2:-4], "DF", b"%PDF-3"),
        (b"%PDF-4", "", b"%PDF-4"),
        (b"%PDF-5", "GZ", b"%PDF-5"),  # only labelled as packed
    ],
)
def test_compressed_attachments_are_unpacked(packed: bytes, compression: str, unpacked: bytes) -> None:
    incoming = only(msghead(attachments=attached(base64.b64encode(packed).decode(), compression=compression)))

    assert (incoming.attachments[0].body, incoming.attachments[0].media_type) == (unpacked, "application/pdf")
    assert incoming.notes_for_person == ("Vedlegg er ikke lest av programmet. Åpne dem.",)


@pytest.mark.parametrize(
    ("data", "compression"),
    [
        (base64.b64encode(gzip.compress(bytes(100_000_000), mtime=0)).decode(), "GZ"),
        (base64.b64encode(gzip.compress(b"%PDF-1" * 100, mtime=0)[:-20]).decode(), "GZ"),
        (base64.b64encode(b"\1\2\3").decode(), ""),
        ("A", ""),
        ("Æ", ""),
        ("", ""),
    ],
)
def test_an_attachment_that_cannot_be_opened_is_kept_and_a_person_told(data: str, compression: str) -> None:
    incoming = only(msghead(attachments=attached(data, compression=compression)))

    assert len(incoming.attachments) == 1
    assert "lar seg ikke åpne" in incoming.notes_for_person[0]


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://169.254.169.254/latest", "https://example.invalid/x.pdf"]
)
def test_a_reference_to_a_file_elsewhere_is_shown_and_never_fetched(address: str) -> None:
    incoming = only(msghead(attachments=document(f"<FileReference>{address}</FileReference>", kind="A")))

    assert (incoming.attachments[0].media_type, incoming.attachments[0].body) == ("text/uri-list", address.encode())
    assert "ikke fulgte med" in incoming.notes_for_person[0]


def test_an_attachments_name_is_no_path() -> None:
    incoming = only(msghead(attachments=attached(PDF, name="../../etc/passwd") + attached(PDF, name="C:\\tmp\\x.pdf")))

    assert [file.name for file in incoming.attachments] == ["passwd", "x.pdf"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><script>x</script>", "text/html"),
        (b"\xef\xbb\xbf \n<!DOCTYPE HTML><script>x</script>", "text/html"),
        (b"<svg onload='x()'/>", "application/xml"),
        (
            b"PK\3\4" + b"." * 26 + b"word/document.xml",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"\0" * 128 + b"DICM", "application/dicom"),
        (b"\1\0\2", "application/octet-stream"),
        (b"Vanlig brev", "text/plain"),
    ],
)
def test_a_claimed_media_type_is_not_believed(body: bytes, kind: str) -> None:
    incoming = only(msghead(attachments=attached(base64.b64encode(body).decode())))

    assert incoming.attachments[0].media_type == kind


def test_a_letter_that_came_as_a_text_file_is_read_when_there_is_nothing_else() -> None:
    letter = base64.b64encode("Svelgvansker i 6 uker.".encode("latin-1")).decode()

    assert "Svelgvansker i 6 uker." in only(msghead(body_20("<X/>"), attachments=attached(letter))).referral.text


@pytest.mark.parametrize(
    ("sample", "accepted"),
    [("apprec-1.1-ok.xml", True), ("apprec-1.0-ok-feil-i-delmelding.xml", True), ("apprec-1.1-avvist.xml", False)],
)
def test_published_receipts_are_recognised(sample: str, accepted: bool) -> None:
    message = read(shared(f"standards/kith/samples/{sample}").read_bytes(), received=RECEIVED)

    assert message.receipt is not None
    assert (message.receipt.accepted, message.referrals) == (accepted, ())


def test_a_published_dialogue_message_waits_for_a_person() -> None:
    body = shared("standards/kith/samples/msghead-dialog-1.1-helsefaglig-om-henvisning.xml").read_bytes()

    with pytest.raises(NeedsPerson, match="annen helsemelding"):
        read(body, received=RECEIVED)


@pytest.mark.parametrize("text", [msghead(), msghead(person="<X/>"), msghead()[:-30], "<a/>", "", "{"])
def test_no_reason_quotes_the_message(text: str) -> None:
    with pytest.raises((MessageRejected, NeedsPerson)) as caught:
        read(encoded(text.replace(f"{OID}8116", "9" * 500)), received=RECEIVED)

    assert "Testesen" not in str(caught.value)
    assert "Svelg" not in str(caught.value)


@pytest.mark.parametrize("kind", [None, "", [], 7])
def test_a_resource_of_no_kind_leaves_nothing_behind_for_the_next_message(kind: object) -> None:
    with pytest.raises(NeedsPerson):
        read(json.dumps({"resourceType": kind}).encode(), received=RECEIVED)

    assert only(msghead()).referral.age == 65
    assert NOTHING.attrib == {}
