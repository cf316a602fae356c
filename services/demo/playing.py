"""Plays scenarios one after the other in a ledger of its own, in a temporary folder, on virtual legal time."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from msgspec import Struct

from services.demo import alibaba_1, alibaba_8, alibaba_25
from services.demo.checks import Checks
from services.demo.player import Player, instant_of
from services.demo.story import Story
from services.demo.world import EmbeddedWorld
from services.hosting.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.kernel.clock import MachineClock, VirtualLegalClock


class Scenario(Struct, frozen=True):
    """A contract and how it goes."""

    name: str
    contract: str
    begins: str
    play: Callable[[Story], Awaitable[None]]


# In the order of time: the clock of a ledger never runs backwards.
SCENARIOS = (
    Scenario("alibaba-1", alibaba_1.CONTRACT, "2025-09-25 08:00", alibaba_1.play),
    Scenario("alibaba-8", alibaba_8.CONTRACT, "2025-11-05 08:00", alibaba_8.play),
    Scenario("alibaba-25", alibaba_25.CONTRACT, "2026-01-05 08:00", alibaba_25.play),
)


@asynccontextmanager
async def stage(
    folder: Path,
    begins: str,
    *,
    machine: MachineClock | None = None,
    grace_s: float = VIRTUAL_GRACE_S,
    bus: Callable[[MachineClock], Bus] = InProcessBus,
) -> AsyncIterator[Player]:
    """A running ledger in `folder` whose legal time begins at a moment in Beijing, and a player on it."""
    clock = VirtualLegalClock(instant_of(begins))
    async with (
        EmbeddedLedger(folder, legal=clock, machine=machine, grace_s=grace_s, bus=bus) as ledger,
        aiohttp.ClientSession() as session,
    ):
        yield Player(EmbeddedWorld(ledger, clock), session)


async def play_on(player: Player, checks: Checks, write: Callable[[str], None]) -> None:
    """Play every scenario in one ledger."""
    for scenario in SCENARIOS:
        await scenario.play(Story(scenario.contract, player, checks, write))


async def play_all(write: Callable[[str], None]) -> Checks:
    """Play in a temporary folder; the checks say whether the outcome is as the rules say."""
    checks = Checks(write)
    with tempfile.TemporaryDirectory(prefix="qizhang-demo-") as folder:
        async with stage(Path(folder), SCENARIOS[0].begins) as player:
            await play_on(player, checks, write)
    return checks
