"""R-424: what a stranger or another tenant may not see is answered like what does not exist."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.demo.alibaba_1 import ITEM
from services.demo.player import Player
from tests.e2e.world import CONTRACT, ITEM_PATH, MORE_PEOPLE, NOTICE, under_review

LISTS = ("/contracts", "/due", "/acceptance-board", "/invoice-requests")


async def documents_of_a_contract(player: Player, session: aiohttp.ClientSession) -> list[str]:
    """Every path of the served description that reads something of a contract."""
    async with session.get(f"{player.ledger.base_url}/openapi.json") as response:
        paths: dict[str, Any] = (await response.json())["paths"]
    return [
        path.format(contract=CONTRACT, item=ITEM)
        for path, operations in paths.items()
        if "get" in operations and "{contract}" in path
    ]


async def statuses(player: Player, who: str, paths: list[str]) -> dict[str, str]:
    """How a person's reads end: 200, or what the ledger says instead."""
    found = {}
    for path in paths:
        try:
            await player.read(who, path)
            found[path] = "200"
        except LookupError as error:
            found[path] = str(error).split(": ")[1][:3]
    return found


@pytest.fixture
async def paths(player: Player, session: aiohttp.ClientSession) -> list[str]:
    await under_review(player)
    found = await documents_of_a_contract(player, session)
    assert len(found) >= 6
    return found


@pytest.mark.parametrize("who", ["li", "wang", "auditor", "finance"])
async def test_r_424_parties_auditors_and_finance_see_the_contract(player: Player, paths: list[str], who: str) -> None:
    assert set((await statuses(player, who, paths)).values()) == {"200"}


async def test_r_424_a_stranger_finds_nothing(player: Player, paths: list[str]) -> None:
    assert set((await statuses(player, "mallory", paths)).values()) == {"404"}
    for path in LISTS:
        assert await player.read_all("mallory", path) == []


@pytest.mark.parametrize("who", ["li", "wang", "auditor"])
async def test_r_424_another_tenant_finds_nothing(
    player: Player, session: aiohttp.ClientSession, paths: list[str], who: str
) -> None:
    """The same names in another tenant: other people, and not even the count of what there is."""
    foreign = Player(player.ledger, player.clock, session, people=MORE_PEOPLE, tenant="other")
    assert set((await statuses(foreign, who, paths)).values()) == {"404"}
    for path in LISTS:
        assert await foreign.read_all(who, path) == []
    act = await foreign.act(who, f"{ITEM_PATH}/discrepancies", NOTICE, "foreign")
    assert act.status == 404
    assert (await player.read("li", ITEM_PATH))["state"] == "under_review"
