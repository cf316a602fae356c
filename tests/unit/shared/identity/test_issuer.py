"""The development issuer: one key a data folder, for its owner only, and tokens that its own verifier believes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from shared.config import ConfigError
from shared.identity.issuer import KEY_FILE, DevelopmentIssuer
from shared.identity.tokens import TOKEN_LIFE_MAX_S
from shared.kernel.errors import Unauthenticated

NOW_S = 1_772_415_000.5


def token_of(issuer: DevelopmentIssuer, **others: Any) -> str:
    """A token of zhang of acme."""
    return issuer.token(subject="zhang", organisation="acme", tenant="demo", now_s=NOW_S, **others)


def test_its_tokens_name_tenant_organisation_and_grants(tmp_path: Path) -> None:
    issuer = DevelopmentIssuer(tmp_path)
    identity = issuer.verifier().verify(token_of(issuer, grants=("auditor",)), NOW_S)
    actor = identity.actor
    assert (identity.tenant, actor.subject, actor.organisation) == ("demo", "zhang", "acme")
    assert actor.grants == ("auditor",)


def test_the_key_outlives_the_process_and_is_for_its_owner_only(tmp_path: Path) -> None:
    token = token_of(DevelopmentIssuer(tmp_path / "var"))
    assert DevelopmentIssuer(tmp_path / "var").verifier().verify(token, NOW_S).tenant == "demo"
    files = list((tmp_path / "var").iterdir())
    assert [file.name for file in files] == [KEY_FILE]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_another_folder_is_another_issuer(tmp_path: Path) -> None:
    token = token_of(DevelopmentIssuer(tmp_path / "a"))
    with pytest.raises(Unauthenticated):
        DevelopmentIssuer(tmp_path / "b").verifier().verify(token, NOW_S)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    DevelopmentIssuer(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(ConfigError, match=r"chmod 600.*其他用户"):
        DevelopmentIssuer(tmp_path)


@pytest.mark.parametrize("life_s", [0, -1, TOKEN_LIFE_MAX_S + 1])
def test_a_token_lives_a_day_at_most(tmp_path: Path, life_s: float) -> None:
    with pytest.raises(ValueError, match="lives at most"):
        token_of(DevelopmentIssuer(tmp_path), life_s=life_s)
