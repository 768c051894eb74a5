"""Rules, referrals and readings that state only what a test is about."""

from datetime import date
from typing import Any

from triage.domain.finding import Evidence, Experiencer, Feature, Finding, Measurement, MissingFact, Reading, Status
from triage.domain.policy import Mode, Policy, Statutes
from triage.domain.referral import Referral

TODAY = date(2025, 6, 2)
STATUTES = Statutes("pbrl", "§ 2-2", "§ 2-2 a", "§ 2-2 b", "§ 2-3", "§ 2-4", "§ 7-2", 4)


def a_policy(**said: Any) -> Policy:
    return Policy(**{"id": "p", "version": "1", "mode": Mode.ADMINISTRATIVE, "statutes": STATUTES, "units": {}, **said})


def a_referral(**said: Any) -> Referral:
    return Referral(**{"id": "r", "text": "", **said})


def a_reading(
    *features: Feature,
    area: str = "endoscopy",
    requested: str = "",
    findings: tuple[Finding, ...] = (),
    values: tuple[Measurement, ...] = (),
    missing: tuple[str, ...] = (),
) -> Reading:
    return Reading(
        area=area,
        requested=requested,
        language="nb",
        features=features,
        findings=findings,
        measurements=values,
        missing=tuple(MissingFact(item, item, "", decisive=True) for item in missing),
    )


def a_feature(name: str, status: Status = Status.PRESENT, *, at: int = 0, whose: str = "patient") -> Feature:
    return Feature(name, status, (Evidence(at, at + 5),), Experiencer(whose))


def a_rule(**said: Any) -> dict[str, Any]:
    """A rule as its file says it, sound unless the test says otherwise; `None` leaves a field out."""
    rule = {
        "id": "eye/curtain",
        "title": "Gardin",
        "source": "uncited",
        "valid_from": "2024-06-19",
        "reviewed": {"by": "fagansvarlig øye", "date": "2025-02-03", "next": "2027-02-03"},
        "when": {"all": [{"feature": "oye.gardin"}]},
        "then": {"pathway": "emergency", "because": "skygge i synsfeltet"},
        "examples": [
            {"name": "curtain", "given": ["oye.gardin"], "expect": "match"},
            {"name": "denied", "given": ["oye.gardin/negated"], "expect": "no match"},
        ],
        **said,
    }
    return {key: value for key, value in rule.items() if value is not None}
