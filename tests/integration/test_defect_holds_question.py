"""A service that could not record an act does not say that what it received is settled (R-401)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.bus.inprocess import InProcessBus
from shared.commands.command import Command
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.deadlines.model import DeadlineHeld, DeadlineLapsed
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.instants import plus_seconds
from tests.support.toy_ledger import COUNTER, MIRROR, START, Add, StartTimer, toy_command


class Toys:
    """Two services on a bus: `counter` asks whether all is settled, `mirror` answers."""

    def __init__(self, counter: EventLog[Any], mirror: EventLog[Any], legal: VirtualLegalClock) -> None:
        self.counter = counter
        self.mirror = mirror
        self.legal = legal

    async def lapsed(self) -> set[str]:
        return {event.scope for event in await self.counter.read(0) if isinstance(event.data, DeadlineLapsed)}

    async def until_asked(self, scope: str) -> None:
        while scope not in {
            event.scope for event in await self.counter.read(0) if isinstance(event.data, DeadlineHeld)
        }:
            await self.counter.wait_beyond(await self.counter.head(), 1.0)

    async def until_lapsed(self, *scopes: str) -> None:
        while not set(scopes) <= await self.lapsed():
            await self.counter.wait_beyond(await self.counter.head(), 1.0)


@pytest.fixture
async def toys() -> AsyncIterator[Toys]:
    legal, machine = VirtualLegalClock(START), SystemMachineClock()
    counter, mirror = [await open_log(service, "memory:", legal, machine) for service in (COUNTER, MIRROR)]
    bus = InProcessBus(machine)
    await bus.join(COUNTER, counter)
    await bus.join(MIRROR, mirror)
    async with Ticker(COUNTER, counter, legal, machine, grace_s=0.001, ask_again_s=0.05):
        yield Toys(counter, mirror, legal)
    for part in (bus, counter, mirror):
        await part.close()


async def test_the_question_waits_while_an_act_of_its_scope_was_not_recorded(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scope, spec in (("counter/c1", "1d!"), ("counter/c2", "2d!")):
        timer = StartTimer(deadline_id=f"d of {scope}", spec=spec)
        await toys.counter.submit(toy_command(scope, timer, scope, at=toys.legal.now()))
    act = toy_command("counter/c1", Add(amount=1), "act")
    with pytest.raises(NotImplementedError):
        await toys.mirror.submit(act)
    # Both have asked, one after the other, and only the later one is answered.
    toys.legal.set(plus_seconds(START, 2 * 86_400))
    await toys.until_asked("counter/c1")
    toys.legal.set(plus_seconds(START, 3 * 86_400))
    await toys.until_lapsed("counter/c2")
    assert await toys.lapsed() == {"counter/c2"}
    (held,) = await toys.counter.held_deadlines(10)
    assert held.scope == "counter/c1"

    def mended(state: Any, command: Command[Any], facts: Facts) -> Decision:
        return UNCHANGED

    monkeypatch.setitem(MIRROR.__dict__, "decide", mended)
    await toys.mirror.submit(act)
    await toys.until_lapsed("counter/c1")
