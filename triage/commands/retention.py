"""`triage retention run`: destroy what the department's policy no longer keeps."""

from datetime import timedelta

from rich.console import Console

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.errors import NotReady
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import retention
from triage.store.database import SYSTEM

_KINDS = {
    "referral": ("henvisninger, med brev og vedlegg", retention.referrals_ended_before, workflow.destroy_referral),
    "message": ("meldinger fra kurven", retention.messages_handled_before, workflow.destroy_message),
}


def run(settings: Settings, *, dry_run: bool) -> int:
    """`retention_days` counts from the decision, or from when a person handled the message. Without it all is kept."""
    policy, console, now = load_policy(settings.policy_file), Console(), utc_now()
    unknown = policy.retention_days.keys() - _KINDS.keys()
    if unknown:
        raise NotReady(f"Ukjent i retention_days: {', '.join(sorted(unknown))}. Skriv {' eller '.join(_KINDS)}.")
    with database(settings) as db:
        for kind, days in policy.retention_days.items():
            words, due, destroy = _KINDS[kind]
            with db.reading(as_=SYSTEM) as tx:
                found = due(tx, now - timedelta(days=days))
            for subject in () if dry_run else found:
                destroy(db, subject)
            console.print(f"{len(found)} {words}: {'skal slettes' if dry_run else 'slettet'} ({days} dager).")
    if not policy.retention_days:
        console.print("Reglene setter ingen grense (retention_days), så alt beholdes.")
    return 0
