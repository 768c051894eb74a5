"""The decision form: what a person has filled in, what it begins with, and the letters that it would become."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from pydantic import Field, ValidationError

from triage import letter_facts, workflow
from triage.domain.calendar import today, utc_now, weeks_after
from triage.domain.decision import Criterion, Decision, InformationRequest, Outcome, Place, what_is_missing
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway, Recommendation
from triage.domain.referral import Area, Language
from triage.letters.complaints import suggested_texts
from triage.letters.writing import Draft
from triage.store import referrals
from triage.store.desk import KeptForm
from triage.store.referrals import StoredReferral
from triage.web.pages.evidence import reason_from_facts
from triage.web.rendering import load_words
from triage.web.security import PostedForm, Visit
from triage.workflow import Case

_WEEKS = (1, 2, 4, 8, 12, 26)
_OTHER_DAY = "other"
_LONGEST_TEXT = 4000


class DecisionForm(PostedForm):
    """What a person has filled in so far; every field but the version may still be empty."""

    version: int
    recommendation: UUID | None = None
    outcome: Outcome | None = None
    area: Area | None = None
    place: Place | None = None
    forward_place: Place | None = None
    deadline: str = Field(default="", max_length=20)  # a day, or `other`
    other_deadline: str = Field(default="", max_length=20)
    criteria: list[Criterion] = Field(default_factory=list)
    reason: str = Field(default="", max_length=_LONGEST_TEXT)
    advice: str = Field(default="", max_length=_LONGEST_TEXT)  # one a line, as are the signs
    warning_signs: str = Field(default="", max_length=_LONGEST_TEXT)
    language: Language = Language.BOKMAL
    consent: UUID | None = None
    forwarded_to: str = Field(default="", max_length=200)
    emergency_contact: str = Field(default="", max_length=300)
    disagreement: str = Field(default="", pattern=f"^({'|'.join(load_words()['disagreement'])})?$")
    corrects: UUID | None = None
    correction: str = Field(default="", max_length=1000)
    written_in: Language | None = None  # what language the suggested texts were shown in

    def decision(self, case: Case, visit: Visit) -> Decision:
        """What the form says so far, without what another outcome was filled in with. Raises BadInput."""
        area = case.referral.area or self.area
        if self.outcome is None:
            raise BadInput("Velg et utfall først.")
        if area is None:
            raise BadInput("Velg fagområde først.")
        filled_in: dict[str, Any] = {
            "place": self.forward_place if self.outcome is Outcome.FORWARDED else self.place,
            "deadline": self.day() if "deadline" in self.outcome.fields else None,
            "criteria": tuple(self.criteria),
            "advice": _lines(self.advice),
            "warning_signs": _lines(self.warning_signs),
            "consent": next((stored.consent for stored in case.consents if stored.id == self.consent), None),
            "emergency_contact": self.emergency_contact,
            "forwarded_to": self.forwarded_to,
        }
        return Decision(
            id=uuid4(),
            referral_id=case.referral.id,
            outcome=self.outcome,
            area=area,
            decided_by=visit.person,
            decided_at=utc_now(),
            language=self.language,
            reason=self.reason,
            corrects=self.corrects,
            correction=self.correction,
            recommendation_id=self.recommendation if visit.proposals else None,
            disagreement=self.disagreement or None,
            **{name: filled_in[name] for name in self.outcome.fields},
        )

    def in_chosen_language(self, case: Case, visit: Visit) -> "DecisionForm":
        """Suggested texts that nobody has touched follow the letter's language; what a person wrote stays."""
        if self.written_in is None or self.written_in is self.language:
            return self
        before, after = (_suggested(case, visit, language) for language in (self.written_in, self.language))
        # A browser sends line breaks as CR LF.
        changed = {name: after[name] for name, words in before.items() if getattr(self, name).split() == words.split()}
        return self.model_copy(update={**changed, "written_in": self.language})

    def as_of(self, case: Case) -> "DecisionForm":
        """What was typed, about the referral as the page shows it now."""
        now = {"version": case.referral.version, "recommendation": case.referral.recommendation_id}
        return self.model_copy(update=now)

    def day(self) -> date | None:
        """The day that was chosen or typed. Raises BadInput when it is no day."""
        typed = self.other_deadline if self.deadline in ("", _OTHER_DAY) else self.deadline
        if not typed:
            return None
        try:
            return date.fromisoformat(typed)
        except ValueError:
            raise BadInput("Fristen er ikke en dato. Skriv den som åååå-mm-dd.") from None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip(" -•\t") for line in text.splitlines() if line.strip(" -•\t"))


# What it begins with: nothing is decided here ----------------------------------------------------------------------


def prefilled(case: Case, visit: Visit, proposal: Recommendation | None, *, corrects: Decision | None) -> DecisionForm:
    """No outcome is chosen: a person does that. Facts, suggested texts and the recommended deadline are filled in."""
    referral = case.referral
    language = referral.incoming.referral.language or visit.policy.letter_language
    weeks = proposal.deadline_weeks if proposal else None
    recommended = deadlines(referral.clock_start, weeks, today=today()).get(weeks or 0)
    low_value = proposal is not None and proposal.pathway is Pathway.PRIMARY_CARE
    begun = DecisionForm(
        version=referral.version,
        recommendation=referral.recommendation_id,
        area=referral.area,
        place=Place.OWN_DEPARTMENT,
        criteria=[Criterion.BENEFIT] if low_value else [],
        deadline=recommended.isoformat() if recommended else "",
        language=language,
        written_in=language,
        corrects=corrects.id if corrects else None,
    )
    return begun.model_copy(update=_suggested(case, visit, language))


def taken_back(decision: Decision, case: Case, visit: Visit) -> DecisionForm:
    """What a decision that was undone had been made by, so that nobody types it twice."""
    begun = prefilled(case, visit, case.newest if visit.proposals else None, corrects=None)
    said = {name: value for name in DecisionForm.model_fields if (value := getattr(decision, name, None))}
    said |= {name: "\n".join(said[name]) for name in ("advice", "warning_signs") if name in said}
    said |= {name: str(said["deadline"]) for name in ("deadline", "other_deadline") if "deadline" in said}
    said["consent"] = next((stored.id for stored in case.consents if stored.consent == decision.consent), None)
    said |= {"criteria": [*(decision.criteria or begun.criteria)], "forward_place": decision.place}
    return begun.model_copy(update=said)


def deadlines(clock_start: date, recommended_weeks: int | None, *, today: date) -> dict[int, date]:
    """Days to choose among by weeks after the clock started, the recommended one too; none that is past."""
    weeks = sorted({*_WEEKS, *((recommended_weeks,) if recommended_weeks else ())})
    days = {number: weeks_after(clock_start, number) for number in weeks}
    return {number: day for number, day in days.items() if day >= today}


def _suggested(case: Case, visit: Visit, language: Language) -> dict[str, str]:
    """By field: the reason from what the letter says, and the department's advice for what it asks for."""
    newest, referral = case.newest, case.referral
    reason = reason_from_facts(newest.features if newest else (), visit.web.engines.feature_names, language)
    if referral.area is None:
        return {"reason": reason}
    asked = (newest.requested if newest else None) or referral.incoming.referral.requested
    texts = suggested_texts(referral.area, asked, language)
    return {"reason": reason, "advice": "\n".join(texts.advice), "warning_signs": "\n".join(texts.warning_signs)}


def resumed(draft: KeptForm | None, case: Case, *, corrects: Decision | None) -> DecisionForm | None:
    """What was typed before, on the referral as it is now. None when it was about another decision or release."""
    try:
        form = DecisionForm.model_validate_json(draft.form) if draft else None
    except ValidationError:
        return None
    if form is None or form.corrects != (corrects.id if corrects else None):
        return None
    return form.as_of(case)


# Letters before they are written ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """Both letters in words, everything that stands in their way, each thing once, and the decision they tell of."""

    drafts: tuple[Draft, ...]
    faults: tuple[str, ...]
    decision: Decision | None = None


def preview_of(form: DecisionForm, case: Case, visit: Visit) -> Preview:
    try:
        decision = form.decision(case, visit)
    except BadInput as error:
        return Preview((), (str(error),))
    missing = what_is_missing(decision, visit.policy)
    refuses_danger = decision.outcome.is_adverse and case.newest is not None and case.newest.danger
    if visit.proposals and refuses_danger and not decision.disagreement:
        missing = (*missing, workflow.WHY_REFUSE_DANGER)
    drafts = _drafts(visit, decision, case.referral)
    found = [fault.explanation for draft in drafts for fault in draft.faults]
    # A letter that lacks what the decision lacks would only say it once more.
    return Preview(drafts, missing or tuple(dict.fromkeys(found)), decision)


def require_letters(visit: Visit, request: InformationRequest) -> None:
    """Nobody is told that somebody was asked by a letter that cannot be written. Raises BadInput with what is wrong."""
    with visit.db.reading(as_=visit.person) as tx:
        referral = referrals.get(tx, request.referral_id)
    drafts = _drafts(visit, request, referral)
    faults = dict.fromkeys(fault.explanation for draft in drafts for fault in draft.faults)
    if faults:
        raise BadInput(" ".join(("Brevet kan ikke skrives.", *faults)))


def _drafts(visit: Visit, cause: Decision | InformationRequest, referral: StoredReferral) -> tuple[Draft, ...]:
    with visit.db.reading(as_=visit.person) as tx:
        facts = letter_facts.about(tx, cause, referral, visit.policy)
    return visit.web.engines.drafts(facts)
