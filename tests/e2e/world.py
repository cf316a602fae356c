"""A contract in the middle of its life over HTTP: the ground of the end-to-end tests.

Alibaba 1 with T on 25 September 2025; the last deliverable is received on the 30th at 15:00, so that the review ends at
00:00 of 15 October (T-07: 9, 10, 11, 13, 14 October) and silence accepts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from services.cli.run import PEOPLE, Person
from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE
from services.demo.player import Answer, Player
from services.demo.world import EmbeddedWorld
from services.hosting.runtime import ServiceRuntime
from shared.kernel.clock import VirtualMachineClock

BEGINS = "2025-09-25 08:00"
CONTRACT = "C-1"
DUE = "2025-10-15 00:00"
ITEM_PATH = f"/contracts/{CONTRACT}/items/{ITEM}"
DRAFT = drafts.draft(CONTRACT, "alibaba-1", "数据中台建设架构咨询", PRICE)
NOTICE = {"aspects": [{"requirement": "3.1.4 建模规范", "finding": "缺少命名规则"}]}
LATER_NOTICE = {"aspects": [{"requirement": "3.1.3 数据目录", "finding": "缺少负责人一列"}]}

# Beside the people of the walk: a colleague of the acceptor without a role, and somebody of no party.
MORE_PEOPLE = (
    *PEOPLE,
    Person("zhou", "acme", "甲方员工", "employee of the customer"),
    Person("mallory", "elsewhere", "外人", "stranger"),
)

WAIT_S = 20.0
LOOK_S = 0.02


async def act(player: Player, who: str, path: str, body: Any) -> Answer:
    """An act that has to be done, and everything that follows from it."""
    answer = await player.act(who, path, body, f"{who} {path} {hash_of(body)}"[:128].replace(" ", "-"))
    assert answer.kind == "done", answer.body
    return answer


def hash_of(body: Any) -> str:
    """A short name for a body, so that equal acts have equal keys."""
    return drafts.file(repr(body))["sha256"][:12]


async def drafted(player: Player) -> None:
    """A draft that nobody has signed."""
    await act(player, "wang", "/contracts", DRAFT)


async def signed(player: Player, body: Any = DRAFT) -> None:
    """A contract signed by both sides."""
    contract = body["contract"]
    await act(player, "wang", "/contracts", body)
    terms = await player.read("wang", f"/contracts/{contract}/terms")
    signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
    for who in ("chen", "zhao"):
        await act(player, who, f"/contracts/{contract}/signatures", signature)


async def under_review(player: Player) -> None:
    """Everything submitted: the review runs until DUE."""
    await signed(player)
    await player.until("2025-09-30 15:00")
    for name in (*DOCUMENTS, "training"):
        await act(player, "wang", f"{ITEM_PATH}/submissions", drafts.submission(name))


async def item(player: Player) -> dict[str, Any]:
    """The item as the auditor sees it."""
    found: dict[str, Any] = await player.read("auditor", ITEM_PATH)
    return found


async def requested_lines(player: Player, contract: str = CONTRACT) -> list[str]:
    """The payment lines of a contract for which finance was asked to invoice, in order."""
    entries = await player.read_all("finance", "/invoice-requests")
    return [entry["requested"]["line"] for entry in entries if entry["requested"]["contract"] == contract]


async def types_of(player: Player, contract: str = CONTRACT) -> list[str]:
    """The types of what happened, in the order of the timeline."""
    entries = await player.read_all("auditor", f"/contracts/{contract}/timeline")
    return [entry["type"] for entry in entries]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the ledger does by itself while it cannot be settled; every look is a request."""
    async with asyncio.timeout(WAIT_S):
        while not await holds():
            pass


async def settle_slowly(player: Player, machine: VirtualMachineClock, grace_s: float) -> None:
    """Let the ledger come to rest while machine time goes on: each grace in turn has to be over."""
    settling = asyncio.create_task(player.settle())
    while not settling.done():
        machine.advance(grace_s)
        await asyncio.wait({settling}, timeout=LOOK_S)
    await settling


def services_of(player: Player) -> dict[str, ServiceRuntime]:
    """The services of a player's ledger from the inside, where they are in this process."""
    return cast(EmbeddedWorld, player.world).ledger.services


async def held(player: Player) -> bool:
    """Whether the review is due and held."""
    return any(found["status"] == "held" for found in (await item(player))["deadlines"])
