"""A policy is checked before anything is proposed under it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from triage.domain.errors import NotReady
from triage.domain.policy import Mode
from triage.paths import POLICIES
from triage.rules.policy_file import load_policy


def a_file(folder: Path, **said: Any) -> Path:
    """The bundled default with changes; `None` leaves a field out."""
    policy = yaml.safe_load((POLICIES / "default.yaml").read_text(encoding="utf-8")) | said
    path = folder / "policy.yaml"
    path.write_text(
        yaml.safe_dump({key: value for key, value in policy.items() if value is not None}), encoding="utf-8"
    )
    return path


def test_default_policy_proposes_nothing() -> None:
    assert load_policy(POLICIES / "default.yaml").mode is Mode.ADMINISTRATIVE


def test_demo_policy_supports_decisions_and_names_its_approver() -> None:
    demo = load_policy(POLICIES / "demo.yaml")

    assert demo.mode is Mode.DECISION_SUPPORT
    assert demo.approved_by
    assert set(demo.units) == {"endoscopy", "eye", "ent"}


STATUTES = yaml.safe_load((POLICIES / "default.yaml").read_text(encoding="utf-8"))["statutes"]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"statutes": None}, "statutes mangler"),
        ({"statutes": STATUTES | {"complaint": ""}}, "alle paragrafer"),
        ({"statutes": STATUTES | {"complaint_weeks": 0}}, "alle paragrafer"),
        ({"statutes": STATUTES | {"klage": "§ 7-2"}}, "statutes.klage er et ukjent felt"),
        ({"aldersgrense": 50}, "aldersgrense er et ukjent felt"),
        ({"units": {"eye": {"name": "Øye", "telefon": "1"}}}, "units.eye.telefon er et ukjent felt"),
        (
            {"units": {"hud": yaml.safe_load((POLICIES / "demo.yaml").read_text(encoding="utf-8"))["units"]["eye"]}},
            "units",
        ),
        ({"mode": "auto"}, "mode er ikke en av de tillatte verdiene"),
        ({"mode": "decision_support"}, "approved_by"),
        ({"mode": "decision_support", "approved_by": "Solveig Demolund"}, "approved_on"),
        ({"low_value_age_limit": "55"}, "low_value_age_limit må være et helt tall"),
        ({"low_value_age_limit": True}, "low_value_age_limit må være et helt tall"),
        ({"low_value_age_limit": 61}, "aldersgrensene"),
        ({"low_value_age_limit": -1}, "aldersgrensene"),
        ({"national_age_limit": 61}, "aldersgrensene"),
        ({"assessment_working_days": 0}, "assessment_working_days"),
        ({"assessment_working_days": 11}, "assessment_working_days"),
        ({"red_sensitivity": 98}, "andeler"),
        ({"blind_first_share": -0.1}, "andeler"),
        ({"claim_minutes": -1}, "antall"),
        ({"hide_counts_below": 2}, "hide_counts_below må være minst 3"),
        ({"retention_days": {"referral": 0}}, "retention_days"),
        ({"retention_days": {"referral": 10**9}}, "retention_days"),
        ({"retention_days": [30]}, "retention_days må være felter med verdier"),
        ({"mode": "decision_support", "approved_by": " ", "approved_on": "2026-01-05"}, "approved_by"),
        ({"id": None}, "id mangler"),
    ],
)
def test_policy_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(NotReady, match=complaint):
        load_policy(a_file(tmp_path, **said))


@pytest.mark.parametrize(
    "said",
    [
        {"low_value_age_limit": 60},
        {"low_value_age_limit": 45},
        {"assessment_working_days": 1},
        {"assessment_working_days": 10},
        {"hide_counts_below": 3},
        {"retention_days": {"referral": 1}},
    ],
)
def test_department_may_choose_within_the_limits(tmp_path: Path, said: dict[str, Any]) -> None:
    assert load_policy(a_file(tmp_path, **said)).label == "standard@1"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"aldersgrensene.*andeler"):
        load_policy(a_file(tmp_path, low_value_age_limit=99, red_sensitivity=2))


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "a: 1\na: 2\n"])
def test_file_that_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(NotReady, match=r"policy\.yaml"):
        load_policy(path)
