"""The receipt that a national message is answered with: AppRec 1.0 or 1.1, from the template `apprec.xml`."""

import re
from datetime import datetime
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage.domain.calendar import OSLO
from triage.domain.message import MessageHead
from triage.messages.codes import LISTS, meanings
from triage.messages.identity import parse_day

ReceiptStatus = Literal["ok", "rejected", "ok_with_errors"]

_TEMPLATE = Environment(
    autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(Path(__file__).parent)
).get_template("apprec.xml")
_VERSIONS = meanings("apprec_versions")
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
    version, issued = _VERSIONS.get(head.format), _date_time(head.generated)
    if version is None or issued is None or not head.can_be_answered:
        return None
    receipt = _TEMPLATE.render(
        head=head,
        issued=issued,
        receipt_id=receipt_id,
        generated=generated.astimezone(OSLO).isoformat(timespec="seconds"),
        version=version,
        status=status,
        error_code=error_code or ("X99" if status == "rejected" else None),
        error_text=error_text,
        lists=LISTS,
    )
    return receipt.encode("utf-8")


def _date_time(stated: str) -> str | None:
    """A dateTime of XML Schema: as it stands where it is one, from midnight where only the day is stated."""
    day, found = parse_day(stated), _DATE_TIME.fullmatch(stated.strip())
    if day and found:
        return f"{found[1]}T{found[2]}{found[3] or ':00'}{found[4] or ''}"
    return f"{day}T00:00:00" if day else None
