"""Receipts: valid by the standard's own schemas, addressed back the way the message came."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from tests.messages.builders import RECEIVED, REFERRAL_10, encoded, institution, message, msghead
from tests.messages.fhir_builders import as_json, bundle
from tests.messages.shared_material import schema
from triage.domain.errors import MessageRejected
from triage.domain.message import MessageHead, Party
from triage.messages.apprec import write_apprec
from triage.messages.reading import read

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
END = Party(name="Fjordgløtt legesenter", ids=(("HER", "8001"),))
HEAD = MessageHead(format="kith-2.0", id="a", kind="HENVISNING", generated="2026-11-11", sender=END, receiver=END)
PERSON_ALONE = "<HCP><HCProf><Name>Kari Lege</Name><Id>1</Id><TypeId V='HPR'/></HCProf></HCP>"


def head_of(text: str) -> MessageHead:
    return read(encoded(text), received=RECEIVED).head


def receipt(head: MessageHead, **more: Any) -> bytes:
    chosen = {"status": "ok", "error_code": None, "error_text": None, "receipt_id": "r-1", "generated": NOW, **more}
    written = write_apprec(head, **chosen)
    assert written is not None
    return written


def found(body: bytes, path: str) -> str | None:
    return etree.fromstring(body).findtext("/".join(f"{{*}}{name}" for name in path.split("/")))


def attribute(body: bytes, path: str, name: str) -> str | None:
    element = etree.fromstring(body).find("/".join(f"{{*}}{part}" for part in path.split("/")))
    return None if element is None else element.get(name)


@pytest.mark.parametrize(
    ("text", "xsd"),
    [
        (msghead(), "apprec-v1.1.xsd"),
        (message(), "apprec-v1.0.xsd"),
        (message(version=REFERRAL_10), "apprec-v1.0.xsd"),
        (message(requester=PERSON_ALONE), "apprec-v1.0.xsd"),
        (msghead(generated="2026-11-11T09:30:00.1234567+01:00"), "apprec-v1.1.xsd"),
        (msghead(generated="2026-11-11 09:30"), "apprec-v1.1.xsd"),
    ],
)
@pytest.mark.parametrize(
    "outcome",
    [
        {"status": "ok"},
        {"status": "rejected", "error_code": "E31", "error_text": "Avklar hvem henvisningen gjelder."},
        {"status": "ok_with_errors", "error_code": "T99"},
        {"status": "rejected"},
    ],
)
def test_every_receipt_is_valid_by_the_standards_schema(text: str, xsd: str, outcome: dict[str, str]) -> None:
    body = receipt(head_of(text), **outcome)

    standard = schema(xsd)
    assert standard.validate(etree.fromstring(body)), standard.error_log


@pytest.mark.parametrize(
    ("text", "namespace"),
    [
        (msghead(), "http://www.kith.no/xmlstds/apprec/2012-02-15"),
        (message(), "http://www.kith.no/xmlstds/apprec/2004-11-21"),
    ],
)
def test_the_version_of_the_receipt_follows_the_message(text: str, namespace: str) -> None:
    assert etree.QName(etree.fromstring(receipt(head_of(text)))).namespace == namespace


def test_the_receipt_goes_back_the_way_the_message_came_at_the_same_levels() -> None:
    body = receipt(head_of(msghead()))

    assert found(body, "Sender/HCP/Inst/Name") == "Midtby sykehus"
    assert found(body, "Sender/HCP/Inst/Dept/Id") == "9002"
    assert found(body, "Receiver/HCP/Inst/Id") == "8001"
    assert found(body, "Receiver/HCP/Inst/HCPerson/Name") == "Kari Lege"


def test_a_her_id_is_what_a_receipt_is_addressed_to_and_other_numbers_follow() -> None:
    body = receipt(head_of(msghead()))

    assert found(body, "Receiver/HCP/Inst/HCPerson/Id") == "777"
    assert attribute(body, "Receiver/HCP/Inst/HCPerson/AdditionalId/Type", "V") == "HPR"


def test_the_original_message_is_named_letter_for_letter() -> None:
    body = receipt(head_of(msghead(msg_id="<MsgId>{aB-æ}</MsgId>")))

    assert found(body, "OriginalMsgId/Id") == "{aB-æ}"
    assert attribute(body, "OriginalMsgId/MsgType", "V") == "HENVISNING"
    assert found(body, "OriginalMsgId/IssueDate") == "2026-11-11T09:30:00"


@pytest.mark.parametrize(
    ("generated", "issued"),
    [
        ("2026-11-11", "2026-11-11T00:00:00"),
        ("2026-11-11T09:30:00.1234567Z", "2026-11-11T09:30:00.1234567Z"),
        ("2026-11-11T09:30", "2026-11-11T09:30:00"),
        ("1991-12-4", "1991-12-04T00:00:00"),
        ("2026-11-11T99:00:00", "2026-11-11T00:00:00"),
    ],
)
def test_a_day_without_a_time_is_midnight(generated: str, issued: str) -> None:
    assert found(receipt(head_of(message(generated=generated))), "OriginalMsgId/IssueDate") == issued


def test_an_error_carries_its_code_list_its_name_and_the_detail() -> None:
    body = receipt(head_of(msghead()), status="rejected", error_code="E31", error_text="Avklar.")

    assert attribute(body, "Status", "V") == "2"
    assert attribute(body, "Error", "S") == "2.16.578.1.12.4.1.1.8221"
    assert (attribute(body, "Error", "V"), attribute(body, "Error", "OT")) == ("E31", "Avklar.")


def test_a_receipt_is_stamped_in_norwegian_time() -> None:
    assert found(receipt(head_of(msghead())), "GenDate") == "2026-11-20T10:00:00+01:00"


@pytest.mark.parametrize(
    "head",
    [
        MessageHead(format="json", id="a", generated="2026-11-11", sender=END, receiver=END),
        MessageHead(format="kith-2.0", id=None, generated="2026-11-11", sender=END, receiver=END),
        MessageHead(format="kith-2.0", id="a", generated="", sender=END, receiver=END),
        MessageHead(format="kith-2.0", id="a", generated="2026-11-11", sender=Party(name="Uten id"), receiver=END),
        MessageHead(format="kith-2.0", id="a", generated="2026-11-11", sender=END),
    ],
)
def test_what_cannot_be_addressed_gets_no_receipt(head: MessageHead) -> None:
    assert write_apprec(head, status="ok", error_code=None, error_text=None, receipt_id="r", generated=NOW) is None


def test_a_fhir_message_gets_no_national_receipt() -> None:
    head = read(as_json(bundle()), received=RECEIVED).head

    assert write_apprec(head, status="ok", error_code=None, error_text=None, receipt_id="r", generated=NOW) is None


def test_a_message_that_was_cut_off_can_be_answered() -> None:
    with pytest.raises(MessageRejected) as caught:
        read(encoded(msghead())[:-100], received=RECEIVED)

    assert caught.value.head is not None
    body = receipt(caught.value.head, status="rejected", error_code=caught.value.code)
    standard = schema("apprec-v1.1.xsd")
    assert standard.validate(etree.fromstring(body)), standard.error_log


def test_a_department_alone_still_has_an_institution_around_it() -> None:
    requester = institution("Midtby", "1", "<Dept><Name>Mottak</Name><Id>2</Id><TypeId V='HER'/></Dept>")

    assert found(receipt(head_of(message(requester=requester))), "Receiver/HCP/Inst/Dept/Name") == "Mottak"
    assert HEAD.format == "kith-2.0"
