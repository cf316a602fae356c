"""R-424: what a stranger or another tenant may not see is answered like what does not exist."""

from __future__ import annotations

import aiohttp

from services.demo.alibaba_1 import ITEM
from services.demo.player import Player
from services.hosting.parts import PARTS
from shared.web.routes import ReadRoute
from tests.e2e.world import CONTRACT, ITEM_PATH, MORE_PEOPLE, NOTICE, under_review

LISTS = ("/contracts", "/due", "/acceptance-board", "/invoice-requests")
# Every path that reads something of a contract.
DOCUMENTS = [
    route.path.format(contract=CONTRACT, item=ITEM)
    for part in PARTS
    for route in part.routes
    if isinstance(route, ReadRoute) and "{contract}" in route.path
]


async def statuses(player: Player, who: str) -> set[str]:
    """How a person's reads of the contract end: 200, or what the ledger says instead."""
    found = set()
    for path in DOCUMENTS:
        try:
            await player.read(who, path)
            found.add("200")
        except LookupError as error:
            found.add(str(error).split(": ")[1][:3])
    return found


async def test_r_424_parties_auditors_and_finance_see_the_contract(embedded: Player) -> None:
    assert len(DOCUMENTS) >= 6
    await under_review(embedded)
    for who in ("li", "wang", "auditor", "finance"):
        assert await statuses(embedded, who) == {"200"}, who


async def test_r_424_strangers_and_other_tenants_find_nothing(player: Player, session: aiohttp.ClientSession) -> None:
    """The same names in another tenant are other people, who see not even the count of what there is."""
    await under_review(player)
    foreign = Player(player.world, session, people=MORE_PEOPLE, tenant="other")
    for one, who in ((player, "mallory"), (foreign, "li"), (foreign, "wang"), (foreign, "auditor")):
        assert await statuses(one, who) == {"404"}, who
        for path in LISTS:
            assert await one.read_all(who, path) == []
    for who in ("li", "wang", "auditor"):
        act = await foreign.act(who, f"{ITEM_PATH}/discrepancies", NOTICE, f"foreign-{who}")
        assert (act.status, act.code) == (503, "NOT_ARRIVED"), "as for a contract that is not there"
    assert (await player.read("li", ITEM_PATH))["state"] == "under_review"
