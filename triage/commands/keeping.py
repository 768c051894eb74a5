"""Commands of those who answer for the data: copies, what is destroyed when, who looked, and why it was proposed."""

import re
from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from rich.console import Console
from rich.table import Column, Table

from triage import __version__, workflow
from triage.answers import recommendation_record
from triage.domain.calendar import OSLO, oslo_date, utc_now
from triage.domain.errors import BadInput, NotReady, TriageError
from triage.domain.recommendation import Versions
from triage.engines import load_engines
from triage.opening import address, database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import audit, keeper, queue, recommendations, retention
from triage.store import backup as copies
from triage.store.audit import Event, Head, Verdict
from triage.store.database import SYSTEM, Database
from triage.store.migrating import migrate
from triage.store.recommendations import StoredRecommendation
from triage.store.referrals import StoredReferral
from triage.store.vault import open_vault
from triage.web.rendering import word

_HEAD = "audit.head"  # beside the copy: what the log ended with when it was made
_ENGINE_FOLDERS = ("models", "rules")  # as the settings name them


def backup(settings: Settings, *, out: Path) -> int:
    """The audit log is verified first: a copy of a broken chain is worth knowing about, and is made all the same."""
    verdict = _verified(settings)
    with address(settings) as url:
        copies.dump(settings.owner_database_url or url, out)
    (out / _HEAD).write_text(f"{verdict.head.sequence} {verdict.head.mac}\n")
    console = Console()
    console.print(f"Sikkerhetskopien ligger i {out}.", soft_wrap=True)
    console.print(f"Hovednøkkelen er ikke med. Ta vare på {settings.key_file} et annet sted.", soft_wrap=True)
    return 1 if verdict.breaks else 0


def restore(settings: Settings, *, folder: Path, only_try: bool) -> int:
    """Into an empty database, with the master key already in its place; then schema, log and content are checked.

    With `only_try` it is a server of our own that is gone afterwards: a copy nobody has restored is no copy.
    """
    open_vault(settings.key_file)
    if not only_try:
        return _put_back(settings, folder)
    settings.home.mkdir(parents=True, exist_ok=True)  # and not where temporary files are: that may be memory
    with TemporaryDirectory(dir=settings.home) as home:
        own = {"home": Path(home), "database_url": None, "owner_database_url": None}
        try:
            return _put_back(settings.model_copy(update={**own, "master_key_file": settings.key_file}), folder)
        finally:
            keeper.stop(Path(home) / "postgres" / "data" / "postmaster.pid")


def _put_back(settings: Settings, folder: Path) -> int:
    with address(settings, migrated=False) as url:
        owner = settings.owner_database_url or url
        copies.restore(owner, folder)
        migrate(owner)
    verdict = _verified(settings, kept=folder / _HEAD)
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        unopened = copies.unopened(tx)
    Console().print(f"{unopened} henvisninger kan ikke åpnes.")
    return 1 if verdict.breaks or unopened else 0


def destroy_what_is_not_kept(settings: Settings, *, dry_run: bool) -> int:
    """By `retention_days` in the policy. A trial run destroys nothing, and tells what no rule touches, and why."""
    limits, console, now = load_policy(settings.policy_file).retention_days, Console(soft_wrap=True), utc_now()
    rules = retention.FATES["rules"]
    if unknown := limits.keys() - rules.keys():
        raise NotReady(f"Ukjent i retention_days: {', '.join(sorted(unknown))}. Skriv {' eller '.join(rules)}.")
    with database(settings) as db:
        for kind, rule in rules.items():
            if kind not in limits:
                console.print(f"{rule['name']}: beholdes, for reglene setter ingen grense (retention_days).")
                continue
            with db.reading(as_=SYSTEM) as tx:
                found = retention.due(tx, kind, now - timedelta(days=limits[kind]))
            for subject in () if dry_run else found:
                (workflow.destroy_referral if kind == "referral" else workflow.destroy_message)(db, subject)
            became = "skal slettes" if dry_run else "slettet"
            console.print(f"{rule['name']}: {len(found)} {became} ({limits[kind]} dager siden {rule['since']}).")
    for table, why in retention.FATES["kept"].items() if dry_run else ():
        console.print(f"{table}: beholdes; {why}.")
    return 0


def hold(settings: Settings, *, subject: str, because: str | None, by: str) -> int:
    """Keep one referral or message whatever `retention_days` says; without a reason, no longer."""
    with database(settings) as db:
        if because:
            workflow.hold(db, referral_id(subject), because, by=by)
        else:
            workflow.end_hold(db, referral_id(subject), by=by)
    return 0


def verify_log(settings: Settings, *, head: Path | None) -> int:
    """Exit 0 when the chain is whole. The head is printed to be kept outside the database."""
    return 1 if _verified(settings, kept=head).breaks else 0


def _verified(settings: Settings, *, kept: Path | None = None) -> Verdict:
    """Against the head in the file `kept`, if given: number and mac, as the command prints them."""
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        verdict = audit.verify(tx, kept=_head_in(kept) if kept else None)
    console = Console()
    for _, explanation in verdict.breaks:
        console.print(f"BRUDD: {explanation}")
    console.print(f"{verdict.checked} rader kontrollert, {len(verdict.breaks)} brudd.")
    console.print(f"Hode: {verdict.head.sequence} {verdict.head.mac}", soft_wrap=True)
    return verdict


def _head_in(file: Path) -> Head:
    found = re.fullmatch(r"(\d+) ([0-9a-f]*)\n?", file.read_text())  # no code where the log was empty
    if found is None:
        raise BadInput(f"{file} skal holde hodet til loggen: radens nummer og kode, slik kommandoen skriver dem.")
    return Head(int(found[1]), found[2])


def show_log(settings: Settings, *, identity: str) -> int:
    """Everything done with one patient's referrals, oldest first. That this list was shown is logged too."""
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        theirs = queue.search(tx, identity, limit=1000) if re.fullmatch(r"\d{11}", identity) else None
        subjects = (
            [referral_id(identity, "et fødselsnummer (11 sifre) eller nummeret på en henvisning")]
            if theirs is None
            else [row.id for row in theirs]
        )
        entries = audit.of_referrals(tx, subjects)
        audit.record(tx, Event.LOG_SHOWN, referrals=[str(subject) for subject in subjects])
    table = Table("Tid", "Hvem", "Hva", Column("Henvisning", overflow="fold"))
    for entry in entries:
        when, what = f"{entry.at.astimezone(OSLO):%d.%m.%Y %H.%M.%S}", word(entry.action, "event")
        table.add_row(when, entry.actor, what, str(entry.subject or ""))
    Console().print(table)
    return 0


def referral_id(text: str, wanted: str = "nummeret på en henvisning eller melding") -> UUID:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", text):
        raise BadInput(f"Skriv {wanted}.")
    return UUID(text)


def keep_files(db: Database, settings: Settings, versions: Versions) -> None:
    """For whoever asks one day why. They hold no patient, and are as large as a picture or two."""
    with db.reading(as_=SYSTEM) as tx:
        if recommendations.files_of(tx, versions):
            return
    files = _packed(settings)
    with db.writing(as_=SYSTEM) as tx:
        recommendations.keep_files(tx, versions, files, at=utc_now())


def _packed(settings: Settings) -> bytes:
    """Corpora are left out: nothing is proposed with them."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as target:
        target.write(settings.policy_file, "policy.yaml")
        for name in _ENGINE_FOLDERS:
            folder: Path = getattr(settings, name)
            for file in sorted(folder.rglob("*.*")):
                if file.is_file() and file.relative_to(folder).parts[0] != "corpus":
                    target.write(file, Path(name) / file.relative_to(folder))
    return packed.getvalue()


def replay(settings: Settings, *, identity: str) -> int:
    """Every recommendation of a referral, oldest first. Exit 1 when one comes out otherwise, or its files are gone."""
    with database(settings) as db:
        case = workflow.look_at(db, referral_id(identity), by=SYSTEM)
        found = [(one, _difference(db, settings, case.referral, one)) for one in reversed(case.recommendations)]
    for stored, difference in found:
        made = f"{stored.made_at.astimezone(OSLO):%d.%m.%Y %H.%M}: {word(stored.recommendation.pathway, 'pathway')}"
        used = ", ".join(f"{name} {version}" for name, version in asdict(stored.recommendation.versions).items())
        said = f"regnet ut på nytt: {difference or 'samme'}"
        Console().print(f"{made} ({used}); {said}.", soft_wrap=True)
    return int(any(difference for _, difference in found))


def _difference(db: Database, settings: Settings, referral: StoredReferral, stored: StoredRecommendation) -> str:
    """What differs, by name; empty when all that the program said comes out the same."""
    said = stored.recommendation
    with db.reading(as_=SYSTEM) as tx:
        files = recommendations.files_of(tx, said.versions)
    if files is None:
        return "filene er ikke tatt vare på"
    with TemporaryDirectory() as folder:
        ZipFile(BytesIO(files)).extractall(folder)  # our own archive
        of_that_day = {name: Path(folder) / name for name in _ENGINE_FOLDERS} | {"policy": Path(folder) / "policy.yaml"}
        try:
            engines = load_engines(settings.model_copy(update=of_that_day))
        except (TriageError, KeyError, TypeError):  # the program knows other fields by now
            return f"filene leses ikke av programmet slik det er nå ({__version__}); bruk det som var i drift da"
        again = engines.recommend(referral.incoming.referral, today=oslo_date(stored.made_at))
    before, after = recommendation_record("", said), recommendation_record("", again)
    return ", ".join(name for name in before if before[name] != after[name])
