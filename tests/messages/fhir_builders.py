"""FHIR R4 referrals as the national base profiles shape them. A builder states only what a test is about."""

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.messages.builders import OID, TEXT, synthetic_number

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
HER = "urn:oid:2.16.578.1.12.4.1.2"
ICPC = "http://hl7.org/fhir/sid/icpc-2"


def coding(code: str, system: str = "", display: str = "") -> dict[str, Any]:
    named = f"urn:oid:{OID}{system}" if system.isdigit() else system
    return {k: v for k, v in {"system": named, "code": code, "display": display}.items() if v}


def person(number: str | None = None, **more: Any) -> dict[str, Any]:
    shown = synthetic_number() if number is None else number
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": FNR, "value": shown}] if shown else [],
        "name": [{"family": "Testesen", "given": ["Line"]}],
        "gender": "female",
        **more,
    }


def municipality_on_district(number: str) -> dict[str, Any]:
    url = "http://hl7.no/fhir/StructureDefinition/no-basis-municipalitycode"
    return {"district": "Malvik", "_district": {"extension": [{"url": url, "valueCoding": coding(number, "3402")}]}}


def municipality_on_address(number: str) -> dict[str, Any]:
    url = "http://hl7.no/fhir/StructureDefinition/no-basis-propertyinformation"
    inner = {"url": "municipality", "valueCoding": coding(number, "3402")}
    return {"extension": [{"url": url, "extension": [inner]}]}


def service_request(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": "sr1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-11-10",
        "requester": {"reference": "PractitionerRole/r1"},
        "note": [{"text": TEXT}],
        **more,
    }


ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/d1"},
    "organization": {"reference": "Organization/o1"},
}
DOCTOR = {
    "resourceType": "Practitioner",
    "id": "d1",
    "identifier": [{"system": "urn:oid:2.16.578.1.12.4.1.4.4", "value": "1234567"}],
    "name": [{"family": "Lege", "given": ["Kari"]}],
}
PRACTICE = {
    "resourceType": "Organization",
    "id": "o1",
    "identifier": [{"system": HER, "value": "8001"}],
    "name": "Fjordgløtt legesenter",
}


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    """The given resources with the usual requester; by default one request and its patient."""
    chosen = resources or (service_request(), person())
    entries = [{"resource": r} for r in (*chosen, ROLE, DOCTOR, PRACTICE)]
    return {"resourceType": "Bundle", "id": "b-1", "type": kind, "entry": entries}


def as_json(tree: dict[str, Any], *, indent: int | None = None) -> bytes:
    return json.dumps(tree, ensure_ascii=False, indent=indent).encode()


def as_xml(tree: dict[str, Any]) -> bytes:
    """The XML form of the same tree, enough for what these builders make."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{_resource(tree, top=True)}'.encode()


def _resource(tree: dict[str, Any], *, top: bool = False) -> str:
    name, space = tree["resourceType"], ' xmlns="http://hl7.org/fhir"' if top else ""
    return f"<{name}{space}>{''.join(_field(k, v) for k, v in tree.items() if k != 'resourceType')}</{name}>"


def _field(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_field(name, item) for item in value)
    if isinstance(value, dict) and "resourceType" in value:
        return f"<{name}>{_resource(value)}</{name}>"
    if isinstance(value, dict):
        url = f" url={quoteattr(value['url'])}" if "url" in value else ""
        return f"<{name}{url}>{''.join(_field(k, v) for k, v in value.items() if k != 'url')}</{name}>"
    return value if name == "div" else f'<{name} value="{escape(str(value), {chr(34): "&quot;"})}"/>'
