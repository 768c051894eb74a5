"""How long the council's report takes on three years of 50 000 invented referrals: `python -m tests.benchmarks.report`.

Processor time, summed over threads, from rows to every format; the promise is under 60 seconds. The rows are those of
the bundled region: 65 municipalities, 120 practices, every field that the report counts.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.reports.invented import LINES, PERIOD, referrals, region
from triage.reports.council import Basis, make_report
from triage.reports.edition import make_edition
from triage.reports.printing import FORMATS


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--a-year", type=int, default=50_000)
    reference = region()
    rows = list(referrals(reference, a_year=asked.parse_args(arguments).a_year))

    began = time.process_time()
    edition = make_edition(rows, PERIOD, LINES, hide_below=5, reference=reference)
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
    sys.stdout.write(f"{len(rows)} henvisninger, byte: {sizes}\n")


if __name__ == "__main__":
    main()
