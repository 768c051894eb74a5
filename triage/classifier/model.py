"""The model in service: letters and their readings in, calibrated predictions with their reasons out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import orjson
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from triage.classifier.explaining import contributions
from triage.classifier.features import Pair, batches, read_vocabulary
from triage.classifier.hashing import LONGEST
from triage.classifier.release import digests, read_manifest
from triage.domain.errors import NotReady
from triage.domain.finding import Reading
from triage.domain.recommendation import PATHWAYS, Contribution, Pathway, Prediction
from triage.domain.referral import Referral

Shares = npt.NDArray[np.float64]

_SELF_TEST = 4  # examples predicted at every start; the tests predict them all
_TOLERANCE = 1e-5
RED = [pathway.rank for pathway in PATHWAYS if pathway.is_red]


class Limits(BaseModel):
    """Where the model does not answer for itself; see `calibration.py`. None: never reached, always doubt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    red_from: float | None  # a red share from here cannot be ruled out
    low_value_from: float | None  # a share from here is sure enough
    unknown_words_above: float  # share of words never seen, above which a letter is unlike those trained on

    def predicted(
        self, shares: Shares, *, unknown: float, length: int = 0, because: tuple[Contribution, ...] = ()
    ) -> Prediction:
        """The shares of the pathways (in the order of PATHWAYS) with the doubts that the limits give."""
        red, low = float(shares[RED].sum()), float(shares[Pathway.PRIMARY_CARE.rank])
        no_red = self.red_from is not None and red < self.red_from
        sure_low = self.low_value_from is not None and low >= self.low_value_from
        return Prediction(
            probabilities=dict(zip(PATHWAYS, shares.tolist(), strict=True)),
            unlike_training=length > LONGEST or unknown > self.unknown_words_above,
            abstained_because=None if no_red else f"Modellen kan ikke utelukke at det haster ({red:.0%}): les selv.",
            unsure_of_low_value=None
            if sure_low
            else f"Modellen er ikke sikker nok på at fastlegen kan følge opp ({low:.0%}): les selv.",
            contributions=because,
        )


@dataclass(frozen=True, slots=True)
class Example:
    """An invented letter with its reading, and what training computed for it."""

    referral: Referral
    reading: Reading
    probabilities: tuple[float, ...]


class Model:
    """One version of the model. It keeps nothing of what it has seen, so it may be shared between threads."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder, self.version = folder, version
        self._limits = _read_limits(folder / "limits.yaml")
        self._vocabulary = read_vocabulary(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def predict(self, pairs: Sequence[Pair]) -> list[Prediction]:
        """One prediction a letter, with its reasons, in the order given."""
        return [prediction for cut in batches(pairs) for prediction in self._explained(pairs[cut])]

    def probabilities(self, pairs: Sequence[Pair]) -> Shares:
        """The pathways' probabilities alone, as [letters, 6] in the order of PATHWAYS."""
        batched = [self._vocabulary.encode(pairs[cut]) for cut in batches(pairs)]
        runs = [self._session.run(["probabilities"], {"words": b.words, "facts": b.facts})[0] for b in batched]
        return np.concatenate([*runs, np.zeros((0, len(PATHWAYS)))]).astype(np.float64)

    def _explained(self, pairs: Sequence[Pair]) -> list[Prediction]:
        batch = self._vocabulary.encode(pairs)
        outputs = ["probabilities", "logits", "word_parts", "fact_parts"]
        shares, logits, of_words, of_facts = self._session.run(outputs, {"words": batch.words, "facts": batch.facts})
        predictions = []
        for i, (referral, _) in enumerate(pairs):
            likeliest = int(shares[i].argmax())
            parts = (of_words[i, :, likeliest], of_facts[i, :, likeliest], float(logits[i, likeliest]))
            because = contributions(batch, i, referral.text, self._vocabulary.labels, parts)
            unknown, length = float(batch.unknown[i]), len(referral.text)
            predictions.append(
                self._limits.predicted(shares[i].astype(np.float64), unknown=unknown, length=length, because=because)
            )
        return predictions


def load_model(models: Path) -> Model:
    """The version in use under `models`. Raises NotReady unless its files are the approved ones and predict so."""
    manifest = read_manifest(models)
    release = manifest.current
    folder = models / release.folder
    if digests(folder) != release.sha256:
        raise NotReady(f"Modellen {manifest.in_use} er ikke den som er godkjent: en fil har feil kontrollsum.")
    model = Model(folder, f"{manifest.in_use}@{release.sha256['model.onnx'][:8]}")
    if largest_difference(model, read_examples(folder, _SELF_TEST)) > _TOLERANCE:
        raise NotReady(f"Modellen {manifest.in_use} regner ikke som da den ble trent.")
    return model


def read_examples(folder: Path, most: int | None = None) -> list[Example]:
    """The bundled examples, or the first of them."""
    adapter = TypeAdapter(Example)
    lines = (folder / "examples.jsonl").read_bytes().splitlines()
    return [adapter.validate_python(orjson.loads(line)) for line in lines[:most]]


def largest_difference(model: Model, examples: Sequence[Example]) -> float:
    """Between what training computed and what the model computes now."""
    expected = np.array([example.probabilities for example in examples])
    found = model.probabilities([(example.referral, example.reading) for example in examples])
    return float(np.abs(found - expected).max(initial=0))


def _read_limits(path: Path) -> Limits:
    try:
        return Limits.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError):
        raise NotReady("Modellens limits.yaml er ikke gyldig.") from None
