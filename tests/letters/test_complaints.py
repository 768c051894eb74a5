"""Advice and warning signs that the decision form offers."""

from itertools import product

import pytest
import yaml

from tests.letters.builders import a_draft
from triage.domain.letter import LetterKind, Recipient
from triage.domain.referral import Area, Language
from triage.letters.complaints import load_complaints, suggested_texts
from triage.paths import LEXICON

FILE = load_complaints()
REQUESTED = [(problem.area, problem.requested[0]) for problem in FILE.problems] + [(area, None) for area in Area]


@pytest.mark.parametrize(
    ("area", "requested", "sign"),
    [
        (Area.ENDOSCOPY, "gastroscopy", "maten setter seg fast når du svelger"),
        (Area.EYE, "dry_eye", "øyet blir rødt og vondt"),
        (Area.ENT, "dry_eye", "du mister plutselig hørselen"),
        (Area.EYE, None, "du ser nye lysglimt"),
    ],
)
def test_texts_follow_what_was_asked_for(area: Area, requested: str | None, sign: str) -> None:
    assert sign in suggested_texts(area, requested, Language.BOKMAL).warning_signs


@pytest.mark.parametrize(("asked", "language"), list(product(REQUESTED, Language)))
def test_suggestion_is_enough_for_a_refusal(asked: tuple[Area, str | None], language: Language) -> None:
    texts = suggested_texts(*asked, language)

    draft = a_draft(
        LetterKind.RIGHT_REFUSED, Recipient.PATIENT, language, advice=texts.advice, warning_signs=texts.warning_signs
    )

    assert draft.faults == ()


def test_every_warning_sign_is_a_known_alarm_feature() -> None:
    features = yaml.safe_load((LEXICON / "alarm_features.yaml").read_text("utf-8"))["features"]

    assert set(FILE.signs) <= {feature["id"] for feature in features}


def test_every_sign_is_used_and_defined() -> None:
    used = {sign for texts in (*FILE.problems, *FILE.otherwise.values()) for sign in texts.warning_signs}

    assert used == set(FILE.signs)
