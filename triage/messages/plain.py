"""Plain text out of whatever markup a sender puts around the words."""

import re
import unicodedata
from html import unescape

from triage.messages.decoding import CONTROLS

_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?([A-Za-z][\w.-]*)(?:\s+[^\s<>=]+\s*=[^<>]*)?\s*(/?)>|<!--[^<>]*-->")
_HIDDEN = {"script", "style", "head", "title", "object", "iframe"}
_BREAK = {"p", "div", "tr", "table", "ul", "ol", "section", "pre", "paragraph", *(f"h{n}" for n in range(1, 7))}
_INLINE = {"a", "b", "i", "u", "em", "strong", "span", "font", "small", "sub", "sup", "td", "th", "li", "br", "hr"}
_HTML = {*_HIDDEN, *_BREAK, *_INLINE, "html", "body", "tbody", "thead", "img", "meta", ""}
_RTF = re.compile(
    r"\\u(-?\d{1,6}) ?(?:\\'[\da-fA-F]{2}|[^\\{}\r\n])?"  # a character by number, and what stands for it in old readers
    r"|\\([a-z]{1,32})(?:-?\d{1,9})? ?|\\'([\da-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_RTF_HIDDEN = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer"}
_RTF_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": " ", "tab": " "}
_ENTITY = re.compile(r"&(?:#\d{2,6}|[A-Za-z]{2,8});")
_ODD = re.compile("[\x80-\xa0]")
_SPACES = {**CONTROLS, 0xA0: " "}


def from_markup(markup: str, *, every_tag: bool = False) -> str:
    """The words: paragraphs and breaks become lines, tags go, scripts go with their content.

    In a string only tags of HTML are markup, so that `Hb <10` stays; with `every_tag` all are. A script that never
    ends is shown, because what follows it could be the letter.
    """
    if "<" not in markup and not every_tag:
        markup = _ENTITY.sub(lambda entity: unescape(entity[0]), markup)  # escaped once too often
    parts: list[str] = []
    at, hidden = 0, ("", 0)  # the open hidden element, and how many parts were there before it
    for tag in _TAG.finditer(markup):
        name = (tag[2] or "").lower()
        if not every_tag and name not in _HTML:
            continue
        parts.append(markup[at : tag.start()])
        at = tag.end()
        if name not in _HIDDEN:
            parts.append(_in_place_of(name, is_end=bool(tag[1])))
        elif tag[1] and name == hidden[0]:
            del parts[hidden[1] :]
            hidden = ("", 0)
        elif not hidden[0] and not tag[1] and not tag[0].endswith("/>"):
            hidden = (name, len(parts))
    text = "".join([*parts, markup[at:]])
    return tidy(unescape(text) if parts or every_tag else text)


def from_rtf(rich: str) -> str:
    """The words of a letter in RTF, without fonts, colours, pictures and fields' codes."""
    parts: list[str] = []
    groups: list[bool] = []
    is_hidden = False
    for number, word, byte, symbol, brace, words in _RTF.findall(rich):
        if brace == "{":
            groups.append(is_hidden)
        elif brace:
            is_hidden = groups.pop() if groups else False
        elif symbol == "*" or word in _RTF_HIDDEN:
            is_hidden = True
        elif not is_hidden:
            character = chr(int(number) % 0x10000) if number else bytes.fromhex(byte).decode("cp1252", "replace")
            parts.append(words or _RTF_WORDS.get(word, "") or character or symbol)
    return tidy("".join(parts))


def tidy(text: str) -> str:
    """NFC, no blanks at either end of a line, never more than one empty line."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_SPACES) if _ODD.search(text) else text)
    if "\n" not in text and "\r" not in text:
        return text.strip()
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _in_place_of(name: str, *, is_end: bool) -> str:
    if name in ("li", "item"):
        return "" if is_end else "\n- "
    if name in ("td", "th"):
        return " " if is_end else ""
    return "\n" if name in _BREAK or name in ("br", "hr") else ""
