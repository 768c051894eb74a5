"""`triage export training`: what can be learnt from goes out, and who it is about stays."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_decision, a_patient, a_policy, a_referral, a_refusal, an_incoming, stored
from tests.commands.conftest import Run
from triage import workflow
from triage.commands.exporting import without_identity, without_those_who_stand_out
from triage.commands.screening import read_cases
from triage.domain.recommendation import Pathway
from triage.domain.referral import IncomingReferral, ReferralId, Sender
from triage.opening import database
from triage.settings import Settings
from triage.store import audit
from triage.store.database import SYSTEM, Database

HER = a_patient(name="Xantippe Oppdiktesen", address=("Fantasiveien 7", "0000 Ingensted"), phone="99 88 77 66")
GP = Sender(organisation="Fjordgløtt legesenter", person="Dag Diktet", phone="73001122")
TEXT = """Xantippe (03925012345, f. 3.12.1950) har dysfagi i 6 uker, Hb 9,8. XANTIPPE OPPDIKTESEN bor i Fantasiveien 7,
7010 Eventyrby, tlf 99887766 eller 99 88 77 66. Oppdiktesens datter er på datter@oppdikt.example.
Sett av dr. Ola Oppfunnet 12.11.2026. Vekttap 7 kg. Fjordgløtt legesenter 73001122.
Mvh Dag Diktet, spesialist"""
IDENTITY = (
    *("xantippe", "oppdiktesen", "03925012345", "1950", "fantasiveien", "eventyrby", "99887766", "99 88"),
    *("oppdikt.example", "oppfunnet", "12.11", "fjordgløtt", "73001122", "dag diktet"),
)


def test_the_words_that_matter_stay_and_who_they_are_about_is_gone() -> None:
    counts: Counter[str] = Counter()
    text = without_identity(TEXT, an_incoming(patient=HER, sender=GP), counts)

    assert [word for word in IDENTITY if word in text.lower()] == []
    assert [word for word in ("dysfagi i 6 uker", "Hb 9,8", "Vekttap 7 kg") if word not in text] == []
    assert counts["navn fra meldingen"] >= 5


@pytest.mark.parametrize(
    "text", ["Hb 9,8 g/dL, CRP <5, F-Hb 120.", "BT 140/85, 3 uker, KMI 24,5.", "HbA1c 48, 2-3 uker."]
)
def test_values_and_durations_are_left_alone(text: str) -> None:
    assert without_identity(text, an_incoming(patient=HER, sender=GP), Counter()) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Født 3. desember 1950.", "dato"),
        ("Født 3/12-50.", "dato"),
        ("Anne klager.", "navn fra meldingen"),
        ("ANNE-LISE klager.", "navn fra meldingen"),
        ("Bor i STORGATA 5 B.", "navn fra meldingen"),
    ],
)
def test_what_names_her_in_another_way_is_gone_too(text: str, masked: str) -> None:
    her, counts = a_patient(name="Anne-Lise Bjørk", address=("Storgata 5 B",)), Counter[str]()

    without_identity(text, an_incoming(patient=her, sender=GP), counts)

    assert +counts == {masked: 1}


def test_nobody_is_masked_where_nobody_is_named() -> None:
    nobody = an_incoming(patient=a_patient(name=None, national_id=None), sender=Sender())

    assert without_identity("Dysfagi.", nobody, Counter()) == "Dysfagi."


people = st.fixed_dictionaries(
    {
        "area": st.sampled_from("ab"),
        "age": st.sampled_from([2, 7, None]),
        "sex": st.sampled_from("fm"),
        "year": st.just(1),
        "patient": st.integers(1, 20),
    }
)


@settings(deadline=None)
@given(st.lists(people, max_size=60), st.integers(2, 6))
def test_everybody_who_is_kept_is_like_enough_others(records: list[dict[str, Any]], fewest: int) -> None:
    kept, figures = without_those_who_stand_out(records, fewest)

    patients = {(record["area"], record["age"], record["sex"], record["patient"]) for record in kept}
    groups = Counter(one[:3] for one in patients)
    assert figures["k"] == min(groups.values(), default=None)
    assert all(size >= fewest for size in groups.values())
    assert figures["left_out"] == len(records) - len(kept)


def test_many_referrals_of_one_patient_make_nobody_alike() -> None:
    record = {"area": "eye", "age": 62, "sex": "female", "year": 2026, "patient": "x"}

    assert without_those_who_stand_out([record] * 9, 5)[0] == []


def about_her(age: int, number: str) -> IncomingReferral:
    patient = replace(HER, national_id=number)
    return an_incoming(referral=a_referral(TEXT, age=age), patient=patient, sender=GP)


def decided(db: Database, age: int, number: str = "03925012345", *, refuse: bool = False) -> ReferralId:
    referral = stored(db, about_her(age, number))
    decision = a_refusal(referral) if refuse else a_decision(referral)
    workflow.decide(db, decision, a_policy(), expected_version=referral.version)
    return referral.id


@pytest.fixture
def exported(run: Run, home: Path, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """Six alike of five patients, and one of another age, one not decided and one destroyed; with the report."""
    with database(Settings(home=home)) as db:
        for age in (60, 61, 62, 63, 64, 30):
            decided(db, age, f"039250123{age}")
        decided(db, 60, "03925012360", refuse=True)
        workflow.destroy_referral(db, decided(db, 61))
        stored(db, about_her(60, "03925012360"))
    out = tmp_path / "cases.jsonl"
    assert run("export", "training", "--out", out, "--purpose", "ny modell", "--recipient", "Dataavdelingen") == 0
    return out, json.loads(out.with_suffix(".report.json").read_text())


def test_whoever_stands_out_is_left_out_and_the_report_says_so(exported: tuple[Path, dict[str, Any]]) -> None:
    _, report = exported

    assert (report["records"], report["left_out"], report["k"]) == (6, 1, 5)
    assert report["quasi_identifiers"] == ["area", "age", "sex", "year"]


def test_what_is_exported_is_what_training_reads_and_knows_no_patient(exported: tuple[Path, dict[str, Any]]) -> None:
    out, _ = exported
    cases = list(read_cases([out]))

    assert Counter(case.pathway for case in cases) == {Pathway.HOSPITAL: 5, Pathway.PRIMARY_CARE: 1}
    assert {case.referral.age for case in cases} == {62}
    assert len({json.loads(line)["patient"] for line in out.read_text().splitlines()}) == 5
    assert [word for word in IDENTITY if word in out.read_text().lower()] == []


def test_it_is_logged_who_got_how_many_for_what(exported: tuple[Path, dict[str, Any]], home: Path) -> None:
    with database(Settings(home=home)) as db, db.reading(as_=SYSTEM) as tx:
        (newest,) = audit.latest(tx, limit=1)

    told = {"purpose": "ny modell", "recipient": "Dataavdelingen", "count": 6}
    assert (newest.action, newest.details) == ("exported", told)


def test_only_the_owner_may_read_the_file(exported: tuple[Path, dict[str, Any]]) -> None:
    assert exported[0].stat().st_mode & 0o077 == 0


def test_nothing_is_written_over(exported: tuple[Path, dict[str, Any]], run: Run) -> None:
    out, _ = exported

    assert run("export", "training", "--out", out, "--purpose", "x", "--recipient", "y") == 2
