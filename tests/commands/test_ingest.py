"""`triage ingest`: one line a file, in the order given, and nothing unaccounted for."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Run
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number

GASTRO = body_20(service("", "Gastroskopi"), reason("Dysfagi i 6 uker."))
NUMBER = synthetic_number()


def a_file(folder: Path, name: str, body: bytes) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name


def a_message(msg_id: str = "M-1") -> bytes:
    return encoded(msghead(GASTRO, person=patient(NUMBER), msg_id=f"<MsgId>{msg_id}</MsgId>"))


def lines(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]


def test_each_file_has_its_line_in_the_order_given(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "out.jsonl"
    good = a_file(tmp_path, "b.xml", a_message())
    cut = a_file(tmp_path, "a.xml", a_message()[:-200])
    binary = a_file(tmp_path, "c.pdf", b"%PDF-1.7 \xff\x00")
    same = a_file(tmp_path, "d.xml", a_message())
    repeat = a_file(tmp_path, "e.xml", a_message("M-2"))

    code = run("ingest", good, cut, binary, same, repeat, "--json", report)

    said = lines(report)
    assert code == 0
    assert [line["file"] for line in said] == [str(file) for file in (good, cut, binary, same, repeat)]
    assert [line["outcome"] for line in said] == ["registered", "refused", "tray", "duplicate", "registered"]
    assert [bool(line["reason"]) for line in said] == [False, True, True, False, False]
    assert [line["referrals"][0]["duplicate_of"] for line in said if line["referrals"]] == [None, str(good), str(good)]


def test_a_line_tells_what_was_read_and_invents_nothing(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "out.jsonl"
    run("ingest", a_file(tmp_path, "a.xml", a_message()), "--json", report)

    (referral,) = lines(report)[0]["referrals"]
    assert "Dysfagi i 6 uker." in referral.pop("text")
    assert referral == {
        "age_at_referral": 65,
        "sex": "female",
        "area": "endoscopy",
        "sent_date": "2026-11-10",
        "urgency": referral["urgency"],
        "codes": [],
        "sender_name": "Fjordgløtt legesenter",
        "municipality": "5001",
        "attachments": 0,
        "seniority_date": None,
        "test_message": False,
        "duplicate_of": None,
    }


def test_the_lines_of_one_file_are_told_together(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "out.jsonl"
    records = b'{"id": "1", "text": "Dysfagi."}\n{"id": "2", "text": "Refluks."}\n{"id": "3"\n'

    code = run("ingest", a_file(tmp_path, "a.jsonl", records), "--json", report)

    (line,) = lines(report)
    assert code == 0
    assert (line["outcome"], len(line["referrals"])) == ("tray", 2)
    assert line["reason"].startswith("1 av 3: ")
    assert "3 mottatt: 2 registrert, 1 i kurven, 0 duplikater, 0 avvist." in capsys.readouterr().err


def test_folders_are_walked_in_sorted_order(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "out.jsonl"
    a_file(tmp_path, "in/z.xml", a_message("M-1"))
    a_file(tmp_path, "in/b/c.xml", a_message("M-2"))
    a_file(tmp_path, "in/.DS_Store", b"x")

    run("ingest", tmp_path / "in", "--json", report)

    assert [Path(line["file"]).name for line in lines(report)] == ["c.xml", "z.xml"]


def test_a_path_that_cannot_be_opened_is_named_and_fails_the_command(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "out.jsonl"

    code = run("ingest", tmp_path / "mangler.xml", a_file(tmp_path, "a.xml", a_message()), "--json", report)

    assert code == 2
    assert [line["outcome"] for line in lines(report)] == ["refused", "registered"]
    assert "mangler.xml: Filen kan ikke åpnes." in capsys.readouterr().err


@pytest.mark.parametrize("body", [b"", b"\n\n", b"tekst;alder\n"], ids=["empty", "blank lines", "only a header"])
def test_a_file_without_referrals_waits_for_a_person(run: Run, tmp_path: Path, body: bytes) -> None:
    report = tmp_path / "out.jsonl"

    assert run("ingest", a_file(tmp_path, "a.csv", body), "--json", report) == 0
    assert lines(report)[0]["outcome"] in ("tray", "refused")
    assert lines(report)[0]["reason"]


def test_a_file_name_that_is_no_text_is_shown_as_well_as_it_can_be(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "out.jsonl"
    file = os.fsdecode(os.fsencode(tmp_path) + b"/bl\xe5.xml")
    Path(file).write_bytes(a_message())

    assert run("ingest", file, "--json", report) == 0
    assert lines(report)[0]["file"].endswith("bl\N{REPLACEMENT CHARACTER}.xml")


def test_what_cannot_be_opened_in_a_folder_is_named_and_the_report_itself_is_not_read(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "in" / "out.jsonl"
    a_file(tmp_path, "in/a.xml", a_message())
    (tmp_path / "in" / "b.xml").symlink_to(tmp_path / "borte.xml")

    assert run("ingest", tmp_path / "in", "--json", report) == 2
    assert [Path(line["file"]).name for line in lines(report)] == ["a.xml", "b.xml"]
    assert "b.xml: Filen kan ikke åpnes." in capsys.readouterr().err
