"""`triage demo`: everything at once, on invented referrals, in a database of its own."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, time, timedelta

import uvicorn
from rich.console import Console
from rich.progress import track
from rich.table import Table

from triage import logs
from triage.commands.running import QUIETLY
from triage.commands.users import DEMO_USERS, PASSWORD, add_demo_users
from triage.domain.calendar import OSLO, long_date, previous_working_day, today
from triage.domain.errors import NotReady
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area
from triage.jobs import Inbox, Means, means_of, work, work_until_done
from triage.messages.splitting import Part, split
from triage.opening import database
from triage.paths import DEMO_MESSAGES
from triage.settings import Settings
from triage.store import messages, queue
from triage.store.database import SYSTEM, Database
from triage.web.app import create_app
from triage.web.rendering import word

CHANNEL = "demo"
_DAYS = 8  # how many working days back the bundled messages are said to have come


def demo(settings: Settings, *, port: int, no_serve: bool) -> int:
    """Start, fill, recommend, show, serve. A second run adds nothing."""
    if settings.production:
        raise NotReady("Demoen bruker sin egen database. Fjern TRIAGE_DATABASE_URL og prøv igjen.")
    console = Console()
    logs.configure(level=logging.ERROR)
    with nullcontext() if no_serve else _bound(port) as listening, database(settings) as db:
        means = means_of(db, settings)
        _fill(means, console)
        with console.status("Leser henvisningene ..."):
            work_until_done(means)
        _print_summary(db, console)
        add_demo_users(db)
        if listening:
            _serve(means, settings, listening, console)
    return 0


def _fill(means: Means, console: Console) -> None:
    """The bundled messages that are not in the database yet, through the real inbox."""
    parts = list(_bundled())
    with means.db.reading(as_=SYSTEM) as tx:
        known = messages.known(tx, [part.body for part in parts])
    new = [(number, part) for number, part in enumerate(parts) if not known[number]]
    inbox = Inbox(means.db, means.engines.policy, CHANNEL, production=False)
    for number, part in track(new, description="Tar imot", console=console, disable=not new):
        inbox.take_part(part, received_at=_said_to_have_come(number, len(parts)))


def _bundled() -> Iterator[Part]:
    for file in sorted(DEMO_MESSAGES.rglob("*.*")):
        if file.suffix in (".xml", ".json", ".jsonl"):
            yield from split(file.read_bytes(), name=str(file.relative_to(DEMO_MESSAGES)))


def _said_to_have_come(number: int, of: int) -> datetime:
    """The bundle is static, so the demo spreads it over the last working days: then the clock is alive."""
    day = previous_working_day(today() - timedelta(days=1))
    for _ in range(number * 31 % of * _DAYS // of):
        day = previous_working_day(day - timedelta(days=1))
    return datetime.combine(day, time(8), OSLO) + timedelta(minutes=number % 450)


def _print_summary(db: Database, console: Console) -> None:
    with db.reading(as_=SYSTEM) as tx:
        received, waiting, oldest = messages.counts(tx), queue.open_by_area_and_pathway(tx), queue.oldest_deadline(tx)
    areas = (word(area, "area") for area in Area)
    table = Table("Anbefalt løp", *areas, title="Henvisninger som venter på vurdering")
    for pathway in (*Pathway, None):
        table.add_row(word(pathway, "pathway"), *(str(waiting.get((area, pathway), 0)) for area in Area))
    console.print(table)
    console.print(
        f"{received.total()} meldinger mottatt: {received['registered']} registrert, "
        f"{received['tray'] + received['refused']} i kurven, "
        f"{sum(waiting.values())} henvisninger i køen."
    )
    console.print(f"Eldste frist for vurdering: {long_date(oldest) if oldest else 'ingen'}.")
    console.print("Alle pasienter er oppdiktet, og mottaksdatoene er spredt over de siste arbeidsdagene.")


def _serve(means: Means, settings: Settings, listening: socket.socket, console: Console) -> None:
    """Web in a thread and the worker here, where Ctrl-C arrives; when the worker stops, so does the web."""
    app = create_app(means.db, means.engines, settings)
    server = uvicorn.Server(uvicorn.Config(app, **QUIETLY))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    host, port = listening.getsockname()
    console.print(f"\nÅpne http://{host}:{port} og logg inn. Stopp med Ctrl-C.", soft_wrap=True)
    console.print(f"Brukere: {', '.join(user.username for user in DEMO_USERS)}. Passord: {PASSWORD}.", soft_wrap=True)
    try:
        work(means)
    finally:
        server.should_exit = True
        thread.join()


def _bound(port: int) -> socket.socket:
    """Only this machine can reach the demo."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        raise NotReady(f"Port {port} er opptatt. Velg en annen: triage demo --port {port + 1}") from None
