"""1 000 finished letters on one core: words, lint and PDF, of every kind, language and recipient.

    python -m tests.benchmarks.letters [--letters 1000]

Processor time of one process, so that others on the machine do not count; the first letters are left out.
"""

import argparse
import sys
import time
from itertools import cycle, islice, product

from tests.letters.builders import LETTERS, POLICY, TEMPLATES, letters, some_facts
from triage.domain.letter import LetterKind
from triage.domain.referral import Language
from triage.letters.writing import draft_letters

KINDS = list(product(LetterKind, Language))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=1000)
    decisions = parser.parse_args().letters * len(KINDS) // len(LETTERS)
    write(len(KINDS))
    started = time.process_time()
    write(decisions)
    finished = time.process_time()
    preview(decisions)
    words = time.process_time() - finished
    count = decisions * len(LETTERS) // len(KINDS)
    sys.stdout.write(
        f"{count} letters: {finished - started:.1f} s of one core, {words:.1f} s of it for the words and the lint "
        f"({1000 * (finished - started) / count:.1f} ms and {1000 * words / count:.1f} ms a letter)\n"
    )


def write(decisions: int) -> None:
    for kind, language in islice(cycle(KINDS), decisions):
        letters(kind, language)


def preview(decisions: int) -> None:
    for kind, language in islice(cycle(KINDS), decisions):
        draft_letters(some_facts(kind, language), policy=POLICY, templates=TEMPLATES)


if __name__ == "__main__":
    main()
