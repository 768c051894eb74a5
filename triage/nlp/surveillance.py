"""When the next endoscopy is due: the last one, and the interval that was recommended after it.

    «Siste koloskopi juni 2022 ... Ny kontroll anbefales om 3 år»   → due June 2025

The answer is one measurement, `surveillance_due_months`: months from the letter's date until the examination is due,
negative when that day has passed. A letter that does not tell both the examination and the interval has none.
"""

import re
from collections.abc import Iterator
from datetime import date

from triage.domain.finding import Measurement
from triage.nlp.quantities import WEEKS_A_YEAR, Quantities, number
from triage.nlp.text import Document, Sentence

_EXAMINED = re.compile(r"s[ck]op|^kolo$|polyp|adenom|^undersøk|^fjern|^kik|^siste?$|^forrige$|^epikris|kolektomi")
_OPERATED = re.compile(r"^oper(?:ert|asjon)|^resek|^reser|^fjern")
_ON_THE_BOWEL = re.compile(r"tarm|kolon|colon|sigm|rektum|rectum|c[eø]kum")
_SCOPED, _YEARLY = re.compile(r"s[ck]op|^kolo$"), re.compile(r"\b[hk]v[ae]rt? år$|\bårl[ei]ge?\b")
_ADVISED = re.compile(r"kontroll|s[ck]opi|anbefal|tilrå|interval|^neste$|^ny$|^sees$|^ses$|^sjåast$")
_PLANNED = re.compile(r"^ny|^neste|kontroll|plan|innkal|^time|avlys|utsatt|skulle")
_UNTIL = re.compile(r"^(?:om|etter|(?:anne[tn])?hvert?|(?:anna)?kvart?|kontroll(?:tid)?|(?:kontroll)?intervall)$")
_NEXT = frozenset(("neste", "ny", "nytt"))
_THAT_IS = frozenset(("dvs", "dvs.", "altså", "="))  # «neste koloskopi tre år etter, dvs november 2025»
_EXAMINATION = re.compile(r"kontr|s[ck]op|undersøk")
_LONGEST_INTERVAL = 15  # years
_LONGEST_AT = 60  # months
_LAST = frozenset(("sist", "siste", "seneste", "forrige", "forra", "førre"))
_TODAY = frozenset(("nå", "no", "dag", "dagens", "dato"))
_BEFORE_A_DATE = 5
_OPENS = _TODAY | {"det", "dette", "da", "snart"}
_CLOSES = frozenset((".", ",", ";", ":", "»", "og", "men", "nå", "no"))
_NOW = re.compile(r"\b(?:nå|no) er? det \w+ 20\d\d", re.IGNORECASE)  # no quoted letter says so
_MONTHS_A_YEAR = 12
_WEEKS_A_MONTH = WEEKS_A_YEAR / _MONTHS_A_YEAR
_FIRST_YEAR = 1990
_DAY = re.compile(r"\d{1,2}\.(\d{1,2})\.((?:20)?\d\d)")
_WRITTEN = re.compile(
    r"(?:^\s*(?:skrevet|skrive)|\b(?:dato i dag|dagens dato):?|\b(?:i ?dag|nå|no)(?: er? (?:det|vi i|me i|den)|,))"
    r"\s+(?:den )?(?:\d{1,2}\. ?)?"
    r"(\d{1,2}|[a-zæøå]+)[. ]\s*(20\d\d)\b",
    re.IGNORECASE,
)


def surveillance(document: Document, known: Quantities, sent: date) -> list[Measurement]:
    """The one measurement, or nothing. The latest examination and the last advice count; `sent` dates the letter,
    unless the letter names a later day as its own, or says that it is now an earlier one."""
    sent = max([*_written(document.text, known), *([] if _NOW.search(document.text) else [sent])], default=sent)
    if due := [found for sentence in document.sentences for found in _due(document, sentence, known, sent)]:
        return [_measured(document, *due[-1])]
    if not (advised := [found for sentence in document.sentences for found in _advised(document, sentence, known)]):
        return []
    examined = [found for sentence in document.sentences for found in _examined(document, sentence, known, sent)]
    examined = examined or [found for sentence in document.sentences for found in _passed(document, sentence, known)]
    if not examined:
        return []
    since, examined_at = min(examined, key=lambda e: (_LAST.isdisjoint(document.lower[max(0, e[1] - 6) : e[1]]), e))
    interval, advised_at = advised[-1]
    return [_measured(document, interval - since, *sorted((examined_at, advised_at)))]


def _measured(document: Document, months: float, first: int, last: int) -> Measurement:
    place = document.evidence(first, last + 1)
    return Measurement("surveillance_due_months", round(months, 1), place, "måneder")


def _due(document: Document, sentence: Sentence, known: Quantities, sent: date) -> Iterator[tuple[float, int, int]]:
    """`neste kontroll er 2030`, `ny koloskopi i mai 2027`: months until the year that was named, and its place."""
    lower = document.lower
    for i in (i for i in range(sentence.first + 1, sentence.end) if document.words[i] == "#"):
        year = _year(document, i)
        if not _FIRST_YEAR <= year <= sent.year + _LONGEST_INTERVAL:
            continue
        reach = _BEFORE_A_DATE + 3 if _THAT_IS.isdisjoint(lower[i - 3 : i]) else i
        before = lower[max(sentence.first, i - reach) : i]
        asked = next((n for n, word in enumerate(before) if word in _NEXT), None)
        if asked is None or not any(_EXAMINATION.search(word) for word in before[asked:]) or _LAST & {*before[asked:]}:
            continue
        # A year without its month is due from January: better an examination too many than one forgotten.
        month = known.months.get(lower[i - 1], 1)
        yield _MONTHS_A_YEAR * (year - sent.year) + month - sent.month, i - len(before) + asked, i


def _year(document: Document, i: int) -> int:
    """The number of four digits at token `i`, else 0."""
    is_year = document.words[i] == "#" and len(document.lower[i]) == len("2022")
    return int(number(document.lower[i]) or 0) if is_year else 0


def _written(text: str, known: Quantities) -> Iterator[date]:
    """`skrevet 22.11.2026`, `nå er det november 2026`, `sendes nå, 20.11.2026`: the first of that month."""
    for month, year in _WRITTEN.findall(text):
        told = known.months.get(month.lower(), 0) if month.isalpha() else int(month)
        if 1 <= told <= _MONTHS_A_YEAR:
            yield date(int(year), told, 1)


def _examined(document: Document, sentence: Sentence, known: Quantities, sent: date) -> list[tuple[float, int]]:
    """Months since an examination that the sentence tells of: `for tre år siden`, `juni 2022`, `i 2021`, `i mars`."""
    told = document.lower[sentence.first : sentence.end]
    operated = any(map(_OPERATED.search, told)) and any(map(_ON_THE_BOWEL.search, told))
    if not operated and not any(map(_EXAMINED.search, document.words[sentence.first : sentence.end])):
        return []
    return [*_dated(document, sentence, known, sent)] or [*_months_gone(document, sentence, known, sent)]


def _dated(document: Document, sentence: Sentence, known: Quantities, sent: date) -> Iterator[tuple[float, int]]:
    words = document.words
    for i in range(sentence.first, sentence.end):
        months = _span(document, i, known)
        if months is not None and "siden" in words[i + 1 : i + 2 + (words[i + 1 : i + 2] == ["."])]:
            yield months, i
        if document.lower[i - 1 : i + 1] == ["i", "fjor"]:
            yield _MONTHS_A_YEAR, i
        if not _TODAY.isdisjoint(document.lower[max(sentence.first, i - _BEFORE_A_DATE) : i]):
            continue  # «i dag er det mai 2025» dates the letter
        if day := _DAY.fullmatch(document.lower[i]):
            year, month = 2000 + int(day[2]) % 100, int(day[1])
        else:
            # A year without its month may be January: then the control is due soonest.
            year = _year(document, i)
            month = known.months.get(document.lower[i - 1], 1) if i > sentence.first else 1
        if _FIRST_YEAR <= year <= sent.year:
            yield max(0.0, _MONTHS_A_YEAR * (sent.year - year) + sent.month - month), i


def _passed(document: Document, sentence: Sentence, known: Quantities) -> Iterator[tuple[float, int]]:
    """`Det er nå tre år siden.`, `Nå har det gått fem år.`: what stands before was done then."""
    lower, first = document.lower, sentence.first
    for i in range(first + 1, sentence.end if _OPENS & {*lower[first : first + 2]} else 0):
        months, ago = _span(document, i, known), document.words[i + 1 : i + 2] == ["siden"]
        if months and (ago or "gått" in lower[i - 4 : i]) and _CLOSES.issuperset(lower[i + 1 + ago : i + 2 + ago]):
            yield months, i


def _months_gone(document: Document, sentence: Sentence, known: Quantities, sent: date) -> Iterator[tuple[float, int]]:
    """`skopert i mars, neste om to år`: a month without its year, unless it is the month of something planned."""
    lower = document.lower
    for i in range(sentence.first + 1, sentence.end):
        before = lower[max(sentence.first, i - _BEFORE_A_DATE) : i]
        if lower[i] in known.months and lower[i - 1] == "i" and not any(_PLANNED.search(word) for word in before):
            yield (sent.month - known.months[lower[i]]) % _MONTHS_A_YEAR, i


def _advised(document: Document, sentence: Sentence, known: Quantities) -> Iterator[tuple[float, int]]:
    """Months of an interval that the sentence recommends: `ny koloskopi om fem år`, `kontroll tre år etter denne`."""
    words = document.words
    told = words[sentence.first : sentence.end]
    if not any(_ADVISED.search(word) for word in told):
        return
    if any(map(_SCOPED.search, told)):
        pairs = ((" ".join(document.lower[i - 1 : i + 1]), i) for i in range(sentence.first + 1, sentence.end))
        yield from ((_MONTHS_A_YEAR, i) for pair, i in pairs if _YEARLY.search(pair))
    for i in range(sentence.first + 1, sentence.end):
        months = _span(document, i, known)
        if months is None or "siden" in words[i + 1 : i + 3] or document.lower[i - 1] == "mange":
            continue
        before = document.lower[max(sentence.first, i - 4) : i]  # «om 3-5 år»
        at = before[-2:-1] == ["ved"] and months <= _LONGEST_AT  # «koloskopi ved tre år», but not «ved 50 år»
        if at or words[i + 1 : i + 2] == ["etter"] or any(map(_UNTIL.search, before)):
            yield months, i


def _span(document: Document, unit: int, known: Quantities) -> float | None:
    """Months, when token `unit` is a month or a year with a number before it."""
    weeks = known.unit_weeks.get(document.words[unit], 0.0)
    if unit == 0 or weeks < known.unit_weeks["måned"]:
        return None
    at = unit - 1 - (document.lower[unit - 1] == ".")  # «hvert 3. år»
    at -= 2 * (document.lower[at - 1] == "-" and document.words[at - 2] == "#")  # of «om 3-5 år» the sooner
    before = document.lower[at]
    count = number(before) if document.words[at] == "#" else known.ordinals.get(before) or known.numbers.get(before)
    return None if count is None else count * weeks / _WEEKS_A_MONTH
