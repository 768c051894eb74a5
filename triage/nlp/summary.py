"""The sentence that a doctor would say about a recommendation, put together from what was found; nothing is made up."""

from collections.abc import Mapping, Sequence

from triage.domain.finding import Reading, Status
from triage.domain.recommendation import Pathway, RuleMatch

_MOST_NAMED = 5
_SHOWN_VALUES = {
    "hb": "Hb",
    "ferritin": "ferritin",
    "calprotectin": "kalprotektin",
    "f_hb": "F-Hb",
    "crp": "CRP",
    "sr": "SR",
    "ttg": "tTG",
    "weight_loss_percent": "vekttap %",
    "visus_best": "visus beste øye",
    "iop": "trykk",
    "ahi": "AHI",
    "hearing_loss_db": "hørselstap dB",
}


def summarise(
    reading: Reading, matches: Sequence[RuleMatch], pathway: Pathway, names: Mapping[str, str], *, age: int | None
) -> str:
    """`Ikke alarmsymptomer: svelgvansker og vekttap er benektet; 34 år; H. pylori-test ikke oppgitt.`

    `names` are the Norwegian names of the alarm features by id.
    """
    parts = [
        _why(matches, pathway),
        _features(reading, names),
        _values(reading),
        f"{age} år" if age is not None else "alder ikke oppgitt",
    ]
    parts.append(_missing(reading))
    sentence = "; ".join(part for part in parts if part)
    return sentence[:1].upper() + sentence[1:] + "."


def _why(matches: Sequence[RuleMatch], pathway: Pathway) -> str:
    """The reasons of the rules that point to this pathway, each once."""
    reasons = list(dict.fromkeys(m.because for m in matches if m.pathway is pathway))
    return listed(reasons[:2], "og")


def _features(reading: Reading, names: Mapping[str, str]) -> str:
    said = {
        status: list(dict.fromkeys(in_sentence(names.get(f.id, f.id)) for f in reading.features if f.status is status))
        for status in (Status.PRESENT, Status.POSSIBLE, Status.NEGATED)
    }
    parts = []
    if said[Status.PRESENT]:
        parts.append(listed(said[Status.PRESENT], "og"))
    if said[Status.POSSIBLE]:
        parts.append("mulig " + listed(said[Status.POSSIBLE], "eller"))
    if said[Status.NEGATED]:
        denied = listed(said[Status.NEGATED], "og") + " er benektet"
        parts.append(denied if parts else "ikke alarmsymptomer: " + denied)
    return "; ".join(parts) or "ingen alarmsymptomer er nevnt"


def _values(reading: Reading) -> str:
    shown = {
        m.measure: m for m in reading.measurements if m.measure in _SHOWN_VALUES and m.temporality.value == "current"
    }
    return ", ".join(
        f"{_SHOWN_VALUES[name]} {'' if m.comparator == '=' else m.comparator}{m.value:g}".replace(".", ",")
        for name, m in shown.items()
    )


def _missing(reading: Reading) -> str:
    labels = [in_sentence(fact.label.partition(":")[0]) for fact in reading.missing[:3]]
    return listed(labels, "og") + " ikke oppgitt" if labels else ""


def listed(words: Sequence[str], join: str) -> str:
    shown = list(words[:_MOST_NAMED])
    if len(words) > _MOST_NAMED:
        shown.append("flere")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" {join} {shown[-1]}" if shown else ""


def in_sentence(name: str) -> str:
    """A name inside a sentence; abbreviations such as H. pylori and NSAID keep their capitals."""
    return name if len(name) > 1 and (name[1].isupper() or not name[1].isalpha()) else name[:1].lower() + name[1:]
