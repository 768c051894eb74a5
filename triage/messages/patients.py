"""Who a message is about: numbers, birth date and sex made to agree, or said not to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from triage.domain.calendar import age_on
from triage.domain.errors import NeedsPerson
from triage.domain.message import MessageHead
from triage.domain.referral import Sex
from triage.messages.identity import NationalId, parse_national_id

_WRONG_NUMBER = "Pasientens fødselsnummer eller D-nummer er ikke gyldig. Avklar med avsender hvem henvisningen gjelder."
_OTHER_NUMBER = "Pasienten er bare oppgitt med et nummer som ikke er fødselsnummer eller D-nummer. Finn riktig pasient."
_NO_NUMBER = "Pasienten er oppgitt uten fødselsnummer eller D-nummer. Finn riktig pasient."
_CONTRADICTION = "Fødselsdato og fødselsnummer stemmer ikke overens. Avklar hvem henvisningen gjelder."

_CHECKED = ("FNR", "DNR", "")  # v1.x may leave the type out
_PLACEHOLDER = re.compile(r"\d{6}0{5}|(\d)\1{10}")  # "no number" as some systems write it


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of the patient; `notes` tell a person what is not."""

    number: NationalId | None = None
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    notes: tuple[str, ...] = ()

    @property
    def national_id(self) -> str | None:
        return self.number.value if self.number else None

    def is_test(self, *, production: bool) -> bool:
        """In production a synthetic number never belongs to a patient."""
        return production and self.number is not None and self.number.synthetic

    def age_on(self, day: date) -> int | None:
        age = age_on(self.birth_date, day) if self.birth_date else None
        return age if age is None or age <= 120 else None


def identify(numbers: Sequence[tuple[str, str]], *, born: date | None, sex: Sex | None, head: MessageHead) -> Identity:
    """From (type in list 8116, number) pairs and what is stated beside them.

    NeedsPerson (E31) when a national number is wrong: it could be another living patient's.
    """
    stated = [(kind.upper(), number.strip()) for kind, number in numbers if _is_given(number)]
    read = [parsed for _, number in stated if (parsed := parse_national_id(number))]
    if not read and any(kind in _CHECKED for kind, _ in stated):
        raise NeedsPerson(_WRONG_NUMBER, code="E31", head=head)
    number = read[0] if read else None
    return Identity(
        number=number,
        birth_date=(number.birth_date if number else None) or born,
        sex=sex or (number.sex if number else None),
        notes=tuple(_notes(number, born, has_other_number=bool(stated))),
    )


def _is_given(number: str) -> bool:
    """Whether it is a number at all: 210377xxxxx, blanks and 01017000000 stand for none."""
    bare = re.sub(r"[\s.-]", "", number)
    return bool(bare) and not re.search(r"[xX*?]", bare) and not _PLACEHOLDER.fullmatch(bare)


def _notes(number: NationalId | None, born: date | None, *, has_other_number: bool) -> list[str]:
    if number is None and has_other_number:
        return [_OTHER_NUMBER]
    if number is None:
        return [_NO_NUMBER]
    return [_CONTRADICTION] if born and number.birth_date and born != number.birth_date else []
