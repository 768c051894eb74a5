"""`triage report variation`: the council's report, from the database or from a file of rows."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from triage import __version__
from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.domain.policy import Policy
from triage.opening import database
from triage.reports.council import Basis, Report, make_report
from triage.reports.disclosure import NOTHING_BEFORE, Cell, Protected, Reason, Relation
from triage.reports.edition import Edition, Lines, make_edition
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
            report = publish(db, settings.home, policy, start=start, end=end, population=population, own=own)
    else:
        rows, unreadable = read_referrals(source)
        edition = _edition(rows, policy, start=start, end=end, population=population, memory=memory)
        report = _report(edition, rows, policy, population, unreadable=unreadable, own=own)
        sys.stderr.write(f"{len(rows)} linjer lest, {unreadable} kunne ikke leses.\n")
    _write(report, out)
    hidden = sum(isinstance(v, Reason) for s in report.sections for g in s.grids for row in g.rows for v in row)
    sys.stderr.write(f"Rapporten er skrevet, med {hidden} skjulte felter: {out}\n")
    return 0


def publish(
    db: Database,
    home: Path,
    policy: Policy,
    *,
    start: date,
    end: date,
    population: Path | None = None,
    own: str | None = None,
) -> Report:
    """Make the edition that everybody sees. Inhabitants come from `reports/population.csv` when none are given."""
    usual, folder = home / "reports" / "population.csv", published(home)
    population = population or (usual if usual.is_file() else None)
    with db.reading(as_=SYSTEM) as tx:
        rows = list(counted.received(tx, start, end))
    memory = home / "reports" / "printed.json"
    edition = _edition(rows, policy, start=start, end=end, population=population, memory=memory)
    report = _report(edition, rows, policy, population, own=None)
    _write(report, folder)
    (folder / "body.html").write_text(body(report), encoding="utf-8")
    return _report(edition, rows, policy, population, own=own) if own else report


def published(home: Path) -> Path:
    """The folder of the edition that `/rapport` shows."""
    return home / "reports" / "latest"


def _edition(
    rows: Sequence[CountedReferral],
    policy: Policy,
    *,
    start: date,
    end: date,
    population: Path | None,
    memory: Path | None,
) -> Edition:
    """Count, hide, and remember, so that the next edition cannot give away what this one hides."""
    if start > end:
        raise BadInput("Perioden slutter før den begynner. Bytt om datoene.")
    edition = make_edition(
        rows,
        (start, end),
        _lines(policy),
        hide_below=policy.hide_counts_below,
        population=read_population(population, end.year, _lines(policy).groups) if population else None,
        previous=_remembered(memory),
    )
    _remember(memory, edition.protected)
    return edition


def _report(
    edition: Edition,
    rows: Sequence[CountedReferral],
    policy: Policy,
    population: Path | None,
    *,
    own: str | None,
    unreadable: int = 0,
) -> Report:
    start, end = edition.period
    people = read_population(population, end.year, edition.lines.groups) if population else None
    readings = [row.readings for row in rows if start <= row.received <= end and len(row.readings) > 1]
    made_with = {"Regler": policy.label, "Program": f"triage {__version__}"}
    return make_report(
        Basis(edition, people, readings, unreadable, own), made_with, hide_below=policy.hide_counts_below
    )


def _lines(policy: Policy) -> Lines:
    return Lines(policy.low_value_age_limit, policy.national_age_limit)


def _write(report: Report, folder: Path) -> None:
    made = {f"variation.{suffix}": write(report) for suffix, write in FORMATS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (folder / name).write_bytes(content)


def _remembered(file: Path | None) -> Protected:
    """Every number of earlier editions, also those that were hidden: a secret file."""
    if file is None or not file.is_file():
        return NOTHING_BEFORE
    kept = json.loads(file.read_bytes())
    return Protected(
        {cell["id"]: Cell(**cell) for cell in kept["cells"]},
        tuple(Relation(whole, tuple(parts)) for whole, parts in kept["relations"]),
        {id_: Reason(reason) for id_, reason in kept["hidden"].items()},
    )


def _remember(file: Path | None, protected: Protected) -> None:
    if file is None:
        return
    kept = {
        "cells": [asdict(cell) for cell in protected.cells.values()],
        "relations": [(relation.whole, relation.parts) for relation in protected.relations],
        "hidden": dict(protected.hidden),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(kept))
    new.replace(file)
