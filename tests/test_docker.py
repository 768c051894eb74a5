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
