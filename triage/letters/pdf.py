"""A letter as PDF: tagged for screen readers (PDF/UA-1) and fit for archives (PDF/A-2a), the same bytes every time."""

import json
import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Literal, cast

import typst

from triage.domain.errors import NotReady
from triage.letters.document import Document, Line

STANDARDS: list[Literal["ua-1", "a-2a"]] = ["ua-1", "a-2a"]
REPLACEMENT = "□"

# Every font of the typst wheel has these, so only words with other characters need to be tried.
_ORDINARY = frozenset(
    "abcdefghijklmnopqrstuvwxyzæøåABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅ0123456789 \n.,:;!?«»\"'’”“()/–-—+=%&§*@#_<>[]{}|\\~^`$"
    "éèêëàáâäãåòóôöõùúûüíìîïçñÉÈÊËÀÁÂÄÖÜÇ°½¼¾µ²³×÷±·…•≥≤□"
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Cn"}  # control, format, half a surrogate pair, not a character


def write_pdf(document: Document, *, title: str, author: str, language: str, day: date, source: bytes) -> bytes:
    """`source` is the typst template; `day` becomes the document's date, so that nothing depends on the clock."""
    blocks = [{"role": block.role, "lines": [_runs(line) for line in block.lines]} for block in document]
    data = {"title": title, "author": author, "language": language, "blocks": blocks}
    noon = datetime.combine(day, time(12), UTC)
    try:
        return _compile(source, json.dumps(data, ensure_ascii=False), int(noon.timestamp()))
    except typst.TypstError:
        # The compiler quotes the text it stumbled over, and an error never quotes a letter.
        raise NotReady("Brevet kan ikke skrives som PDF. Se etter feil i letter.typ.") from None


# A date, a paragraph of the law, a telephone number.
_WHOLE = re.compile(r"(\d{1,2}\. [^\W\d_]{3,9} \d{4}|§ \d+-\d+(?: [a-e]\b)?|\d\d(?: \d\d){3})")


def _runs(line: Line) -> list[dict[str, object]]:
    """The runs of a line, cut so that what must not be broken over two lines is a run of its own."""
    return [
        {"text": text, "strong": run.strong, "whole": number % 2 == 1}
        for run in line
        for number, text in enumerate(_WHOLE.split(run.text))
        if text
    ]


def printable(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with characters that no font here can show replaced, and which they were (like `U+1F642`)."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _ORDINARY.issuperset(text):
        return text, ()
    visible = "".join(_visible(char) for char in text)
    unknown = {char for word in visible.split() if not _ORDINARY.issuperset(word) for char in _unprintable(word)}
    shown = visible.translate({ord(char): REPLACEMENT for char in unknown})
    return shown, tuple(sorted(f"U+{ord(char):04X}" for char in unknown))


def _visible(char: str) -> str:
    if char in "\n\t\u2028\u2029" or unicodedata.category(char) == "Zs":
        return "\n" if char in "\n\u2028\u2029" else " "
    return "" if unicodedata.category(char) in _INVISIBLE else char


def _unprintable(word: str) -> set[str]:
    """The characters that stop a word from being set; all unusual ones when only their company does."""
    if _can_set(word):
        return set()
    unusual = set(word) - _ORDINARY
    return {char for char in unusual if not _can_set(char)} or unusual


def _can_set(word: str) -> bool:
    source = b'#set document(title: "x")\n#set text(font: "Libertinus Serif")\n#sys.inputs.letter'
    try:
        _compile(source, word, 0)
    except typst.TypstError:
        return False
    return True


def _compile(source: bytes, letter: str, seconds: int) -> bytes:
    compiler = typst.Compiler(font_paths=_fonts(), ignore_system_fonts=True)
    pdf = compiler.compile(
        source, format="pdf", sys_inputs={"letter": letter}, pdf_standards=[*STANDARDS], timestamp=seconds
    )
    return cast(bytes, pdf)


@cache
def _fonts() -> typst.Fonts:
    """The fonts inside the wheel: the same on every machine."""
    return typst.Fonts(include_system_fonts=False)
