"""`triage report variation`: the council's report, from the database or from a file of rows."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from triage import __version__
from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.opening import database
from triage.reports.council import Basis, Report, make_report
from triage.reports.disclosure import NOTHING_BEFORE, Cell, Protected, Reason, Relation
from triage.reports.edition import Edition, Lines, make_edition
from triage.reports.printing import FORMATS
from triage.reports.records import read_population, read_referrals
from triage.reports.texts import TEXTS
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted
from triage.store.database import SYSTEM


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
    """Count, hide, write. What is printed is remembered, so that the next edition cannot give away what this one hides."""
    if start > end:
        raise BadInput("Perioden slutter før den begynner. Bytt om --from og --to.")
    policy = load_policy(settings.policy_file)
    lines = Lines(policy.low_value_age_limit, policy.national_age_limit)
    rows, unreadable = read_referrals(source) if source else (_stored(settings, start, end), 0)
    people = read_population(population, start.year + (end.year - start.year + 1) // 2, lines.groups) if population else None
    # Rows from a file may be of anything, so they are remembered only where the user says so.
    memory = memory or (None if source else settings.home / "reports" / "printed.json")
    edition = make_edition(
        rows,
        (start, end),
        lines,
        hide_below=policy.hide_counts_below,
        population=people,
        previous=_remembered(memory),
    )
    readings = [row.readings for row in rows if start <= row.received <= end and len(row.readings) > 1]
    basis = Basis(edition, people, readings, TEXTS["events"], unreadable, own)
    made_with = {"Regler": policy.label, "Program": f"triage {__version__}"}
    _write(make_report(basis, made_with, hide_below=policy.hide_counts_below), out)
    _remember(memory, edition)
    hidden = len(edition.protected.hidden)
    sys.stderr.write(f"{len(rows)} henvisninger talt, {unreadable} linjer ikke lest, {hidden} tall skjult: {out}\n")
    return 0


def _stored(settings: Settings, start: date, end: date) -> list[CountedReferral]:
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        return list(counted.received(tx, start, end))


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


def _remember(file: Path | None, edition: Edition) -> None:
    if file is None:
        return
    protected = edition.protected
    kept: Mapping[str, object] = {
        "cells": [asdict(cell) for cell in protected.cells.values()],
        "relations": [(relation.whole, relation.parts) for relation in protected.relations],
        "hidden": protected.hidden,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(kept))
    new.replace(file)
