"""What every format ends in: blocks of text, and the notes that a person must see."""

from collections.abc import Iterable

from triage.domain.referral import Attachment, MessageKind
from triage.messages.attachments import Unpacked
from triage.messages.decoding import decode
from triage.messages.patients import Identity
from triage.messages.plain import tidy

MAX_REFERRALS = 50  # in one message; no sender has reason to send more at once
TOO_MANY = "Meldingen inneholder uvanlig mange henvisninger. Les den før noen av dem registreres."

Blocks = tuple[tuple[str, str], ...]

_KIND = {
    MessageKind.CHANGE: "Meldingen endrer en tidligere henvisning. Se den sammen med den første.",
    MessageKind.CANCEL: "Avsender kansellerer en tidligere henvisning. Avklar om vurderingen skal stanses.",
    MessageKind.ADDITION: "Meldingen er et tillegg til en tidligere henvisning. Se dem sammen.",
}
_NO_TEXT = "Henvisningen har ingen klinisk tekst. Åpne vedleggene, eller be henviser om opplysninger."


def whole_text(blocks: Blocks) -> str:
    """The text as a reader gets it: heading and colon on a line of their own, an empty line between blocks."""
    return "\n\n".join(f"{heading}:\n{text}" if heading else text for heading, text in blocks)


def text_of(files: Iterable[Attachment]) -> Blocks:
    """(name, text) of the plain texts: all there is to read when the referral itself says nothing."""
    texts = ((file.name, tidy(decode(file.body).text)) for file in files if file.media_type == "text/plain")
    return tuple((name, text) for name, text in texts if text)


def notes_for_person(
    kind: MessageKind, identity: Identity, blocks: Blocks, files: Iterable[Unpacked]
) -> tuple[str, ...]:
    """In the order of what matters most."""
    about_files = dict.fromkeys(file.note for file in files if file.note)
    return (
        *([_KIND[kind]] if kind in _KIND else []),
        *identity.notes,
        *([] if blocks else [_NO_TEXT]),
        *about_files,
    )
