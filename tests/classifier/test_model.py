"""The model in service: what it was when it was trained, and why it says what it says."""

import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triage.classifier.features import Seen
from triage.classifier.model import SHOWN, THE_REST, Limits, Model, largest_difference, load_model, read_examples
from triage.classifier.release import read_manifest
from triage.classifier.words import LONGEST
from triage.domain.errors import NotReady
from triage.domain.finding import Reading
from triage.domain.recommendation import PATHWAYS, Prediction
from triage.domain.referral import Referral
from triage.paths import MODELS

LIMITS = Limits(red_from=0.2, low_value_from=0.9, unknown_words_above=0.3)
MANIFEST = read_manifest(MODELS)
IN_USE = MANIFEST.versions[MANIFEST.in_use].folder
EXAMPLES = read_examples(MODELS / IN_USE)


@pytest.fixture(scope="module")
def letters() -> list[Seen]:
    return [example.seen for example in EXAMPLES]


def with_shares(red: float = 0.0, low: float = 0.0, *, unknown: float = 0.0, length: int = 0) -> Prediction:
    shares = np.array([red, 0, 1 - red - low, 0, low, 0])
    return LIMITS.predicted(shares, unknown=unknown, length=length)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.seen.referral.id)
def test_service_computes_what_training_computed(shipped: Model, example: object) -> None:
    assert largest_difference(shipped, [example]) < 1e-5  # type: ignore[list-item]


@pytest.mark.parametrize(
    "case",
    [
        "golden-empty",
        "golden-decomposed",
        "golden-very-long",
        "golden-other-script",
        "golden-nynorsk",
        "golden-signs-only",
    ],
)
def test_the_examples_hold_what_is_hard_to_read(case: str) -> None:
    assert case in {example.seen.referral.id for example in EXAMPLES}


def test_without_reasons_the_prediction_is_the_same(shipped: Model, letters: list[Seen]) -> None:
    quick, explained = shipped.predict(letters, explained=False), shipped.predict(letters)

    assert quick == [replace(one, contributions=()) for one in explained]


@pytest.mark.parametrize("size", [1, 7, 64, 200])
def test_a_letter_is_judged_alike_in_every_company(shipped: Model, letters: list[Seen], size: int) -> None:
    short = letters[:8]
    many = (short * 25)[:size]

    alone = np.concatenate([shipped.probabilities([pair]) for pair in short] * 25)[:size]

    assert np.abs(shipped.probabilities(many) - alone).max() < 1e-6


def test_long_letters_are_judged_a_few_at_a_time(shipped: Model, letters: list[Seen]) -> None:
    long = [replace(one, referral=replace(one.referral, text=one.referral.text * 2000)) for one in letters[:4]]
    tracemalloc.start()

    many = shipped.probabilities(long * 8)

    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    alone = np.concatenate([shipped.probabilities([one]) for one in long])
    assert np.abs(many - np.tile(alone, (8, 1))).max() < 1e-6


def test_explained_and_plain_probabilities_are_the_same(shipped: Model, letters: list[Seen]) -> None:
    explained = [[one.probabilities[p] for p in PATHWAYS] for one in shipped.predict(letters)]

    assert np.array(explained) == pytest.approx(shipped.probabilities(letters))


def test_nothing_is_predicted_for_no_letters(shipped: Model) -> None:
    assert shipped.predict([]) == []
    assert shipped.probabilities([]).shape == (0, 6)


def test_probabilities_sum_to_one(shipped: Model, letters: list[Seen]) -> None:
    assert shipped.probabilities(letters).sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.seen.referral.id)
def test_contributions_and_the_rest_make_the_whole_logit(shipped: Model, example: object) -> None:
    seen = example.seen  # type: ignore[attr-defined]
    known = shipped._known([seen])
    logits = shipped._run(known, "logits")[0][0]

    prediction = shipped.predict([seen])[0]

    assert sum(one.weight for one in prediction.contributions) == pytest.approx(float(logits.max()), abs=1e-5)
    assert prediction.contributions[-1].label == THE_REST
    assert len(prediction.contributions) <= SHOWN + 1


def test_the_rest_is_what_no_word_or_finding_says(shipped: Model) -> None:
    """With all parts shown, the rest is the model's bias, whichever letter it is."""
    bare = Reading(area="", requested="", language="nb")
    rests = [shipped.predict([Seen(Referral("1", text), bare)])[0] for text in ("", "zzzz", "12 34")]

    assert len({rest.contributions[-1].weight for rest in rests}) == 1


def test_a_word_is_shown_where_it_stands(shipped: Model, letters: list[Seen]) -> None:
    referral, reading = letters[1].referral, letters[1].reading
    [prediction] = shipped.predict([Seen(referral, replace(reading, findings=(), features=(), measurements=()))])
    shown = [one for one in prediction.contributions if one.label.startswith("«")]

    quoted = [referral.text[one.evidence[0].start : one.evidence[0].end].lower() for one in shown]

    assert quoted
    assert [one.label.partition("»")[0][1:] for one in shown] == quoted


@pytest.mark.parametrize(("red", "doubted"), [(0.19, False), (0.2, True), (0.21, True)])
def test_a_red_pathway_that_cannot_be_ruled_out_gives_doubt(red: float, doubted: bool) -> None:
    assert (with_shares(red).abstained_because is not None) is doubted


@pytest.mark.parametrize(("low", "sure"), [(0.89, False), (0.9, True), (0.91, True)])
def test_low_value_must_be_sure(low: float, sure: bool) -> None:
    assert (with_shares(low=low).unsure_of_low_value is None) is sure


@pytest.mark.parametrize(("unknown", "unlike"), [(0.29, False), (0.3, False), (0.31, True)])
def test_many_unknown_words_make_a_letter_unlike_those_trained_on(unknown: float, unlike: bool) -> None:
    assert with_shares(unknown=unknown).unlike_training is unlike


@pytest.mark.parametrize(("length", "unlike"), [(LONGEST, False), (LONGEST + 1, True)])
def test_so_does_a_letter_too_long_to_be_read(length: int, unlike: bool) -> None:
    assert with_shares(length=length).unlike_training is unlike


def test_without_limits_everything_is_doubted() -> None:
    none = Limits(red_from=None, low_value_from=None, unknown_words_above=1)
    prediction = none.predicted(np.array([0, 0, 0, 0, 1.0, 0]), unknown=0)

    assert prediction.abstained_because
    assert prediction.unsure_of_low_value


@pytest.mark.parametrize(
    "text", ["Пациент жалуется на боль", "The patient complains of heartburn after meals every week"]
)
def test_another_language_is_unlike_those_trained_on(shipped: Model, letters: list[Seen], text: str) -> None:
    referral = replace(letters[0].referral, text=text)

    assert shipped.predict([replace(letters[0], referral=referral)])[0].unlike_training


@pytest.mark.parametrize("file", ["model.onnx", "vocabulary.tsv", "limits.yaml", "card.yaml", "examples.jsonl"])
def test_a_changed_file_is_refused(tmp_path: Path, file: str) -> None:
    shutil.copytree(MODELS / IN_USE, tmp_path / IN_USE)
    shutil.copy(MODELS / "manifest.yaml", tmp_path)
    changed = tmp_path / IN_USE / file
    changed.write_bytes(changed.read_bytes() + b"\n")

    with pytest.raises(NotReady, match="kontrollsum"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["", "in_use: b\nversions: {}\n", "in_use: [", "in_use: a\nversions: {}\nextra: 1\n"], ids=range(4)
)
def test_a_manifest_that_cannot_be_used_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.yaml").write_text(manifest, encoding="utf-8")

    with pytest.raises(NotReady, match=r"manifest\.yaml"):
        load_model(tmp_path)
