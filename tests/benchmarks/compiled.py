"""`triage screen` with and without machine code of the reader: the same bytes, and how much sooner.

    python -m tests.benchmarks.compiled [--records 50] [--rounds 3]

Compiles in a copy, so the checkout stays as it is. Times are processor time of all processes, from start to answer, in
turns; with few records most of it is the start.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        written, compiled = (_copy(Path(folder, name)) for name in ("written", "compiled"))
        letters = sorted((ROOT / "nlp_models" / "corpus").glob("dev*.jsonl"))
        lines = [line for file in letters for line in file.read_bytes().splitlines(keepends=True)]
        source = Path(folder, "in.jsonl")
        source.write_bytes(b"".join(islice(cycle(lines), given.records)))
        sys.stdout.write(f"compile: {_run(compiled, 'compile'):.1f} s\n")
        for tree in (written, compiled):
            _screen(tree, source)  # keeps what later starts find
        seconds = [[_screen(tree, source) for tree in (written, compiled)] for _ in range(given.rounds)]
        same = (written / "out.jsonl").read_bytes() == (compiled / "out.jsonl").read_bytes()
    one, other = (median(times) for times in zip(*seconds, strict=True))
    told = f"{given.records} records: {one:.2f} s as written, {other:.2f} s compiled, {one / other:.2f} times as quick"
    sys.stdout.write(f"{told}\n{'the same bytes' if same else 'NOT the same bytes'}\n")
    return 0 if same else 1


def _copy(tree: Path) -> Path:
    ignored = shutil.ignore_patterns("_compiled", "__pycache__")
    shutil.copytree(ROOT / "triage", tree / "triage", ignore=ignored)
    for name in ("nlp_models", "letter_templates", "migrations"):
        (tree / name).symlink_to(ROOT / name)
    return tree


def _screen(tree: Path, source: Path) -> float:
    return _run(tree, "screen", str(source), "--out", str(tree / "out.jsonl"))


def _run(tree: Path, *command: str) -> float:
    where = {**os.environ, "PYTHONPATH": str(tree), "TRIAGE_HOME": str(tree / "home")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-m", "triage.cli", *command]
    subprocess.run(words, cwd=tree, env=where, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
