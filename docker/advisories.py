"""Whether a locked version has a known weakness, as pip-audit answers: ./start python docker/advisories.py [LOCK ...]

Exit 0: every package was asked about and nothing is known. 1: something is known, and named. 2: nobody could be asked
about all of it, so nothing is known. pip-audit itself ends with 1 in both of the last two. It is the one that is
installed beside this Python, else `uvx` or `pipx` fetches it.
"""

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OPTIONS = ["--strict", "--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]


def main(locks: list[str]) -> int:
    answers = [asked(Path(lock)) for lock in locks]
    sys.stdout.write("".join(f"{line}\n" for _, lines in answers for line in lines))
    return max(code for code, _ in answers)


def asked(lock: Path) -> tuple[int, list[str]]:
    """The exit code for one lock file, and what to say."""
    tool = program()
    if tool is None:
        return 2, [f"{lock.name}: not asked. Install pip-audit, or uv or pipx, which fetch it."]
    done = subprocess.run([*tool, *OPTIONS, f"--requirement={lock}"], capture_output=True, text=True, check=False)  # noqa: S603
    return judged(lock, done.stdout, done.stderr)


def program() -> list[str] | None:
    if find_spec("pip_audit"):
        return [sys.executable, "-m", "pip_audit"]
    found = [[path, *words] for name, *words in (["uvx"], ["pipx", "run"]) if (path := shutil.which(name))]
    return [*found[0], "pip-audit"] if found else None


def judged(lock: Path, answer: str, complaint: str) -> tuple[int, list[str]]:
    """An answer counts only when it is about every package of the lock."""
    try:
        parts = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = complaint.strip().splitlines() or ["it said nothing"]
        return 2, [f"{lock.name}: NOT CHECKED. No advisory service answered: {said[0]}"]
    # One with a marker is for other machines perhaps, and is asked about there.
    locked = {name_of(name) for name in re.findall(r"^([\w.-]+)==\S+ \\$", lock.read_text(), re.MULTILINE)}
    left_out = sorted(locked - {name_of(part["name"]) for part in parts if "skip_reason" not in part})
    known = [f"{part['name']} {part['version']}: {told(weak)}" for part in parts for weak in part.get("vulns", [])]
    if left_out:
        return 2, [*known, f"{lock.name}: NOT CHECKED in full. Nothing was said about {', '.join(left_out)}"]
    return int(bool(known)), [*known, f"{lock.name}: {len(parts)} packages checked, {len(known)} weaknesses known"]


def told(weak: dict[str, list[str]]) -> str:
    return f"{weak['id']} (mended in {', '.join(weak['fix_versions']) or 'no version yet'})"


def name_of(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["requirements.lock"]))
