"""1 000 finished letters on one core: words, lint and PDF, about different people, decided by different doctors.

    python -m tests.benchmarks.letters [--letters 1000] [--evenly]

The mix is that of a department: most decisions are a right or a refusal, most letters are in bokmål. `--evenly` takes
every kind and language in turn, which is the hardest for what the compiler remembers from letter to letter. Processor
time of one process, by batches: what else the machine does makes a core up to twice as slow, so that the fastest batch
is nearest to what the program costs. The first letters are left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice, product
from statistics import median

from tests.letters.builders import POLICY, TEMPLATES, some_facts
from tests.letters.mutations import varied
from triage.domain.letter import LetterFacts, LetterKind
from triage.domain.referral import Language
from triage.letters.writing import draft_letters, write_letters

KINDS = list(product(LetterKind, Language))
# Of a hundred decisions. Our guess at a department's mix: nobody has counted it.
OFTEN = {LetterKind.RIGHT_GRANTED: 55, LetterKind.RIGHT_REFUSED: 20, LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST: 8}
IN_BOKMAL = 0.85
A_BATCH = 50  # decisions


def decisions(*, evenly: bool) -> Iterator[LetterFacts]:
    rng = random.Random(20260312)
    kinds = list(LetterKind)
    weights = [OFTEN.get(kind, 17 / (len(kinds) - len(OFTEN))) for kind in kinds]
    in_turn = cycle(KINDS)
    while True:
        language = Language.BOKMAL if rng.random() < IN_BOKMAL else Language.NYNORSK
        kind, language = next(in_turn) if evenly else (rng.choices(kinds, weights)[0], language)
        yield varied(rng, some_facts(kind, language))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--evenly", action="store_true")
    asked = parser.parse_args()
    known = decisions(evenly=asked.evenly)
    list(map(write, islice(known, len(KINDS))))
    batches = [list(islice(known, A_BATCH)) for _ in range(asked.letters // 2 // A_BATCH)]
    finished, words = (sorted(milliseconds(what, batch) for batch in batches) for what in (write, draft))
    sys.stdout.write(
        f"{2 * A_BATCH * len(batches)} letters in batches of {2 * A_BATCH}, milliseconds of one core a letter: "
        f"fastest {finished[0]:.1f}, median {median(finished):.1f}, slowest {finished[-1]:.1f}; "
        f"of it words and lint: fastest {words[0]:.1f}, median {median(words):.1f}\n"
    )


def write(facts: LetterFacts) -> int:
    return len(write_letters(facts, policy=POLICY, templates=TEMPLATES))


def draft(facts: LetterFacts) -> int:
    return len(draft_letters(facts, policy=POLICY, templates=TEMPLATES))


def milliseconds(make: Callable[[LetterFacts], int], batch: list[LetterFacts]) -> float:
    """Of processor time for each letter."""
    started = time.process_time()
    count = sum(map(make, batch))
    return 1000 * (time.process_time() - started) / count


if __name__ == "__main__":
    main()
