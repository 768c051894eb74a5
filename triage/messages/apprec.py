"""The receipt that a national message is answered with: AppRec 1.0 or 1.1, from the template `apprec.xml`."""

import re
from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage.domain.calendar import OSLO
from triage.domain.message import MessageHead
from triage.messages.codes import LISTS
from triage.messages.identity import parse_day

ReceiptStatus = Literal["ok", "rejected", "ok_with_errors"]

_TEMPLATE = Environment(
    autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(Path(__file__).parent)
).get_template("apprec.xml")
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d(?:\.\d+)?)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d)?"
)


def write_apprec(
    head: MessageHead,
    *,
    status: ReceiptStatus,
    error_code: str | None,
    error_text: str | None,
    receipt_id: str,
    generated: datetime,
) -> bytes | None:
    """The receipt in UTF-8. `error_code` is from code list 8221, `generated` is aware.

    It goes back the way the message came, at the same levels: institution, department and person; or a person alone.
    None when the message is of a kind that gets no receipt (FHIR, JSON, a receipt itself), or when its head says too
    little to find the way back.
    """
    version, issued = LISTS["apprec_versions"].get(head.format), _date_time(head.generated)
    ends = [_in_order((*end.ids, *end.unit_ids, *end.person_ids)) for end in (head.sender, head.receiver)]
    if version is None or issued is None or not (head.id and all(ends)):
        return None
    errors = LISTS["error_names"]
    code = error_code if error_code in errors else "X99"
    namespace, release = LISTS["apprec_releases"][version]
    receipt = _TEMPLATE.render(
        head=head,
        namespace=namespace,
        release=release,
        generated=generated.astimezone(OSLO).isoformat(timespec="seconds"),
        receipt_id=receipt_id,
        status=LISTS["apprec_status"][status],
        error=(code, errors[code]) if error_code or status == "rejected" else None,
        error_text=error_text,
        issued=issued,
        kinds=LISTS["identifier_names"],
        in_order=_in_order,
    )
    return receipt.encode("utf-8")


def _date_time(stated: str) -> str | None:
    """A dateTime of XML Schema: as it stands where it is one, from midnight where only the day is stated."""
    day = parse_day(stated)
    found = _DATE_TIME.fullmatch(stated.strip())
    if found and day:
        return f"{found[1]}T{found[2]}{found[3] or ':00'}{found[4] or ''}"
    return f"{day.isoformat()}T00:00:00" if day else None


def _in_order(ids: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Numbers whose kind is told; the HER-id, which receipts are addressed to, first."""
    return sorted((pair for pair in ids if pair[0]), key=lambda pair: pair[0] != "HER")
