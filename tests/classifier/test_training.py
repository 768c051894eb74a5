"""Training: the same cases give the same model, and a model that can be used."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml

from tests.classifier.conftest import BATCHES, Made
from triage.classifier import training
from triage.classifier.card import write_card
from triage.classifier.cases import Case
from triage.classifier.half_read import half_read
from triage.classifier.learning import COURTESIES, Kind, Recipe, fit
from triage.classifier.model import Model, largest_difference, read_examples
from triage.classifier.training import Program
from triage.cli import main
from triage.domain.errors import BadInput
from triage.domain.recommendation import PATHWAYS, Versions
from triage.domain.referral import Area
from triage.paths import MODELS

FILES = ("model.onnx", "vocabulary.tsv", "limits.yaml", "examples.jsonl")


def test_the_same_cases_give_the_same_bytes(cases: list[Case], program: Program, made: Made, tmp_path: Path) -> None:
    training.train(cases, program, tmp_path)

    assert [(tmp_path / f).read_bytes() for f in FILES] == [(made.folder / f).read_bytes() for f in FILES]


def test_what_is_exported_is_what_was_fitted(made: Made) -> None:
    assert largest_difference(Model(made.folder, "1"), read_examples(made.folder)) < 1e-5


def test_the_graph_has_standard_operators_and_no_text(made: Made) -> None:
    graph = onnx.load(made.folder / "model.onnx")

    assert {one.domain for one in graph.opset_import} == {""}
    assert {i.type.tensor_type.elem_type for i in graph.graph.input} == {onnx.TensorProto.INT32}


def test_no_word_of_the_letters_stands_in_the_files(cases: list[Case], made: Made) -> None:
    written = (made.folder / "vocabulary.tsv").read_text(encoding="utf-8")
    digests = [line for line in written.splitlines() if "\t" not in line]

    assert len(digests) > 100
    assert all(len(line) == 15 and set(line) <= set("0123456789abcdef") for line in digests)


def test_a_case_is_judged_by_what_was_learnt_from_other_writers(made: Made) -> None:
    sheet = made.trained.trials.sheet
    hers = sheet.of_kind(Kind.REAL)[sheet.writers[sheet.of_kind(Kind.REAL)] == "dev01"]
    changed = replace(sheet, targets=np.where(sheet.writers == "dev01", 0, sheet.targets))

    fitted, without_her = (fit(one, Recipe("r", forgotten=0.5), without="dev01") for one in (sheet, changed))

    assert (fitted.logits(sheet, hers) == without_her.logits(sheet, hers)).all()


def test_courtesies_say_nothing_of_the_patient(made: Made, program: Program) -> None:
    patient = made.trained.letters[0].referral

    for area in Area:
        reading = program.read(replace(patient, area=area, text="\n".join(COURTESIES)))
        assert not (*reading.features, *reading.measurements), area


def test_the_mean_of_some_draws_is_drawn_again_the_same(made: Made) -> None:
    sheet, recipe = made.trained.trials.sheet, Recipe("r", forgotten=0.5, courteous=True)

    one, three, again = (fit(sheet, recipe, draws=draws).weights for draws in (1, 3, 3))

    assert (three == again).all()
    assert not np.allclose(one, three)


@pytest.mark.parametrize("batches", [["dev01"], ["dev01", "dev02"]])
def test_fewer_than_three_writers_are_too_few(
    cases: list[Case], program: Program, tmp_path: Path, batches: list[str]
) -> None:
    with pytest.raises(BadInput, match="minst 3 filer"):
        training.train([case for case in cases if case.batch in batches], program, tmp_path)


def test_a_half_read_letter_lacks_features_and_nothing_else(made: Made, program: Program) -> None:
    whole = [seen.reading for seen in made.trained.letters]
    half = [seen.reading for seen in half_read(made.trained.letters, program.judge)]

    assert 0.65 < sum(len(r.features) for r in half) / sum(len(r.features) for r in whole) < 0.9
    assert [r.measurements for r in half] == [r.measurements for r in whole]


def test_a_pathway_that_no_case_has_is_never_proposed(cases: list[Case], program: Program, tmp_path: Path) -> None:
    rare = PATHWAYS[-1]
    trained = training.train([case for case in cases if case.pathway is not rare], program, tmp_path)

    assert max(one.probabilities[rare] for one in trained.predictions) < 0.02


def test_the_card_tells_figures_misses_and_gates(cases: list[Case], program: Program, made: Made) -> None:
    write_card(made.trained, program, cases[:4], Versions("m", "r", "p", "l"), made.folder)

    card = yaml.safe_load((made.folder / "card.yaml").read_text(encoding="utf-8"))

    assert {"purpose", "not_for", "limits", "data", "promises", "figures", "groups", "missed", "gates"} <= set(card)
    assert set(card["figures"]) == {"together", "model_alone", "rules_alone", "half_read"}
    assert card["data"]["batches"] == {"dev01": 20, "dev02": 20, "dev03": 20}
    assert card["gates"]["parity"]["passed"]


def test_few_cases_promise_nothing_and_say_how_many_it_takes(made: Made) -> None:
    promise = made.trained.promises["red"]

    assert (promise.is_kept, promise.needed) == (False, 149)


def test_the_command_trains_and_fails_on_a_gate_that_is_not_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "home"))
    files = [few_lines(tmp_path, name, 15) for name in BATCHES]
    contrast = few_lines(tmp_path, "contrast_d1", 2)

    code = main(["train", *map(str, files), "--out", str(tmp_path / "tried"), "--contrast", str(contrast)])

    card = yaml.safe_load((tmp_path / "tried" / "card.yaml").read_text(encoding="utf-8"))
    failed = [name for name, gate in card["gates"].items() if not gate["passed"]]
    assert code == (14 if failed else 0)
    assert ", ".join(failed) in capsys.readouterr().out


def few_lines(folder: Path, name: str, count: int) -> Path:
    """The first cases of a file of the corpus."""
    few = folder / f"{name}.jsonl"
    few.write_bytes(b"".join((MODELS / "corpus" / few.name).read_bytes().splitlines(keepends=True)[:count]))
    return few
