"""From message bytes to a recommendation, with each stage's share, beside the pipeline that a user would build.

    python -m tests.benchmarks.screening [--rounds 5] [--grow 1000 10000 100000] [--json OUT]

The user's pipeline parses with lxml, finds the lexicon's terms with spaCy's ruler and values with regular expressions,
and classifies with scikit-learn's words and characters; it knows neither assertion status nor rules. All are timed in
one process with one thread, on the same invented letters, in interleaved rounds by processor time. Growth is that of
`triage screen`: processor time of all its processes, and the most memory that one of them has held.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
from lxml import etree
from threadpoolctl import threadpool_limits

from tests.benchmarks.peers import scikit_learn
from tests.benchmarks.rounds import interleaved
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number
from triage import answers
from triage.classifier.features import Seen
from triage.commands.screening import read_cases
from triage.domain.referral import Referral
from triage.engines import Engines, load_engines
from triage.messages.reading import read as read_message
from triage.paths import LEXICON, MODELS
from triage.rules.book import evaluate
from triage.settings import read_settings

TODAY = date(2026, 11, 22)
_FEW = 260  # records, just more than one piece of work
USERS, OURS = "the user's pipeline", "ours"
# What a user would look for: a label, perhaps a verb, and a number.
VALUES = [
    re.compile(rf"\b{label}\b\D{{0,12}}(\d+(?:[.,]\d+)?)", re.IGNORECASE)
    for label in ("hb", "crp", "ferritin", "kalprotektin", "f-hb", "sr", "visus", "trykk", "kreatinin", "inr", "psa")
] + [re.compile(rf"(\d+)\s*{unit}", re.IGNORECASE) for unit in ("kg", "uker", "mnd", "måneder", "år", "dager", "cm")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = sorted((MODELS / "corpus").glob("dev*.jsonl"))
    parser.add_argument("--cases", nargs="+", type=Path, default=corpus)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--grow", nargs="*", type=int, default=[1000, 10_000], help="up to 1000000")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    cases = list(read_cases(given.cases))
    with threadpool_limits(1), TemporaryDirectory() as folder:
        figures = {
            "microseconds a letter": _stages(cases, rounds=given.rounds),
            "growth": _growth(given.cases, given.grow, Path(folder)),
            "seconds from start to answer": min(_screened(given.cases, 1, Path(folder))["seconds"] for _ in range(3)),
        }
    sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    if given.json:
        given.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


def _stages(cases: Sequence[Any], *, rounds: int) -> dict[str, object]:
    """Of both pipelines and of each of our stages: microseconds, and how many times as quick as the user's."""
    engines = load_engines(read_settings())
    bodies = {case.referral.text: _message(case.referral, n) for n, case in enumerate(cases)}
    users = _users_pipeline([case.referral.text for case in cases], [case.pathway.rank for case in cases])
    stages = _our_stages(engines, {text: _received(body) for text, body in bodies.items()})
    timed = interleaved(
        {
            USERS: lambda texts: users([bodies[text] for text in texts]),
            OURS: lambda texts: _answered(engines, [_received(bodies[text]) for text in texts]),
            "ours: message": lambda texts: [_received(bodies[text]) for text in texts],
            **stages,
        },
        list(bodies),
        rounds=rounds,
    )
    return {
        name: {
            "median": one.seconds * 1e6,
            "range": [one.low * 1e6, one.high * 1e6],
            "share of ours": one.seconds / timed[OURS].seconds,
            "times as quick": timed[USERS].seconds / one.seconds,
        }
        for name, one in timed.items()
    }


def _our_stages(engines: Engines, of: dict[str, Referral]) -> dict[str, Callable[[Sequence[str]], object]]:
    """Each alone, on what the stages before it have made."""
    reading = {text: engines.reader.read(referral) for text, referral in of.items()}
    by_rules = partial(evaluate, engines.rules, policy=engines.policy, today=TODAY)
    rules = {text: by_rules(of[text], reading[text]) for text in of}
    seen = {text: Seen(of[text], reading[text], rules[text]) for text in of}
    model = engines.model
    assert model is not None
    proposed = dict(zip(of, engines.recommend_many(list(of.values()), today=TODAY, explained=False), strict=True))
    return {
        "ours: reading": lambda texts: [engines.reader.read(of[text]) for text in texts],
        "ours: rules": lambda texts: [by_rules(of[text], reading[text]) for text in texts],
        "ours: model": lambda texts: model.predict([seen[text] for text in texts], explained=False),
        "ours: answer": lambda texts: [_as_json(proposed[text]) for text in texts],
    }


def _message(referral: Referral, number: int) -> bytes:
    content = body_20(service("", referral.requested or "Vurdering"), reason(referral.text))
    who = patient(synthetic_number(serial=number % 300))
    return encoded(msghead(content, person=who, msg_id=f"<MsgId>M-{number}</MsgId>"))


def _received(body: bytes) -> Referral:
    return read_message(body, received=TODAY).referrals[0].referral


def _answered(engines: Engines, referrals: Sequence[Referral]) -> list[bytes]:
    return [_as_json(one) for one in engines.recommend_many(referrals, today=TODAY, explained=False)]


def _as_json(recommendation: Any) -> bytes:
    return orjson.dumps(answers.recommendation_record("", recommendation))


def _users_pipeline(texts: Sequence[str], targets: Sequence[int]) -> Callable[[Sequence[bytes]], object]:
    import spacy  # noqa: PLC0415 (the user's)

    nlp = spacy.blank("nb")
    ruler: Any = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": "TERM", "pattern": term} for term in _terms()])
    classify = scikit_learn(texts, targets)

    def run(bodies: Sequence[bytes]) -> list[bytes]:
        letters = [" ".join(e.text or "" for e in etree.fromstring(b).iter("{*}TextResultValue")) for b in bodies]
        found = [[(e.start_char, e.end_char) for e in doc.ents] for doc in nlp.pipe(letters, batch_size=64)]
        values = [[m.span() for one in VALUES for m in one.finditer(letter)] for letter in letters]
        shares = classify(letters)
        lines = zip(found, values, shares.tolist(), strict=True)
        return [orjson.dumps({"terms": terms, "values": told, "shares": row}) for terms, told, row in lines]

    return run


def _terms() -> list[str]:
    """A thousand of the lexicon's terms, as written."""
    import yaml  # noqa: PLC0415

    files = [yaml.safe_load(file.read_bytes()) for file in sorted((LEXICON / "concepts").glob("*.yaml"))]
    named = (str(term) for file in files for entry in file.values() for term in entry.get("nb", ()))
    return list(dict.fromkeys(named))[:1000]


def _growth(files: Iterable[Path], sizes: Sequence[int], folder: Path) -> dict[str, object]:
    """Each size screened once; `exponent` is the slope of time against records, both as logarithms (1: linear).

    What the smallest run that takes two processes needs, starting most of all, is taken from both.
    """
    started = _screened(files, _FEW, folder)["processor seconds"]
    runs = {n: _screened(files, n, folder) for n in sizes}
    figures: dict[str, object] = {str(n): run for n, run in runs.items()}
    if len(runs) > 1:
        logs = np.log([[n - _FEW, run["processor seconds"] - started] for n, run in runs.items()])
        figures["exponent"] = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
    return figures


def _screened(files: Iterable[Path], n: int, folder: Path) -> dict[str, float]:
    """`triage screen` of n letters, as a process of its own."""
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    with source.open("wb") as out:
        out.writelines(lines[i % len(lines)] + b"\n" for i in range(n))
    code = (
        "import sys, resource; from triage.cli import main\n"
        "if __name__ == '__main__':\n"
        "    status = main(sys.argv[1:])\n"
        "    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n"
        "    print(sum(u.ru_utime + u.ru_stime for u in used), max(u.ru_maxrss for u in used) / 1024)\n"
        "    sys.exit(status)\n"
    )
    script = folder / "screen.py"
    script.write_text(code)
    began = time.perf_counter()
    command = [sys.executable, str(script), "screen", str(source), "--out", str(target)]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    seconds = time.perf_counter() - began
    used, memory = map(float, run.stdout.split()[-2:])
    return {"seconds": seconds, "processor seconds": used, "a second": n / seconds, "most memory, MB": memory}


if __name__ == "__main__":
    main()
