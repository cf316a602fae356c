"""Many contracts and requests at the same time, and a ledger that was down: the outcome is the one of each alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE
from services.demo.player import Player, instant_of
from services.demo.world import EmbeddedWorld
from services.hosting.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.kernel.clock import VirtualLegalClock
from tests.e2e.world import (
    BEGINS,
    DRAFT,
    DUE,
    ITEM_PATH,
    MORE_PEOPLE,
    NOTICE,
    item,
    requested_lines,
    under_review,
)

CONTRACTS = tuple(f"M-{number}" for number in range(1, 16))
SAME = 20


async def test_r_420_one_key_sent_many_times_at_once_is_decided_once(embedded: Player) -> None:
    answers = await asyncio.gather(*(embedded.send("wang", "/contracts", DRAFT, "same") for _ in range(SAME)))
    await embedded.settle()
    assert all(answer.body == answers[0].body for answer in answers)
    assert [found["contract"] for found in await embedded.read_all("wang", "/contracts")] == ["C-1"]


async def test_r_442_contracts_beside_one_another_are_each_invoiced_once(player: Player) -> None:
    await asyncio.gather(*(_sign_and_submit(player, contract) for contract in CONTRACTS))
    await player.until("2025-10-09 10:00")
    for contract in CONTRACTS[::3]:
        answer = await player.send(
            "li", f"/contracts/{contract}/items/{ITEM}/discrepancies", NOTICE, f"{contract}-notice"
        )
        assert answer.kind == "done"
    await player.until("2025-10-10 09:00")
    for number, contract in enumerate(CONTRACTS):
        lines = await requested_lines(player, contract)
        assert lines == (["advance"] if number % 3 == 0 else ["advance", "rest"])


async def _sign_and_submit(player: Player, contract: str) -> None:
    """A contract from draft to review (26, 28, 29, 30 September, 9 October).

    Each act waits for what it needs of the one before, and for nothing else.
    """
    body = drafts.draft(contract, "alibaba-1", "数据中台建设架构咨询", PRICE)
    drafted = await player.send("wang", "/contracts", body, f"{contract}-draft")
    signature = {"content_sha256": drafted.data["terms_sha256"], "content_version": drafted.data["terms_version"]}
    for who in ("chen", "zhao"):
        await player.send(who, f"/contracts/{contract}/signatures", signature, f"{contract}-{who}")
    await player.settle()
    for name in (*DOCUMENTS, "training"):
        path = f"/contracts/{contract}/items/{ITEM}/submissions"
        answer = await player.send("wang", path, drafts.submission(name), f"{contract}-{name}")
        assert answer.kind == "done", answer.body


async def test_r_401_a_ledger_that_was_down_over_the_due_instant_changes_nothing(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with EmbeddedLedger(tmp_path, legal=(clock := VirtualLegalClock(instant_of(BEGINS)))) as ledger:
        await ledger.settle()
        await under_review(Player(EmbeddedWorld(ledger, clock), session, people=MORE_PEOPLE))
    clock = VirtualLegalClock(instant_of("2025-10-20 09:00"))
    async with EmbeddedLedger(tmp_path, legal=clock, grace_s=VIRTUAL_GRACE_S) as ledger:
        player = Player(EmbeddedWorld(ledger, clock), session, people=MORE_PEOPLE)
        first = await player.send("li", f"{ITEM_PATH}/discrepancies", NOTICE, "after-the-outage")
        await ledger.settle()
        final = await player.send("li", f"{ITEM_PATH}/discrepancies", NOTICE, "after-the-outage")
        assert first.kind in ("conditional", "without_effect")
        assert (final.kind, final.rule) == ("without_effect", "R-401")
        found = await item(player)
        assert (found["state"], found["effective_at"]) == ("accepted", instant_of(DUE))
        assert await requested_lines(player) == ["advance", "rest"]
