"""Whose it is: a relative's, another person's, or the patient's, whom a relative tells of."""

from itertools import product

import pytest

from triage.domain.finding import Experiencer, Status
from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

DISEASES = ("glaukom", "netthinneløsning")
DANGERS = {"svart avføring": (Area.ENDOSCOPY, "gi.melena"), "dobbeltsyn": (Area.EYE, "oye.dobbeltsyn")}
FIRST, SECOND, OTHER = Experiencer.FIRST_DEGREE, Experiencer.SECOND_DEGREE, Experiencer.OTHER
OWNERS = {
    "1.gradsslektning med {} < 50 år.": FIRST,
    "Far med {} påvist 48 år gammel.": FIRST,
    "{} påvist hos broren.": FIRST,
    "{} (far, 48 år).": FIRST,
    "{}: mor og bror.": FIRST,
    "Faren hennes, 78 år, har {}.": FIRST,
    "Begge døtrene har {}.": FIRST,
    "Hos mor ble det oppdaget {}.": FIRST,
    "Mor følges for {}.": FIRST,
    "Barn av pasient med {}.": FIRST,
    "Fam. disp. for {}.": FIRST,
    "{} hos mor og katarakt hos mormor.": FIRST,
    "2. grads slektning med {}.": SECOND,
    "Annengradsslektning med {}.": SECOND,
    "Mor til far hadde {}.": SECOND,
    "Søster av mor hadde {}.": SECOND,
    "Eks-mannen hadde {}.": OTHER,
    "Ektemannen har {}.": OTHER,
}
OF_THE_PATIENT = (
    "Iflg. mor {}.",
    "Mor så {} i går.",
    "Mor har de siste ukene sett {}.",
    "Mor har merket {} hos datteren.",
    "Mannen hennes har merket at hun har {}.",
    "Mor ønsker vurdering av {}.",
    "Kona fikk øye på {}.",
    "Tlf. fra kona: {}.",
    "Datteren er sikker på at han har {}.",
    "Kjørt hit av sønnen med {}.",
    "Smittet av sønnen, har nå {}.",
    "Var på besøk hos søsteren og fikk {}.",
    "Både han og broren har {}.",
    "Har i likhet med sin mor {}.",
    "Eneste i familien med {}.",
    "Ingen arv, {}.",
    "Søsken friske, {}.",
    "Far hadde kreft, mor frisk, selv {}.",
    "Pga. mor med kreft ønskes vurdering av {}.",
)


@pytest.mark.parametrize(("said", "disease"), [*product(OWNERS, DISEASES)])
def test_what_others_have_is_theirs(said: str, disease: str, reader: Reader) -> None:
    read = reader.read(Referral(id="x", text=said.format(disease), area=Area.EYE, age=66))

    owners = {f.assertion.experiencer for f in read.findings if f.concept in ("glaukom", "netthinnelosning")}
    assert owners <= {OWNERS[said]}
    assert not {f.status for f in read.features} & {Status.PRESENT, Status.POSSIBLE}


@pytest.mark.parametrize(("said", "danger"), [*product(OF_THE_PATIENT, DANGERS)])
def test_what_a_relative_tells_is_the_patients(said: str, danger: str, reader: Reader) -> None:
    area, name = DANGERS[danger]

    read = reader.read(Referral(id="x", text=said.format(danger), area=area, age=66))

    assert {f.status for f in read.features if f.id == name} == {Status.PRESENT}
