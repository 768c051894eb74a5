"""What a table of words cannot say about a letter: its dates, its paragraphs of the law, its signature, its facts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

from triage.domain.decision import Outcome
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.dates import WrittenDate, find_dates
from triage.letters.language import wrong_language
from triage.letters.passages import Passages, Scope
from triage.letters.readability import HARDEST, LONGEST_SENTENCE, endless_sentences, lix
from triage.letters.rulebook import load_rulebook


@dataclass(frozen=True, slots=True)
class LetterUnderTest:
    """A letter, and what is known about it; `kind` and `recipient` are guessed from the words when not given."""

    passages: Passages
    outcome: Outcome | None
    kind: LetterKind
    recipient: Recipient
    language: Language
    facts: LetterFacts | None
    statutes: Statutes | None

    @property
    def low(self) -> str:
        return self.passages.low


def _unfilled(letter: LetterUnderTest) -> Iterator[LetterFault]:
    text = letter.passages.text
    for sign, pattern in load_rulebook().unfilled:
        for match in pattern.finditer(text) if sign in text else ():
            yield LetterFault("unfilled", "Her mangler det noe i brevet. Fyll ut feltet.", *match.span())


def _language(letter: LetterUnderTest) -> Iterator[LetterFault]:
    span = wrong_language(letter.passages, letter.language)
    if span is not None:
        name = "bokmål" if letter.language is Language.BOKMAL else "nynorsk"
        yield LetterFault("wrong-language", f"Brevet skal være på {name}. Skriv om dette avsnittet.", *span)


def _readable(letter: LetterUnderTest) -> Iterator[LetterFault]:
    if letter.recipient is not Recipient.PATIENT:
        return
    index = lix(letter.passages)
    if index is not None and index > HARDEST:
        yield LetterFault("hard-to-read", f"Lesbarhetstallet (LIX) er {index:.0f}. Skriv kortere, til det er under 45.")
    for span in endless_sentences(letter.passages):
        yield LetterFault("endless-sentence", f"Setningen har over {LONGEST_SENTENCE} ord. Del den opp.", *span)


_TITLE = (
    r"(?:(?:[\w-]*(?<!fast))(?:over)?lege|[\w-]*spesialist|[\w-]*kirurg|[\w-]*(?:leder|leiar|sjef|direktør)"
    r"|(?:medisinsk|faglig|fagleg) (?:ansvarlig|ansvarleg|rådgiver|rådgivar)|professor|lis ?\d?|sykepleier"
    r"|sjukepleiar|dr\.?|konsulent|sekretær\w*)"
)
_CAPITAL = f"[{''.join(filter(str.isupper, map(chr, (*range(0x250), *range(0x1E00, 0x1F00)))))}]"
_PARTICLE = "(?:van|von|der|den|de|del|di|da|af|av|bin|al|el|la|le|ter|ten|zu) "
_NAME = rf"{_CAPITAL}[\w’'.-]+(?: (?:{_PARTICLE}){{0,3}}{_CAPITAL}[\w’'.-]*){{1,4}}"
_SIGNED = re.compile(
    rf"\b(?i:{_TITLE})(?: [a-zæøå]+){{0,4}}[,:]? *\n?(?:ved |v/ ?)?{_NAME}"
    rf"|{_NAME}[,:]? *(?:\n| |\()(?:er )?(?:[\w-]+ ){{0,2}}?(?i:{_TITLE})\b"
)
_SENDER = re.compile(
    r"\b(?:fra|frå|henvist av|tilvist av|mottok|mottatt|motteke|henviser|tilvisar|kopi|registrert av)\b"
)


def _decider(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """Nobody is told no, or yes, by nobody. The referrer's own name does not count."""
    facts = letter.facts
    if facts is not None:
        named = facts.decided_by.name in letter.passages.text and facts.decided_by.title in letter.passages.text
    else:
        places = (match.start() for match in _SIGNED.finditer(letter.passages.text))
        sentences = (letter.passages.around(place, Scope.SENTENCE) for place in places)
        named = any(not _SENDER.search(letter.low, *sentence) for sentence in sentences)
    if not named:
        yield LetterFault("decider-missing", "Skriv hvem som har avgjort, med navn og stilling.")


_NOT_A_DEADLINE = re.compile(
    r"\bklag|statsforvalt|\bsvar\b|\bmottok|\bmottatt|\bmottek|\b(?:fikk|fekk) (?:henvis|tilvis)"
    r"|\b(?:sto|stod|skrev|skreiv|var feil)\b"
)
_DEADLINE = re.compile(r"\bfrist(?:en)?\b|\bsenest\b|\bseinast\b|\b(?:skal|må) (?:\w+ )?(?:starte?|begynne|byrje)\b")
_RECEIVED = re.compile(
    r"\b(?:mottok|mottatt|motteken|motteke|(?:fikk|fekk) (?:\w+ )?(?:henvis|tilvis)\w*|kom (?:til oss|inn))\b"
)


def _dates(letter: LetterUnderTest) -> Iterator[LetterFault]:
    written = list(find_dates(letter.low))
    for found in written:
        if found.day is None:
            yield LetterFault("no-such-date", "Datoen finnes ikke i kalenderen. Rett den.", found.start, found.end)
    if letter.outcome is Outcome.RIGHT_GRANTED:
        yield from _deadline_dates(letter, written)


def _deadline_dates(letter: LetterUnderTest, written: list[WrittenDate]) -> Iterator[LetterFault]:
    deadlines = [found for found in written if found.day and _is_deadline(letter, found)]
    known = letter.facts.deadline if letter.facts else None
    for found in deadlines:
        first = known or deadlines[0].day
        if found.day != first:
            yield LetterFault(
                "two-deadlines", "Brevet har to ulike frister. Skriv samme dato overalt.", found.start, found.end
            )
        if letter.kind is not LetterKind.DEADLINE_BREACH and found.day and found.day < _not_before(letter, written):
            yield LetterFault(
                "deadline-past", "Fristen er før brevets dato eller før henvisningen kom.", found.start, found.end
            )


def _is_deadline(letter: LetterUnderTest, found: WrittenDate) -> bool:
    sentence = letter.passages.around(found.start, Scope.SENTENCE)
    return bool(_DEADLINE.search(letter.low, *sentence)) and not _NOT_A_DEADLINE.search(letter.low, *sentence)


def _not_before(letter: LetterUnderTest, written: list[WrittenDate]) -> date:
    """The day of the letter or of receipt, whichever is later, as far as the letter says."""
    days = [date.min]
    for found in written:
        start, _ = letter.passages.around(found.start, Scope.SENTENCE)
        if found.day and (letter.low.startswith("dato", start) or _RECEIVED.search(letter.low, start, found.start)):
            days.append(found.day)
    return max(days)


_PARAGRAPH_SIGN = re.compile(r"§+ ?(\d+-\d+(?: ?[a-e]\b)?)")
_KNOWN_PARAGRAPHS = re.compile(r"2-(?:1 ?[ab]?|2 ?[ab]?|3|4|5|6|7)|7-[1-8]")
_COMPLAINT = re.compile(r"\bklag")
_RIGHT = re.compile(r"\brett til (?:nødvendig )?(?:helsehjelp|spesialist)|\b(?:avgjørelsen|avgjerda) (?:følg|er tatt)")


def _paragraphs(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """With the policy's statutes only they may be cited; without, those that either numbering of chapter 2 knows."""
    allowed = _cited_by(letter.statutes) if letter.statutes else None
    for match in _PARAGRAPH_SIGN.finditer(letter.low):
        number = match[1].replace(" ", "")
        unknown = number not in allowed if allowed else not _may_be_cited(number)
        sentence = letter.passages.around(match.start(), Scope.SENTENCE)
        complains = bool(_COMPLAINT.search(letter.low, *sentence))
        misplaced = number.startswith("2-") if complains else number.startswith("7-") and _decides(letter, sentence)
        if unknown or misplaced:
            yield LetterFault(
                "wrong-paragraph", "Paragrafen er ikke den som avdelingen bruker. Rett nummeret.", *match.span()
            )


def _cited_by(statutes: Statutes) -> set[str]:
    values = (str(getattr(statutes, field.name)) for field in fields(statutes))
    return {match[1].replace(" ", "") for value in values for match in _PARAGRAPH_SIGN.finditer(value.lower())}


def _may_be_cited(number: str) -> bool:
    return not number.startswith(("2-", "7-")) or _KNOWN_PARAGRAPHS.fullmatch(number) is not None


def _decides(letter: LetterUnderTest, sentence: tuple[int, int]) -> bool:
    return _RIGHT.search(letter.low, *sentence) is not None


def _says_the_facts(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """What the person wrote must stand in the letter as it was written."""
    facts = letter.facts
    if facts is None:
        return
    said = " ".join(letter.passages.text.split())
    refused = facts.outcome is Outcome.RIGHT_REFUSED
    asked = facts.kind is LetterKind.INFORMATION_REQUEST
    to_patient = letter.recipient is Recipient.PATIENT
    wanted = {
        "Pasientens navn": [facts.patient.name] if to_patient else [],
        "Begrunnelsen": [] if asked and to_patient else facts.reason.splitlines(),
        "Et råd til pasienten": facts.advice if refused else [],
        "Et tegn som pasienten skal kjenne igjen": facts.warning_signs if refused else [],
        "En opplysning som mangler": facts.missing if asked else [],
    }
    for name, parts in wanted.items():
        if not all(" ".join(part.split()) in said for part in parts):
            yield LetterFault("facts-missing", f"{name} står ikke i brevet slik avgjørelsen har det. Skriv det inn.")


def _diagnoses(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """A disease that nobody has named in the decision has no place in the letter about it."""
    if letter.facts is None:
        return
    diagnosis = load_rulebook().diagnosis
    if not any(stem in letter.low for need in diagnosis.needs for stem in need):
        return
    stated = " ".join(_strings(letter.facts)).lower()
    for match in diagnosis.regex.finditer(letter.low):
        if match[0] not in stated:
            yield LetterFault(
                "diagnosis-not-stated", "Sykdommen er ikke nevnt i avgjørelsen. Ta bort ordet.", *match.span()
            )


def _strings(value: object) -> Iterator[str]:
    """Every string in the facts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from (text for part in value for text in _strings(part))
    elif is_dataclass(value):
        yield from (text for field in fields(value) for text in _strings(getattr(value, field.name)))


CHECKS: tuple[Callable[[LetterUnderTest], Iterator[LetterFault]], ...] = (
    _unfilled,
    _language,
    _readable,
    _decider,
    _dates,
    _paragraphs,
    _says_the_facts,
    _diagnoses,
)
