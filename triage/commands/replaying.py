"""`triage audit replay`: what was proposed for a referral, worked out again with the files of that day."""

from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from rich.console import Console

from triage import workflow
from triage.answers import recommendation_record
from triage.commands.keeping import referral_id
from triage.domain.calendar import OSLO, oslo_date, utc_now
from triage.domain.recommendation import Versions
from triage.engines import load_engines
from triage.opening import database
from triage.settings import Settings
from triage.store import archive
from triage.store.database import SYSTEM, Database
from triage.store.recommendations import StoredRecommendation
from triage.store.referrals import StoredReferral
from triage.web.rendering import word

_FOLDERS = ("models", "rules")  # as the settings name them


def keep_files(db: Database, settings: Settings, versions: Versions) -> None:
    """For whoever asks one day why. They hold no patient, and are as large as a picture or two."""
    with db.reading(as_=SYSTEM) as tx:
        if archive.files(tx, versions):
            return
    files = _packed(settings)
    with db.writing(as_=SYSTEM) as tx:
        archive.keep(tx, versions, files, at=utc_now())


def _packed(settings: Settings) -> bytes:
    """Corpora are left out: nothing is proposed with them."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as target:
        target.write(settings.policy_file, "policy.yaml")
        for name in _FOLDERS:
            folder: Path = getattr(settings, name)
            for file in sorted(folder.rglob("*.*")):
                if file.is_file() and file.relative_to(folder).parts[0] != "corpus":
                    target.write(file, Path(name) / file.relative_to(folder))
    return packed.getvalue()


def replay(settings: Settings, *, identity: str) -> int:
    """Every recommendation of a referral, oldest first. Exit 1 when one comes out otherwise, or its files are gone."""
    with database(settings) as db:
        case = workflow.look_at(db, referral_id(identity), by=SYSTEM)
        found = [
            (stored, _difference(db, settings, case.referral, stored)) for stored in reversed(case.recommendations)
        ]
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
        files = archive.files(tx, said.versions)
    if files is None:
        return "filene er ikke tatt vare på"
    with TemporaryDirectory() as folder:
        ZipFile(BytesIO(files)).extractall(folder)  # our own archive
        of_that_day = {name: Path(folder) / name for name in _FOLDERS} | {"policy": Path(folder) / "policy.yaml"}
        engines = load_engines(settings.model_copy(update=of_that_day))
        again = engines.recommend(referral.incoming.referral, today=oslo_date(stored.made_at))
    before, after = recommendation_record("", said), recommendation_record("", again)
    return ", ".join(name for name in before if before[name] != after[name])
