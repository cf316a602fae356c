"""The relay before a broker that is slow, refuses, or is shared with a relay that thinks it is still its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock, VirtualMachineClock
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope
from shared.relay import relay as relay_module
from shared.relay.publisher import PublishFailed
from shared.relay.relay import LeaseLost, Relay
from tests.support.toy_ledger import COUNTER, START, Add, toy_command

LIFE_S = 9.0


class Broker:
    """Takes what it is sent; `failures` makes the next chunks fail after half of them, `closed` lets them wait."""

    def __init__(self) -> None:
        self.records: list[int] = []
        self.chunks: list[int] = []
        self.failures = 0
        self.closed = False
        self.changed = Signal()
        self.waiting = 0

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        self.waiting += 1
        self.changed.notify()
        await self.changed.until(lambda: not self.closed)
        self.waiting -= 1
        if self.failures:
            self.failures -= 1
            self.records += [envelope.n for envelope in envelopes[: len(envelopes) // 2]]
            raise PublishFailed("half of it")
        self.records += [envelope.n for envelope in envelopes]
        self.chunks.append(len(envelopes))
        self.changed.notify()

    def open(self) -> None:
        self.closed = False
        self.changed.notify()

    async def close(self) -> None:
        """Nothing is open."""

    async def has(self, *records: int) -> None:
        await self.changed.until(lambda: self.records == list(records))


@pytest.fixture
def machine() -> VirtualMachineClock:
    return VirtualMachineClock()


@pytest.fixture
async def log(machine: VirtualMachineClock) -> AsyncIterator[EventLog[Any]]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), machine)
    yield log
    await log.close()


async def add(log: EventLog[Any], *amounts: int) -> None:
    for amount in amounts:
        await log.submit(toy_command("counter/a", Add(amount=amount), f"{await log.head()}"))


def relay(log: EventLog[Any], broker: Broker, machine: VirtualMachineClock, owner: str = "one") -> Relay:
    return Relay("counter", log, broker, VirtualLegalClock(START), machine, owner=owner, lease_life_s=LIFE_S)


async def position(log: EventLog[Any]) -> int:
    return await log.get_position("relay/counter")


async def test_the_outbox_leaves_in_order_and_in_chunks(
    log: EventLog[Any], machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHUNK_MAX", 3)
    await add(log, *[1] * 7)
    broker = Broker()
    async with relay(log, broker, machine):
        await broker.has(1, 2, 3, 4, 5, 6, 7)
        await add(log, 1)
        await broker.has(1, 2, 3, 4, 5, 6, 7, 8)
    assert broker.chunks == [3, 3, 1, 1]


async def test_the_position_moves_only_after_the_whole_chunk_is_acknowledged(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    await add(log, 1, 1, 1, 1)
    broker = Broker()
    broker.failures = 1
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    one = relay(log, broker, machine)
    with pytest.raises(PublishFailed):
        await one.relay_once(0, lease)
    assert await position(log) == 0 and one.pending == 4
    assert await one.relay_once(0, lease) == 4 == await position(log)
    assert broker.records == [1, 2, 1, 2, 3, 4] and one.pending == 0


async def test_a_failed_chunk_is_sent_again(log: EventLog[Any]) -> None:
    await add(log, 1, 1)
    broker = Broker()
    broker.failures = 2
    one = Relay("counter", log, broker, VirtualLegalClock(START), SystemMachineClock(), owner="one")
    async with one:
        await broker.has(1, 1, 1, 2)
        await one.relayed()
    assert one.failures == 0


async def test_a_standby_takes_over_when_the_lease_is_given_back(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    one, other = Broker(), Broker()
    first, second = relay(log, one, machine), relay(log, other, machine, "other")
    async with AsyncExitStack() as stack:
        async with first:
            await add(log, 1)
            await one.has(1)
            await stack.enter_async_context(second)
            await add(log, 1)
            await one.has(1, 2)
        await add(log, 1)
        while other.records[-1:] != [3]:
            machine.advance(LIFE_S)
            await log.head()


async def test_a_relay_that_still_believes_in_its_lease_moves_nothing(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    await add(log, 1, 1)
    stopped, healthy = Broker(), Broker()
    stopped.closed = True
    lease = await log.acquire_lease("relay/counter", "old", LIFE_S)
    assert lease is not None
    old = asyncio.create_task(relay(log, stopped, machine, "old").relay_once(0, lease))
    await stopped.changed.until(lambda: stopped.waiting == 1)
    machine.advance(LIFE_S)
    async with relay(log, healthy, machine, "new"):
        await healthy.has(1, 2)
        await add(log, 1)
        await healthy.has(1, 2, 3)
        stopped.open()
        with pytest.raises(LeaseLost):
            await old
    assert stopped.records == [1, 2]
    assert await position(log) == 3


async def test_a_relay_whose_lease_was_taken_stops_at_its_next_renewal(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    broker = Broker()
    one = relay(log, broker, machine)
    async with one:
        await add(log, 1)
        await broker.has(1)
        machine.advance(LIFE_S * 2)
        taken = await log.acquire_lease("relay/counter", "other", LIFE_S)
        while taken is None:
            machine.advance(LIFE_S * 2)
            taken = await log.acquire_lease("relay/counter", "other", LIFE_S)
        while one.active:
            machine.advance(LIFE_S / 3)
            await log.head()
        await add(log, 1)
        assert broker.records == [1]


async def test_the_age_of_the_oldest_row_is_told(log: EventLog[Any], machine: VirtualMachineClock) -> None:
    await add(log, 1)
    broker, legal = Broker(), VirtualLegalClock(START)
    broker.closed = True
    one = Relay("counter", log, broker, legal, machine, owner="one")
    async with one:
        await broker.changed.until(lambda: broker.waiting == 1)
        legal.advance(30)
        assert (one.pending, one.oldest_age_s) == (1, 30)
        broker.open()
        await one.relayed()
        assert (one.pending, one.oldest_age_s) == (0, 0)


async def test_failures_are_over_when_the_outbox_has_been_found_empty(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    """A relay that failed and then had nothing to send was never ready again."""
    recovered = relay(log, Broker(), machine)
    lease = await log.acquire_lease(recovered.position_name, "one", LIFE_S)
    assert lease is not None
    recovered.failures = 7
    assert await recovered.relay_once(0, lease) == 0
    assert recovered.failures == 0
