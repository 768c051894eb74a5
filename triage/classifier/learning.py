"""A linear model on words and facts, fitted by scikit-learn, and the choice of a recipe.

The recipe is the one whose mistakes cost least on writers that it has not seen: every pathway's calibrated share is
weighed with what proposing it would cost, so that a near miss counts too. Half of the cost is measured on readings with
a share of the features unread, because a lexicon reads the letters that it was made with better than any others.

Tried on the three writers that were hardest to read, and left out: gradient boosting on findings (mistakes cost 2.6),
and a small neural network on all (3.4); this costs 2.1. Left out, too, because they did not make mistakes cheaper on
unseen writers: letters edited by program (one feature changed, and the pathway that the rules then give; they cost more
as soon as writers' own pairs were there), edited words read again, misspellings, synonyms, and invented letters.
Courtesies put in cost nothing, and halve how often polite filler changes the proposal. Words alone that learn from real
letters only, and so weigh more, made mistakes cheaper out of fold, but new writers' letters were right less often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from triage.classifier.calibration import Floats, softmax, temperature
from triage.classifier.features import BY_RULE, Seen, facts_of
from triage.classifier.words import MOST, Digests, digests_of
from triage.domain.recommendation import PATHWAYS, Pathway
from triage.strict_yaml import read_yaml

Picks = npt.NDArray[np.int64]

_FEWEST = 2  # letters that a word or a fact must stand in to be learnt
_SEED = 20261122
_NEVER = -20.0  # logit of a pathway that no letter has
COURTESIES: Any = read_yaml(Path(__file__).with_name("courtesies.yaml"))
_FEWEST_COURTESIES, _MOST_COURTESIES = 2, 6  # sentences in a letter


class Kind(StrEnum):
    """Where a letter comes from, and what it is for."""

    REAL = "real"
    MADE = "made"  # by a writer to be hard: to learn from
    HALF_READ = "half read"  # to measure with
    GOLDEN = "golden"  # to prove the model's use with


@dataclass(frozen=True, slots=True)
class Letter:
    seen: Seen
    target: Pathway
    writer: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model sees, and how freely it fits.

    `forgotten`: share of the facts that a second copy of each letter lacks, so that words must tell, too, what the
    reader will not find in a new writer's letters. `courteous`: that copy has courtesies put in, so that politeness
    tells nothing. `beside`: a recipe whose opinion counts with the weight `share` beside this one's: at first sight of
    six sets of letters a sixth fewer dangers were missed by the mean of the two.
    """

    name: str
    words: bool = True
    facts: bool = True
    fact_scale: float = 0.1
    trust: float = 0.5  # share of that scale for what rules say together: they read known writers better than new ones
    strength: float = 10.0  # inverse of the L2 penalty
    forgotten: float = 0.0
    courteous: bool = False
    beside: "Recipe | None" = None
    share: float = 0.0


RECIPES = (
    Recipe("words", facts=False),
    Recipe("findings", words=False),
    Recipe("words and findings"),
    Recipe("words and findings, half of them forgotten", forgotten=0.5),
    Recipe(
        "words and findings, half of them forgotten, courteous, and words alone",
        forgotten=0.5,
        courteous=True,
        beside=Recipe("words, courteous", facts=False, courteous=True),
        share=0.3,
    ),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Letters with presence of words, of the words of some courtesies, and of facts [letters, names], and their right
    pathways."""

    words: Digests
    facts: npt.NDArray[np.str_]
    has_word: sp.csr_matrix
    courtesies: sp.csr_matrix
    has_fact: sp.csr_matrix
    targets: Picks
    writers: npt.NDArray[np.str_]
    kinds: npt.NDArray[np.str_]

    def of_kind(self, *kinds: Kind, without: str = "") -> Picks:
        """Letters of these kinds, by all writers but one."""
        return np.flatnonzero(np.isin(self.kinds, kinds) & (self.writers != without))

    def words_known(self, *, without: str = "") -> Picks:
        return _frequent(self.has_word[self.of_kind(Kind.REAL, without=without)])


def sheet_of(letters: Sequence[Letter]) -> Sheet:
    facts = CountVectorizer(analyzer=list, dtype=np.float64)
    polite = _courtesies(len(letters))
    words, has_word = _presence_of_words([letter.seen.referral.text for letter in letters] + polite)
    return Sheet(
        has_word=has_word[: len(letters)],
        courtesies=has_word[len(letters) :],
        has_fact=facts.fit_transform([facts_of(letter.seen) for letter in letters]),
        words=words,
        facts=facts.get_feature_names_out(),
        targets=np.array([letter.target.rank for letter in letters]),
        writers=np.array([letter.writer for letter in letters]),
        kinds=np.array([letter.kind for letter in letters]),
    )


def _courtesies(letters: int) -> list[str]:
    """Some for each letter; the same ones each time."""
    chance = np.random.default_rng(_SEED)
    counts = chance.integers(_FEWEST_COURTESIES, _MOST_COURTESIES + 1, letters)
    return [" ".join(chance.choice(COURTESIES, count, replace=False)) for count in counts]


def _presence_of_words(texts: Sequence[str]) -> tuple[Digests, sp.csr_matrix]:
    """The digests of all words, rising, and [texts, words]."""
    found = [digests_of(texts[start : start + MOST]) for start in range(0, len(texts), MOST)]
    rows = np.concatenate([of_text + MOST * n for n, (of_text, _) in enumerate(found)])
    words, columns = np.unique(np.concatenate([digests for _, digests in found]), return_inverse=True)
    return words, sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(words)))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights [words then facts, 6] of what the recipe sees: a letter's words have length 1 together, by `tfidf`."""

    recipe: Recipe
    words: Picks
    facts: Picks
    tfidf: TfidfTransformer
    weights: Floats
    bias: Floats

    def logits(self, sheet: Sheet, letters: Picks) -> Floats:
        logits: Floats = _seen(sheet, letters, self) @ self.weights + self.bias
        return logits

    def fact_scales(self, sheet: Sheet) -> Floats:
        """What the presence of each fact counts as."""
        by_rule = [fact.startswith(f"{BY_RULE} ") for fact in sheet.facts[self.facts]]
        return np.where(by_rule, self.recipe.trust, 1.0) * (self.recipe.fact_scale * self.recipe.facts)


def fit(sheet: Sheet, recipe: Recipe, *, without: str = "", draws: int = 1) -> Fitted:
    """Multinomial logistic regression on all writers' letters but one's; the same in gives the same out. What is
    forgotten and which courtesies are said is drawn so many times, and the mean of the models is one of them."""
    drawn = [_fitted(sheet, recipe, without, draw) for draw in range(draws)]
    fitted = replace(drawn[0], weights=_mean(one.weights for one in drawn), bias=_mean(one.bias for one in drawn))
    return _beside(fitted, fit(sheet, recipe.beside, without=without, draws=draws)) if recipe.beside else fitted


def _mean(drawn: Iterable[Floats]) -> Floats:
    """Rounded, so that the last bit of another machine's sums does not make another model."""
    mean: Floats = np.mean(list(drawn), axis=0).round(6)
    return mean


def _fitted(sheet: Sheet, recipe: Recipe, without: str, draw: int) -> Fitted:
    real, letters = sheet.of_kind(Kind.REAL, without=without), sheet.of_kind(Kind.REAL, Kind.MADE, without=without)
    words, facts = sheet.words_known(without=without), _frequent(sheet.has_fact[letters])
    tfidf = TfidfTransformer().fit(sheet.has_word[real][:, words])
    weights, bias = np.zeros((len(words) + len(facts), len(PATHWAYS))), np.full(len(PATHWAYS), _NEVER)
    fitted = Fitted(recipe, words, facts, tfidf, weights, bias)
    seen, targets, strength = _seen(sheet, letters, fitted), sheet.targets[letters], recipe.strength
    if recipe.forgotten or recipe.courteous:
        seen = sp.vstack([seen, _second_copy(sheet, letters, fitted, draw)], format="csr")
        targets, strength = np.tile(targets, 2), strength / 2  # the penalty weighs as much beside two copies
    regression = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    regression.fit(seen, targets)
    weights[:, regression.classes_] = regression.coef_.T
    bias[regression.classes_] = regression.intercept_
    return fitted


def _beside(fitted: Fitted, other: Fitted) -> Fitted:
    """The weighted mean of two is a linear model of the same words and facts."""
    share = fitted.recipe.share
    return replace(
        fitted,
        weights=((1 - share) * fitted.weights + share * other.weights).round(6),
        bias=((1 - share) * fitted.bias + share * other.bias).round(6),
    )


def _second_copy(sheet: Sheet, letters: Picks, by: Fitted, draw: int) -> sp.csr_matrix:
    """The same letters [letters, words then facts] with courtesies and without some facts; the same ones each time."""
    chance = np.random.default_rng([_SEED, draw])
    said = sheet.courtesies[chance.permutation(len(sheet.targets))[: len(letters)]] * by.recipe.courteous
    copy = _seen(sheet, letters, by, said=said)
    forgotten = chance.random(copy.nnz) < by.recipe.forgotten
    copy.data[forgotten & (copy.indices >= len(by.words))] = 0.0
    return copy


def out_of_fold(sheet: Sheet, recipe: Recipe, tried: Picks) -> Floats:
    """Logits of these letters, each by what was learnt from all other writers."""
    logits = np.zeros((len(tried), len(PATHWAYS)))
    for writer in np.unique(sheet.writers[tried]).tolist():
        here = sheet.writers[tried] == writer
        logits[here] = fit(sheet, recipe, without=writer).logits(sheet, tried[here])
    return logits


class Trials:
    """Every recipe tried out of fold on all letters, real and then half read; `costs` are [letters, 6]."""

    def __init__(self, sheet: Sheet, costs: Floats) -> None:
        tried = np.concatenate((sheet.of_kind(Kind.REAL), sheet.of_kind(Kind.HALF_READ)))
        self.sheet, self._costs = sheet, costs
        self.targets, self._writers = sheet.targets[tried], sheet.writers[tried]
        self.logits = {recipe: out_of_fold(sheet, recipe, tried) for recipe in RECIPES}

    def cost(self, recipe: Recipe, *, without: str = "") -> float:
        """Mean cost over the letters of all writers but one."""
        here = self._writers != without
        logits = self.logits[recipe][here]
        shares = softmax(logits / temperature(logits, self.targets[here]))
        return float((shares * self._costs[here]).sum(axis=1).mean())

    def best(self, *, without: str = "") -> Recipe:
        return min(RECIPES, key=lambda recipe: self.cost(recipe, without=without))

    def nested(self) -> Floats:
        """Logits of every letter by the recipe that the other writers choose: what choosing costs is in them."""
        chosen = {writer: self.logits[self.best(without=writer)] for writer in np.unique(self._writers).tolist()}
        return np.array([chosen[writer][i] for i, writer in enumerate(self._writers.tolist())])


def _frequent(presence: sp.csr_matrix) -> Picks:
    return np.flatnonzero(presence.getnnz(axis=0) >= _FEWEST)


def _seen(sheet: Sheet, letters: Picks, by: Fitted, *, said: sp.csr_matrix | None = None) -> sp.csr_matrix:
    """[letters, words then facts], as written or with more `said`."""
    has_word = sheet.has_word[letters] if said is None else sheet.has_word[letters].maximum(said)
    words = by.tfidf.transform(has_word[:, by.words]) * by.recipe.words
    facts = sheet.has_fact[letters][:, by.facts] @ sp.diags(by.fact_scales(sheet))
    return sp.hstack([words, facts], format="csr")
