"""Learn what sentences in a reason are about, from all the labelled sentences here, and write the weights down.

    python -m tests.letters.learn_topics

Never from `unseen.yaml` and `oblique.yaml`, which are what it is tried on.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import yaml
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from triage.domain.decision import Outcome
from triage.letters.complaints import load_complaints
from triage.letters.topics import FILE, pieces
from triage.nlp.summary import in_sentence
from triage.paths import MODELS
from triage.web.pages.evidence import _SAYS

HERE = Path(__file__).parent
LEARNT = (Outcome.RIGHT_REFUSED, Outcome.RIGHT_GRANTED)
FIELDS = ("correction", "consent", "contact")  # learnt from their own sentences alone
KEPT = 6000  # weights for each topic
DOUBT = 0.3  # to the good of a sentence: doctors who are often stopped without cause no longer read why
_GOLDEN = {Outcome.RIGHT_REFUSED: "*refused*.patient*", Outcome.RIGHT_GRANTED: "right_granted.patient*"}

Labelled = tuple[str, str, bool]


def sentences_of(text: str) -> list[str]:
    return [part for line in text.splitlines() for part in re.split(r"(?<=[.!?]) ", line.strip("– ")) if part.strip()]


def labelled() -> Iterator[Labelled]:
    """Sentence, outcome or field, and whether it must be stopped there."""
    for group in _read("sentences.yaml"):
        for verdict in ("stop", "pass"):
            yield from ((one, group["outcome"], verdict == "stop") for one in group.get(verdict, []))
    for file in (*_read("contradictions.yaml").values(), _read("topics.yaml")):
        for verdict in ("stop", "pass"):
            for outcome, found in file.get(verdict, {}).items():
                yield from ((one, outcome, verdict == "stop") for one in found)
    for entry in _read("free_text.yaml"):
        outcome = entry["kind"].replace("refused_see_contract_specialist", "right_refused")
        for verdict in ("stop", "pass", "pass"):  # twice, for these are nearest to what must be stopped
            yield from ((one, outcome, verdict == "stop") for one in entry.get(verdict, []))


def harmless(outcome: Outcome) -> Iterator[str]:
    """What the program itself offers or prints, what doctors wrote, and what is about health whatever is decided."""
    file = load_complaints()
    yield from _read("topics.yaml")["neutral"]
    for reasons in _read("reasons.yaml").get(outcome, {}).values():
        yield from (one for reason in reasons for one in sentences_of(reason))
    for golden in sorted((HERE / "golden").glob(_GOLDEN[outcome])):
        yield from (one for one in sentences_of(golden.read_text("utf-8")) if len(one.split()) > 3)
    yield from (say.format(name) for name in finding_names() for says in _SAYS.values() for say in says)
    for texts in (*file.problems, *file.otherwise.values()):
        yield from (one for advice in texts.advice for words in (advice.nb, advice.nn) for one in sentences_of(words))
    yield from (words for sign in file.signs.values() for words in (sign.nb, sign.nn))


def finding_names() -> list[str]:
    """What the decision form fills in, one by one and, as it often does, three at a time."""
    lexicon = _read(MODELS / "lexicon" / "alarm_features.yaml")
    names = [in_sentence(feature["name"]) for feature in lexicon["features"]]
    return names + [
        f"{', '.join(three[:2])} og {three[2]}" for three in zip(names, names[7:], names[19:], strict=False)
    ]


def known_about(topic: str) -> list[tuple[str, bool]]:
    """Sentences, and whether each must be stopped."""
    known = [(one, stop) for one, at, stop in labelled() if at == topic]
    if topic in FIELDS:
        return known
    undecided = [(one, True) for one, at, stop in labelled() if at == "undecided" and stop]
    return known + undecided + [(one, False) for one in harmless(Outcome(topic))]


def learn(topic: str) -> dict[str, float]:
    """The weights; that of the empty word is the bias. In a field of few sentences a right one counts for more."""
    known, few = known_about(topic), topic in FIELDS
    counter = CountVectorizer(analyzer=pieces, binary=True, min_df=1 if few else 2)
    found = counter.fit_transform([one for one, _ in known])
    scaled = found.multiply(1 / np.sqrt([[len(pieces(one))] for one, _ in known])).tocsr()
    model = LogisticRegression(C=10, max_iter=2000, class_weight=None if few else "balanced")
    model.fit(scaled, [stop for _, stop in known])
    weights = dict(zip(counter.get_feature_names_out(), model.coef_[0], strict=True))
    heaviest = sorted(weights, key=lambda part: (-abs(weights[part]), part))[:KEPT]
    bias = {"": round(float(model.intercept_[0]) - (0 if few else DOUBT), 3)}
    return bias | {part: round(float(weights[part]), 2) for part in sorted(heaviest)}


def _read(name: str | Path) -> dict:  # type: ignore[type-arg]
    return yaml.safe_load((HERE / name).read_text("utf-8"))  # type: ignore[no-any-return]


if __name__ == "__main__":
    FILE.write_bytes(orjson.dumps({str(topic): learn(topic) for topic in (*LEARNT, *FIELDS)}) + b"\n")
