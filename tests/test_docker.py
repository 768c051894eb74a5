"""What runs in a hospital's machine room is as careful as the files say. No engine reads them here, so this does."""

import json
import re
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


PODS = {item["metadata"]["name"]: pod_of(item) for item in ITEMS if item["kind"] in ("Job", "Deployment", "CronJob")}


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


# hadolint's rules that matter for images like these, by its own numbers.
FORBIDDEN = {
    "DL3002 the last user is root": r"USER (root|0)\b",
    "DL3003 cd and not WORKDIR": r"RUN (.*&& )?cd ",
    "DL3004 sudo": r"RUN .*\bsudo\b",
    "DL3006 an image without a tag": r"FROM (?![\w./-]+[:@])",
    "DL3007 the latest of an image": r"FROM \S+:latest",
    "DL3008 a package without a version": r"RUN .*apt-get install (?!.*=)",
    "DL3013 a library without a version": r"RUN .*pip install (?!.*(--require-hashes -r |--no-deps \.))",
    "DL3020 ADD and not COPY": r"ADD ",
    "DL3025 a command for a shell": r"(CMD|ENTRYPOINT) (?!\[)",
    "DL3042 a cache left in the image": r"RUN .*pip install (?!.*--no-cache-dir)",
    "DL4000 a maintainer": r"MAINTAINER ",
    "DL4006 a pipe whose failure nobody sees": r"RUN .*[^|]\|[^|]",
    "a secret in the image": r"(ENV|ARG) .*(PASSWORD|SECRET|TOKEN|KEY)",
}
DOCKERFILES = sorted(DOCKER.rglob("Dockerfile*"))


def instructions(file: Path) -> list[str]:
    text = re.sub(r"\\\n\s*", "", file.read_text())
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_a_dockerfile_breaks_none_of_the_rules_that_matter(file: Path, rule: str) -> None:
    assert [line for line in instructions(file) if re.match(FORBIDDEN[rule], line)] == []


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_a_dockerfile_says_where_it_works_who_it_runs_as_and_how_to_see_that_it_lives(file: Path) -> None:
    words = [line.split()[0] for line in instructions(file)]

    assert words.index("WORKDIR") < words.index("COPY")
    assert words.count("USER") == words.count("HEALTHCHECK") == words.count("CMD") == 1


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("DL3002 the last user is root", "USER root"),
        ("DL3003 cd and not WORKDIR", "RUN cd /source"),
        ("DL3004 sudo", "RUN sudo ls"),
        ("DL3006 an image without a tag", "FROM python"),
        ("DL3007 the latest of an image", "FROM python:latest"),
        ("DL3008 a package without a version", "RUN apt-get update && apt-get install -y curl"),
        ("DL3013 a library without a version", "RUN pip install --no-cache-dir triage"),
        ("DL3020 ADD and not COPY", "ADD . ."),
        ("DL3025 a command for a shell", "CMD triage serve"),
        ("DL3042 a cache left in the image", "RUN pip install --require-hashes -r requirements.lock"),
        ("DL4000 a maintainer", "MAINTAINER somebody"),
        ("DL4006 a pipe whose failure nobody sees", "RUN cat a | sort"),
        ("a secret in the image", "ENV TRIAGE_API_TOKENS=x"),
    ],
)
def test_each_rule_sees_what_it_is_for(rule: str, line: str) -> None:
    assert re.match(FORBIDDEN[rule], line)
