"""The words of a PDF, read through its own fonts' maps from glyph to character."""

import re
from io import BytesIO

import pikepdf

_PAIR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


def words_of(pdf: bytes) -> str:
    """All text of all pages, with one blank between the strings that were shown."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return " ".join(" ".join(_shown(page)) for page in document.pages)


def _shown(page: pikepdf.Page) -> list[str]:
    fonts = {str(name): _characters(font) for name, font in page.resources.Font.items()}
    font: dict[int, str] = {}
    shown = []
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font = fonts[str(operands[0])]
        if str(operator) in {"Tj", "TJ"}:
            parts = operands[0] if str(operator) == "TJ" else [operands[0]]
            codes = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
            shown.append("".join(font[int.from_bytes(codes[n : n + 2])] for n in range(0, len(codes), 2)))
    return shown


def _characters(font: pikepdf.Object) -> dict[int, str]:
    """From glyph number to the characters it stands for."""
    table: dict[int, str] = {}
    text = font.ToUnicode.read_bytes().decode("ascii")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        table |= {int(code, 16): _unicode(value) for code, value in _PAIR.findall(block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, value in _RANGE.findall(block):
            start = int(first, 16)
            table |= {code: chr(int(value, 16) + code - start) for code in range(start, int(last, 16) + 1)}
    return table


def _unicode(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-16-be")
