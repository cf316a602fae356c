"""`qizhang token`: what the embedded ledger believes, made on the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from services.cli.main import main
from shared.identity.issuer import KEY_FILE, DevelopmentIssuer
from shared.kernel.clock import SystemMachineClock

PERSON = ["--subject", "zhang", "--org", "acme", "--tenant", "demo"]


def test_the_token_is_one_that_the_ledger_of_this_folder_believes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", *PERSON, "--grant", "auditor", "--data", str(tmp_path)]) == 0
    token = capsys.readouterr().out.strip()
    identity = DevelopmentIssuer(tmp_path).verifier().verify(token, SystemMachineClock().now())
    assert (identity.tenant, identity.actor.subject, identity.actor.organisation) == ("demo", "zhang", "acme")
    assert identity.actor.grants == ("auditor",)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (["--org", "ac/me"], "--org"),
        (["--org", "ledger"], "--org"),
        (["--tenant", ""], "--tenant"),
        (["--subject", "\t"], "--subject"),
        (["--hours", "25"], "--hours"),
        (["--hours", "nan"], "--hours"),
    ],
)
def test_bad_input_names_the_field_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: list[str], field: str
) -> None:
    assert main(["token", *PERSON, "--data", str(tmp_path), *changed]) == 2
    said = capsys.readouterr()
    assert f"qizhang token: {field}: " in said.err
    assert f"qizhang token：{field}：" in said.err
    assert said.out == ""


def test_a_ledger_that_trusts_an_identity_provider_issues_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QIZHANG_JWKS_FILE", "jwks.json")
    monkeypatch.setenv("QIZHANG_ISSUER", "https://login.example")
    monkeypatch.setenv("QIZHANG_AUDIENCE", "qizhang")
    assert main(["token", *PERSON, "--data", str(tmp_path)]) == 1
    assert "identity provider" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
