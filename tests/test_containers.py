"""The services of `docker/compose.yaml` as their containers start them, where there is no container engine.

Each is the file's own command with the image's and the file's own environment, as the image's user, without rights,
on a root file system that nobody can write to, with the secrets where the file puts them. What differs: the database is
reached by a socket and not by the network, and the port is a free one.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from select import select
from time import monotonic, sleep

import pytest
import yaml

from tests.chaos.storm import a_free_port
from tests.conftest import KEY, own_folder, sql
from triage.store.embedded import EmbeddedServer, binaries

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
IMAGE = re.sub(r"\\\n\s*", "", (ROOT / "docker" / "Dockerfile").read_text())
USER = re.findall(r"^USER (\d+)$", IMAGE, re.MULTILINE)[-1]
HEALTH = json.loads(re.findall(r"HEALTHCHECK .*CMD (\[.*\])", IMAGE)[0])
FORM_TYPE = "application/x-www-form-urlencoded"
FORM = f"POST /logg-inn HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\nContent-Type: {FORM_TYPE}\r\n\r\n".encode()
SCRIPT = r"""
set -e
mount -t tmpfs tmpfs /run && mkdir -p /run/secrets /run/bin /run/database
cp "$1"/secrets/* /run/secrets && chmod 444 /run/secrets/*
echo "triage:x:USER:USER::/var/lib/triage:/bin/sh" | cat /etc/passwd - > /run/passwd
mount --bind /run/passwd /etc/passwd
install -m 755 docker/backup.sh /run/bin/triage-backup
touch /run/database/.s.PGSQL.5432 && mount --bind "$2"/.s.PGSQL.5432 /run/database/.s.PGSQL.5432
mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/triage && mount --bind "$1"/home /var/lib/triage
mount -t tmpfs -o mode=1777 tmpfs /tmp
for each in / /run /var/lib; do mount -o remount,ro,bind $each; done
shift 2
exec setpriv --reuid=USER --regid=USER --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
""".replace("USER", USER)

CAN_BE_DONE = """
mount -t tmpfs tmpfs /run && cp /etc/passwd /run/passwd && mount --bind /run/passwd /etc/passwd &&
mount -t tmpfs tmpfs /var/lib && mount -t tmpfs tmpfs /tmp && mount -o remount,ro,bind / &&
exec setpriv --reuid=USER --regid=USER --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
""".replace("USER", USER)


def another_user_can_run_it() -> bool:
    """Not where nobody may mount, nor from a checkout under `/tmp` or in a folder that only its owner may enter."""
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    started = ["sh", "-c", '"$0" -c "import triage.cli"', sys.executable]  # by a shell, which has no rights left
    words = ["unshare", "--mount", "sh", "-c", CAN_BE_DONE, "sh", *started]
    return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not another_user_can_run_it(), reason="another user cannot run the program here"),
]


class Host:
    """Where the services run: their secrets, their volume, their database, and the port of the web."""

    def __init__(self, server: EmbeddedServer, folder: Path) -> None:
        self.folder, self.port = folder, a_free_port()
        self.sockets = Path(str(server.url().query["host"]))
        (folder / "secrets").mkdir()
        secrets = {"master_key": KEY.hex(), "program_password": "9f3b61c07d25e84a"}
        for name, login in {"database_url": "triage_program", "owner_database_url": "postgres"}.items():
            secrets[name] = f"postgresql://{login}@/compose?host=/run/database"
        for name, text in secrets.items():
            (folder / "secrets" / name).write_text(f"{text}\n")
        (folder / "home").mkdir()
        os.chown(folder / "home", int(USER), int(USER))

    def start(self, service: str, command: list[str] | None = None, **given: str) -> subprocess.Popen[str]:
        own = COMPOSE["services"][service]
        words = command or own.get("command") or json.loads(re.findall(r"^CMD (.*)$", IMAGE, re.MULTILINE)[-1])
        environment = dict(re.findall(r"(\w+)=(\S+)", re.findall(r"^ENV (.*)$", IMAGE, re.MULTILINE)[-1]))
        environment |= (
            own["environment"] | {"PATH": f"/run/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"} | given
        )
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", self.folder, self.sockets]
            + [str(self.port) if word == "8000" else word.replace(":8000/", f":{self.port}/") for word in words],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def done(self, service: str, command: list[str] | None = None, **given: str) -> tuple[int, str]:
        """Exit code and what was said."""
        process = self.start(service, command, **given)
        said, _ = process.communicate(timeout=100)
        return process.returncode, said


@pytest.fixture(scope="module")
def host(server: EmbeddedServer) -> Iterator[Host]:
    sql(server, "CREATE DATABASE compose")
    made = Host(server, own_folder())
    (made.sockets / ".s.PGSQL.5432").chmod(0o777)
    database = {"POSTGRES_USER": "postgres", "POSTGRES_DB": "compose", "PGHOST": "/run/database"}
    assert made.done("database", ["sh", "docker/roles.sh"], PATH=f"{binaries()}:{os.environ['PATH']}", **database) == (
        0,
        "",
    )
    assert made.done("migrate") == (0, "")
    yield made
    (made.sockets / ".s.PGSQL.5432").chmod(0o700)
    shutil.rmtree(made.folder)
    sql(server, "DROP DATABASE compose WITH (FORCE)")
    sql(server, "DROP ROLE triage_program")


@pytest.fixture(scope="module")
def web(host: Host) -> Iterator[subprocess.Popen[str]]:
    with host.start("web") as process:
        wait_until(host.port, is_taken=True)
        yield process
        process.kill()


def wait_until(port: int, *, is_taken: bool) -> None:
    end = monotonic() + 120
    while monotonic() < end:
        with socket.socket() as probe:
            if (probe.connect_ex(("127.0.0.1", port)) == 0) is is_taken:
                return
        sleep(0.05)
    raise AssertionError("it took too long")


@pytest.mark.parametrize("place", ["/here", "/run/here", str(ROOT / "here"), "/etc/here"])
def test_a_service_can_write_nothing_but_its_volume_and_what_is_temporary(host: Host, place: str) -> None:
    assert host.done("worker", ["touch", "/var/lib/triage/here", "/tmp/here"]) == (0, "")
    assert host.done("worker", ["touch", place])[0] == 1


@pytest.mark.usefixtures("web")
def test_behind_the_proxy_a_session_has_a_cookie_for_tls_alone(host: Host) -> None:
    added = "echo riktig hest batteri | triage user add kari --name Kari --title overlege --role lege --area eye"
    assert host.done("web", ["sh", "-c", added]) == (0, "")
    through_proxy = {"X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin", "Content-Type": FORM_TYPE}
    visitor = HTTPConnection("127.0.0.1", host.port, timeout=30)

    visitor.request("POST", "/logg-inn", "username=kari&password=riktig+hest+batteri", through_proxy)

    cookie = visitor.getresponse().getheader("Set-Cookie", "")
    visitor.close()
    assert cookie.startswith("__Host-triage=")
    assert {"Secure", "HttpOnly"} <= set(cookie.split("; "))


# After the others that need it: this one ends it.
def test_the_web_finishes_the_answer_under_way_refuses_new_ones_and_ends_well(
    host: Host, web: subprocess.Popen[str]
) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=30) as visitor:
        visitor.sendall(FORM + b"username=kari&password=")
        assert host.done("web", HEALTH) == (0, "")  # and by then half of the form has been read
        web.send_signal(signal.SIGTERM)
        wait_until(host.port, is_taken=False)
        assert select([visitor], [], [], 0) == ([], [], [])
        visitor.sendall(b"feil")
        answer = visitor.recv(1000)

    assert answer.startswith(b"HTTP/1.1 4")  # nobody is called so, and this visitor was told
    assert web.wait(timeout=30) == 0


def test_a_worker_starts_and_ends_well(host: Host) -> None:
    with host.start("worker") as worker:
        assert worker.stdout is not None
        next(line for line in worker.stdout if "worker" in line)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=40) == 0


def test_the_nightly_copy_is_made_and_tried_where_it_runs(host: Host) -> None:
    code, said = host.done("backup", ["triage-backup", "/var/lib/triage/backup"])

    assert (code, said.count("0 brudd")) == (0, 2), said
    assert len([*(host.folder / "home" / "backup").glob("*/content.dump")]) == 1
