"""The classifier against others on the same letters: how right and how quick. From message to recommendation it is
`screening.py` that tells.

    python -m tests.benchmarks.classifier [--rounds 7] [--peer NAME ...] [--grow 1000 10000 ...] [--json OUT]

Accuracy is on a writer that no system has learnt from (the last batch); our model is trained anew without it. Times are
medians of interleaved rounds in one process with one thread, as a ratio to scikit-learn's words and characters.
"""

import argparse
import subprocess
import sys
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import orjson
from threadpoolctl import threadpool_limits

from tests.benchmarks.peers import PEERS, Predict, trained
from tests.benchmarks.rounds import interleaved
from triage.classifier import training
from triage.classifier.cases import Case
from triage.classifier.model import Model
from triage.commands.screening import read_cases
from triage.domain.recommendation import PATHWAYS
from triage.domain.referral import Referral
from triage.engines import Engines, load_engines
from triage.paths import MODELS
from triage.settings import read_settings

TODAY = date(2026, 11, 22)
REFERENCE = "scikit-learn words + characters"


def main() -> None:
    given = _arguments()
    with threadpool_limits(1):
        figures = _figures(given)
    sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    if given.json:
        given.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


def _figures(given: argparse.Namespace) -> dict[str, object]:
    cases = list(read_cases(given.cases))
    held_out = cases[-1].batch
    learnt, tested = [c for c in cases if c.batch != held_out], [c for c in cases if c.batch == held_out]
    engines = load_engines(read_settings(), with_model=False)
    with TemporaryDirectory() as folder:
        model = _our_model(learnt, engines, Path(folder) / "model")
        two_processes = _two_processes(Path(folder) / "model", given.cases)
    peers, missing = trained([c.referral.text for c in learnt], [c.pathway.rank for c in learnt], given.peer)
    return {
        "held out": held_out,
        "missing": missing,
        "accuracy": _accuracy(model, engines, peers, tested),
        "microseconds": _times(model, engines, peers, cases, rounds=given.rounds),
        "largest difference by batch size": _parity(model, engines, cases),
        "two processes to one": two_processes,
        "growth": {str(n): _growth(model, engines, cases, n) for n in given.grow},
        "start-up seconds": _start_up(),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = sorted((MODELS / "corpus").glob("dev0[1-8].jsonl"))
    parser.add_argument(
        "--cases", nargs="+", type=Path, default=corpus, help="one file for each writer; the last is held out"
    )
    parser.add_argument("--peer", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--grow", nargs="*", type=int, default=[1000, 10_000], help="up to 1000000")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _our_model(cases: Sequence[Case], engines: Engines, folder: Path) -> Model:
    training.train(cases, _program(engines), folder)
    return Model(folder, "benchmark")


def _program(engines: Engines) -> training.Program:
    judge = partial(engines.matches, today=TODAY)
    return training.Program(cache(engines.reader.read), judge, engines.propose, engines.policy, {})


def _accuracy(model: Model, engines: Engines, peers: dict[str, Predict], tested: Sequence[Case]) -> dict[str, object]:
    """Share of the held-out letters for which the likeliest pathway is right, and of the red ones found red."""
    program = _program(engines)
    letters = [program.see(case.referral) for case in tested]
    texts = [case.referral.text for case in tested]
    shares = {"ours": model.probabilities(letters), **{name: run(texts) for name, run in peers.items()}}
    proposed = {name: [PATHWAYS[i] for i in row.argmax(axis=1)] for name, row in shares.items()}
    proposed["ours with the rules"] = [
        program.decide(seen, one).pathway for seen, one in zip(letters, model.predict(letters), strict=True)
    ]
    return {
        name: {
            "accuracy": float(np.mean([p is c.pathway for p, c in zip(row, tested, strict=True)])),
            "red": float(np.mean([p.is_red for p, c in zip(row, tested, strict=True) if c.pathway.is_red])),
        }
        for name, row in proposed.items()
    }


def _times(
    model: Model, engines: Engines, peers: dict[str, Predict], cases: Sequence[Case], *, rounds: int
) -> dict[str, object]:
    """Microseconds of processor time a letter, and how many times as quick as the reference."""
    program = _program(engines)
    of = {case.referral.text: program.see(case.referral) for case in cases}
    timed = interleaved(
        {
            **peers,
            "ours: classifier": lambda texts: model.probabilities([of[text] for text in texts]),
            "ours: classifier, explained": lambda texts: model.predict([of[text] for text in texts]),
        },
        list(of),
        rounds=rounds,
    )
    reference = timed[REFERENCE].seconds if REFERENCE in timed else None
    return {
        name: {
            "median": one.seconds * 1e6,
            "range": [one.low * 1e6, one.high * 1e6],
            "times as quick": reference / one.seconds if reference else None,
            "rounds": one.rounds,
        }
        for name, one in timed.items()
    }


def _parity(model: Model, engines: Engines, cases: Sequence[Case]) -> dict[str, float]:
    """Between what one letter alone gives and what it gives among others; odd letters are among them."""
    odd = ("Ærlig talt: øye, åre, Ålesund", unicodedata.normalize("NFD", "blåøyd på øret"), "-", "Dysfagi. " * 6000)
    texts = [*odd, *(f"{case.referral.text}\r\n" for case in cases)]
    letters = [_program(engines).see(Referral("", text)) for text in texts]
    alone = np.concatenate([model.probabilities([letter]) for letter in letters])
    sizes = {size: range(0, len(letters), size) for size in (7, 64, len(letters))}
    together = {n: np.concatenate([model.probabilities(letters[i : i + n]) for i in at]) for n, at in sizes.items()}
    return {str(n): float(np.abs(shares - alone).max()) for n, shares in together.items()}


def _two_processes(folder: Path, files: Sequence[Path]) -> float:
    """Letters a second of two processes at work together, to one's, by processor time: what sharing costs."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        alone = pool.submit(_seconds_a_letter, folder, files).result()
        together = [pool.submit(_seconds_a_letter, folder, files) for _ in range(2)]
        return sum(alone / one.result() for one in together)


def _seconds_a_letter(folder: Path, files: Sequence[Path]) -> float:
    program, model = _program(load_engines(read_settings(), with_model=False)), Model(folder, "benchmark")
    letters = [program.see(case.referral) for case in read_cases([*files])]
    model.probabilities(letters)  # warm
    runs = []
    for _ in range(7):
        start = time.process_time()
        model.probabilities(letters)
        runs.append((time.process_time() - start) / len(letters))
    return median(runs)


def _growth(model: Model, engines: Engines, cases: Sequence[Case], n: int) -> float:
    """Microseconds a letter when n letters are classified one batch after the other."""
    letters = [_program(engines).see(case.referral) for case in cases]
    model.probabilities(letters)  # warm
    start = time.process_time()
    for first in range(0, n, len(letters)):
        model.probabilities(letters[: min(len(letters), n - first)])
    return (time.process_time() - start) / n * 1e6


def _start_up() -> float:
    """Seconds from a fresh process to the shipped model being ready, its libraries loaded before; best of three."""
    code = (
        "import numpy, onnxruntime, pydantic, yaml, orjson, time; start = time.perf_counter();"
        "from triage.classifier.model import load_model; from triage.paths import MODELS; load_model(MODELS);"
        "print(time.perf_counter() - start)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


if __name__ == "__main__":
    main()
