"""When a finding was: now, back, over, long ago, only asked about; and whether a procedure was done."""

from datetime import date
from itertools import product

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

FINDINGS = (
    ("gi.dysfagi", Area.ENDOSCOPY, "svelgvansker"),
    ("oye.papilleodem", Area.EYE, "papilleødem"),
    ("onh.facialisparese", Area.ENT, "Bells parese"),
)
PRESENT = (
    "Tidligere litt {}, nå mye.",
    "Tidligere sjelden {}, nå hver dag.",
    "Tidligere {} av og til, nå daglig.",
    "Tidligere {}, nå igjen plaget.",
    "Tidligere aldri {}, nå daglig.",
    "Aldri hatt {} tidligere, men de siste ukene.",
    "Ikke {} ved forrige kontroll, nå tydelig.",
    "Ingen {} fram til i sommer.",
    "Hadde {} i fjor, gikk over, men kom tilbake i går.",
    "Ble friskmeldt i mai, men fikk {} igjen i august.",
    "Same {} som for to år sidan.",
    "{} verre enn for to år siden.",
    "{}, også i 2015.",
    "{} etter at hun ble operert i 2021.",
    "Hjerteinfarkt 2012 og {} siste uke.",
    "Operert for brokk 2018 og har etter dette {}.",
    "Kjent {} fra tidligere, forverret siste uker.",
    "Har hatt {} fra aug -26.",
    "Hadde {} ved undersøkelsen.",
)
PAST = (
    "{} fram til i fjor.",
    "{} fram til i går.",
    "{} til og med juni, nå bra.",
    "{} i to dager i forrige uke, nå bra.",
    "Har hatt {}, men er nå bra.",
    "{} før operasjonen, ikke etter.",
    "{} i mai, men ikke nå.",
    "{} i mai, symptomfri nå.",
    "{} for en årrekke siden.",
    "{} er historie.",
    "{} i sykehistorien.",
    "Kontroll etter {}.",
)
POSSIBLE = (
    "Er {} utelukket?",
    "Kan ikke si sikkert om det er {}.",
    "Klarer ikke å avgjøre om hun har {}.",
    "Om dette kan være {} vet jeg ikke.",
    "Har ikke utstyr til å vurdere {}.",
    "Ved {} ny henvisning.",
    "Ved ny {} settes hun opp på nytt.",
    "Medisinen kan gi {}.",
)
EXPECTED = [(t, "present") for t in PRESENT] + [(t, "historical") for t in PAST] + [(t, "possible") for t in POSSIBLE]
NEVER = ("Aldri {}. Hoste siste uke.", "Ikke {} tidligere, ikke nå.", "Ingen {}, kan ikke si om det er feber.")
DONE = {
    "{} fra 2019.": "historical",
    "{} 12.05.2026.": "historical",
    "{} ikke nødvendig.": "negated",
    "Vil ikke ta {}.": "negated",
    "Kan dere ta {}?": "requested",
}


def _statuses(reader: Reader, text: str, name: str, area: Area) -> set[str]:
    text = text[:1].upper() + text[1:]
    read = reader.read(Referral(id="time", text=text, area=area, age=66, sent_date=date(2026, 9, 15)))
    said = [(f.id, f.status) for f in read.features] + [(f.concept, f.status) for f in read.findings]
    return {str(status) for known, status in said if known == name}


@pytest.mark.parametrize(("template", "expected"), [*EXPECTED, *((t, "negated") for t in NEVER)])
def test_when_a_finding_was(template: str, expected: str, reader: Reader) -> None:
    for name, area, term in FINDINGS:
        assert _statuses(reader, template.format(term), name, area) == {expected}, term


def test_how_long_another_disease_has_lasted(reader: Reader) -> None:
    for before in ("Diabetes", "Bra"):
        assert _statuses(reader, f"{before} i mange år, nå lysglimt.", "oye.lysglimt", Area.EYE) == {"present"}


@pytest.mark.parametrize(("template", "scope"), [*product(DONE, ("gastroskopi", "koloskopi"))])
def test_whether_a_procedure_was_done(template: str, scope: str, reader: Reader) -> None:
    assert _statuses(reader, template.format(scope), scope, Area.ENDOSCOPY) == {DONE[template]}
