"""Other classifiers of Norwegian letters, each trained on the same texts. What is not installed is told as missing."""

import random
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

Shares = npt.NDArray[np.float64]
Predict = Callable[[Sequence[str]], Shares]


def scikit_learn(texts: Sequence[str], targets: Sequence[int]) -> Predict:
    """TF-IDF of words and of characters, and logistic regression: the usual strong baseline."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline, make_union  # noqa: PLC0415

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True)
    fitted = make_pipeline(make_union(words, characters), LogisticRegression(C=10, max_iter=300)).fit(texts, targets)
    predict: Predict = fitted.predict_proba
    return predict


def scikit_learn_words(texts: Sequence[str], targets: Sequence[int]) -> Predict:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    fitted = make_pipeline(words, LogisticRegression(C=10, max_iter=300)).fit(texts, targets)
    predict: Predict = fitted.predict_proba
    return predict


def _spacy(texts: Sequence[str], targets: Sequence[int], architecture: str, *, epochs: int) -> Predict:
    import spacy  # noqa: PLC0415
    from spacy.training import Example  # noqa: PLC0415

    nlp = spacy.blank("nb")
    labels = [str(i) for i in range(6)]
    model = {"@architectures": architecture}
    if architecture.startswith("spacy.TextCatBOW"):
        model |= {"exclusive_classes": True, "ngram_size": 2, "no_output_layer": False}  # type: ignore[dict-item]
    component = nlp.add_pipe("textcat", config={"model": model} if epochs == 10 else {})
    for label in labels:
        component.add_label(label)  # type: ignore[attr-defined]
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {label: float(label == str(target)) for label in labels}})
        for text, target in zip(texts, targets, strict=True)
    ]
    optimizer, order = nlp.initialize(lambda: examples), random.Random(0)
    for _ in range(epochs):
        order.shuffle(examples)
        for start in range(0, len(examples), 16):
            nlp.update(examples[start : start + 16], sgd=optimizer, drop=0.2)
    return lambda letters: np.array([[doc.cats[label] for label in labels] for doc in nlp.pipe(letters)])


def spacy_bag(texts: Sequence[str], targets: Sequence[int]) -> Predict:
    return _spacy(texts, targets, "spacy.TextCatBOW.v3", epochs=10)


def spacy_ensemble(texts: Sequence[str], targets: Sequence[int]) -> Predict:
    return _spacy(texts, targets, "spacy.TextCatEnsemble.v2", epochs=4)


def fast_text(texts: Sequence[str], targets: Sequence[int]) -> Predict:
    import tempfile  # noqa: PLC0415

    import fasttext  # noqa: PLC0415

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"__label__{t} {' '.join(x.split())}\n" for x, t in zip(texts, targets, strict=True))
        file.flush()
        model = fasttext.train_supervised(file.name, lr=1.0, epoch=50, wordNgrams=2, loss="ova", thread=1)

    def predict(letters: Sequence[str]) -> Shares:
        shares = np.zeros((len(letters), 6))
        for row, text in zip(shares, letters, strict=True):
            for share, label in model.f.predict(" ".join(text.split()) + "\n", 6, 0.0, "strict"):
                row[int(label.removeprefix("__label__"))] = share
        return shares

    return predict


PEERS: dict[str, tuple[str, Callable[[Sequence[str], Sequence[int]], Predict]]] = {
    "scikit-learn words + characters": ("sklearn", scikit_learn),
    "scikit-learn words": ("sklearn", scikit_learn_words),
    "spaCy bag": ("spacy", spacy_bag),
    "spaCy ensemble": ("spacy", spacy_ensemble),
    "fastText": ("fasttext", fast_text),
}


def trained(texts: Sequence[str], targets: Sequence[int], names: Sequence[str]) -> tuple[dict[str, Predict], list[str]]:
    """The peers by name, and those whose library is missing."""
    missing = [name for name in names if find_spec(PEERS[name][0]) is None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, not ours
        return {name: PEERS[name][1](texts, targets) for name in names if name not in missing}, missing
