"""Bokmål or nynorsk, told by small words that only one of them has."""

import re

from triage.domain.referral import Language
from triage.letters.passages import Passages, Scope

_BOKMAL = """
ikke jeg fra hva hvis hvor hvordan hvorfor hvilken hvilke hvilket hvem noen noe en et også dere deres uker ukers
måneder dager være gjøre bare mer nå selv sykehus sykehuset helsehjelpen avgjørelsen henvisning henvisningen
opplysninger spesialisthelsetjenesten undersøkelse undersøkelsen begrunnelse klagen kommer mens gjelder innen disse
hun egen annet hele trenger fikk ble mulig øyeblikkelig legevakten bedre siden ennå sted tiden funnet blitt følger
sier høre alvorlig vanlig rimelig sykdom frem fortsatt uenig
""".split()
_NYNORSK = """
ikkje eg frå kva korleis kvifor kvar kven nokon noko nokre ein ei eit òg dykk dykkar veker vekers månader dagar
vere gjere berre meir no sjølv sjukehus sjukehuset helsehjelpa avgjerd avgjerda tilvising tilvisinga opplysningar
spesialisthelsetenesta undersøking undersøkinga grunngiving klaga kjem medan gjeld innan desse ho eigen eiga anna heile
treng fekk vart mogleg augeblikkeleg legevakta betre sidan enno stad tida funne vorte følgjer seier høyre alvorleg
vanleg rimeleg sjukdom fram framleis usamd dei
""".split()
_ONLY = {
    Language.BOKMAL: frozenset(_BOKMAL),
    Language.NYNORSK: frozenset(_NYNORSK),
}
_WORD = re.compile(r"(?<![\w.@/])[a-zæøåò]+(?![\w@])")
_STANDARD_WORDS = re.compile(r"klag|statsforvalt|omb[uo]d|\bfrist|\brett til|helfo|legevakt|\b113\b|vurdert på nytt")

_TOO_MANY = 4  # foreign words
_TOO_LARGE_SHARE = 0.25  # of the words that tell the two apart


def likely_language(text: str) -> Language:
    """The written form that most of the telling words belong to; bokmål when there are none."""
    words = _WORD.findall(text.lower())
    bokmal, nynorsk = (sum(word in _ONLY[language] for word in words) for language in Language)
    return Language.NYNORSK if nynorsk > bokmal else Language.BOKMAL


def wrong_language(letter: Passages, language: Language) -> tuple[int, int] | None:
    """Where the letter leaves its language: all of it, or one of the paragraphs that every letter has.

    A reason that a doctor wrote in the other form is left alone: it is one paragraph, in the doctor's own words.
    """
    whole = letter.spans[Scope.TEXT][0]
    wrong, right = _count(letter, language, whole)
    if wrong >= _TOO_MANY and wrong > _TOO_LARGE_SHARE * (wrong + right):
        return whole
    for span in letter.spans[Scope.PARAGRAPH]:
        wrong, right = _count(letter, language, span)
        if wrong >= 2 and wrong > right and _STANDARD_WORDS.search(letter.low, *span):
            return span
    return None


def _count(letter: Passages, language: Language, span: tuple[int, int]) -> tuple[int, int]:
    """Words of the other written form, and of this one."""
    words = _WORD.findall(letter.low, *span)
    right = sum(word in _ONLY[language] for word in words)
    return sum(word in only for other, only in _ONLY.items() if other is not language for word in words), right
