"""The receipt that a national message is answered with: AppRec 1.0 or 1.1."""

import re
from datetime import datetime
from typing import Literal, TypeAlias

from lxml import etree

from triage.domain.calendar import OSLO
from triage.domain.message import MessageHead, Party
from triage.messages.codes import LISTS, OID_PREFIX
from triage.messages.dates import parse_day

Element: TypeAlias = etree._Element  # noqa: SLF001  lxml's public type has a private name
Ids = tuple[tuple[str, str], ...]
ReceiptStatus = Literal["ok", "rejected", "ok_with_errors"]

_NAMESPACES = {
    "1.0": ("http://www.kith.no/xmlstds/apprec/2004-11-21", "1.0 2004-11-21"),
    "1.1": ("http://www.kith.no/xmlstds/apprec/2012-02-15", "v1.1 2012-02-15"),
}
_STATUS = {"ok": ("1", "OK"), "rejected": ("2", "Avvist"), "ok_with_errors": ("3", "OK, feil i delmelding")}
_ERRORS: dict[str, str] = LISTS["error_names"]
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

    None when the message is of a kind that gets no receipt (FHIR, JSON, a receipt itself), or when its head says too
    little to find the way back.
    """
    version, issued = LISTS["apprec_versions"].get(head.format), _date_time(head.generated)
    if version is None or issued is None or not (head.id and _numbers(head.sender) and _numbers(head.receiver)):
        return None
    namespace, release = _NAMESPACES[version]
    receipt = etree.Element(f"{{{namespace}}}AppRec", nsmap={None: namespace})  # type: ignore[dict-item]
    _add(receipt, "MsgType", V="APPREC", DN="Applikasjonskvittering")
    _add(receipt, "MIGversion", release)
    _add(receipt, "GenDate", generated.astimezone(OSLO).isoformat(timespec="seconds"))
    _add(receipt, "Id", receipt_id)
    _add_party(_add(_add(receipt, "Sender"), "HCP"), head.receiver)
    _add_party(_add(_add(receipt, "Receiver"), "HCP"), head.sender)
    _add(receipt, "Status", V=_STATUS[status][0], DN=_STATUS[status][1])
    if error_code or status == "rejected":
        code = error_code if error_code in _ERRORS else "X99"
        _add(receipt, "Error", S=f"{OID_PREFIX}8221", V=code, DN=_ERRORS[code], OT=error_text or "")
    original = _add(receipt, "OriginalMsgId")
    _add(original, "MsgType", V=head.kind or "HENVISNING", DN=head.kind_name)
    _add(original, "IssueDate", issued)
    _add(original, "Id", head.id)
    return etree.tostring(receipt, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _date_time(stated: str) -> str | None:
    """A dateTime of XML Schema: as it stands where it is one, from midnight where only the day is stated."""
    day = parse_day(stated)
    found = _DATE_TIME.fullmatch(stated.strip())
    if found and day:
        return f"{found[1]}T{found[2]}{found[3] or ':00'}{found[4] or ''}"
    return f"{day.isoformat()}T00:00:00" if day else None


def _numbers(party: Party) -> list[tuple[str, str]]:
    return [pair for pair in (*party.ids, *party.unit_ids, *party.person_ids) if pair[0]]


def _add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    element.text = text
    element.attrib.update({key: value for key, value in attributes.items() if value})
    return element


def _add_party(hcp: Element, party: Party) -> None:
    """The same levels as in the message: institution, then department and person; or a person alone."""
    if not (party.name or party.ids or party.unit_name or party.unit_ids):
        _add_named(_add(hcp, "HCProf"), party.person_name, party.person_ids)
        return
    institution = _add(hcp, "Inst")
    unit = (party.unit_name, party.unit_ids) if party.unit_name or party.unit_ids else None
    _add_named(institution, party.name, party.ids, department=unit)
    if party.person_ids:
        _add_named(_add(institution, "HCPerson"), party.person_name, party.person_ids)


def _add_named(owner: Element, name: str, ids: Ids, *, department: tuple[str, Ids] | None = None) -> None:
    """Name, the number to answer to (HER-id where there is one), any department, then the other numbers."""
    main, *others = [*sorted((pair for pair in ids if pair[0]), key=lambda pair: pair[0] != "HER"), ("", "")]
    if name:
        _add(owner, "Name", name)
    if main[0]:
        _add(owner, "Id", main[1])
        _add(owner, "TypeId", V=main[0], DN=LISTS["identifier_names"].get(main[0]))
    if department:
        _add_named(_add(owner, "Dept"), *department)
    for kind, number in filter(all, others):
        additional = _add(owner, "AdditionalId")
        _add(additional, "Id", number)
        _add(additional, "Type", V=kind, DN=LISTS["identifier_names"].get(kind))
