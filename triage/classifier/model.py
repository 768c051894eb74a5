"""The model in service: letters and their readings in, calibrated predictions with their reasons out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import orjson
from pydantic import TypeAdapter

from triage.classifier.features import Said, Seen, age_band, places_of, said_of
from triage.classifier.release import digests, read_manifest
from triage.classifier.vocabulary import Rows, padded, read_vocabulary
from triage.classifier.words import LONGEST, MOST, digests_of, spoken
from triage.domain.errors import NotReady
from triage.domain.finding import Evidence
from triage.domain.recommendation import PATHWAYS, Contribution, Pathway, Prediction
from triage.strict_yaml import Strict, read_yaml, validated

Floats = npt.NDArray[np.float64]
Row = npt.NDArray[np.float32]
Reasons = tuple[Contribution, ...]

SHOWN = 8  # contributions with a label of their own
THE_REST = "alt annet"
RED = [pathway.rank for pathway in PATHWAYS if pathway.is_red]

_PARTS = ("logits", "word_parts", "fact_parts")  # what a prediction is explained by
_MOST_CHARACTERS = 2 * LONGEST  # together; each takes a hundred bytes of memory while it is read
_SELF_TEST = 4  # examples predicted at every start; the tests predict them all
_TOLERANCE = 1e-5


class Limits(Strict):
    """Where the model does not answer for itself; see `calibration.py`. None: never reached, always doubt."""

    red_from: float | None  # a red share from here cannot be ruled out
    low_value_from: float | None  # a share from here is sure enough
    unknown_words_above: float  # share of words and beginnings unseen, above which a letter is unlike those trained on

    def predicted(self, shares: Floats, *, unknown: float, length: int = 0, because: Reasons = ()) -> Prediction:
        """The shares of the pathways (in the order of PATHWAYS) with the doubts that the limits give."""
        red, low = float(shares[RED].sum()), float(shares[Pathway.PRIMARY_CARE.rank])
        no_red = self.red_from is not None and red < self.red_from
        sure_low = self.low_value_from is not None and low >= self.low_value_from
        doubt_of_red = f"Modellen kan ikke utelukke at det haster ({red:.0%}): les selv."
        doubt_of_low = f"Modellen er ikke sikker nok på at fastlegen kan følge opp ({low:.0%}): les selv."
        return Prediction(
            probabilities=dict(zip(PATHWAYS, shares.tolist(), strict=True)),
            unlike_training=length > LONGEST or unknown > self.unknown_words_above,
            abstained_because=None if no_red else doubt_of_red,
            unsure_of_low_value=None if sure_low else doubt_of_low,
            contributions=because,
            unseen_words=round(unknown, 4),
        )


@dataclass(frozen=True, slots=True)
class Example:
    """An invented letter as it was read, and what training computed for it."""

    seen: Seen
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the model knows of some letters: rows of its table for words [B, W] and facts [B, F], filled up with 0, and
    the share of each letter's words and beginnings that it has never seen [B]."""

    words: Rows
    facts: Rows
    unknown: Floats


class Model:
    """One version of the model. It keeps nothing of what it has seen but which rows a finding has: it may be shared."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder, self.version = folder, version
        self._limits = validated(Limits, read_yaml(folder / "limits.yaml"), "Modellens limits.yaml")
        self._vocabulary = read_vocabulary(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def predict(self, letters: Sequence[Seen], *, explained: bool = True) -> list[Prediction]:
        """One prediction a letter, with its reasons unless nobody asks for them, in the order given."""
        return [one for some in _few(letters) for one in self._predicted(some, explained=explained)]

    def probabilities(self, letters: Sequence[Seen]) -> Floats:
        """The pathways' probabilities alone, as [letters, 6] in the order of PATHWAYS."""
        runs = [self._run(self._known(some), "probabilities")[0] for some in _few(letters)]
        return np.concatenate([*runs, np.zeros((0, len(PATHWAYS)))]).astype(np.float64)

    def _predicted(self, letters: Sequence[Seen], *, explained: bool) -> Iterator[Prediction]:
        known = self._known(letters)
        shares, *parts = self._run(known, "probabilities", *(_PARTS if explained else ()))
        for n, (seen, row) in enumerate(zip(letters, shares.astype(float), strict=True)):
            why = self._because(seen, *(part[n] for part in (known.facts, *parts))) if explained else ()
            unknown = float(known.unknown[n])
            yield self._limits.predicted(row, unknown=unknown, length=len(seen.referral.text), because=why)

    def _because(self, seen: Seen, facts: Rows, logits: Row, of_words: Row, of_facts: Row) -> Reasons:
        """What moved the highest logit most, and the rest; together exactly it.

        A word and its beginnings are one, and so are facts with the same label.
        """
        top, letter = int(logits.argmax()), spoken(seen.referral.text)
        known = letter.first[self._vocabulary.of_words(letter.digests) > 0]  # in the order of the model's rows
        by_word = np.bincount(known, of_words[: len(known), top])
        weights, places = defaultdict[str, float](float), defaultdict[str, tuple[Evidence, ...]](tuple)
        for word in np.argsort(-np.abs(by_word), kind="stable")[:SHOWN].tolist():
            weights[letter.shown(word)] = float(by_word[word])
            places[letter.shown(word)] = letter.places(word)
        parts = dict(zip(facts.tolist(), of_facts[:, top].tolist(), strict=True))
        rows = self._rows_of_said(seen)
        evidence = defaultdict[int, tuple[Evidence, ...]](tuple)
        for said, here in places_of(seen):
            for row in rows[said]:
                evidence[row] += here
        for row in evidence:
            label = self._vocabulary.labels[row]
            weights[label] += parts[row]
            places[label] = evidence[row]
        most = sorted(weights, key=lambda name: -abs(weights[name]))[:SHOWN]
        shown = [Contribution(name, weights[name], places[name]) for name in most]
        return (*shown, Contribution(THE_REST, float(logits[top]) - sum(one.weight for one in shown)))

    def _known(self, letters: Sequence[Seen]) -> _Known:
        of_letter, digests = digests_of([seen.referral.text for seen in letters])
        rows = self._vocabulary.of_words(digests)
        forms, known = (np.bincount(of_letter[rows >= least], minlength=len(letters)) for least in (0, 1))
        facts = [self._facts(seen) for seen in letters]
        of_fact = np.repeat(np.arange(len(facts)), list(map(len, facts)))
        return _Known(
            padded(of_letter[rows > 0], rows[rows > 0], len(letters)),
            padded(of_fact, np.fromiter(chain.from_iterable(facts), np.int32, len(of_fact)), len(letters)),
            1 - known / np.maximum(1, forms),
        )

    def _facts(self, seen: Seen) -> set[int]:
        rows = self._rows_of_said(seen)
        return set(chain.from_iterable(map(rows.__getitem__, said_of(seen))))

    def _rows_of_said(self, seen: Seen) -> Mapping[Said, tuple[int, ...]]:
        return self._vocabulary.of_said(seen.reading.area, age_band(seen.referral.age))

    def _run(self, known: _Known, *outputs: str) -> list[npt.NDArray[np.float32]]:
        found: list[npt.NDArray[np.float32]] = self._session.run(outputs, {"words": known.words, "facts": known.facts})
        return found


def _few(letters: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
    """In order, so many that they are quick together and so few that long ones take little memory."""
    some, length = list[Seen](), 0
    for seen in letters:
        if len(some) == MOST or (some and length + len(seen.referral.text) > _MOST_CHARACTERS):
            yield some
            some, length = [], 0
        some.append(seen)
        length += len(seen.referral.text)
    if some:
        yield some


def load_model(models: Path, version: str | None = None) -> Model:
    """A version under `models`, or the one in use. Raises NotReady unless its files are approved and predict so."""
    manifest = read_manifest(models)
    version = version or manifest.in_use
    release = manifest.versions[version]
    folder = models / release.folder
    if digests(folder) != release.sha256:
        raise NotReady(f"Modellen {version} er ikke den som er godkjent: en fil har feil kontrollsum.")
    model = Model(folder, f"{version}@{release.sha256['model.onnx'][:8]}")
    if largest_difference(model, read_examples(folder, _SELF_TEST)) > _TOLERANCE:
        raise NotReady(f"Modellen {version} regner ikke som da den ble trent.")
    return model


def read_examples(folder: Path, most: int | None = None) -> list[Example]:
    """The bundled examples, or the first of them."""
    adapter = TypeAdapter(Example)
    lines = (folder / "examples.jsonl").read_bytes().splitlines()
    return [adapter.validate_python(orjson.loads(line)) for line in lines[:most]]


def largest_difference(model: Model, examples: Sequence[Example]) -> float:
    """Between what training computed and what the model computes now."""
    expected = np.array([example.probabilities for example in examples])
    found = model.probabilities([example.seen for example in examples])
    return float(np.abs(found - expected).max(initial=0))
