"""Reader, rules, model, policy and letter templates, loaded once: from a referral to a recommendation, purely."""

import gc
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from triage.domain.finding import Reading
from triage.domain.letter import Letter, LetterFacts
from triage.domain.policy import Policy
from triage.domain.recommendation import Prediction, Recommendation, RuleMatch, Versions
from triage.domain.referral import Referral
from triage.settings import Settings

if TYPE_CHECKING:  # loaded by `load_engines`, so that commands that need no engine start at once
    from triage.classifier.features import Seen
    from triage.classifier.model import Model
    from triage.letters.templates import Templates
    from triage.letters.writing import Draft
    from triage.nlp.reader import Reader
    from triage.rules.book import RuleBook


@dataclass(frozen=True, slots=True)
class Engines:
    """Without a model, rules alone propose. Safe to share between threads."""

    reader: "Reader"
    rules: "RuleBook"
    model: "Model | None"
    policy: Policy
    templates: "Callable[[], Templates]"  # loaded when the first letter is written
    feature_names: Mapping[str, str]  # of the alarm features, in Norwegian, by id
    tried: "Model | None" = None  # beside the one in use; see `in_shadow`

    @property
    def versions(self) -> Versions:
        return Versions(
            model=self.model.version if self.model else "none",
            rules=self.rules.version,
            policy=self.policy.label,
            lexicon=self.reader.version,
        )

    def in_shadow(self) -> "Engines | None":
        """The same with the model that is only tried: what it proposes is counted, and shown with no referral."""
        return replace(self, model=self.tried, tried=None) if self.tried else None

    def recommend(self, referral: Referral, *, today: date) -> Recommendation:
        """What we propose for one referral. The same referral, day and versions give the same answer."""
        return self.recommend_many([referral], today=today)[0]

    def recommend_many(
        self, referrals: Sequence[Referral], *, today: date, explained: bool = True
    ) -> list[Recommendation]:
        """The same for many at a time, in the order given; the model is quicker on many, and without its reasons."""
        from triage.classifier.features import Seen  # noqa: PLC0415

        read = zip(referrals, self.reader.read_many(referrals), strict=True)
        seen = [Seen(referral, reading, self.matches(referral, reading, today=today)) for referral, reading in read]
        return [self.propose(*one) for one in zip(seen, self.opinions(seen, explained=explained), strict=True)]

    def letters(self, facts: LetterFacts) -> tuple[Letter, ...]:
        """To each recipient of its kind, the patient first. Raises LetterContradicts."""
        from triage.letters.writing import write_letters  # noqa: PLC0415 (slow, and only letters need it)

        return write_letters(facts, policy=self.policy, templates=self.templates())

    def drafts(self, facts: LetterFacts) -> tuple["Draft", ...]:
        """The same letters in words, with the faults that would stop them: quick enough for a preview."""
        from triage.letters.writing import draft_letters  # noqa: PLC0415

        return draft_letters(facts, policy=self.policy, templates=self.templates())

    def matches(self, referral: Referral, reading: Reading, *, today: date) -> tuple[RuleMatch, ...]:
        """The rules that hold."""
        from triage.rules.book import evaluate  # noqa: PLC0415 (only engines need them)

        return evaluate(self.rules, referral, reading, self.policy, today=today)

    def opinions(self, seen: Sequence["Seen"], *, explained: bool) -> Sequence[Prediction | None]:
        """The model's, if there is one."""
        return self.model.predict(seen, explained=explained) if self.model else [None] * len(seen)

    def propose(self, seen: "Seen", prediction: Prediction | None) -> Recommendation:
        """The rules that hold and the model's opinion, if there is one, put together."""
        from triage.nlp.summary import summarise  # noqa: PLC0415
        from triage.rules.precedence import combine  # noqa: PLC0415

        reading, matches = seen.reading, seen.matches
        proposal = combine(matches, prediction, reading)
        return Recommendation(
            pathway=proposal.pathway,
            area=reading.area,
            requested=reading.requested,
            probabilities=prediction.probabilities if prediction else {},
            confident=proposal.confident,
            abstained_because=proposal.abstained_because,
            deadline_weeks=proposal.deadline_weeks,
            summary=summarise(reading, matches, proposal.pathway, self.feature_names, age=seen.referral.age),
            reasons=matches,
            features=reading.features,
            missing=reading.missing,
            versions=self.versions,
            measurements=reading.measurements,
            contributions=prediction.contributions if prediction else (),
            letter_length=len(seen.referral.text),
            unseen_words=prediction.unseen_words if prediction else None,
        )


def load_engines(settings: Settings, *, with_model: bool = True, with_letters: bool = True) -> Engines:
    """Raises NotReady when a file is missing or is not the approved one. A missing model is allowed: rules remain.

    Without letters, their templates are not looked at before the first is written.
    """
    gc.disable()  # Nothing that is loaded is garbage, and looking for it would take a fifth of the time.
    try:
        return _loaded(settings, with_model=with_model, with_letters=with_letters)
    finally:
        gc.enable()
        gc.freeze()


def _loaded(settings: Settings, *, with_model: bool, with_letters: bool) -> Engines:
    from triage.letters.templates import load_templates  # noqa: PLC0415 (slow)
    from triage.nlp.reader import load_reader  # noqa: PLC0415
    from triage.rules.book import load_rules  # noqa: PLC0415
    from triage.rules.policy_file import load_policy  # noqa: PLC0415

    folder, own = settings.letter_templates, settings.letter_overrides
    templates = cache(partial(load_templates, folder, overrides=own, only_approved=settings.production))
    if with_letters:
        templates()
    compiled = _cache_of(settings)
    reader = load_reader(settings.models / "lexicon", cache=compiled)
    model, tried = _load_models(settings.models) if with_model else (None, None)
    return Engines(
        reader=reader,
        rules=load_rules(settings.rules, cache=compiled),
        model=model,
        policy=load_policy(settings.policy_file),
        templates=templates,
        feature_names={known["id"]: known["name"] for known in reader.lexicon.data["alarm_features"]["features"]},
        tried=tried,
    )


def _cache_of(settings: Settings) -> Path | None:
    """Where compiled files may lie; None where nothing may be written, as in a sealed container."""
    folder = settings.home / "cache"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _load_models(models: Path) -> tuple["Model | None", "Model | None"]:
    """The model in use and the one that is only tried, if any."""
    if not (models / "manifest.yaml").exists():
        return None, None
    from triage.classifier.model import load_model  # noqa: PLC0415 (slow)
    from triage.classifier.release import read_manifest  # noqa: PLC0415

    tried = read_manifest(models).tried
    return load_model(models), load_model(models, tried) if tried else None
