"""`triage report variation`: the council's report, from the database or from a file of rows."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter

from triage import __version__
from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.domain.policy import Policy
from triage.opening import database
from triage.reports.council import Basis, Report, make_report
from triage.reports.disclosure import NOTHING_BEFORE, Protected, Reason
from triage.reports.edition import Lines, make_edition
from triage.reports.printing import FORMATS, body
from triage.reports.records import read_population, read_referrals
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted
from triage.store.database import SYSTEM, Database


def variation(
    settings: Settings,
    *,
    start: date,
    end: date,
    out: Path,
    source: Path | None,
    population: Path | None,
    own: str | None,
    memory: Path | None,
) -> int:
    """Write the report in every format. One from the database is also the one that `/rapport` shows."""
    policy = load_policy(settings.policy_file)
    if source is None:
        with database(settings) as db:
            basis = publish(db, settings.home, policy, start=start, end=end, population=population)
    else:
        rows, unreadable = read_referrals(source)
        basis = _count(rows, policy, start=start, end=end, population=population, memory=memory)
        basis = replace(basis, unreadable=unreadable)
        sys.stderr.write(f"{len(rows)} linjer lest, {unreadable} kunne ikke leses.\n")
    report = _report(replace(basis, own=own), policy)
    _write(report, out)
    hidden = sum(isinstance(v, Reason) for s in report.sections for g in s.grids for row in g.rows for v in row)
    sys.stderr.write(f"Rapporten er skrevet, med {hidden} skjulte felter: {out}\n")
    return 0


def publish(
    db: Database, home: Path, policy: Policy, *, start: date, end: date, population: Path | None = None
) -> Basis:
    """Make the edition that everybody sees. Inhabitants come from `reports/population.csv` when none are given."""
    folder, usual = published(home), home / "reports" / "population.csv"
    population = population or (usual if usual.is_file() else None)
    with db.reading(as_=SYSTEM) as tx:
        rows = list(counted.received(tx, start, end))
    memory = home / "reports" / "printed.json"
    basis = _count(rows, policy, start=start, end=end, population=population, memory=memory)
    report = _report(basis, policy)
    _write(report, folder)
    (folder / "body.html").write_text(body(report), encoding="utf-8")
    return basis


def published(home: Path) -> Path:
    """The folder of the edition that `/rapport` shows."""
    return home / "reports" / "latest"


def _count(
    rows: Sequence[CountedReferral],
    policy: Policy,
    *,
    start: date,
    end: date,
    population: Path | None,
    memory: Path | None,
) -> Basis:
    """Count, hide, and remember, so that the next edition cannot give away what this one hides."""
    if start > end:
        raise BadInput("Perioden slutter før den begynner. Bytt om datoene.")
    lines = Lines(policy.low_value_age_limit, policy.national_age_limit)
    people = read_population(population, end.year, lines.groups) if population else None
    previous, hide_below = _remembered(memory), policy.hide_counts_below
    edition = make_edition(rows, (start, end), lines, hide_below=hide_below, population=people, previous=previous)
    if memory:
        _remember(memory, edition.protected)
    readings = [row.readings for row in rows if start <= row.received <= end and len(row.readings) > 1]
    return Basis(edition, people, readings)


def _report(basis: Basis, policy: Policy) -> Report:
    made_with = {"Regler": policy.label, "Program": f"triage {__version__}"}
    return make_report(basis, made_with, hide_below=policy.hide_counts_below)


def _write(report: Report, folder: Path) -> None:
    made = {f"variation.{suffix}": write(report) for suffix, write in FORMATS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (folder / name).write_bytes(content)


_PRINTED = TypeAdapter(Protected)


def _remembered(file: Path | None) -> Protected:
    """Every number of earlier editions, also those that were hidden: a secret file."""
    return _PRINTED.validate_json(file.read_bytes()) if file and file.is_file() else NOTHING_BEFORE


def _remember(file: Path, protected: Protected) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(_PRINTED.dump_json(protected, exclude={"already_public", "optimal"}))
    new.replace(file)
