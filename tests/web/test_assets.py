"""What the pages are made of: our own files and the vendored ones, nothing inline, nothing from elsewhere."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from triage.web.rendering import STATIC

VENDOR = STATIC / "vendor"
CARD = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
TEMPLATES = sorted((STATIC.parent / "templates").rglob("*.html"))
OWN = [STATIC / "app.css", STATIC / "app.js"]


def test_every_vendored_file_is_the_one_that_was_fetched() -> None:
    listed = {name: digest for package in CARD for name, digest in package["files"].items()}
    found = [file for file in VENDOR.rglob("*") if file.is_file() and file.parent.name not in ("LICENSES", "vendor")]

    assert {str(file.relative_to(VENDOR)): sha256(file.read_bytes()).hexdigest() for file in found} == listed


@pytest.mark.parametrize("package", CARD, ids=lambda package: package["name"])
def test_every_vendored_package_comes_with_its_licence(package: dict[str, str]) -> None:
    assert (VENDOR / package["licence_file"]).read_text("utf-8").strip()


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
@pytest.mark.parametrize(
    "inline", [r"<style", r"\sstyle=", r"<script(?![^>]*\ssrc=)", r"\son[a-z]+=", r"javascript:", r"\|\s*safe"]
)
def test_no_template_holds_what_the_content_policy_refuses(file: Path, inline: str) -> None:
    assert not re.search(inline, file.read_text("utf-8"))


@pytest.mark.parametrize("file", [*TEMPLATES, *OWN], ids=lambda file: file.name)
def test_nothing_is_loaded_from_elsewhere(file: Path) -> None:
    assert not re.search(r"""(?:src|url\(|import|fetch\()\s*=?\s*["'(]*(?:https?:)?//""", file.read_text("utf-8"))


def test_the_pages_own_script_stays_small() -> None:
    assert len((STATIC / "app.js").read_text("utf-8").splitlines()) <= 150
