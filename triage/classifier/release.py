"""Which model is in use: `manifest.yaml`, its files and their digests, and who approved it.

Switching, trying and rolling back change the manifest alone; every earlier version stays beside it.
"""

import hashlib
from datetime import date
from pathlib import Path

import yaml

from triage.domain.errors import Conflict, NotReady
from triage.strict_yaml import Strict, read_yaml, validated

MANIFEST = "manifest.yaml"
FILES = ("model.onnx", "vocabulary.tsv", "limits.yaml", "examples.jsonl", "card.yaml")


class Release(Strict):
    """One version: its folder beside the manifest, and the SHA-256 of each of its files."""

    folder: str
    approved_by: str
    approved_on: date
    sha256: dict[str, str]


class Manifest(Strict):
    in_use: str
    before: str | None = None  # what `model rollback` returns to
    tried: str | None = None  # in shadow: it proposes beside the one in use, and nobody is shown what
    versions: dict[str, Release]


def read_manifest(models: Path) -> Manifest:
    """Raises NotReady when it is missing, wrong, or names a version that it does not hold."""
    manifest = validated(Manifest, read_yaml(models / MANIFEST), f"{MANIFEST} for modellene")
    if not {manifest.in_use, manifest.tried or manifest.in_use} <= manifest.versions.keys():
        raise NotReady("manifest.yaml peker på en modell som ikke står i den.")
    return manifest


def take_into_use(models: Path, folder: Path, *, approved_by: str, on: date) -> None:
    """Name the version in `folder`, which lies somewhere under `models`, as the one in use."""
    before = read_manifest(models) if (models / MANIFEST).exists() else None
    versions = {**(before.versions if before else {}), folder.name: _release(models, folder, approved_by, on)}
    _write(models, Manifest(in_use=folder.name, before=before.in_use if before else None, versions=versions))


def try_in_shadow(models: Path, folder: Path | None, *, approved_by: str, on: date) -> None:
    """Have the version in `folder` propose beside the one in use; without a folder, no longer."""
    change: dict[str, object] = {"tried": folder and folder.name}
    now = read_manifest(models)
    if folder:
        change["versions"] = {**now.versions, folder.name: _release(models, folder, approved_by, on)}
    _write(models, now.model_copy(update=change))


def _release(models: Path, folder: Path, approved_by: str, on: date) -> Release:
    place = folder.resolve().relative_to(models.resolve()).as_posix()
    return Release(folder=place, approved_by=approved_by, approved_on=on, sha256=digests(folder))


def roll_back(models: Path) -> str:
    """Return to the version that was in use before, and name it. Raises Conflict when there is none."""
    now = read_manifest(models)
    if now.before is None:
        raise Conflict("Det finnes ingen tidligere modell å gå tilbake til.")
    _write(models, now.model_copy(update={"in_use": now.before, "before": now.in_use}))
    return now.before


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a version. Raises NotReady when one is missing."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise NotReady(f"Modellen mangler {', '.join(missing)}.")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def _write(models: Path, manifest: Manifest) -> None:
    """Replace it as a whole: a reader never sees half of it."""
    said = yaml.safe_dump(manifest.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    part = models / f"{MANIFEST}.part"
    part.write_text(f"# See «triage model use» and «triage model rollback».\n{said}", encoding="utf-8")
    part.replace(models / MANIFEST)
