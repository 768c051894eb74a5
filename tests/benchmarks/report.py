"""How long the council's report takes on three years of 50 000 invented referrals: `python -m tests.benchmarks.report`.

Processor time, summed over threads, from rows to every format; the promise is under 60 seconds.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

import numpy as np

from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Referrer, Sex
from triage.reports.council import Basis, make_report
from triage.reports.edition import Lines, make_edition
from triage.reports.printing import FORMATS
from triage.reports.records import Population

START, YEARS, LINES = date(2023, 1, 1), 3, Lines(own=55, national=45)
PLACES = {str(9900 + k): f"Oppdiktet {k}" for k in range(1, 66)}
SIZES = np.random.default_rng(65).lognormal(7.8, 1.5, len(PLACES)) + 200  # inhabitants; the smallest are tiny
GROUPS = ("0–14", "15–29", "30–44", "45–54", "55–64", "65–74", "75+")


def population() -> Population:
    """Sixty-five invented municipalities, each with equally many of each sex and age group."""
    groups = list(product(("female", "male"), GROUPS))
    people = {
        (code, *group): int(size) // len(groups) for code, size in zip(PLACES, SIZES, strict=True) for group in groups
    }
    return Population(2025, "oppdiktet", PLACES, people)


def referrals(a_year: int) -> list[CountedReferral]:
    """Invented ones, in proportion to inhabitants, from four hundred practices of uneven size."""
    draw, number = np.random.default_rng(1), a_year * YEARS
    offices = draw.lognormal(0, 1, 400)
    columns = zip(
        draw.integers(365 * YEARS, size=number).tolist(),
        draw.choice([*PLACES], number, p=SIZES / SIZES.sum()).tolist(),
        draw.choice(400, number, p=offices / offices.sum()).tolist(),
        draw.choice(list(Area), number).tolist(),
        draw.integers(15, 90, number).tolist(),
        draw.random((number, 3)).tolist(),
        strict=True,
    )
    return [
        CountedReferral(
            received=START + timedelta(days=day),
            area=Area(area),
            requested="gastroscopy" if area == Area.ENDOSCOPY else None,
            age=age,
            sex=Sex.FEMALE if chance[0] < 0.5 else Sex.MALE,
            municipality=place,
            referrer=Referrer.GP if chance[0] < 0.95 else Referrer.OPTICIAN,
            sender=f"Legekontor {office}",
            pathway=Pathway.PRIMARY_CARE if chance[1] < 0.2 else Pathway.HOSPITAL,
            outcome=None if chance[2] > 0.9 else Outcome.RIGHT_GRANTED if chance[2] < 0.7 else Outcome.RIGHT_REFUSED,
            in_time=None if chance[2] > 0.9 else chance[1] > 0.1,
        )
        for day, place, office, area, age, chance in columns
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--a-year", type=int, default=50_000)
    rows, people = referrals(asked.parse_args(arguments).a_year), population()

    began = time.process_time()
    edition = make_edition(rows, (START, date(2025, 12, 31)), LINES, hide_below=5, population=people)
    counted = time.process_time()
    report = make_report(Basis(edition, people), {}, hide_below=5)
    measured = time.process_time()
    sizes = {suffix: len(write(report)) for suffix, write in FORMATS.items()}
    seconds = {
        "telle og skjule": counted - began,
        "regne": measured - counted,
        "skrive": time.process_time() - measured,
        "i alt": time.process_time() - began,
    }
    sys.stdout.write("".join(f"{name}: {spent:.1f} s\n" for name, spent in seconds.items()) + f"{sizes}\n")


if __name__ == "__main__":
    main()
