"""What the decision form begins with: facts and suggested texts for a person to change. Nothing is decided here."""

from collections.abc import Mapping, Sequence
from datetime import date

from triage.domain.calendar import weeks_after
from triage.domain.finding import Feature, Status
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Area, Language
from triage.letters.complaints import suggested_texts

_WEEKS = (1, 2, 4, 8, 12, 26)
_MOST_NAMED = 4

# Spoken of the letter, not to anybody, so that the same words stand in both letters.
_SAYS = {
    Language.BOKMAL: ("Henvisningen beskriver {}.", "Ifølge henvisningen er det ikke {}.", "og", "eller"),
    Language.NYNORSK: ("Tilvisinga skildrar {}.", "Ifølgje tilvisinga er det ikkje {}.", "og", "eller"),
}


def deadlines(clock_start: date, recommended_weeks: int | None, *, today: date) -> dict[int, date]:
    """Days to choose among by weeks after the clock started, the recommended one too; none that is past."""
    weeks = sorted({*_WEEKS, *((recommended_weeks,) if recommended_weeks else ())})
    days = {number: weeks_after(clock_start, number) for number in weeks}
    return {number: day for number, day in days.items() if day >= today}


def suggested_words(
    recommendation: Recommendation | None,
    area: Area | None,
    requested: str | None,
    language: Language,
    names: Mapping[str, str],
) -> dict[str, str]:
    """By field of the form: the reason from what the letter says, and the department's advice for what it asks for."""
    reason = reason_from_facts(recommendation.features if recommendation else (), names, language)
    if area is None:
        return {"reason": reason}
    asked = (recommendation.requested if recommendation else None) or requested
    texts = suggested_texts(area, asked, language)
    return {"reason": reason, "advice": "\n".join(texts.advice), "warning_signs": "\n".join(texts.warning_signs)}


def reason_from_facts(features: Sequence[Feature], names: Mapping[str, str], language: Language) -> str:
    """What the letter says is there and is not; empty when it says neither."""
    there, denied, both, either = _SAYS[language]
    present = _named(features, Status.PRESENT, names)
    negated = [name for name in _named(features, Status.NEGATED, names) if name not in present]
    sentences = [there.format(_listed(present, both))] if present else []
    if negated:
        sentences.append(denied.format(_listed(negated, either)))
    return " ".join(sentences)


def _named(features: Sequence[Feature], status: Status, names: Mapping[str, str]) -> list[str]:
    said = dict.fromkeys(_in_sentence(names.get(f.id, f.id)) for f in features if f.status is status)
    return [name for name in said if name.count(",") < 2][:_MOST_NAMED]  # a list of drugs is no word in a sentence


def _listed(words: Sequence[str], join: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {join} {words[-1]}"


def _in_sentence(name: str) -> str:
    """`Svelgvansker` becomes `svelgvansker`; `H. pylori` and `NSAID` stay."""
    abbreviation = len(name) > 1 and (name[1].isupper() or not name[1].isalpha())
    return name if abbreviation else name[:1].lower() + name[1:]
