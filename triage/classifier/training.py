"""From cases to a model that may be used: choose, calibrate, promise, export.

Everything is measured out of fold: a case is judged by models that learnt nothing from its writer (`batch`), with the
recipe that the other writers' cases chose. The same cases and program give the same bytes.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import yaml
from pydantic import TypeAdapter

from triage.classifier.calibration import Promise, promise_precision, promise_sensitivity, softmax, temperature
from triage.classifier.cases import Case, cost
from triage.classifier.features import Seen, fact_label
from triage.classifier.graph import write_graph
from triage.classifier.half_read import Judge, half_read
from triage.classifier.learning import Fitted, Kind, Letter, Recipe, Sheet, Trials, fit, sheet_of
from triage.classifier.model import RED, Example, Floats, Limits
from triage.classifier.vocabulary import Vocabulary
from triage.domain.errors import BadInput
from triage.domain.finding import Reading
from triage.domain.policy import Policy
from triage.domain.recommendation import PATHWAYS, Pathway, Prediction, Recommendation
from triage.domain.referral import Referral

_FEWEST_BATCHES = 3
_DRAWS = 5  # of what the model forgets while it learns: by a single one, three pairs in two hundred are luck
_USUAL = 0.99  # share of the cases that are not unlike the others
_NO_LIMITS = Limits(red_from=2, low_value_from=0, unknown_words_above=1)
_GOLDEN = Path(__file__).with_name("golden.yaml")


@dataclass(frozen=True, slots=True)
class Program:
    """What training needs of the rest of the program. `names` are the Norwegian names of what the reader finds."""

    read: Callable[[Referral], Reading]
    judge: Judge
    decide: Callable[[Seen, Prediction | None], Recommendation]
    policy: Policy
    names: Mapping[str, str]

    def see(self, referral: Referral) -> Seen:
        reading = self.read(referral)
        return Seen(referral, reading, self.judge(referral, reading))


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out, beside the files: how the model was chosen, and what each case was given out of fold.

    `predictions` are of the letters as they are read, `of_half_read` of the same ones half read.
    """

    cases: Sequence[Case]
    letters: Sequence[Seen]
    half_read: Sequence[Seen]
    trials: Trials
    recipe: Recipe
    predictions: Sequence[Prediction]
    of_half_read: Sequence[Prediction]
    promises: Mapping[str, Promise]


def train(cases: Sequence[Case], program: Program, out: Path) -> Trained:
    """Writes all but the card to `out`. Raises BadInput when there is too little to learn from."""
    if len({case.batch for case in cases}) < _FEWEST_BATCHES:
        raise BadInput(f"Treningen trenger minst {_FEWEST_BATCHES} filer, én for hver som har skrevet sakene.")
    made = [case for case in cases if case.made]
    cases = [case for case in cases if not case.made]
    letters, of_made = ([program.see(case.referral) for case in known] for known in (cases, made))
    halves = list(half_read(letters, program.judge))
    kinds: list[tuple[Kind, Iterable[tuple[Case, Seen]]]] = [
        (Kind.REAL, zip(cases, letters, strict=True)),
        (Kind.HALF_READ, zip(cases, halves, strict=True)),
        (Kind.MADE, zip(made, of_made, strict=True)),
    ]
    learnt = [Letter(seen, case.pathway, case.batch, kind) for kind, pairs in kinds for case, seen in pairs]
    sheet = sheet_of([*learnt, *_golden(program)])
    costs = [[cost(case, pathway, confident=True) for pathway in PATHWAYS] for case in cases]
    trials = Trials(sheet, np.array(costs * 2))
    recipe, logits = trials.best(), trials.nested()
    heat = temperature(logits, trials.targets)
    shares, of_half = np.split(softmax(logits / heat), 2)
    promises = _promises(cases, halves, of_half, program)
    unknown = _unknown(sheet)
    limits = Limits(
        red_from=promises["red"].limit,
        low_value_from=promises["low_value"].limit,
        unknown_words_above=round(float(np.quantile(unknown, _USUAL)), 4),
    )
    _write(sheet, fit(sheet, recipe, draws=_DRAWS), heat, program, out)
    (out / "limits.yaml").write_text(yaml.safe_dump(limits.model_dump(), sort_keys=False), encoding="utf-8")
    predictions, of_half_read = (
        [limits.predicted(row, unknown=u) for row, u in zip(rows, unknown, strict=True)] for rows in (shares, of_half)
    )
    return Trained(cases, letters, halves, trials, recipe, predictions, of_half_read, promises)


def _golden(program: Program) -> list[Letter]:
    """The letters of `golden.yaml`, in their order; their target says nothing."""
    letters = []
    for said in yaml.safe_load(_GOLDEN.read_text(encoding="utf-8")):
        spelt = unicodedata.normalize(said.pop("form", "NFC"), said.pop("text") * said.pop("repeat", 1))
        seen = program.see(TypeAdapter(Referral).validate_python({"text": spelt, **said}))
        letters.append(Letter(seen, Pathway.MORE_INFORMATION, "golden", Kind.GOLDEN))
    return letters


def _promises(cases: Sequence[Case], letters: Sequence[Seen], shares: Floats, program: Program) -> dict[str, Promise]:
    """What rules and model together promise, on half-read letters.

    A red case that a rule finds is found whatever the model says.
    """
    policy, red, low = program.policy, [], []
    for case, seen, row in zip(cases, letters, shares, strict=True):
        proposed = program.decide(seen, _NO_LIMITS.predicted(row, unknown=0)).pathway
        if case.pathway.is_red:
            red.append(1.0 if seen.by_rule is not None and seen.by_rule.is_red else float(row[RED].sum()))
        if proposed is Pathway.PRIMARY_CARE:
            low.append((float(row[proposed.rank]), case.accepts(proposed)))
    confidence = policy.guarantee_confidence
    return {
        "red": promise_sensitivity(red, asked=policy.red_sensitivity, confidence=confidence),
        "low_value": promise_precision(low, asked=policy.low_value_precision, confidence=confidence),
    }


def _unknown(sheet: Sheet) -> Floats:
    """Share of each real letter's words that stand in no other writer's letters often enough to be learnt."""
    real = sheet.of_kind(Kind.REAL)
    has_word, writers = sheet.has_word[real], sheet.writers[real]
    known = np.zeros(len(real))
    for writer in np.unique(writers).tolist():
        here = writers == writer
        known[here] = has_word[here][:, sheet.words_known(without=writer)].getnnz(axis=1)
    unknown: Floats = 1 - known / np.maximum(1, has_word.getnnz(axis=1))
    return unknown


def _write(sheet: Sheet, fitted: Fitted, heat: float, program: Program, out: Path) -> None:
    """The model as the files that service reads."""
    facts = sheet.facts[fitted.facts].tolist()
    labels = [fact_label(fact, program.names) for fact in facts]
    out.mkdir(parents=True, exist_ok=True)
    Vocabulary(sheet.words[fitted.words], facts, labels).write(out)
    write_graph(_table(sheet, fitted, heat), (fitted.bias / heat).astype(np.float32), out / "model.onnx")
    golden = [letter.seen for letter in _golden(program)]
    shares = softmax(fitted.logits(sheet, sheet.of_kind(Kind.GOLDEN)) / heat).round(9).tolist()
    examples = [Example(seen, tuple(row)) for seen, row in zip(golden, shares, strict=True)]
    (out / "examples.jsonl").write_bytes(b"".join(orjson.dumps(e, option=orjson.OPT_APPEND_NEWLINE) for e in examples))


def _table(sheet: Sheet, fitted: Fitted, heat: float) -> npt.NDArray[np.float32]:
    """The rows of the graph: nothing, words, facts; the last column is the squared idf of a word."""
    facts = fitted.fact_scales(sheet)
    scale = np.concatenate((fitted.tfidf.idf_ * fitted.recipe.words, facts))
    squares = np.concatenate((fitted.tfidf.idf_**2, 0 * facts))
    rows = np.hstack((fitted.weights * scale[:, None] / heat, squares[:, None]))
    return np.vstack((np.zeros((1, rows.shape[1])), rows)).astype(np.float32)
