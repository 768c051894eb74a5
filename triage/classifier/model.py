"""The model in service: letters and their readings in, calibrated predictions with their reasons out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import orjson
from pydantic import TypeAdapter

from triage.classifier.features import LONGEST, Features, Seen, features_of
from triage.classifier.release import digests, read_manifest
from triage.classifier.vocabulary import padded, read_vocabulary
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
_BATCH = 64  # letters a run: larger gains nothing
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
    """What the model knows of one letter: rows of its table by word and by fact."""

    words: dict[str, int]
    facts: dict[str, int]
    features: Features

    @property
    def unknown(self) -> float:
        """Share of the words and beginnings that the model has never seen."""
        return 1 - len(self.words) / max(1, len(self.features.words))


class Model:
    """One version of the model. It keeps nothing of what it has seen but words, so it may be shared."""

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
        cuts = [letters[start : start + _BATCH] for start in range(0, len(letters), _BATCH)]
        return [one for cut in cuts for one in self._predicted(cut, explained=explained)]

    def probabilities(self, letters: Sequence[Seen]) -> Floats:
        """The pathways' probabilities alone, as [letters, 6] in the order of PATHWAYS."""
        cuts = [letters[start : start + _BATCH] for start in range(0, len(letters), _BATCH)]
        runs = [self._run([self._known(seen) for seen in cut], "probabilities")[0] for cut in cuts]
        return np.concatenate([*runs, np.zeros((0, len(PATHWAYS)))]).astype(np.float64)

    def _predicted(self, letters: Sequence[Seen], *, explained: bool) -> list[Prediction]:
        of_all = [self._known(seen) for seen in letters]
        shares, *parts = self._run(of_all, "probabilities", *(_PARTS if explained else ()))
        reasons = list(map(self._because, of_all, shares, *parts)) if explained else [()] * len(letters)
        return [
            self._limits.predicted(
                row.astype(float), unknown=known.unknown, length=len(seen.referral.text), because=why
            )
            for seen, known, row, why in zip(letters, of_all, shares, reasons, strict=True)
        ]

    def _because(self, known: _Known, shares: Row, logits: Row, of_words: Row, of_facts: Row) -> Reasons:
        """What moved the highest logit most, and the rest; together exactly it.

        A word and its beginnings are one, and so are facts with the same label.
        """
        top, said = int(shares.argmax()), known.features.words
        whole: dict[tuple[int, int] | None, str] = {
            place: word for word, place in said.items() if place and "…" not in word
        }
        weights: defaultdict[str, float] = defaultdict(float)
        places: dict[str, tuple[Evidence, ...]] = {}
        for word, part in zip(known.words, of_words[:, top].tolist(), strict=False):  # filled up, as facts are
            weights[whole.get(said[word], word)] += part
        for fact, part in zip(known.facts, of_facts[:, top].tolist(), strict=False):
            label = self._vocabulary.labels[fact]
            weights[label] += part
            places[label] = known.features.facts[fact]
        most = sorted(weights, key=lambda name: -abs(weights[name]))[:SHOWN]
        places |= {word: (Evidence(*place),) for word in most if (place := said.get(word))}
        shown = [Contribution(name, weights[name], places.get(name, ())) for name in most]
        return (*shown, Contribution(THE_REST, float(logits[top]) - sum(one.weight for one in shown)))

    def _known(self, seen: Seen) -> _Known:
        rows, features = self._vocabulary, features_of(seen)
        words = {word: row for word in features.words if (row := rows.of_word(word))}
        return _Known(words, {fact: rows.facts[fact] for fact in features.facts if fact in rows.facts}, features)

    def _run(self, letters: Sequence[_Known], *outputs: str) -> list[npt.NDArray[np.float32]]:
        rows = {
            "words": padded([*one.words.values()] for one in letters),
            "facts": padded([*one.facts.values()] for one in letters),
        }
        found: list[npt.NDArray[np.float32]] = self._session.run(outputs, rows)
        return found


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
