"""FHIR R4 referrals: a bundle of any type, or a bare ServiceRequest with what it contains.

Read tolerantly from the tree. `fhir.resources` has an opinion on it, which is recorded and loses no referral.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from triage.domain.message import MessageHead, Party, Receipt, ReceivedMessage
from triage.domain.referral import Attachment
from triage.messages.attachments import attached, safe_name
from triage.messages.blocks import of_fhir
from triage.messages.codes import problem
from triage.messages.content import MAX_REFERRALS, Request, ids, incoming, name
from triage.messages.tree import NOTHING, Element, first, text, texts

_FILES = {"DocumentReference": "content/attachment", "DiagnosticReport": "presentedForm", "Media": "content"}


@dataclass(frozen=True, slots=True)
class _Bundle:
    """The resources of one message, and each of them under every name that a reference may use."""

    entries: tuple[Element, ...]
    named: dict[str, Element]

    def at(self, link: str) -> Element:
        return self.named.get(link, self.named.get("/".join(link.split("/")[-2:]), NOTHING))

    def find(self, path: str, *owners: Element) -> list[Element]:
        """The resources that the references at the path lead to."""
        found = (self.at(link) for owner in owners for link in texts(owner, f"{path}/reference"))
        return [resource for resource in found if resource is not NOTHING]

    def reached(self, path: str, *owners: Element) -> list[Element]:
        """The resources, then the references themselves: where one leads nowhere, its name is all there is."""
        return [*self.find(path, *owners), *(link for owner in owners for link in owner.iterfind(path))]

    def around(self, resource: Element) -> "_Bundle":
        """This bundle as one resource sees it: `#x` is what it contains itself, and nobody else's."""
        within = resource.findall("contained/*")
        return _Bundle((*self.entries, *within), {**self.named, **{f"#{text(c, 'id')}": c for c in within}})

    def of_type(self, name: str) -> list[Element]:
        return [resource for resource in self.entries if resource.tag == name]


def read_fhir(root: Element, *, received: date, production: bool) -> ReceivedMessage:
    """All ServiceRequests of one message, or the receipt that it is. NeedsPerson (E30, E31, T10, T99)."""
    bundle = _bundle_of(root)
    bodies = bundle.of_type("ServiceRequest")
    head = _head(root, bundle, bodies)
    responses = [response for header in bundle.of_type("MessageHeader") for response in header.iterfind("response")]
    if responses and not bodies:
        return _receipt(head, responses[0])
    if not bodies:
        raise problem("no_request", head=head)
    if len(bodies) > MAX_REFERRALS:
        raise problem("too_many", head=head)
    tags = {tag for resource in (root, *bodies) for tag in texts(resource, "meta/tag/code")}
    requests = (
        _request(bundle.around(body), body, head, test=not tags.isdisjoint({"HTEST", "TRAIN"})) for body in bodies
    )
    referrals = tuple(incoming(request, head, received=received, production=production) for request in requests)
    return ReceivedMessage(head, referrals)


def faults(tree: dict[str, Any]) -> tuple[str, ...]:
    """Where `fhir.resources` finds the JSON to depart from R4: paths and kinds of fault, never values."""
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415  it takes a third of a second to import
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        get_fhir_model_class(str(tree.get("resourceType"))).model_validate(tree)
    except ValidationError as error:
        found = [(*map(str, e["loc"]), e["type"]) for e in error.errors(include_input=False)[:20]]
        # An unknown field's name is the sender's own words, and could be anything.
        return tuple(".".join(p if re.fullmatch(r"\w{1,30}", p) else "?" for p in place) for place in found)
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError):
        return ("not FHIR R4 at all",)
    return ()


def _bundle_of(root: Element) -> _Bundle:
    """Of what is inside a bundle of any kind, or of the one resource that stands alone."""
    held = [(entry, resource) for entry in root.iter() for resource in entry.iterfind("resource/*")]
    entries, named = [], {}
    for entry, resource in held or [(NOTHING, root)]:
        entries.append(resource)
        named[f"{resource.tag}/{text(resource, 'id')}"] = resource
        for link in texts(entry, "fullUrl"):
            named[link] = named["/".join(link.split("/")[-2:])] = resource
    return _Bundle(tuple(entries), named)


def _head(root: Element, bundle: _Bundle, bodies: list[Element]) -> MessageHead:
    header = next(iter(bundle.of_type("MessageHeader")), NOTHING)
    party = _asking(bundle.around(bodies[0]), bodies[0])[0] if bodies else Party()
    own = text(root, "id") if root.tag == "Bundle" else ""
    return MessageHead(
        format="fhir-r4",
        id=text(root, "identifier/value") or text(header, "id") or own or None,
        kind=text(root, "type") or root.tag,
        generated=text(root, "timestamp"),
        sender=party if party.name else replace(party, name=text(header, "source/name")),
    )


def _receipt(head: MessageHead, response: Element) -> ReceivedMessage:
    accepted = text(response, "code") == "ok"
    answering = replace(head, format="fhir-receipt", answers=text(response, "identifier"))
    return ReceivedMessage(answering, (), receipt=Receipt(accepted, None if accepted else "X99"))


def _request(bundle: _Bundle, body: Element, head: MessageHead, *, test: bool) -> Request:
    party, ends = _asking(bundle, body)
    related = _related(bundle, body)
    return Request(
        id=text(body, "identifier/value", "id") or head.id or "",
        body=body,
        patient=_subject(bundle, body, head),
        party=party,
        ends=ends,
        performers=[*body.iterfind("performer"), *bundle.find("performer", body)],
        around=related,
        blocks=of_fhir(body, related),
        files=_files(bundle, related),
        test=test,
    )


def _related(bundle: _Bundle, request: Element) -> list[Element]:
    """What belongs to this request: not another patient's, and not what only another request points to."""
    pointed_at = {
        r: bundle.find("supportingInfo", r) + bundle.find("reasonReference", r)
        for r in bundle.of_type("ServiceRequest")
    }
    mine = pointed_at.pop(request)
    theirs = {resource for others in pointed_at.values() for resource in others}.difference(mine)
    subject = bundle.find("subject", request)
    candidates = [r for r in bundle.entries if r not in theirs]
    return [r for r in candidates if r in mine or not subject or bundle.find("subject", r) in ([], subject)]


def _files(bundle: _Bundle, related: list[Element]) -> Iterator[Attachment]:
    """What documents hold or point to, then the Binaries that no document points to."""
    files = [(r, file) for r in related if r.tag in _FILES for file in r.iterfind(_FILES[r.tag])]
    binaries = [bundle.around(document).at(text(file, "url")) for document, file in files]
    loose = [(r, NOTHING) for r in related if r.tag == "Binary" and r not in binaries]
    for number, (document, file) in enumerate(files + loose, start=1):
        binary = document if file is NOTHING else binaries[number - 1]
        name = safe_name(text(file, "title") or text(document, "description"), number)
        yield attached(name, text(file, "data") or text(binary, "data") or None, address=text(file, "url"))


def _subject(bundle: _Bundle, request: Element, head: MessageHead) -> Element:
    """The Patient; when the reference leads nowhere, the only one there is, else what the reference itself says.

    NeedsPerson (E30) when there is none of these.
    """
    patients = bundle.of_type("Patient")
    found = [*bundle.find("subject", request), *(patients if len(patients) == 1 else [])]
    if found:
        return found[0]
    if not text(request, "subject/identifier/value"):
        raise problem("nobody", head=head)
    return first(request, "subject")


def _asking(bundle: _Bundle, request: Element) -> tuple[Party, list[Element]]:
    """Whoever asks, and its resources: a role with its person and organisation, or one of them, or a name alone."""
    asking = bundle.find("requester", request)
    bundle = bundle.around(asking[0]) if asking else bundle
    units = [*(r for r in asking if r.tag == "Organization"), *bundle.reached("organization", *asking)]
    people = [*(r for r in asking if r.tag != "Organization"), *bundle.reached("practitioner", *asking)]
    is_unit = "Organization/" in text(request, "requester/reference") or any(r.tag == "Organization" for r in asking)
    (units if is_unit else people).extend(request.iterfind("requester"))
    party = Party(
        name=next(filter(None, map(name, units)), ""),
        ids=tuple(pair for unit in units for pair in ids(unit)),
        person_name=next(filter(None, map(name, people)), ""),
        person_ids=tuple(pair for person in people for pair in ids(person)),
    )
    return party, [*people, *units]
