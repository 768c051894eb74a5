"""What runs in a hospital's machine room is as careful as the files say. No engine reads them here, so this does."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage.settings import Settings

DOCKER = Path(__file__).parents[1] / "docker"
LOCK = DOCKER.parent / "requirements.lock"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
ITEMS = yaml.safe_load((DOCKER / "kubernetes.yaml").read_text())["items"]
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def pod_of(item: dict[str, Any]) -> dict[str, Any]:
    spec = item["spec"].get("jobTemplate", item)["spec"]
    pod: dict[str, Any] = spec["template"]["spec"]
    return pod


WITH_PODS = {item["metadata"]["name"]: item for item in ITEMS if item["kind"] in ("Job", "Deployment", "CronJob")}
PODS = {name: pod_of(item) for name, item in WITH_PODS.items()}


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_a_container_of_ours_has_a_read_only_root_no_rights_and_no_way_out(service: dict[str, Any]) -> None:
    assert (service["read_only"], service["cap_drop"], service["networks"]) == (True, ["ALL"], ["inside"])
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_pod_has_a_read_only_root_no_rights_and_no_root_user(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_pod_mounts_only_what_it_has_and_finds_its_settings_there(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    files = [setting["value"] for setting in container["env"]]
    fields = [setting["name"].removeprefix("TRIAGE_").lower() for setting in container["env"]]

    assert mounts.keys() <= {volume["name"] for volume in pod["volumes"]}
    assert all(file.startswith(tuple(mounts.values())) for file in files)
    assert {re.sub("(?<=url)_file$", "", name) for name in fields} <= Settings.model_fields.keys()


@pytest.mark.parametrize("name", ["triage-web", "triage-worker"])
def test_what_is_always_up_does_not_know_the_owner_of_the_tables(name: str) -> None:
    assert "owner" not in [mount["name"] for mount in PODS[name]["containers"][0]["volumeMounts"]]
    assert OURS[name.removeprefix("triage-")]["secrets"] == ["database_url", "master_key"]


def test_several_of_each_run() -> None:
    assert [item["spec"]["replicas"] > 1 for item in ITEMS if item["kind"] == "Deployment"] == [True, True]


def test_only_the_database_and_the_name_server_are_asked() -> None:
    (policy,) = (item["spec"] for item in ITEMS if item["kind"] == "NetworkPolicy")

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {5432, 53}


def test_the_image_runs_as_nobody_special_and_copies_only_what_there_is() -> None:
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if re.match("COPY (?!--from)", line) for word in line.split()[1:-1]]

    assert "USER 10001" in lines
    assert all((DOCKER.parent / path).exists() for path in copied if not path.startswith("--"))


def test_the_bill_of_materials_names_every_package_of_the_lock_that_is_installed() -> None:
    made = subprocess.run([sys.executable, DOCKER / "sbom.py", LOCK], capture_output=True, check=True)
    parts = {part["name"]: part for part in json.loads(made.stdout)["components"]}

    assert f"fastapi=={parts['fastapi']['version']} " in LOCK.read_text()
    assert len(parts) > 60
    assert "pytest" not in parts
    assert [name for name in parts if name.startswith(("torch", "nvidia"))] == []


# What pip-audit's JSON has looked like since 2.0, and what it says on its error stream when nobody answers.
NOTHING_KNOWN = {"dependencies": [{"name": "fastapi", "version": "0.1", "vulns": []}], "fixes": []}
WEAK = {"name": "lxml", "version": "5.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.1"], "aliases": []}]}
SKIPPED = {"name": "lxml", "skip_reason": "Dependency not found on PyPI and could not be audited: lxml (5.0)"}
AWAY = "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed"


@pytest.mark.parametrize(
    ("parts", "code", "says"),
    [
        ([{"name": "lxml", "version": "5.0", "vulns": []}], 0, "2 packages checked, 0 weaknesses known"),
        ([WEAK], 1, "lxml 5.0: PYSEC-2026-1 (mended in 5.1)"),
        ([SKIPPED], 2, "NOT CHECKED in full. Nothing was said about lxml"),
        ([], 2, "NOT CHECKED in full. Nothing was said about lxml"),
        (None, 2, f"NOT CHECKED. No advisory service answered: {AWAY}"),
    ],
    ids=["nothing known", "a weakness", "a package skipped", "a package forgotten", "nobody answers"],
)
def test_a_lock_is_safe_only_when_an_advisory_service_said_so_of_every_package(
    tmp_path: Path, parts: list[object] | None, code: int, says: str
) -> None:
    (tmp_path / "my.lock").write_text(
        "FastAPI==0.1 \\\n    --hash=x\nlxml==5.0 \\\n    --hash=y\nold==1 ; python_version < '3' \\\n"
    )
    answer = {**NOTHING_KNOWN, "dependencies": [*NOTHING_KNOWN["dependencies"], *(parts or [])]}
    said = f"cat <<'END'\n{json.dumps(answer)}\nEND" if parts is not None else f'echo "{AWAY}" >&2; exit 1'
    (tmp_path / "uvx").write_text(f"#!/bin/sh\n{said}\n")
    (tmp_path / "uvx").chmod(0o755)

    done = asked_about(tmp_path / "my.lock", f"{tmp_path}:{os.environ['PATH']}")

    assert (done.returncode, says in done.stdout, done.stderr) == (code, True, "")


def test_without_pip_audit_the_lock_is_not_called_safe() -> None:
    done = asked_about(LOCK, "")

    assert (done.returncode, "Install pip-audit" in done.stdout) == (2, True)


def asked_about(lock: Path, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", DOCKER / "advisories.py", lock]  # -S: not with a pip-audit that is installed
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


# What the reference of Compose knows of a service; a slip of the pen would be passed over in silence by some versions.
SERVICE_KEYS = {
    *("build", "image", "command", "environment", "secrets", "volumes", "tmpfs", "networks", "ports", "depends_on"),
    *("read_only", "cap_drop", "security_opt", "restart", "init", "stop_grace_period", "healthcheck", "deploy"),
}


@pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])
def test_a_service_says_what_compose_knows_and_names_what_there_is(service: dict[str, Any]) -> None:
    named = {kind: {str(each).partition(":")[0] for each in service.get(kind, [])} for kind in ("networks", "secrets")}
    named["volumes"] = {name for each in service.get("volumes", []) if (name := each.partition(":")[0])[0] != "."}
    waits_for = service["depends_on"] if isinstance(service.get("depends_on"), dict) else {}
    healthy = {name for name, how in waits_for.items() if how["condition"] == "service_healthy"}

    assert service.keys() <= SERVICE_KEYS
    assert all(names <= COMPOSE[kind].keys() for kind, names in named.items())
    assert set(service.get("depends_on", [])) <= COMPOSE["services"].keys()
    assert all("healthcheck" in COMPOSE["services"][name] for name in healthy)


def test_whoever_is_told_to_stop_has_time_to_finish() -> None:
    """The web and the worker give up after 30 seconds of their own accord (`serve`, `jobs.py`)."""
    grace = [service["stop_grace_period"] for name, service in OURS.items() if name in ("web", "worker")]
    pods = [PODS[name]["terminationGracePeriodSeconds"] for name in ("triage-web", "triage-worker")]

    assert (grace, pods) == (["45s"] * 2, [45] * 2)


@pytest.fixture(scope="module")
def as_kubernetes_reads_them() -> dict[str, Any]:
    """What kubectl's own types keep of the items with pods, without a cluster. A field they do not know is gone."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    options = ("--local", "--all", "--output=json", f"--filename={DOCKER / 'kubernetes.yaml'}")
    command = ["kubectl", "set", "env", *options, "A=b"]
    left = subprocess.run(command, capture_output=True, text=True, check=False).stdout.lstrip()
    found: dict[str, Any] = {}
    while left:
        item, end = json.JSONDecoder().raw_decode(left)
        found[item["metadata"]["name"]], left = item, left[end:].lstrip()
    return found


@pytest.mark.parametrize("name", PODS)
def test_kubernetes_knows_every_field_that_is_said_of_a_pod(
    name: str, as_kubernetes_reads_them: dict[str, Any]
) -> None:
    assert lost(WITH_PODS[name], as_kubernetes_reads_them[name]) == []


def lost(said: Any, kept: Any, place: str = "") -> list[str]:
    """Places of what was said and is not kept."""
    if isinstance(said, dict) and isinstance(kept, dict):
        return [each for key in said for each in lost(said[key], kept.get(key), f"{place}.{key}")]
    if isinstance(said, list) and isinstance(kept, list) and len(said) <= len(kept):
        return [each for n, value in enumerate(said) for each in lost(value, kept[n], f"{place}.{n}")]
    return [] if said == kept or (said == {} and kept is None) else [place]


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    assert lost({"spec": {"backofLimit": 3, "args": ["a"]}}, {"spec": {"args": ["a", "b"]}}) == [".spec.backofLimit"]


# hadolint's rules that matter for images like these, by its own numbers: what a line must not be, and such a line.
FORBIDDEN = {
    "DL3002 the last user is root": (r"USER (root|0)\b", "USER root"),
    "DL3003 cd and not WORKDIR": (r"RUN (.*&& )?cd ", "RUN cd /source"),
    "DL3004 sudo": (r"RUN .*\bsudo\b", "RUN sudo ls"),
    "DL3006 an image without a tag": (r"FROM (?![\w./-]+[:@])", "FROM python"),
    "DL3007 the latest of an image": (r"FROM \S+:latest", "FROM python:latest"),
    "DL3008 a package without a version": (
        r"RUN .*apt-get install (?!.*=)",
        "RUN apt-get update && apt-get install -y curl",
    ),
    "DL3013 a library without a version": (
        r"RUN .*pip install (?!.*(--require-hashes|--no-build-isolation) )",
        "RUN pip install --no-cache-dir triage",
    ),
    "DL3020 ADD and not COPY": (r"ADD ", "ADD . ."),
    "DL3025 a command for a shell": (r"(CMD|ENTRYPOINT) (?!\[)", "CMD triage serve"),
    "DL3042 a cache left in the image": (
        r"RUN .*pip install (?!.*--no-cache-dir)",
        "RUN pip install --require-hashes -r requirements.lock",
    ),
    "DL4000 a maintainer": (r"MAINTAINER ", "MAINTAINER somebody"),
    "DL4006 a pipe whose failure nobody sees": (r"RUN .*[^|]\|[^|]", "RUN cat a | sort"),
    "a secret in the image": (r"(ENV|ARG) .*(PASSWORD|SECRET|TOKEN|KEY)", "ENV TRIAGE_API_TOKENS=x"),
}
DOCKERFILES = sorted(DOCKER.rglob("Dockerfile*"))


def instructions(file: Path) -> list[str]:
    text = re.sub(r"\\\n\s*", "", file.read_text())
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_a_dockerfile_breaks_none_of_the_rules_that_matter(file: Path, rule: str) -> None:
    assert [line for line in instructions(file) if re.match(FORBIDDEN[rule][0], line)] == []


@pytest.mark.parametrize(("pattern", "line"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_each_rule_sees_what_it_is_for(pattern: str, line: str) -> None:
    assert re.match(pattern, line)


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_a_dockerfile_says_where_it_works_who_it_runs_as_and_how_to_see_that_it_lives(file: Path) -> None:
    words = [line.split()[0] for line in instructions(file)]

    assert words.index("WORKDIR") < words.index("COPY")
    assert words.count("USER") == words.count("HEALTHCHECK") == words.count("CMD") == 1
