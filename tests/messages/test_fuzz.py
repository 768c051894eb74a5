"""Whatever arrives, the answer is a message, a refusal or a person: nothing else, and not slowly.

TRIAGE_FUZZ_EXAMPLES raises the number of tries, which is small so that the tests stay quick.
"""

import os
from datetime import UTC, datetime
from time import process_time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.messages.builders import RECEIVED, attached, body_20, encoded, message, msghead, reason, service
from tests.messages.fhir_builders import as_json, as_xml, bundle, person, service_request
from triage.domain.errors import BadInput, MessageRejected, NeedsPerson
from triage.domain.message import MessageHead, ReceivedMessage
from triage.messages.apprec import write_apprec
from triage.messages.reading import read
from triage.messages.records import record_to_referral
from triage.messages.splitting import split

often = settings(
    max_examples=int(os.environ.get("TRIAGE_FUZZ_EXAMPLES", "30")),
    deadline=None,  # of the wall's clock; see `answer`
    suppress_health_check=[HealthCheck.too_slow],
)
MOST_SECONDS = 5  # of the processor, because a machine may be busy with other things
ANSWERS = (ReceivedMessage, MessageHead, type(None))  # read, or refused with what was known of the sender, if anything
VALID = [
    encoded(msghead(body_20(service("UJD02"), reason()), attachments=attached("JVBERi0xLjQ="))),
    encoded(message()),
    encoded(message(), "iso-8859-1"),
    encoded(msghead(), "utf-16"),
    as_json(bundle()),
    as_xml(bundle()),
    b'{"id": "x", "text": "Hei", "age": 4}',
    b"alder;tekst\n4;Hei\n",
]
edits = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=8)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def answer(body: bytes) -> ReceivedMessage | MessageHead | None:
    """What the reader says; any other error than the two it promises fails the test, and so does slowness."""
    began = process_time()
    try:
        return read(body, received=RECEIVED)
    except (MessageRejected, NeedsPerson) as error:
        return error.head
    finally:
        assert process_time() - began < MOST_SECONDS


def edited(body: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, replacement in changes:
        start = place % (len(body) + 1)
        body = body[:start] + replacement + body[start + length :]
    return body


@often
@given(st.sampled_from(VALID), edits)
def test_a_mutilated_message_is_read_refused_or_put_before_a_person(
    body: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    assert isinstance(answer(edited(body, changes)), ANSWERS)


@often
@given(st.sampled_from(VALID), edits)
def test_a_mutilated_file_still_splits_into_parts_that_are_answered(
    body: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    found = [answer(part.body) for part in split(edited(body, changes), name="inn")]

    assert len(found) >= 1


@often
@given(st.sampled_from(VALID[:6]), edits)
def test_a_receipt_for_a_mutilated_message_is_written_or_left_out(
    body: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    found = answer(edited(body, changes))
    head = found.head if isinstance(found, ReceivedMessage) else found or MessageHead(format="")

    written = write_apprec(
        head, status="ok", error_code=None, error_text=None, receipt_id="r", generated=datetime.now(UTC)
    )

    assert written is None or b"AppRec" in written


@often
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(body: bytes) -> None:
    assert isinstance(answer(body), ANSWERS)


@often
@given(
    st.sampled_from(
        sorted(service_request(code={}, performer=[], meta={}, text={}, priority="", extension=[], contained=[]))
    ),
    values,
)
def test_any_value_in_any_field_of_a_request_is_answered(field: str, value: Any) -> None:
    assert isinstance(answer(as_json(bundle(service_request(**{field: value}), person()))), ANSWERS)


@often
@given(
    st.sampled_from(["identifier", "name", "gender", "birthDate", "address", "telecom", "id", "resourceType"]), values
)
def test_any_value_in_any_field_of_a_patient_is_answered(field: str, value: Any) -> None:
    assert isinstance(answer(as_json(bundle(service_request(), person(**{field: value})))), ANSWERS)


@often
@given(st.dictionaries(st.sampled_from(["id", "text", "age", "sex", "area", "codes", "sent_date", "referrer"]), values))
def test_a_record_is_a_referral_or_bad_input(record: dict[str, Any]) -> None:
    try:
        said = record_to_referral(record).text
    except BadInput as error:
        said = str(error)

    assert said
