"""The relay before a broker that is slow, refuses, or is shared with a relay that thinks it is still its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared.eventstore.leased import LeaseLost
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock, VirtualMachineClock
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope
from shared.relay import aside as aside_module
from shared.relay import relay as relay_module
from shared.relay.aside import TooManyAside
from shared.relay.publisher import PublishFailed, RecordRefused
from shared.relay.relay import Relay
from tests.support.scripted_outbox import ScriptedOutbox
from tests.support.toy_ledger import COUNTER, START, Add, toy_command, toy_envelope

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
    assert (await one.relay_once(0, lease)).reached == 2 == await position(log)
    assert (await one.relay_once(2, lease)).reached == 4 == await position(log)
    assert broker.records == [1, 2, 1, 2, 3, 4] and one.pending == 0


async def test_a_failed_chunk_is_sent_again(log: EventLog[Any]) -> None:
    await add(log, 1, 1)
    broker = Broker()
    broker.failures = 2
    one = Relay("counter", log, broker, VirtualLegalClock(START), SystemMachineClock(), owner="one")
    async with one:
        await broker.has(1, 1, 2)
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
    assert (await recovered.relay_once(0, lease)).reached == 0
    assert recovered.failures == 0


class Refusing(Broker):
    """Refuses rows by the feed that they belong to, as long as it is told to."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused = set(refused)
        self.by_key: list[tuple[str, int]] = []

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for place, envelope in enumerate(envelopes):
            if envelope.key in self.refused:
                raise RecordRefused("too large", acknowledged=place)
            self.by_key.append((envelope.key, envelope.n))
        self.changed.notify()


async def test_a_row_that_the_broker_refuses_holds_back_its_own_feed_only(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    for scope in ("counter/a", "counter/b", "counter/a", "counter/c"):
        await log.submit(toy_command(scope, Add(amount=1), f"{await log.head()}"))
    broker = Refusing("a")
    one = relay(log, broker, machine)
    async with one:
        await broker.changed.until(lambda: len(broker.by_key) == 2)
        await one.relayed()
        assert broker.by_key == [("b", 1), ("c", 1)]
        assert [(row.key, row.position) for row in one.aside.rows] == [("a", 1), ("a", 3)]
        broker.refused.clear()
        # How long it has waited has nothing to do with what the machine calls the present.
        machine.set(machine.now() - 1e9)
        while len(broker.by_key) < 4:
            machine.advance(relay_module.ASIDE_RETRY_S)
            await log.head()
        await log.submit(toy_command("counter/a", Add(amount=1), "after"))
        await broker.changed.until(lambda: len(broker.by_key) == 5)
    assert broker.by_key[2:] == [("a", 1), ("a", 2), ("a", 3)] and not one.aside.rows


async def test_what_is_aside_is_known_to_the_replica_that_takes_over(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    await add(log, 1)
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    assert (await relay(log, Refusing("a"), machine).relay_once(0, lease)).reached == 1
    await add(log, 1)
    broker = Refusing()
    other = relay(log, broker, machine)
    await other.aside.load()
    assert (await other.relay_once(1, lease)).reached == 2
    assert broker.by_key == [] and [row.position for row in other.aside.rows] == [1, 2]


async def test_no_more_is_put_aside_than_the_limit(
    log: EventLog[Any], machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside_module, "ASIDE_MAX", 1)
    await add(log, 1, 1)
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    one = relay(log, Refusing("a"), machine)
    assert (await one.relay_once(0, lease)).reached == 1
    with pytest.raises(TooManyAside):
        await one.relay_once(1, lease)
    assert await position(log) == 1


class Slow(Broker):
    """Takes `room` rows of what it is given before the time is over."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        taken = envelopes[: self.room]
        self.records += [envelope.n for envelope in taken]
        self.chunks.append(len(envelopes))
        self.changed.notify()
        if len(taken) < len(envelopes):
            raise PublishFailed("the time is over", acknowledged=len(taken))


async def test_every_attempt_moves_the_position_and_the_next_is_no_larger(log: EventLog[Any]) -> None:
    await add(log, *[1] * 7)
    broker = Slow(2)
    async with Relay("counter", log, broker, VirtualLegalClock(START), SystemMachineClock(), owner="one") as one:
        await one.relayed()
    assert broker.records == [1, 2, 3, 4, 5, 6, 7] and max(broker.chunks[1:]) <= 4


async def test_a_chunk_of_which_nothing_arrived_is_halved(log: EventLog[Any], machine: VirtualMachineClock) -> None:
    await add(log, *[1] * 8)
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    broker = Slow(0)
    one = relay(log, broker, machine)
    for _ in range(4):
        with pytest.raises(PublishFailed):
            await one.relay_once(0, lease)
    assert broker.chunks == [8, 4, 2, 1]


async def test_a_chunk_is_bounded_in_bytes(
    log: EventLog[Any], machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(log, *[1] * 4)
    size = sum(len(row.envelope.data) for row in await log.outbox(0, 2))
    monkeypatch.setattr(relay_module, "CHUNK_BYTES_MAX", size)
    broker = Broker()
    async with relay(log, broker, machine) as one:
        await broker.has(1, 2, 3, 4)
        await one.relayed()
    assert max(broker.chunks) <= 2


async def test_what_was_read_ahead_is_sent_only_behind_what_it_follows(
    log: EventLog[Any], machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHUNK_MAX", 3)
    await add(log, *[1] * 6)
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    broker = Slow(1)
    one = relay(log, broker, machine)
    with pytest.raises(PublishFailed):
        await one.relay_once(0, lease)
    broker.room = 9
    reached = await position(log)
    while reached < 6:
        reached = (await one.relay_once(reached, lease)).reached
    assert broker.records == [1, 2, 3, 4, 5, 6]


async def test_nothing_read_ahead_outlives_its_term(
    machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log may be another one by then: put back to an earlier state, and written on."""
    monkeypatch.setattr(relay_module, "CHUNK_MAX", 2)
    outbox, broker = ScriptedOutbox(), Broker()
    outbox.put(*(toy_envelope("a", n, 1) for n in (1, 2, 3, 4)))
    one = Relay("counter", outbox.as_log(), broker, VirtualLegalClock(START), SystemMachineClock(), owner="one")
    lease = await outbox.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    broker.closed = True
    term = asyncio.create_task(one.step())
    await broker.changed.until(lambda: broker.waiting == 1)
    # Another replica has sent the same in the meantime.
    assert await outbox.set_position("relay/counter", 0, 2)
    broker.open()
    with pytest.raises(ExceptionGroup):
        await term
    outbox.rewrite(3, toy_envelope("a", 30, 1), toy_envelope("a", 40, 1))
    async with one:
        await broker.changed.until(lambda: len(broker.records) >= 4)
    assert broker.records == [1, 2, 30, 40]
