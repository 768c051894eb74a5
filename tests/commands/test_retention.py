"""`triage retention run`: only what the department's own rules say, and never by a slip of the pen."""

from pathlib import Path

import pytest

from tests.commands.conftest import Run
from triage.paths import POLICIES


@pytest.fixture
def with_rules(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`with_rules("{referral: 30}", "--dry-run")` runs the command under a policy with this limit."""

    def under(days: str, *options: str) -> int:
        demo = (POLICIES / "demo.yaml").read_text(encoding="utf-8")
        (tmp_path / "policy.yaml").write_text(demo.replace("retention_days: {}", f"retention_days: {days}"))
        monkeypatch.setenv("TRIAGE_POLICY", str(tmp_path / "policy.yaml"))
        return run("retention", "run", *options)

    return under


def test_without_a_limit_everything_is_kept(with_rules: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_rules("{}") == 0
    assert capsys.readouterr().out.count("beholdes, for reglene setter ingen grense") == 3


def test_a_trial_run_says_what_would_go(with_rules: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_rules("{referral: 30, message: 10}", "--dry-run") == 0

    referrals, messages, receipts, *kept = capsys.readouterr().out.splitlines()
    assert referrals.endswith("vedlegg: 0 skal slettes (30 dager siden den ble avgjort eller lukket).")
    assert messages.endswith("kurven: 0 skal slettes (10 dager siden et menneske behandlet den).")
    assert "ingen grense" in receipts
    assert any(line.startswith("audit_event: beholdes; hvem som gjorde hva") for line in kept)


def test_a_limit_for_what_nobody_knows_is_refused(with_rules: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_rules("{referals: 30}") == 12
    assert "referals" in capsys.readouterr().err
