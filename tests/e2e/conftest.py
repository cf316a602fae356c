"""A running ledger on virtual legal time and a player on it, one a test; `player` plays in both modes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from services.demo.player import Player, instant_of
from services.demo.world import EmbeddedWorld, World
from services.hosting.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.kernel.clock import MachineClock, VirtualLegalClock, VirtualMachineClock
from tests.e2e.gated_bus import GatedBus
from tests.e2e.world import BEGINS, MORE_PEOPLE
from tests.support.processes_here import processes_here

# Machine time that a due deadline waits where a test moves machine time by hand.
GRACE_S = 60.0


@pytest.fixture
def legal() -> VirtualLegalClock:
    return VirtualLegalClock(instant_of(BEGINS))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def embedded_world(folder: Path) -> AsyncIterator[EmbeddedWorld]:
    """The embedded ledger; legal time begins at BEGINS, and nothing that is due waits."""
    clock = VirtualLegalClock(instant_of(BEGINS))
    async with EmbeddedLedger(folder, legal=clock, grace_s=VIRTUAL_GRACE_S) as ledger:
        yield EmbeddedWorld(ledger, clock)


@pytest.fixture
async def embedded(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[Player]:
    """A player on the embedded ledger, for tests that look inside or need nothing else."""
    async with embedded_world(tmp_path) as world:
        await world.settle()
        yield Player(world, session, people=MORE_PEOPLE)


@pytest.fixture(params=["embedded", "cluster"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AbstractAsyncContextManager[World]:
    """A world in both modes, on its way up."""
    if request.param == "embedded":
        return embedded_world(tmp_path)
    servers = request.getfixturevalue("postgres_dsn"), request.getfixturevalue("kafka_bootstrap")
    return processes_here(tmp_path, *servers, BEGINS)


@pytest.fixture
async def player(opened: AbstractAsyncContextManager[World], session: aiohttp.ClientSession) -> AsyncIterator[Player]:
    """A player in either world: what he meets is the same."""
    async with opened as world:
        await world.settle()
        yield Player(world, session, people=MORE_PEOPLE)


@pytest.fixture
def machine() -> VirtualMachineClock:
    return VirtualMachineClock()


@pytest.fixture
async def patient(
    tmp_path: Path, legal: VirtualLegalClock, machine: VirtualMachineClock, session: aiohttp.ClientSession
) -> AsyncIterator[Player]:
    """Nothing that is due fires before machine time has moved on by GRACE_S: the ticker stands still until then."""
    async with EmbeddedLedger(tmp_path, legal=legal, machine=machine, grace_s=GRACE_S) as ledger:
        await ledger.settle()
        yield Player(EmbeddedWorld(ledger, legal), session, people=MORE_PEOPLE)


class Gated:
    """A player, and the gate on the road from contracts to acceptance."""

    def __init__(self, player: Player, bus: GatedBus) -> None:
        self.player = player
        self.gate = bus.gate


@pytest.fixture
async def gated(tmp_path: Path, legal: VirtualLegalClock, session: aiohttp.ClientSession) -> AsyncIterator[Gated]:
    """What contracts publishes can be kept from acceptance for a while."""
    made: list[GatedBus] = []

    def bus(clock: MachineClock) -> GatedBus:
        made.append(GatedBus(clock, "contracts", "acceptance"))
        return made[0]

    async with EmbeddedLedger(tmp_path, legal=legal, grace_s=VIRTUAL_GRACE_S, bus=bus) as ledger:
        await ledger.settle()
        yield Gated(Player(EmbeddedWorld(ledger, legal), session, people=MORE_PEOPLE), made[0])
        made[0].gate.set()
