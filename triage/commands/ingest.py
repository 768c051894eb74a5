"""`triage ingest`: files and folders through the inbox, each accounted for."""

import json
import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from triage import logs
from triage.domain.calendar import utc_now
from triage.domain.errors import BadInput
from triage.domain.message import Intake
from triage.jobs import Inbox
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import messages, referrals
from triage.store.database import SYSTEM, Tx
from triage.store.messages import StoredMessage
from triage.store.referrals import StoredReferral

# What is said of a file with many items: the outcome that most needs a person.
_GRAVEST = (Intake.TRAY, Intake.REFUSED, Intake.REGISTERED, Intake.DUPLICATE)
_UNREADABLE = "Filen kan ikke åpnes."


def ingest(settings: Settings, *, paths: Sequence[Path], report: Path | None) -> int:
    """Exit 0 only if every path could be read and every item in it has an outcome."""
    logs.configure(level=logging.WARNING)
    console = Console(stderr=True)
    counts: Counter[str] = Counter()
    unreadable = 0
    with database(settings) as db, (report or Path(os.devnull)).open("w", encoding="utf-8") as lines:
        inbox = Inbox(db, load_policy(settings.policy_file), "file", settings.production)
        files = [file for file in _files(paths) if report is None or file.resolve() != report.resolve()]
        for file in track(files, description="Tar imot", console=console):
            items = _take(inbox, file)
            if items is None:
                unreadable += 1
                console.print(f"{_shown(file)}: {_UNREADABLE}", soft_wrap=True)
            counts.update(str(item.outcome) for item in items or ())
            with db.reading(as_=SYSTEM) as tx:
                lines.write(json.dumps(_line(tx, _shown(file), items), ensure_ascii=False) + "\n")
    _print_counts(console, counts, unreadable)
    return BadInput.exit_code if unreadable else 0


def _print_counts(console: Console, counts: Counter[str], unreadable: int) -> None:
    words = {"registered": "registrert", "tray": "i kurven", "duplicate": "duplikater", "refused": "avvist"}
    said = [f"{counts[outcome]} {word}" for outcome, word in words.items()]
    console.print(f"{counts.total()} mottatt: {', '.join(said)}. {unreadable} filer kunne ikke åpnes.", soft_wrap=True)


def _files(paths: Sequence[Path]) -> list[Path]:
    """Folders are walked in sorted order; hidden files in them are the file system's own."""
    return [file for path in paths for file in (_inside(path) if path.is_dir() else [path])]


def _inside(folder: Path) -> list[Path]:
    """A folder that cannot be opened, and a link that leads nowhere, are among them: they are named as unreadable."""
    closed: list[Path] = []
    places = os.walk(folder, onerror=lambda error: closed.append(Path(error.filename)))
    files = [Path(place, name) for place, _, names in places for name in names if not name.startswith(".")]
    return sorted([*closed, *(file for file in files if file.is_file() or file.is_symlink())])


def _take(inbox: Inbox, file: Path) -> list[StoredMessage] | None:
    """Every item of the file, with what became of it. None when it cannot be opened."""
    try:
        body = file.read_bytes()
    except OSError:
        return None
    taken = list(inbox.take(body, name=_shown(file), received_at=utc_now()))
    with inbox.db.reading(as_=SYSTEM) as tx:
        return [messages.get(tx, message_id) for message_id in taken]


def _shown(file: Path) -> str:
    """A name's bytes need not be text; what is not is shown as �."""
    return os.fsencode(file).decode(errors="replace")


def _line(tx: Tx, file: str, items: Sequence[StoredMessage] | None) -> dict[str, Any]:
    if items is None:
        return {"file": file, "outcome": Intake.REFUSED, "reason": _UNREADABLE, "referrals": []}
    outcomes = {item.outcome for item in items}
    # A duplicate holds what the message that it repeats held.
    held = [(item, one) for item in items for one in referrals.of_message(tx, item.duplicate_of or item.id)]
    return {
        "file": file,
        "outcome": next((outcome for outcome in _GRAVEST if outcome in outcomes), Intake.TRAY),
        "reason": _reason(items),
        "referrals": [_referral(tx, item, referral) for item, referral in held],
    }


def _reason(items: Sequence[StoredMessage]) -> str | None:
    """The reason of the only item, or each different reason with how many items it is about."""
    reasons = Counter(item.reason for item in items if item.reason)
    if len(items) == 1:
        return items[0].reason
    return " ".join(f"{count} av {len(items)}: {reason}" for reason, count in reasons.items()) or None


def _referral(tx: Tx, item: StoredMessage, stored: StoredReferral) -> dict[str, Any]:
    incoming, referral = stored.incoming, stored.incoming.referral
    first = item.duplicate_of or (stored.duplicate_of and referrals.get(tx, stored.duplicate_of).message_id)
    return {
        "age_at_referral": referral.age,
        "sex": referral.sex,
        "area": referral.area,
        "sent_date": referral.sent_date and referral.sent_date.isoformat(),
        "urgency": referral.stated_urgency,
        "codes": list(referral.codes),
        "sender_name": incoming.sender.organisation,
        "municipality": incoming.patient.municipality,
        "text": referral.text,
        "attachments": len(referrals.attachment_names(tx, stored.id)),
        "seniority_date": incoming.seniority_date and incoming.seniority_date.isoformat(),
        "test_message": incoming.test_message,
        "duplicate_of": messages.get(tx, first).label if first else None,
    }
