"""The model card: what the model is for, what it was trained on, how good it is and where it fails, in Norwegian.

The figures are out of fold, so the card holds no clock, no path and no letter: the same training writes the same card.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.metrics import f1_score

from triage.classifier.cases import Case
from triage.classifier.evaluation import Judged, by_group, figures
from triage.classifier.features import Seen
from triage.classifier.gates import GROUPS, Gate, pairs_right, red_gaps, same_pathway
from triage.classifier.learning import Kind, Recipe, Trials, out_of_fold
from triage.classifier.model import RED, Model, largest_difference, read_examples
from triage.classifier.training import Program, Trained
from triage.domain.recommendation import Pathway, Prediction, Recommendation, Versions
from triage.domain.referral import Referral

Entry = dict[str, Any]
Propose = Callable[[Seen, Prediction], Recommendation]

_SAID: Entry = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def write_card(trained: Trained, program: Program, contrast: Sequence[Case], versions: Versions, out: Path) -> Entry:
    """Measures the model in `out` and writes its card there. `contrast` are pairs that differ in one fact."""
    model = Model(out, out.name)
    ways: Mapping[str, Propose] = {
        "together": program.decide,
        "model_alone": lambda seen, prediction: _alone(program.decide(seen, None), prediction),
        "rules_alone": lambda seen, _: program.decide(seen, None),
    }
    measured = {name: _judged(trained.cases, trained.letters, trained.predictions, way) for name, way in ways.items()}
    half_read = _judged(trained.cases, trained.half_read, trained.of_half_read, ways["together"])
    of_contrast = [program.see(case.referral) for case in contrast]
    found = model.predict(of_contrast)
    pairs = {name: pairs_right(_judged(contrast, of_contrast, found, way)) for name, way in ways.items()}
    together = measured["together"]
    groups = {**GROUPS, "batch": lambda one: one.case.batch}
    gates = [Gate("contrast_pairs", pairs["together"]), *_gates(trained, model, program, contrast, together)]
    entry = {
        **{name: _SAID[name] for name in ("purpose", "not_for", "limits")},
        "versions": {"lexicon": versions.lexicon, "rules": versions.rules, "policy": versions.policy},
        "data": _data(trained.cases),
        "recipe": asdict(trained.recipe),
        "tried": {recipe.name: _tried(trained.trials, recipe) for recipe in trained.trials.logits},
        "promises": {
            name: asdict(promise) | {"kept": promise.is_kept, "note": _SAID["promised"][promise.is_kept]}
            for name, promise in trained.promises.items()
        },
        "figures_note": _SAID["figures_note"],
        "figures": {name: _figures(judged) for name, judged in {**measured, "half_read": half_read}.items()},
        "contrast_pairs": pairs,
        "groups": {name: _few(by_group(together, of)) for name, of in groups.items()},
        "missed": {
            "red": figures(together)["red_missed"],
            "low_value": [j.case.referral.id for j in together if j.is_surely_low and not j.is_acceptable],
        },
        "gates": {gate.name: asdict(gate) | {"passed": gate.is_passed} for gate in gates},
    }
    entry = {name: _rounded(value) for name, value in entry.items()}
    shown = yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=120)
    (out / "card.yaml").write_text(f"# Skrevet av «triage train».\n{shown}", encoding="utf-8")
    return entry


def _judged(
    cases: Sequence[Case], letters: Sequence[Seen], predictions: Sequence[Prediction], propose: Propose
) -> list[Judged]:
    of_all = zip(cases, letters, predictions, strict=True)
    return [Judged(case, propose(seen, prediction)) for case, seen, prediction in of_all]


def _alone(proposed: Recommendation, prediction: Prediction) -> Recommendation:
    """What the model would propose if there were no rules."""
    pathway = max(prediction.probabilities, key=lambda p: prediction.probabilities[p])
    unsure = prediction.unsure_of_low_value if pathway is Pathway.PRIMARY_CARE else None
    confident = not (prediction.abstained_because or unsure or prediction.unlike_training)
    return replace(proposed, pathway=pathway, probabilities=prediction.probabilities, confident=confident)


def _gates(
    trained: Trained, model: Model, program: Program, contrast: Sequence[Case], together: Sequence[Judged]
) -> Iterator[Gate]:
    def recommend(referral: Referral) -> Recommendation:
        seen = program.see(referral)
        return program.decide(seen, model.predict([seen])[0])

    yield from same_pathway([case.referral for case in contrast], recommend)
    yield from red_gaps(together)
    # When the answers are dealt out at random, what is left to learn is leakage.
    sheet, real = trained.trials.sheet, trained.trials.sheet.of_kind(Kind.REAL)
    dealt = sheet.targets.copy()
    dealt[real] = np.random.default_rng(0).permutation(dealt[real])
    logits = out_of_fold(replace(sheet, targets=dealt), Recipe("dealt"), real)
    yield Gate("shuffled_labels", f1_score(dealt[real], logits.argmax(axis=1), average="macro"))
    yield Gate("parity", largest_difference(model, read_examples(model.folder)))


def _tried(trials: Trials, recipe: Recipe) -> Entry:
    """One recipe alone, out of fold, on letters as they are read and half read together; costs as in `cases.py`."""
    given, red = trials.logits[recipe].argmax(axis=1), np.isin(trials.targets, RED)
    return {
        "cost": trials.cost(recipe),
        "accuracy": float((given == trials.targets).mean()),
        "macro_f1": f1_score(trials.targets, given, average="macro"),
        "red_recall": float(np.isin(given[red], RED).mean()),
    }


def _data(cases: Sequence[Case]) -> Entry:
    of: Mapping[str, Callable[[Case], object]] = {
        "batches": lambda case: case.batch,
        "pathways": lambda case: case.pathway,
        "areas": lambda case: case.referral.area,
        "languages": lambda case: case.referral.language,
    }
    counts = {name: Counter(str(key(case)) for case in cases) for name, key in of.items()}
    return {"cases": len(cases)} | {name: dict(sorted(counted.items())) for name, counted in counts.items()}


def _figures(judged: Sequence[Judged]) -> Entry:
    found = figures(judged)
    names = [name for name in found["intervals"] if not name.startswith("features")]
    return {
        **{name: {"value": found[name], "interval": found["intervals"][name]} for name in names},
        "f1_by_pathway": {name: row["f1"] for name, row in found["pathways"].items()},
    }


def _few(groups: Mapping[str, Entry]) -> Entry:
    names = ("n", "red_sensitivity", "accuracy_acceptable", "macro_f1")
    return {value: {name: found[name] for name in names} for value, found in groups.items()}


def _rounded(value: Any) -> Any:
    """To four digits, which is more than the figures hold."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
