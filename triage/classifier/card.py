"""The model card: what the model is for, what it was trained on, how good it is and where it fails, in Norwegian.

The figures are out of fold, so the card holds no clock, no path and no letter: the same training writes the same card.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from triage.classifier import gates
from triage.classifier.cases import Case
from triage.classifier.evaluation import Judged, figures
from triage.classifier.gates import GROUPS, Gate, pairs_right
from triage.classifier.learning import Recipe, Trials
from triage.classifier.model import Model, largest_difference, read_examples
from triage.classifier.training import Program, Trained
from triage.domain.recommendation import PATHWAYS, Pathway, Prediction, Recommendation, Versions
from triage.domain.referral import Referral

Entry = dict[str, Any]

_SAID = Path(__file__).with_suffix(".yaml")


def write_card(trained: Trained, program: Program, contrast: Sequence[Case], versions: Versions, out: Path) -> Entry:
    """Measures the model in `out` and writes its card there."""
    model = Model(out, out.name)
    together = _judged(trained, program.propose)
    said = yaml.safe_load(_SAID.read_text(encoding="utf-8"))
    entry = {
        **{name: said[name] for name in ("purpose", "not_for", "limits")},
        "versions": {"lexicon": versions.lexicon, "rules": versions.rules, "policy": versions.policy},
        "data": _data(trained.cases),
        "recipe": asdict(trained.recipe),
        "tried": {recipe.name: _tried(trained.trials, recipe) for recipe in trained.trials.logits},
        "promises": {
            name: asdict(promise) | {"kept": promise.is_kept, "note": "" if promise.is_kept else said["no_guarantee"]}
            for name, promise in trained.promises.items()
        },
        "figures": {
            "note": said["figures_note"],
            "together": _figures(together),
            "model_alone": _figures(_judged(trained, lambda r, g, p: _alone(program.propose(r, g, None), p))),
            "rules_alone": _figures(_judged(trained, lambda r, g, _: program.propose(r, g, None))),
        },
        "contrast_pairs": _contrast(contrast, model, program),
        "groups": {name: _groups(together, of) for name, of in {**GROUPS, "batch": lambda j: j.case.batch}.items()},
        "missed": {
            "red": [j.case.referral.id for j in together if j.case.pathway.is_red and not j.is_caught],
            "low_value": [j.case.referral.id for j in together if _is_wrongly_low(j)],
        },
        "gates": {
            gate.name: asdict(gate) | {"passed": gate.is_passed}
            for gate in _gates(trained, model, program, contrast, together)
        },
    }
    entry = {name: _rounded(value) for name, value in entry.items()}
    shown = yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=120)
    (out / "card.yaml").write_text(f"# Skrevet av «triage train».\n{shown}", encoding="utf-8")
    return entry


Propose = Callable[..., Recommendation]


def _judged(trained: Trained, propose: Propose) -> list[Judged]:
    return [
        Judged(case, propose(*pair, prediction))
        for case, pair, prediction in zip(trained.cases, trained.pairs, trained.predictions, strict=True)
    ]


def _alone(proposed: Recommendation, prediction: Prediction) -> Recommendation:
    """What the model would propose if there were no rules."""
    pathway = max(prediction.probabilities, key=lambda p: prediction.probabilities[p])
    unsure = prediction.unsure_of_low_value if pathway is Pathway.PRIMARY_CARE else None
    doubt = prediction.abstained_because or unsure
    confident = doubt is None and not prediction.unlike_training
    return replace(proposed, pathway=pathway, probabilities=prediction.probabilities, confident=confident)


def _contrast(contrast: Sequence[Case], model: Model, program: Program) -> Entry:
    """Pairs of letters that differ in one fact; nothing was learnt from them."""
    pairs = [(case.referral, program.read(case.referral)) for case in contrast]
    predictions = model.predict(pairs)
    rules = [program.propose(*pair, None) for pair in pairs]
    proposed = {
        "together": [program.propose(*pair, p) for pair, p in zip(pairs, predictions, strict=True)],
        "model_alone": [_alone(rule, p) for rule, p in zip(rules, predictions, strict=True)],
        "rules_alone": rules,
    }
    return {
        name: pairs_right([Judged(case, one) for case, one in zip(contrast, those, strict=True)])
        for name, those in proposed.items()
    }


def _gates(
    trained: Trained,
    model: Model,
    program: Program,
    contrast: Sequence[Case],
    together: Sequence[Judged],
) -> list[Gate]:
    def recommend(referral: Referral) -> Recommendation:
        pair = (referral, program.read(referral))
        return program.propose(*pair, model.predict([pair])[0])

    proposed = [Judged(case, recommend(case.referral)) for case in contrast]
    return [
        Gate("contrast_pairs", pairs_right(proposed), gates.CONTRAST_PAIRS),
        *gates.same_pathway(contrast, recommend),
        *gates.red_gaps(together),
        Gate("shuffled_labels", _shuffled_f1(trained.trials), gates.SHUFFLED_F1, at_least=False),
        Gate("parity", largest_difference(model, read_examples(model.folder)), gates.PARITY, at_least=False),
    ]


def _shuffled_f1(trials: Trials) -> float:
    """Macro F1 out of fold when the answers are dealt out at random: what is left is leakage."""
    dealt = np.random.default_rng(0).permutation(trials.targets)
    logits = trials.out_of_fold(Recipe("shuffled"), dealt)
    return _macro_f1(dealt, logits.argmax(axis=1))


def _macro_f1(right: Any, given: Any) -> float:
    table = np.zeros((len(PATHWAYS), len(PATHWAYS)))
    np.add.at(table, (right, given), 1)
    return float(np.mean(2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)))


def _tried(trials: Trials, recipe: Recipe) -> Entry:
    """One recipe out of fold: its cost (see `costs.py`), and how it does."""
    targets, given = trials.targets, trials.logits[recipe].argmax(axis=1)
    return {
        "cost": trials.cost(recipe),
        "accuracy": float((given == targets).mean()),
        "macro_f1": _macro_f1(targets, given),
        "red_recall": float((given[targets < 2] < 2).mean()),
    }


def _data(cases: Sequence[Case]) -> Entry:
    of: Mapping[str, Callable[[Case], object]] = {
        "batches": lambda case: case.batch,
        "pathways": lambda case: case.pathway,
        "areas": lambda case: case.referral.area,
        "languages": lambda case: case.referral.language,
    }
    return {"cases": len(cases)} | {
        name: dict(sorted(Counter(str(key(case)) for case in cases).items())) for name, key in of.items()
    }


def _figures(judged: Sequence[Judged]) -> Entry:
    found = figures(judged)
    names = [name for name in found["intervals"] if not name.startswith("features")]
    return {
        **{name: {"value": found[name], "interval": found["intervals"][name]} for name in names},
        "f1_by_pathway": {name: row["f1"] for name, row in found["pathways"].items()},
    }


def _groups(judged: Sequence[Judged], group: Callable[[Judged], str]) -> Entry:
    names = ("n", "red_sensitivity", "accuracy_acceptable", "macro_f1")
    return {
        value: {name: found[name] for name in names}
        for value in sorted(set(map(group, judged)))
        if (found := figures([one for one in judged if group(one) == value]))
    }


def _is_wrongly_low(one: Judged) -> bool:
    proposed = one.recommendation
    low = proposed.pathway is Pathway.PRIMARY_CARE and proposed.confident
    return low and not one.case.accepts(Pathway.PRIMARY_CARE)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
