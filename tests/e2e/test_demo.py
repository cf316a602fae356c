"""The demo as a test: each contract by itself, all in one ledger, and what that ledger looks like afterwards."""

from __future__ import annotations

import asyncio
import io
import logging
from pathlib import Path

import pytest

from services.cli import demo, verify
from services.cli.logs import PART_BY_NAME, opened
from services.cli.run import TENANT
from services.demo import playing
from services.demo.checks import Checks
from services.demo.playing import SCENARIOS, Scenario, play_on, stage
from services.demo.story import Story
from shared.kernel.actors import CATALOG_TENANT
from shared.projections.fold import ALL_LABEL
from shared.projections.generations import live_name
from shared.projections.rebuild import rebuild
from shared.telemetry.logs import configure_logging
from tests.support.clocks import ImpatientClock

PAGE = 1000

# What people wrote or are called, and what their tokens are made of: none of it belongs into a log.
PERSONAL = ("wang / 乙方项目经理", "91310000MA1AAAAA1X", "去重口径", "整体感觉不太好")

Documents = dict[tuple[str, str, str, str], bytes]


def silent(line: str) -> None:
    """The tests read the checks, not the story."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_a_contract_goes_as_the_rules_say(scenario: Scenario, tmp_path: Path) -> None:
    checks = Checks(silent)
    async with stage(tmp_path, scenario.begins) as player:
        await scenario.play(Story(scenario.contract, player, checks, silent))
    assert checks.failures == []
    assert checks.passed > 0


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a ledger in which the whole demo was played, and everything that the process logged meanwhile."""
    folder, stream, root = tmp_path_factory.mktemp("played"), io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("ledger", "DEBUG", stream)
    try:
        asyncio.run(_play(folder))
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    return folder, stream.getvalue()


async def _play(folder: Path) -> None:
    checks = Checks(silent)
    async with stage(folder, SCENARIOS[0].begins) as player:
        await play_on(player, checks, silent)
    assert checks.failures == []


def test_r_462_verify_finds_nothing_after_the_demo(
    played: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.run(["--data", str(played[0])]) == 0
    assert "differs" not in capsys.readouterr().out


def test_r_462_a_rebuild_equals_the_live_documents_byte_for_byte(played: tuple[Path, str]) -> None:
    before = asyncio.run(_documents(played[0]))
    asyncio.run(_rebuild(played[0]))
    assert asyncio.run(_documents(played[0])) == before
    assert len(before) > 100


async def _documents(folder: Path) -> Documents:
    found: Documents = {}
    for part in PART_BY_NAME.values():
        async with opened(folder, part) as log:
            for view in part.views:
                for tenant in (TENANT, CATALOG_TENANT):
                    after = ("", "")
                    name = await live_name(log, view)
                    while page := await log.list_documents(name, tenant, ALL_LABEL, after, PAGE):
                        found |= {(part.name, view.name, tenant, row.key): row.body or b"" for row in page}
                        after = (page[-1].order, page[-1].key)
    return found


async def _rebuild(folder: Path) -> None:
    for part in PART_BY_NAME.values():
        async with opened(folder, part) as log:
            for view in part.views:
                await rebuild(log, view, ImpatientClock())


def test_neither_a_token_nor_what_people_wrote_shows_in_the_log(played: tuple[Path, str]) -> None:
    logged = played[1]
    assert "qizhang.access" in logged
    assert "eyJ" not in logged
    for text in PERSONAL:
        assert text not in logged


def test_a_check_that_fails_says_both_values_and_ends_the_demo_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def wrong(story: Story) -> None:
        story.checks.equal("R-129 planted", "2025-10-15", "2025-10-14")

    monkeypatch.setattr(playing, "SCENARIOS", (Scenario("planted", "C-0", "2025-09-25 08:00", wrong),))
    assert demo.run([]) == 1
    printed = capsys.readouterr().out
    assert "expected: 2025-10-15" in printed
    assert "found:    2025-10-14" in printed
