"""1 000 finished letters on one core: words, lint and PDF, about different people, decided by different doctors.

    python -m tests.benchmarks.letters [--letters 1000] [--evenly]

The mix is that of a department: most decisions are a right or a refusal, most letters are in bokmål. `--evenly` takes
every kind and language in turn, which is the hardest for what the compiler remembers from letter to letter. Processor
time of one process, so that others on the machine do not count; the first letters are left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice, product

from tests.letters.builders import POLICY, TEMPLATES, some_facts
from tests.letters.mutations import varied
from triage.domain.letter import LetterFacts, LetterKind
from triage.domain.referral import Language
from triage.letters.writing import draft_letters, write_letters

KINDS = list(product(LetterKind, Language))
# Of a hundred decisions. Our guess at a department's mix: nobody has counted it.
OFTEN = {LetterKind.RIGHT_GRANTED: 55, LetterKind.RIGHT_REFUSED: 20, LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST: 8}
IN_BOKMAL = 0.85


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
    warm_up = list(islice(known, len(KINDS)))
    timed = list(islice(known, asked.letters // 2))
    for facts in warm_up:
        write_letters(facts, policy=POLICY, templates=TEMPLATES)
    started = time.process_time()
    count = sum(len(write_letters(facts, policy=POLICY, templates=TEMPLATES)) for facts in timed)
    finished = time.process_time()
    for facts in timed:
        draft_letters(facts, policy=POLICY, templates=TEMPLATES)
    whole, words = finished - started, time.process_time() - finished
    sys.stdout.write(
        f"{count} letters: {whole:.1f} s of one core, {words:.1f} s of it for the words and the lint "
        f"({1000 * whole / count:.1f} ms and {1000 * words / count:.1f} ms a letter)\n"
    )


if __name__ == "__main__":
    main()
