"""Figures against answers that are counted by hand."""

import pytest

from tests.builders import a_recommendation
from tests.classifier.builders import a_case
from triage.classifier.evaluation import Judged, evaluate, figures, proportion
from triage.domain.finding import Feature, Status
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area

RED, LOW, HOSPITAL = Pathway.CANCER_PATHWAY, Pathway.PRIMARY_CARE, Pathway.HOSPITAL


def judged(gold: Pathway, proposed: Pathway, *, confident: bool = True, **of_case: object) -> Judged:
    return Judged(a_case(gold, **of_case), a_recommendation(proposed, confident=confident))


def test_an_interval_is_wilsons() -> None:
    low, high = proportion([True] * 8 + [False] * 2).interval or (0, 0)

    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


@pytest.mark.parametrize(
    ("one", "sensitivity", "missed"),
    [
        (judged(RED, Pathway.EMERGENCY), 1.0, 0),
        (judged(RED, HOSPITAL, confident=False), 1.0, 0),
        (judged(RED, HOSPITAL), 0.0, 1),
    ],
)
def test_a_red_case_is_caught_when_it_is_proposed_red_or_doubted(one: Judged, sensitivity: float, missed: int) -> None:
    found = figures([one])

    assert (found["red_sensitivity"], len(found["red_missed"])) == (sensitivity, missed)


def test_what_a_colleague_could_choose_is_acceptable_and_not_right() -> None:
    found = figures([judged(HOSPITAL, LOW, also_acceptable=frozenset({LOW}))])

    assert (found["accuracy"], found["accuracy_acceptable"], found["low_value_precision"]) == (0.0, 1.0, 1.0)


def test_doubted_low_value_proposals_do_not_count_in_precision() -> None:
    found = figures([judged(LOW, LOW), judged(HOSPITAL, LOW, confident=False)])

    assert found["low_value_precision"] == 1.0


def test_macro_f1_weighs_rare_pathways_as_much_as_common_ones() -> None:
    found = figures([*[judged(LOW, LOW)] * 8, judged(RED, HOSPITAL), judged(HOSPITAL, HOSPITAL)])

    assert found["macro_f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)


def test_a_feature_counts_with_its_status() -> None:
    case = a_case(LOW, features=frozenset({("gi.vekttap", "negated"), ("gi.dysfagi", "present")}))
    features = (Feature("gi.vekttap", Status.PRESENT), Feature("gi.dysfagi", Status.PRESENT))
    found = figures([Judged(case, a_recommendation(LOW, features=features))])

    assert (found["features_precision"], found["features_recall"], found["features_f1"]) == (0.5, 0.5, 0.5)


def test_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    sure = a_recommendation(LOW, probabilities={LOW: 0.85, RED: 0.15})
    found = figures([Judged(a_case(LOW), sure), Judged(a_case(RED), sure)])

    assert found["ece"] == pytest.approx(0.35)


def test_every_figure_is_told_by_area_language_and_referrer() -> None:
    found = evaluate([judged(LOW, LOW, area=Area.EYE), judged(LOW, RED, area=Area.ENT)], seconds=0.5)

    assert {area: group["accuracy"] for area, group in found["by"]["area"].items()} == {"ent": 0.0, "eye": 1.0}
    assert set(found["by"]) == {"area", "language", "referrer"}
    assert found["docs_per_second"] == 4


def test_nothing_to_measure_gives_nothing_and_no_fault() -> None:
    found = figures([])

    assert (found["n"], found["accuracy"], found["macro_f1"], found["ece"]) == (0, None, None, None)
