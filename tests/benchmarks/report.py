"""How long the council's report takes on three years of 50 000 invented referrals: `python -m tests.benchmarks.report`.

Processor time, summed over threads, from rows to every format; the promise is under 60 seconds. With `--editions 2` it
is held against an edition of the first two years; with `--editions 3` it is one of the last two years, against both.
The rows are those of the bundled region: 65 municipalities, 120 practices, every field that the report counts.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date

from tests.reports.invented import LINES, PERIOD, referrals, region
from triage.reports.council import make_report
from triage.reports.disclosure import NOTHING_BEFORE
from triage.reports.edition import make_edition
from triage.reports.printing import FORMATS
from triage.reports.sections import Basis

FIRST, LAST = (PERIOD[0], date(2024, 12, 31)), (date(2024, 1, 1), PERIOD[1])
PERIODS = {1: [PERIOD], 2: [FIRST, PERIOD], 3: [FIRST, PERIOD, LAST]}


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--a-year", type=int, default=50_000)
    asked.add_argument("--editions", type=int, choices=(1, 2, 3), default=1)
    given = asked.parse_args(arguments)
    reference = region()
    rows = list(referrals(reference, a_year=given.a_year))
    before = NOTHING_BEFORE
    *earlier, period = PERIODS[given.editions]
    for one in earlier:
        before = make_edition(rows, one, LINES, hide_below=5, reference=reference, previous=before).protected

    began = time.process_time()
    edition = make_edition(rows, period, LINES, hide_below=5, reference=reference, previous=before)
    counted = time.process_time()
    readings = [row.readings for row in rows if len(row.readings) > 1]
    report = make_report(Basis(edition, reference, readings), {}, hide_below=5)
    measured = time.process_time()
    sizes = {suffix: len(write(report)) for suffix, write in FORMATS.items()}
    seconds = {
        "telle og skjule": counted - began,
        "regne": measured - counted,
        "skrive": time.process_time() - measured,
        "i alt": time.process_time() - began,
    }
    sys.stdout.write("".join(f"{name}: {spent:.1f} s\n" for name, spent in seconds.items()))
    reasons = Counter(
        reason for id_, reason in edition.protected.hidden.items() if edition.protected.cells[id_].printed
    )
    sys.stdout.write(
        f"{len(rows)} henvisninger, byte: {sizes}\n{len(edition.protected.cells)} tall, skjult: {reasons}\n"
    )


if __name__ == "__main__":
    main()
