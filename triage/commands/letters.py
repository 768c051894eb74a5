"""`triage letter`: the letters of one decision from a file, and the linter alone."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from triage.domain.decision import Outcome
from triage.domain.errors import BadInput, LetterContradicts
from triage.domain.letter import Letter
from triage.domain.referral import Language
from triage.rules.policy_file import load_policy
from triage.settings import Settings


def render(settings: Settings, *, decision: Path, out: Path) -> int:
    """Both letters as HTML, text and PDF. When the linter finds a fault in either, neither is written: exit 13."""
    from triage.letters.record import read_decision_record  # noqa: PLC0415 (slow)
    from triage.letters.templates import load_templates  # noqa: PLC0415
    from triage.letters.writing import write_letters  # noqa: PLC0415

    policy = load_policy(settings.policy_file)
    facts = read_decision_record(_json(decision), default_units=policy.units)
    letters = write_letters(facts, policy=policy, templates=load_templates(settings.letter_templates))
    out.mkdir(parents=True, exist_ok=True)
    for letter in letters:
        _write(letter, out)
    return 0


def lint(settings: Settings, *, file: Path, outcome: str, language: str) -> int:
    """One line of JSON for each fault. Exit 13 when there are any."""
    from triage.letters.linting import lint as faults_of  # noqa: PLC0415 (slow)

    statutes = load_policy(settings.policy_file).statutes
    faults = faults_of(_text(file), outcome=Outcome(outcome), language=Language(language), statutes=statutes)
    for fault in faults:
        sys.stdout.write(json.dumps(asdict(fault), ensure_ascii=False) + "\n")
    return LetterContradicts.exit_code if faults else 0


def _write(letter: Letter, out: Path) -> None:
    for suffix, content in (("html", letter.html.encode()), ("txt", letter.text.encode()), ("pdf", letter.pdf)):
        (out / f"{letter.recipient}.{suffix}").write_bytes(content)
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
