"""R-460: a ledger that an older program has written goes on.

`golden/logs/2026-11.json.xz` was written by the program before names were built of escaped parts: SQL dumps of the four
SQLite files of a ledger with a contract whose item waits for its last deliverable, a change form, a risk notice and a
webhook endpoint with a second secret. It is kept for ever and never written anew.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from services.demo import drafts
from services.demo.player import Player, instant_of
from services.demo.world import EmbeddedWorld
from services.hosting.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.deadlines.verify import deadline_differences
from shared.kernel.clock import VirtualLegalClock
from shared.projections.verify import differences
from tests.e2e.world import DUE, ITEM_PATH, MORE_PEOPLE, act, requested_lines, services_of

WRITTEN = Path(__file__).parents[1] / "golden" / "logs" / "2026-11.json.xz"
NOW = "2025-09-30 15:00"
LINES = 2


@pytest.fixture
async def player(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[Player]:
    """A player on the older ledger, a day after it was left."""
    for name, script in json.loads(lzma.decompress(WRITTEN.read_bytes())).items():
        with sqlite3.connect(tmp_path / f"{name}.db") as database:
            database.executescript(script)
        database.close()
    clock = VirtualLegalClock(instant_of(NOW))
    async with EmbeddedLedger(tmp_path, legal=clock, grace_s=VIRTUAL_GRACE_S) as ledger:
        world = EmbeddedWorld(ledger, clock)
        await world.settle()
        yield Player(world, session, people=MORE_PEOPLE)


async def streams(player: Player, service: str) -> dict[str, int]:
    """The newest version of each stream that is not a feed; versions have to follow one another."""
    found: dict[str, int] = {}
    log = services_of(player)[service].log
    position = 0
    while events := await log.read(position):
        for event in events:
            if not event.stream.startswith("feed-"):
                assert event.version == found.get(event.stream, 0) + 1, event.stream
                found[event.stream] = event.version
        position = events[-1].position
    return found


async def test_r_460_what_was_begun_under_older_names_goes_on_under_them(player: Player) -> None:
    stale = await player.send(
        "wang", f"{ITEM_PATH}/submissions", drafts.submission("training"), "stale", {"If-Match": 'W/"5"'}
    )
    assert stale.status == 412
    fresh = await player.send(
        "wang", f"{ITEM_PATH}/submissions", drafts.submission("training"), "fresh", {"If-Match": 'W/"6"'}
    )
    assert (fresh.status, fresh.body["stream"]) == (200, "item-C-1-delivery")
    assert fresh.body["version"] > 6
    await player.settle()
    await act(player, "zhang", "/contracts/C-1/risks/R-1/answers", {"answer": "同意"})
    for who in ("sun", "liu"):
        await act(player, who, "/contracts/C-1/changes/CR-1/assessments", {"feasible": True})
    assert (await player.act("li", "/notices/endpoints/main/rotate", {}, "third")).kind == "done"
    contracts, notifier = await streams(player, "contracts"), await streams(player, "notifier")
    assert (contracts["change-C-1-CR-1"], contracts["risk-C-1-R-1"]) == (3, 4)
    assert notifier["endpoint-main"] == 3
    old_and_new = {*contracts, *notifier, *await streams(player, "acceptance")}
    assert not {name for name in old_and_new if "/" in name}
    (endpoint,) = await player.read_all("li", "/notices/endpoints")
    assert endpoint["generation"] == 3


async def test_r_460_what_is_begun_now_has_names_of_its_own(player: Player) -> None:
    await act(player, "wang", "/contracts/C-1/risks", {"risk": "R-2", "description": "新风险"})
    await act(player, "wang", "/notices/endpoints", {"endpoint": "main", "url": "https://hooks.cloud.example/n"})
    assert (await streams(player, "contracts"))["risk-C-1/R-2"] == 2
    assert (await streams(player, "notifier"))["endpoint-cloud/main"] == 1


async def test_r_460_the_older_ledger_runs_to_its_invoice_and_agrees_with_its_log(player: Player) -> None:
    await act(player, "wang", f"{ITEM_PATH}/submissions", drafts.submission("training"))
    await player.until(DUE)
    assert (await player.read("auditor", ITEM_PATH))["state"] == "accepted"
    assert len(await requested_lines(player)) == LINES
    for runtime in services_of(player).values():
        assert not await deadline_differences(runtime.log, runtime.part.service)
        for view in runtime.part.views:
            assert not await differences(runtime.log, view), view.name
