"""`triage letter`: letters of one decision from a file, the linter alone, approval, and letters to practices."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import yaml

from triage.domain.calendar import today
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.errors import BadInput, LetterContradicts
from triage.domain.letter import Figure, Letter, LetterDecider, LetterFacts, LetterKind, LetterPatient, LetterReferrer
from triage.domain.referral import Area, Language
from triage.letters.linting import lint as faults_of
from triage.letters.record import read_decision_record
from triage.letters.templates import Templates, load_templates
from triage.letters.writing import write_letters
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted
from triage.store.database import SYSTEM


def render(settings: Settings, *, decision: Path, out: Path) -> int:
    """Both letters as HTML, text and PDF. When the linter finds a fault in either, neither is written: exit 13."""
    policy, templates = load_policy(settings.policy_file), _templates(settings)
    facts = read_decision_record(_json(decision), default_units=policy.units)
    for letter in write_letters(facts, policy=policy, templates=templates):
        _write(letter, out / letter.recipient)
    return 0


def approve(settings: Settings, *, kind: LetterKind, by: str) -> int:
    """Say by name that the words of one kind are right as they are now. A later change stops the letter."""
    if settings.letter_overrides is None:
        raise BadInput("Sett TRIAGE_LETTER_OVERRIDES til mappen med sykehusets egne brevmaler.")
    templates = _templates(settings)
    now = {"approved_by": by, "approved_on": today(), "digest": templates.digests[kind]}
    card = {**templates.cards[kind].model_dump(mode="json"), **now}
    file = settings.letter_overrides / kind / "letter.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(card, allow_unicode=True, sort_keys=False), "utf-8")
    return 0


def practices(settings: Settings, *, start: date, end: date, out: Path, signed_by: str, theme: Path | None) -> int:
    """A letter for each practice that sent enough to be counted, with its own figures beside the area's."""
    policy, templates, words = load_policy(settings.policy_file), _templates(settings), _text(theme) if theme else ""
    name, _, title = map(str.strip, signed_by.partition(","))
    if start > end:
        raise BadInput("Perioden slutter før den begynner. Bytt om datoene.")
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        found = practice_figures(counted.received(tx, start, end), policy.hide_counts_below)
    for number, (practice, area, figures) in enumerate(found, start=1):
        facts = LetterFacts(
            kind=LetterKind.INFORMATION_LETTER,
            outcome=None,
            area=area,
            language=policy.letter_language,
            received=start,
            period_end=end,
            decided=today(),
            patient=LetterPatient(""),
            referrer=LetterReferrer(practice, practice),
            decided_by=LetterDecider(name, title),
            unit=policy.units[area],
            reason=words,
            figures=figures,
        )
        (letter,) = write_letters(facts, policy=policy, templates=templates)
        _write(letter, out / f"{number:04}-{area}")
    sys.stderr.write(f"{len(found)} brev er skrevet: {out}\n")
    return 0


_REFERRED_AGAIN = "referred_again"
_COUNTED = (Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED, Outcome.FORWARDED, _REFERRED_AGAIN)


def practice_figures(rows: Iterable[CountedReferral], least: int) -> list[tuple[str, Area, tuple[Figure, ...]]]:
    """By practice and area, of those decided. A practice is left out when it, or the rest of its area, is small."""
    decided = [(row.sender, row.area, row) for row in rows if row.outcome and row.area and row.sender]
    found = []
    for practice, area in sorted({(sender, area) for sender, area, _ in decided}):
        own = [row for sender, at, row in decided if at is area and sender == practice]
        others = [row for sender, at, row in decided if at is area and sender != practice]
        if min(len(own), len(others)) >= least:
            found.append((practice, area, tuple(_figure(name, own, others, least) for name in _COUNTED)))
    return found


def _figure(name: str, own: Sequence[CountedReferral], others: Sequence[CountedReferral], least: int) -> Figure:
    """What is small, or leaves few, is not shown; nor the area's, when the practice could subtract its own from it."""
    (ours, ours_shown), (theirs, theirs_shown) = (
        (count, not (0 < count < least or 0 < len(rows) - count < least))
        for rows in (own, others)
        for count in [sum(row.referred_again if name == _REFERRED_AGAIN else row.outcome == name for row in rows)]
    )
    together = len(own) + len(others)
    return Figure(name, ours if ours_shown else None, len(own), ours + theirs if theirs_shown else None, together)


def lint(settings: Settings, *, file: Path, outcome: Outcome, language: Language) -> int:
    """One line of JSON for each fault. Exit 13 when there are any."""
    statutes = load_policy(settings.policy_file).statutes
    faults = faults_of(_text(file), outcome=outcome, language=language, statutes=statutes)
    for fault in faults:
        sys.stdout.write(json.dumps(asdict(fault), ensure_ascii=False) + "\n")
    return LetterContradicts.exit_code if faults else 0


def _templates(settings: Settings) -> Templates:
    folder, own = settings.letter_templates, settings.letter_overrides
    return load_templates(folder, overrides=own, only_approved=settings.production)


def _write(letter: Letter, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in (("html", letter.html.encode()), ("txt", letter.text.encode()), ("pdf", letter.pdf)):
        file.with_suffix(f".{suffix}").write_bytes(content)
    for note in letter.notes:
        sys.stderr.write(f"{note}\n")


def _json(file: Path) -> dict[str, object]:
    try:
        record: dict[str, object] = json.loads(_text(file))
    except json.JSONDecodeError as error:
        raise BadInput(f"{file} er ikke gyldig JSON (linje {error.lineno}).") from None
    return record


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{file} er ikke tekst i UTF-8.") from None
