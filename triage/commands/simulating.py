"""`triage policy simulate`: what a changed policy would have proposed for past referrals. Changes nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from triage.domain.calendar import oslo_date
from triage.domain.finding import Status
from triage.domain.recommendation import Pathway, Recommendation
from triage.domain.referral import Referral, ReferralId
from triage.engines import Engines, load_engines
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted, referrals
from triage.store.database import SYSTEM, Database

AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Move:
    """One referral under both policies."""

    age: int | None
    before: Pathway
    after: Pathway
    alarm: bool  # a feature that speaks of danger is present

    @property
    def decade(self) -> str:
        return "ukjent" if self.age is None else f"{self.age // 10 * 10}–{self.age // 10 * 10 + 9}"


def simulate(settings: Settings, *, policy: Path) -> int:
    """Read every past referral again under today's policy and the changed one, and print who would move."""
    changed, engines = load_policy(policy), load_engines(settings)
    console = Console()
    with database(settings) as db:
        moves = list(moved(db, engines, replace(engines, policy=changed), console))
    console.print(
        f"{engines.policy.label} mot {changed.label}: {len(moves)} henvisninger lest på nytt, ingenting endret."
    )
    for title, table in tables(moves):
        shown = Table(title, "antall", "med faresignal")
        for name, (number, alarm) in table.items():
            shown.add_row(name, str(number), str(alarm))
        console.print(shown)
    return 0


def moved(db: Database, now: Engines, then: Engines, console: Console) -> Iterator[Move]:
    with db.reading(as_=SYSTEM) as tx:
        ids = counted.ids(tx)
    for start in track(range(0, len(ids), AT_A_TIME), description="Leser", console=console):
        arrived = _arrived(db, ids[start : start + AT_A_TIME])
        for day in sorted({day for _, day in arrived}):
            same_day = [referral for referral, when in arrived if when == day]
            pairs = zip(now.recommend_many(same_day, today=day), then.recommend_many(same_day, today=day), strict=True)
            for referral, (before, after) in zip(same_day, pairs, strict=True):
                yield Move(referral.age, before.pathway, after.pathway, has_alarm(before))


def _arrived(db: Database, ids: Sequence[ReferralId]) -> list[tuple[Referral, date]]:
    with db.reading(as_=SYSTEM) as tx:
        stored = [referrals.get(tx, id_) for id_ in ids]
    return [(one.incoming.referral, oslo_date(one.first_received_at)) for one in stored]


def has_alarm(recommendation: Recommendation) -> bool:
    """A danger rule matched, or the letter states an alarm feature that is not denied."""
    stated = any(feature.status is Status.PRESENT for feature in recommendation.features)
    return recommendation.danger or stated


def tables(moves: Sequence[Move]) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    """How many move between which pathways, and how many move at each age; each with those that have an alarm."""
    changed = [move for move in moves if move.before is not move.after]
    for title, names in (
        ("Fra og til", [f"{move.before} → {move.after}" for move in changed]),
        ("Alder på dem som flyttes", [move.decade for move in changed]),
    ):
        alarms = Counter(name for name, move in zip(names, changed, strict=True) if move.alarm)
        yield title, {name: (number, alarms[name]) for name, number in sorted(Counter(names).items())}
