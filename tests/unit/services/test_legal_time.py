"""Virtual legal time is asked for by name, announced, and the only excuse for a short grace (R-401)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from services.hosting.legal_time import LegalTimeConfig, legal_clock, legal_clock_checks, legal_time_config
from services.hosting.runtime import GRACE_S
from shared.config import ConfigError, Environment
from shared.kernel.clock import SystemLegalClock

NOW = "2025-09-25T00:00:00.000Z"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "legal-clock"
    path.write_text(NOW, encoding="ascii")
    return path


def test_without_a_file_legal_time_is_the_systems_and_readiness_says_nothing_of_it() -> None:
    config = legal_time_config(Environment({}))
    assert config == LegalTimeConfig(clock_file=None, grace_s=GRACE_S)
    assert isinstance(legal_clock(config), SystemLegalClock)
    assert legal_clock_checks(config) == ()


async def test_virtual_legal_time_is_announced_and_shown_by_readiness(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = legal_time_config(Environment({"QIZHANG_LEGAL_CLOCK_FILE": str(file), "QIZHANG_GRACE_S": "0.01"}))
    with caplog.at_level(logging.WARNING):
        clock = legal_clock(config)
    assert "LEGAL TIME IS VIRTUAL" in caplog.text
    assert (clock.now(), config.grace_s) == (NOW, 0.01)
    (check,) = legal_clock_checks(config)
    assert (check.name, await check.trouble()) == ("virtual_legal_time", None)
    (check,) = legal_clock_checks(LegalTimeConfig(clock_file=file.with_name("gone")))
    assert await check.trouble()


def test_r_401_a_grace_below_the_life_of_a_request_is_refused_on_the_systems_clock() -> None:
    with pytest.raises(ConfigError, match="QIZHANG_GRACE_S is below"):
        legal_time_config(Environment({"QIZHANG_GRACE_S": f"{GRACE_S - 1:g}"}))
    assert legal_time_config(Environment({"QIZHANG_GRACE_S": f"{GRACE_S + 1:g}"})).grace_s == GRACE_S + 1


@pytest.mark.parametrize("content", ["", "tomorrow", None])
def test_a_clock_file_without_an_instant_is_refused(file: Path, content: str | None) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_text(content, encoding="ascii")
    with pytest.raises(ConfigError, match="QIZHANG_LEGAL_CLOCK_FILE is wrong"):
        legal_time_config(Environment({"QIZHANG_LEGAL_CLOCK_FILE": str(file)}))
