"""A made-up patient goes the whole way, and no log, error, job or audit row knows her."""

import logging
from collections.abc import Iterator
from io import StringIO
from uuid import UUID

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.builders import KARI, RECEIVED, SIV, a_decision, a_refusal, decided, no_job_waits_for_its_time
from tests.conftest import sql
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number
from triage import logs, workflow
from triage.domain.errors import TriageError
from triage.engines import Engines
from triage.jobs import Means, register_or_leave, work_until_done
from triage.store import job_queue, messages, referrals
from triage.store.database import SYSTEM, Database
from triage.store.embedded import EmbeddedServer
from triage.store.job_queue import Job

NUMBER = synthetic_number()
HER = ("Xantippe", "Oppdiktesen", NUMBER, "xylofonklang", "Legg merke til begrunnelsen")
WORDS = "Dysfagi for fast føde i 6 uker, xylofonklang i halsen."


@pytest.fixture
def log() -> Iterator[StringIO]:
    stream = StringIO()
    logs.configure(level=logging.DEBUG, to=stream)
    yield stream
    logging.basicConfig(force=True, handlers=[])
    structlog.reset_defaults()


def about_her(msg_id: str = "M-1") -> bytes:
    person = patient(NUMBER, family="Oppdiktesen", given="Xantippe")
    return encoded(
        msghead(body_20(service("", "Gastroskopi"), reason(WORDS)), person=person, msg_id=f"<MsgId>{msg_id}</MsgId>")
    )


def received(db: Database, body: bytes) -> UUID:
    return workflow.receive(db, body, label="Xantippe Oppdiktesen.xml", channel="test", received_at=RECEIVED)


def told(step: object, *arguments: object, **options: object) -> str:
    """What a step says when it is refused."""
    with pytest.raises(TriageError) as refusal:
        step(*arguments, **options)  # type: ignore[operator]
    return str(refusal.value)


def tables_of_words(db: Database) -> str:
    """Everything that lies open in rows that are logged, shown to administrators or read by other programs."""
    tables = (
        "procrastinate_jobs",
        "procrastinate_events",
        "audit_event",
        "message",
        "referral",
        "recommendation",
        "letter",
    )
    with db.reading(as_=SYSTEM) as tx:
        return "".join(str(tx.session.execute(text(f"SELECT {name}::text FROM {name}")).all()) for name in tables)


def test_nothing_outside_the_sealed_columns_knows_her(
    db: Database, engines: Engines, server: EmbeddedServer, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    means = Means(db, engines, production=False)
    good, cut = received(db, about_her()), received(db, about_her("M-2")[:-250])
    register_or_leave(db, cut, engines.policy, production=False)
    register_or_leave(db, good, engines.policy, production=False)
    work_until_done(means)
    with db.reading(as_=SYSTEM) as tx:
        referral_id = referrals.of_message(tx, good)[0].id

    workflow.show_queue(db, by=KARI)
    workflow.search(db, "Xantippe Oppdiktesen", by=SIV)
    workflow.search(db, NUMBER, by=SIV)
    case = workflow.look_at(db, referral_id, by=KARI)
    workflow.claim(db, referral_id, engines.policy, by=KARI)
    contradicts = "Legg merke til begrunnelsen: Xantippe får ikke rett fordi vi mangler kapasitet."
    granted = a_decision(case.referral, reason=contradicts)
    said = told(workflow.decide, db, a_refusal(case.referral, reason=contradicts), engines.policy, expected_version=1)
    decided(db, granted, engines.policy)
    no_job_waits_for_its_time(db)
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))
    work_until_done(means)  # the letter is refused by the linter, and one job is about nobody

    def mistake(*_: object, **__: object) -> None:
        raise KeyError(WORDS)

    monkeypatch.setattr(workflow, "read", mistake)
    register_or_leave(db, received(db, about_her("M-3")), engines.policy, production=False)
    with pytest.raises(IntegrityError) as broken, db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("UPDATE referral SET status = :status"), {"status": "Xantippe Oppdiktesen"})
    logging.getLogger("sqlalchemy").error("broken", exc_info=broken.value)

    with db.reading(as_=SYSTEM) as tx:
        assert messages.counts(tx) == {"registered": 1, "refused": 1, "tray": 1}
        assert job_queue.counts(tx)["failed"] == 2
    assert "LetterContradicts" in log.getvalue()
    assert "KeyError" in log.getvalue()
    everything = log.getvalue() + said + tables_of_words(db) + server_log(server)
    assert [word for word in HER if word.casefold() in everything.casefold()] == []
    assert [word for word in HER if word.encode().hex() in everything] == []
    assert kept_on_disk(server) == []


def kept_on_disk(server: EmbeddedServer) -> list[tuple[str, str]]:
    """Files of the database's whole folder, tables and write-ahead log among them, that hold a word of hers."""
    sql(server, "CHECKPOINT")
    files = [file for file in server.folder.rglob("*") if file.is_file() and file.name != "pg_internal.init"]
    return [(file.name, word) for file in files for word in HER if word.encode() in file.read_bytes()]


def server_log(server: EmbeddedServer) -> str:
    return (server.folder / "data" / "server.log").read_text()
