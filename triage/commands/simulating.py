"""`triage policy simulate` and `/rapport/simuler`: what changed rules would have proposed for past referrals.

Changes nothing. Every past referral is read once and proposed for twice: under today's rules and the changed ones.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import track
from rich.table import Table

from triage.classifier.calibration import promise_sensitivity
from triage.classifier.features import Seen
from triage.commands.ordering import SIMULATION, Change, carry_out
from triage.domain.calendar import oslo_date
from triage.domain.errors import BadInput
from triage.domain.finding import Reading, Status
from triage.domain.policy import Policy
from triage.domain.recommendation import Pathway, Recommendation
from triage.domain.referral import Referral
from triage.engines import Engines, load_engines
from triage.opening import database
from triage.reports import TEXTS
from triage.reports.edition import Lines, by_size
from triage.reports.plot import decimal
from triage.reports.records import band_of
from triage.reports.sections import Grid
from triage.rules.book import load_rules
from triage.rules.policy_file import load_policy
from triage.settings import Settings
from triage.store import counted, referrals, report_files
from triage.store.database import SYSTEM, Database
from triage.store.job_queue import Job

AT_A_TIME = 200
NEWEST = 2000  # that a worker reads: a job that lasts much longer than this takes would be taken for dead
_SAID = TEXTS["simulation"]
_GRIDS = TypeAdapter(list[Grid])
_AWAY = (Pathway.PRIMARY_CARE, Pathway.CONTRACT_SPECIALIST)  # from hospital


@dataclass(frozen=True, slots=True)
class Move:
    """One referral under both. `alarm`: a danger rule matched, or the letter states an alarm feature;
    `needed`: see `counted.ids`."""

    age: int | None
    before: Pathway
    after: Pathway
    alarm: bool
    needed: bool = False
    doubted_before: bool = False  # a person is told to read for themselves
    doubted_after: bool = False


def simulate(
    settings: Settings,
    *,
    policy: Path | None,
    rules: Path | None,
    sensitivity: float | None,
    rules_only: bool,
    minutes: float,
) -> int:
    if sensitivity is not None and not 0 < sensitivity < 1:
        raise BadInput("Skriv følsomheten som en andel mellom 0 og 1, for eksempel 0.99.")
    if not 0 < minutes <= 1440:
        raise BadInput("Skriv minuttene en undersøkelse tar, mer enn 0 og høyst 1440.")
    engines, console = load_engines(settings, with_model=not rules_only), Console()
    changed = replace(engines, policy=load_policy(policy)) if policy else engines
    changed = replace(changed, rules=load_rules(rules)) if rules else changed
    with database(settings) as db:
        known = lambda steps: track(steps, description="Leser", console=console)  # noqa: E731
        moves = compared(db, engines, changed, sensitivity, known)
    for grid in tables(moves, engines.policy, minutes):
        shown = Table(*grid.columns, title=grid.title)
        for row in grid.rows:
            shown.add_row(*map(str, row))
        console.print(shown)
    return 0


def simulate_ordered(db: Database, subject: UUID, engines: Engines) -> None:
    def simulate_it(change: Change) -> None:
        now = replace(engines, model=None) if change.rules_only else engines
        moves = compared(db, now, changed_by(change, now), change.sensitivity, newest=NEWEST)
        made = _GRIDS.dump_json([*tables(moves, engines.policy, change.minutes)])
        with db.writing(as_=SYSTEM) as tx:
            report_files.save(tx, {SIMULATION: made})

    carry_out(db, Job.SIMULATE, subject, simulate_it)


def changed_by(change: Change, engines: Engines) -> Engines:
    book, limit = engines.rules, change.age_limit
    tried = {
        need: [k for k in places if book.rules[k].id not in change.without] for need, places in book.by_need.items()
    }
    policy = engines.policy if limit is None else replace(engines.policy, low_value_age_limit=limit)
    return replace(engines, policy=policy, rules=replace(book, by_need=tried))


def compared(
    db: Database,
    now: Engines,
    then: Engines,
    sensitivity: float | None = None,
    steps: Callable[[Sequence[int]], Iterable[int]] = iter,
    *,
    newest: int = sys.maxsize,
) -> list[Move]:
    """Every past referral, or the newest. With `sensitivity` the model doubts from where it misses few needed ones.

    Those in which a danger rule matched count as needed there too, since known late findings are so few.
    """
    if sensitivity and not then.model:
        raise BadInput(_SAID["no_model"])
    with db.reading(as_=SYSTEM) as tx:
        known = counted.ids(tx)
    ids, moves, reds, positive = [*known][-newest:], list[Move](), list[float](), list[float]()
    for start in steps(range(0, len(ids), AT_A_TIME)):
        part = ids[start : start + AT_A_TIME]
        with db.reading(as_=SYSTEM) as tx:
            stored = [referrals.get(tx, id_) for id_ in part]
        arrived = [(one.incoming.referral, oslo_date(one.first_received_at)) for one in stored]
        letters = [(referral, now.reader.read(referral), day) for referral, day in arrived]
        afters = _proposed(then, letters, ruled_out=sensitivity is not None)
        for id_, letter, before, after in zip(part, letters, _proposed(now, letters), afters, strict=True):
            alarm = before.danger or any(feature.status is Status.PRESENT for feature in before.features)
            ways = before.pathway, after.pathway, alarm, known[id_]
            moves.append(Move(letter[0].age, *ways, not before.confident, not after.confident))
            reds.append(sum(share for pathway, share in after.probabilities.items() if pathway.is_red))
            positive += reds[-1:] if known[id_] or any(match.danger for match in after.reasons) else []
    if sensitivity is None:
        return moves
    limit = promise_sensitivity(positive, asked=sensitivity, confidence=now.policy.guarantee_confidence).limit
    if limit is None:
        raise BadInput(_SAID["no_positives"])
    doubts = [red >= limit and not move.after.is_red for move, red in zip(moves, reds, strict=True)]
    return [replace(m, doubted_after=m.doubted_after or doubt) for m, doubt in zip(moves, doubts, strict=True)]


def _proposed(
    engines: Engines, letters: Sequence[tuple[Referral, Reading, date]], *, ruled_out: bool = False
) -> list[Recommendation]:
    """With `ruled_out` as if the model could always rule out that it is urgent."""
    seen = [Seen(letter, reading, engines.matches(letter, reading, today=day)) for letter, reading, day in letters]
    opinions = engines.opinions(seen, explained=False)
    held = [replace(one, abstained_because=None) if one and ruled_out else one for one in opinions]
    return [engines.propose(*one) for one in zip(seen, held, strict=True)]


def tables(moves: Sequence[Move], policy: Policy, minutes: float) -> Iterator[Grid]:
    """What it would mean, then how many move between which pathways and at each age, with those who have an alarm."""
    bands, names = Lines(policy.low_value_age_limit, policy.national_age_limit).bands, _SAID["pathways"]
    changed = [move for move in moves if move.before is not move.after]
    away = sum(move.before is Pathway.HOSPITAL and move.after in _AWAY for move in changed)
    back = sum(move.before in _AWAY and move.after is Pathway.HOSPITAL for move in changed)
    lost = sum(move.needed and move.after is Pathway.PRIMARY_CARE for move in changed)
    doubts = sum(move.doubted_before for move in moves), sum(move.doubted_after for move in moves)
    alarm, hours = sum(move.alarm for move in changed), decimal((away - back) * minutes / 60, 1)
    found: tuple[str | int, ...] = (len(moves), len(changed), alarm, hours, lost, *doubts)
    yield Grid(_SAID["summary"], tuple(_SAID["columns"][:2]), tuple(zip(map(str, _SAID["rows"]), found, strict=True)))
    kinds = (
        (_SAID["ways"], [f"{names[move.before]} → {names[move.after]}" for move in changed]),
        (_SAID["ages"], [f"{band_of(move.age, bands)} år" for move in changed]),
    )
    for title, named in kinds:
        alarms = Counter(name for name, move in zip(named, changed, strict=True) if move.alarm)
        needed = Counter(name for name, move in zip(named, changed, strict=True) if move.needed)
        order = sorted(Counter(named).items(), key=lambda one: by_size(one[0]))
        yield Grid(title, tuple(_SAID["columns"]), tuple((n, count, alarms[n], needed[n]) for n, count in order))
