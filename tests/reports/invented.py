"""Invented referrals from the bundled region: how its file of rows was made (`python -m tests.reports.invented`)."""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import orjson

from triage.commands.reporting import REGION, by_kind
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Language, Referrer, Sex
from triage.reports.edition import Lines
from triage.reports.records import Population, Reference, read_reference

PERIOD = date(2023, 1, 1), date(2025, 12, 31)
LINES = Lines(own=55, national=45)
_PATHWAYS = (*Pathway,)


def region() -> Reference:
    """Sixty-five municipalities with a map, three hospitals and 120 practices. None of them exists."""
    files = by_kind(sorted(REGION.glob("*.csv")))
    return read_reference(files, start=PERIOD[0].year, end=PERIOD[1].year, starts=LINES.groups)


def referrals(place: Reference, *, a_year: int) -> Iterator[CountedReferral]:
    """The same every time. A few places refer more than others, and less was of low value after September 2024."""
    people = place.population or Population(0, "", {}, {})
    draw, days, codes = np.random.default_rng(1), (PERIOD[1] - PERIOD[0]).days + 1, [*people.names]
    number = round(a_year * days / 365.25)
    weight = draw.gamma(25, 1 / 25, len(codes)) * [people.of(code) for code in codes]
    offices = draw.lognormal(0, 0.8, 120)
    strict = draw.normal(0, 0.5, 120)
    home = draw.choice(len(codes), number, p=weight / weight.sum())
    office = draw.choice(120, number, p=offices / offices.sum())
    for k in range(number):
        day = PERIOD[0] + timedelta(days=int(draw.integers(days)))
        area, age, chance = (
            list(Area)[draw.integers(3)],
            int(np.clip(draw.normal(55, 20), 1, 97)),
            draw.random(9).tolist(),
        )
        low = 1 / (1 + np.exp(1.1 + 0.05 * (age - 45) + strict[office[k]] + 0.5 * (day >= date(2024, 9, 1))))
        usual = np.array([0.03, 0.07, 0.5, 0.25, 0.0, 0.15]) * (1 - low) + np.array([0, 0, 0, 0, low, 0])
        pathway = _PATHWAYS[int(np.searchsorted(np.cumsum(usual / usual.sum()), chance[0]))]
        refuse = {Pathway.PRIMARY_CARE: 0.75, Pathway.CONTRACT_SPECIALIST: 0.3, Pathway.HOSPITAL: 0.06}.get(
            pathway, 0.01
        )
        granted, refused = Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED
        answer = None if chance[1] > 0.97 else refused if chance[2] < refuse else granted
        other = answer if chance[3] < 0.93 or answer is None else refused if answer is granted else granted
        wait = int(draw.gamma(2.2, 3))
        yield CountedReferral(
            received=day,
            area=area,
            requested="gastroscopy" if area is Area.ENDOSCOPY and chance[4] < 0.6 else None,
            age=age,
            sex=Sex.FEMALE if chance[5] < 0.54 else Sex.MALE,
            municipality=codes[home[k]],
            referrer=Referrer.GP
            if chance[6] < 0.85
            else Referrer.PRIVATE_CLINIC
            if chance[6] < 0.95
            else Referrer.OPTICIAN,
            sender=f"Legekontor {office[k] + 1} (oppdiktet)",
            pathway=pathway,
            outcome=answer,
            in_time=answer is not None and wait <= 13,
            days=wait if answer else None,
            delivered=chance[7] < 0.97,
            returned=chance[7] > 0.99,
            referred_again=chance[8] < 0.12,
            found_later=chance[8] < 0.03,
            reread=other if answer is refused and chance[3] > 0.85 else None,
            readings=(answer, other) if answer and other and chance[3] > 0.5 and chance[4] < 0.1 else (),
            language=Language.NYNORSK if chance[6] < 0.2 else Language.BOKMAL,
        )


def main() -> None:
    rows = referrals(region(), a_year=6000)
    told = [
        {name: value for name, value in asdict(row).items() if value or (value == 0 and value is not False)}
        for row in rows
    ]
    written = gzip.compress(b"\n".join(map(orjson.dumps, told)), mtime=0)
    (REGION / "referrals.jsonl.gz").write_bytes(written)
    sys.stdout.write(f"{len(told)} henvisninger, {len(written)} byte\n")


if __name__ == "__main__":
    main()
