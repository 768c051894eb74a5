"""The council's report, from the database, a file of rows or an invented region, and what it is held against."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from triage import __version__, reports
from triage.commands.ordering import LATEST, Asked, carry_out
from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.domain.policy import Policy
from triage.engines import Engines
from triage.opening import database
from triage.reports.council import Report, make_report
from triage.reports.disclosure import NOTHING_BEFORE, Protected, Reason
from triage.reports.edition import Lines, make_edition
from triage.reports.printing import FORMATS, body
from triage.reports.records import content_of, kind_of, read_reference, read_referrals
from triage.reports.sections import Basis
from triage.rules.book import load_rules
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted, report_files
from triage.store.database import SYSTEM, Database
from triage.store.job_queue import Job

MEMORY, REFERENCE = "printed.json", "reference"
REGION = Path(reports.__file__).parent / "region"  # invented
_PRINTED = TypeAdapter(Protected)
Files = Mapping[str, tuple[str, bytes]]  # name and content of the file of each kind


def variation(
    settings: Settings,
    *,
    start: date,
    end: date,
    out: Path,
    source: Path | None,
    reference: Sequence[Path],
    own: str | None,
    event: Sequence[str],
    memory: Path | None,
    example: bool,
) -> int:
    """Write the report in every format. One from the database is also the one that `/rapport` shows."""
    policy, unreadable = load_policy(settings.policy_file), 0
    asked = Asked.of(start, end, events=event, own=own, example=example)
    out.mkdir(parents=True, exist_ok=True)  # what cannot be written here is not to be shown on the page either
    if source or example:
        rows, unreadable = read_referrals(source) if source else ([], 0)
        before = memory.read_bytes() if memory and memory.is_file() else None
        made, printed = _report(asked, policy, rows, by_kind(reference), before, unreadable=unreadable)
        if memory:
            memory.touch(mode=0o600)
            memory.write_bytes(printed)
        sys.stderr.write(f"{len(rows)} linjer lest, {unreadable} kunne ikke leses.\n" if source else "")
    else:
        with database(settings) as db:
            _keep_reference(db, by_kind(reference))
            made = publish(db, policy, asked, rules=load_rules(settings.rules).version)
    for name, content in _written(made).items():
        (out / name).write_bytes(content)
    hidden = sum(isinstance(v, Reason) for s in made.sections for g in s.grids for row in g.rows for v in row)
    sys.stderr.write(f"Rapporten er skrevet, med {hidden} skjulte felter: {out}\n")
    return 0


def import_reference(settings: Settings, *, files: Sequence[Path]) -> int:
    """Keep what every report is held against from now on: each file instead of the one of its kind."""
    given = by_kind(files)
    with database(settings) as db:
        _keep_reference(db, given)
    for kind, (name, _) in given.items():
        sys.stderr.write(f"{name}: {reports.TEXTS['labels'].get(kind, kind)}\n")
    return 0


def publish_ordered(db: Database, subject: UUID, engines: Engines) -> None:
    carry_out(db, Job.PUBLISH_REPORT, subject, partial(publish, db, engines.policy, rules=engines.rules.version))


def publish(db: Database, policy: Policy, asked: Asked, *, rules: str) -> Report:
    """Make the edition that everybody sees, and remember it, so that the next cannot give away what this one hides.

    An invented edition gives nothing away.
    """
    with db.reading(as_=SYSTEM) as tx:
        rows = [] if asked.example else list(counted.received(tx, asked.start, asked.end))
        before = None if asked.example else report_files.load(tx, MEMORY)
        kept = report_files.under(tx, REFERENCE)
    files = {kind: (name, content) for path, content in kept.items() for kind, name in [path.split("/", 1)]}
    made, printed = _report(asked, policy, rows, files, before, rules=rules)
    pages = {**_written(made), "body.html": body(made).encode()}
    written = {f"{LATEST}/{name}": content for name, content in pages.items()}
    with db.writing(as_=SYSTEM) as tx:
        if asked.example or report_files.load(tx, MEMORY) == before:
            report_files.save(tx, written if asked.example else {**written, MEMORY: printed})
            return made
    return publish(db, policy, asked, rules=rules)  # somebody else's edition came out meanwhile


def _report(
    asked: Asked,
    policy: Policy,
    rows: Sequence[CountedReferral],
    files: Files,
    before: bytes | None,
    *,
    unreadable: int = 0,
    rules: str = "",
) -> tuple[Report, bytes]:
    """The report, and every number of this and earlier editions, also those that are hidden: a secret file."""
    lines, period = Lines(policy.low_value_age_limit, policy.national_age_limit), (asked.start, asked.end)
    made_with = {"Regler": f"{policy.label} {rules}".strip(), "Program": f"triage {__version__}"}
    if asked.example:
        files, made_with = by_kind(sorted(REGION.glob("*.csv"))), {"NB": reports.TEXTS["example"], **made_with}
        rows, unreadable = read_referrals(REGION / "referrals.jsonl.gz")
    made_with |= {"Holdt mot": ", ".join(name for name, _ in files.values())} if files else {}
    reference = read_reference(files, start=asked.start.year, end=asked.end.year, starts=lines.groups)
    try:
        previous, hide_below = _PRINTED.validate_json(before) if before else NOTHING_BEFORE, policy.hide_counts_below
    except ValidationError:
        raise BadInput("Filen husker ingen tidligere utgaver. Velg en annen, eller slett den.") from None
    edition = make_edition(rows, period, lines, hide_below=hide_below, reference=reference, previous=previous)
    readings = [row.readings for row in rows if asked.start <= row.received <= asked.end and len(row.readings) > 1]
    basis = Basis(edition, reference, readings, unreadable, asked.own, asked.events)
    printed = _PRINTED.dump_json(edition.protected, exclude={"already_public"})
    return make_report(basis, made_with, hide_below=hide_below), printed


def _written(report: Report) -> dict[str, bytes]:
    return {f"variation.{suffix}": write(report) for suffix, write in FORMATS.items()}


def by_kind(paths: Sequence[Path]) -> Files:
    """Read whole, so that a file that cannot be used is refused now."""
    named = [(path.name, content_of(path)) for path in paths]
    files = {kind_of(*file): file for file in named}
    for kind, file in files.items():
        try:
            read_reference({kind: file}, start=0, end=9999, starts=(0,))
        except (KeyError, ValueError):
            raise BadInput(f"{file[0]} kan ikke brukes: et felt mangler, eller et tall er ikke et tall.") from None
    return files


def _keep_reference(db: Database, files: Files) -> None:
    with db.writing(as_=SYSTEM) as tx:
        for kind, (name, content) in files.items():
            report_files.remove(tx, f"{REFERENCE}/{kind}")
            report_files.save(tx, {f"{REFERENCE}/{kind}/{name}": content})
