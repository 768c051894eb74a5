"""A linear model on words and facts: letters as two sparse tables, a convex fit, and the choice of a recipe.

The recipe is the one whose mistakes cost least on writers that it has not seen: every pathway's calibrated share is
weighed with what proposing it would cost, so that a near miss counts too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from triage.classifier.calibration import Floats, softmax, temperature
from triage.classifier.facts import facts_of
from triage.classifier.features import Pair, batches
from triage.classifier.hashing import U64, composed, words_of
from triage.domain.recommendation import PATHWAYS, Pathway

Picks = npt.NDArray[np.int64]

_FEWEST = 2  # letters that a form or a fact must stand in to be learnt
_NEVER = -20.0  # logit of a pathway that no letter has


class Kind(StrEnum):
    REAL = "real"
    EDITED = "edited"
    GOLDEN = "golden"  # never learnt from


@dataclass(frozen=True, slots=True)
class Letter:
    """One line of a sheet."""

    pair: Pair
    target: Pathway
    writer: str
    kind: Kind = Kind.REAL


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model sees, how much an edited letter weighs beside a real one, and how freely it fits."""

    name: str
    words: bool = True
    facts: bool = True
    edits: float = 0.0
    fact_scale: float = 0.1
    strength: float = 10.0  # inverse of the L2 penalty


RECIPES = (
    Recipe("words", facts=False),
    Recipe("findings", words=False),
    Recipe("words and findings"),
    Recipe("words and findings, milder penalty", strength=30.0),
    Recipe("words and findings, findings weigh more", fact_scale=0.2),
    Recipe("words and findings, edited letters", edits=0.15),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Letters with presence of word forms [letters, hashes] and of facts [letters, facts], and their right pathways."""

    hashes: U64
    facts: tuple[str, ...]
    has_word: sp.csr_matrix
    has_fact: sp.csr_matrix
    targets: Picks
    writers: npt.NDArray[np.str_]
    kinds: npt.NDArray[np.str_]

    def of_kind(self, kind: Kind) -> Picks:
        return np.flatnonzero(self.kinds == kind)

    def words_known(self, letters: Picks) -> Picks:
        """Columns of the words that stand in enough of the real ones of the letters to be learnt."""
        return _columns(self.has_word, letters[self.kinds[letters] == Kind.REAL])[0]

    def learnt_from(self, recipe: Recipe, *, without: str = "") -> Picks:
        """The letters that the recipe learns from, but for those of one writer."""
        weighs = (self.kinds == Kind.REAL) | ((self.kinds == Kind.EDITED) & (recipe.edits > 0))
        return np.flatnonzero(weighs & (self.writers != without))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights [words then facts, classes]; words of a letter have length 1 together, weighed by `idf`."""

    words: Picks
    facts: Picks
    idf: Floats
    fact_scale: float
    weights: Floats
    bias: Floats

    def logits(self, sheet: Sheet, letters: Picks) -> Floats:
        logits: Floats = _seen(sheet, letters, self) @ self.weights + self.bias
        return logits


def sheet_of(letters: Sequence[Letter]) -> Sheet:
    pairs = [letter.pair for letter in letters]
    words = [forms for cut in batches(pairs) for forms in _forms(pairs[cut])]
    hashes = np.unique(np.concatenate(words))
    said = [sorted(facts_of(*pair)) for pair in pairs]
    facts = sorted(set().union(*said))
    column = {fact: i for i, fact in enumerate(facts)}
    return Sheet(
        hashes=hashes,
        facts=tuple(facts),
        has_word=_presence([np.searchsorted(hashes, forms) for forms in words], len(hashes)),
        has_fact=_presence([np.array([column[fact] for fact in one], np.int64) for one in said], len(facts)),
        targets=np.array([letter.target.rank for letter in letters]),
        writers=np.array([letter.writer for letter in letters]),
        kinds=np.array([letter.kind for letter in letters]),
    )


def fit(sheet: Sheet, recipe: Recipe, *, without: str = "") -> Fitted:
    """Multinomial logistic regression on all writers' letters but one's; the same in gives the same out."""
    letters = sheet.learnt_from(recipe, without=without)
    real = letters[sheet.kinds[letters] == Kind.REAL]
    words, found_in = _columns(sheet.has_word, real) if recipe.words else _NOTHING
    facts, _ = _columns(sheet.has_fact, letters) if recipe.facts else _NOTHING
    blank = Fitted(words, facts, np.log((len(real) + 1) / (found_in + 1)) + 1, recipe.fact_scale, _NONE, _NONE)
    weigh = np.where(sheet.kinds[letters] == Kind.EDITED, recipe.edits, 1.0)
    regression = LogisticRegression(C=recipe.strength * len(real) / weigh.sum(), max_iter=200, tol=1e-3)
    regression.fit(_seen(sheet, letters, blank), sheet.targets[letters], sample_weight=weigh)
    weights, bias = np.zeros((len(words) + len(facts), len(PATHWAYS))), np.full(len(PATHWAYS), _NEVER)
    # Rounded, so that the last bit of another machine's sums does not make another model.
    weights[:, regression.classes_] = regression.coef_.T.round(6)
    bias[regression.classes_] = regression.intercept_.round(6)
    return Fitted(words, facts, blank.idf, recipe.fact_scale, weights, bias)


class Trials:
    """Every recipe tried on each writer's letters, by what it learnt from the others. `costs` are [real letters, 6]."""

    def __init__(self, sheet: Sheet, costs: Floats) -> None:
        self._costs, self._real = costs, sheet.of_kind(Kind.REAL)
        self.sheet, self.written_by, self.targets = sheet, sheet.writers[self._real], sheet.targets[self._real]
        self.writers = sorted(set(self.written_by.tolist()))
        self.logits = {recipe: self.out_of_fold(recipe) for recipe in RECIPES}

    def out_of_fold(self, recipe: Recipe, targets: Picks | None = None) -> Floats:
        """Logits of every real letter; `targets` replace the right pathways, to try what is learnt from wrong ones."""
        sheet, logits = self.sheet, np.zeros((len(self._real), len(PATHWAYS)))
        if targets is not None:
            dealt = sheet.targets.copy()
            dealt[self._real] = targets
            sheet = replace(sheet, targets=dealt)
        for writer in self.writers:
            here = self.written_by == writer
            logits[here] = fit(sheet, recipe, without=writer).logits(sheet, self._real[here])
        return logits

    def cost(self, recipe: Recipe, *, without: str = "") -> float:
        """Mean cost over the letters of all writers but one."""
        here = self.written_by != without
        logits = self.logits[recipe][here]
        shares = softmax(logits / temperature(logits, self.targets[here]))
        return float((shares * self._costs[here]).sum(axis=1).mean())

    def best(self, *, without: str = "") -> Recipe:
        return min(RECIPES, key=lambda recipe: self.cost(recipe, without=without))

    def nested(self) -> Floats:
        """Logits of every letter by the recipe that the other writers choose: what choosing costs is in them."""
        chosen = {writer: self.logits[self.best(without=writer)] for writer in self.writers}
        return np.array([chosen[writer][i] for i, writer in enumerate(self.written_by.tolist())])


_NONE = np.zeros(0)
_NOTHING = (np.zeros(0, np.int64), _NONE)


def _forms(pairs: Sequence[Pair]) -> list[U64]:
    """The distinct word forms of each letter."""
    parsed = words_of([composed(referral.text) for referral, _ in pairs])
    letters = parsed.letters.take(parsed.of) if len(parsed.of) else parsed.of
    return [np.unique(parsed.hashes[letters == i]) for i in range(len(pairs))]


def _presence(columns: Sequence[Picks], width: int) -> sp.csr_matrix:
    ends = np.cumsum([0, *map(len, columns)])
    return sp.csr_matrix((np.ones(ends[-1]), np.concatenate(columns), ends), shape=(len(columns), width))


def _columns(presence: sp.csr_matrix, letters: Picks) -> tuple[Picks, Floats]:
    """Columns that stand in enough of the letters, and in how many."""
    counts = np.asarray(presence[letters].sum(axis=0)).ravel()
    kept = np.flatnonzero(counts >= _FEWEST)
    return kept, counts[kept]


def _seen(sheet: Sheet, letters: Picks, by: Fitted) -> sp.csr_matrix:
    """[letters, words then facts]"""
    words = sheet.has_word[letters][:, by.words]
    norm = np.maximum(np.sqrt(words @ by.idf**2), 1e-3)
    return sp.hstack(
        [sp.diags(1 / norm) @ words @ sp.diags(by.idf), sheet.has_fact[letters][:, by.facts] * by.fact_scale],
        format="csr",
    )
