"""What a relay does when its lease is lost, more is left than a page, or the broker refuses single rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.eventstore.leased import LeaseLost
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from shared.kernel.loops import pause_s
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope
from shared.relay import relay as relay_module
from shared.relay.publisher import PublishFailed, RecordRefused
from shared.relay.relay import Relay
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


async def test_a_relay_whose_lease_is_lost_while_it_sends_moves_nothing(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    """Though nobody has moved the position since: whoever has the lease now is sending from there."""
    await add(log, 1, 1)
    stopped = Broker()
    stopped.closed = True
    lease = await log.acquire_lease("relay/counter", "old", LIFE_S)
    assert lease is not None
    old = asyncio.create_task(relay(log, stopped, machine, "old").relay_once(0, lease))
    await stopped.changed.until(lambda: stopped.waiting == 1)
    machine.advance(LIFE_S)
    assert await log.acquire_lease("relay/counter", "new", LIFE_S)
    stopped.open()
    with pytest.raises(LeaseLost):
        await old
    assert await position(log) == 0


class Resting:
    """Passes everything on to a log, and says when the relay waits for it to grow."""

    def __init__(self, log: EventLog[Any]) -> None:
        self._log = log
        self.waits = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def wait_beyond(self, position: int, timeout_s: float) -> int:
        if position:
            self.waits.set()
            await asyncio.Event().wait()
        return await self._log.wait_beyond(position, timeout_s)


@pytest.mark.parametrize("what", ["full pages", "a page that ends with a refusal"])
async def test_while_more_is_left_than_a_page_the_relay_does_not_rest(
    log: EventLog[Any], machine: VirtualMachineClock, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    broker: Broker = Broker()
    if what == "full pages":
        monkeypatch.setattr(relay_module, "CHUNK_MAX", 3)
    else:
        broker = RefusingRows(("a", 2))
    await add(log, *[1] * 7)
    resting: Any = Resting(log)
    async with relay(resting, broker, machine) as one:
        await resting.waits.wait()
        aside = [row.position for row in one.aside.rows]
        assert await position(log) == 7
    assert (broker.records, aside) == (
        ([1, 2, 3, 4, 5, 6, 7], []) if what == "full pages" else ([1], [2, 3, 4, 5, 6, 7])
    )


class RefusingRows(Broker):
    """Refuses single rows, by key and number; those behind them it would take."""

    def __init__(self, *refused: tuple[str, int]) -> None:
        super().__init__()
        self.refused = set(refused)
        self.by_key: list[tuple[str, int]] = []

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        for place, envelope in enumerate(envelopes):
            if (envelope.key, envelope.n) in self.refused:
                raise RecordRefused("too large", acknowledged=place)
            self.records.append(envelope.n)
            self.by_key.append((envelope.key, envelope.n))
        self.changed.notify()


async def test_what_follows_a_refused_row_in_its_feed_is_not_sent_before_it(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    """The broker would take it, and every receiver would wait for the number before it."""
    for scope in ("counter/a", "counter/b", "counter/a", "counter/a", "counter/c"):
        await log.submit(toy_command(scope, Add(amount=1), f"{await log.head()}"))
    broker = RefusingRows(("a", 1))
    async with relay(log, broker, machine) as one:
        await one.relayed()
        assert sorted(broker.by_key) == [("b", 1), ("c", 1)]
        assert [row.position for row in one.aside.rows] == [1, 3, 4]
        # The second of the feed is refused by itself: what is behind it goes on waiting, in order.
        broker.refused = {("a", 2)}
        machine.advance(relay_module.ASIDE_RETRY_S)
        await log.submit(toy_command("counter/b", Add(amount=1), "wakes it"))
        while len(one.aside.rows) > 2:
            await log.head()
        assert [row.position for row in one.aside.rows] == [3, 4]
    assert [sent for sent in broker.by_key if sent[0] == "a"] == [("a", 1)]


async def test_a_term_begins_with_what_others_have_put_aside_in_the_order_of_the_outbox(
    log: EventLog[Any], machine: VirtualMachineClock
) -> None:
    await add(log, *[1] * 11)
    lease = await log.acquire_lease("relay/counter", "one", LIFE_S)
    assert lease is not None
    first, reached = relay(log, RefusingRows(("a", 1)), machine), 0
    while reached < 11:
        reached = (await first.relay_once(reached, lease)).reached
    await log.release_lease(lease)
    await add(log, 1)
    broker = RefusingRows()
    async with relay(log, broker, machine, "other") as other:
        await other.relayed()
        assert not broker.records, "a row was sent before those of its feed that are aside"
        machine.advance(relay_module.ASIDE_RETRY_S)
        await log.submit(toy_command("counter/b", Add(amount=1), "wakes it"))
        await broker.changed.until(lambda: len(broker.by_key) == 13)
    assert broker.by_key == [("b", 1), *(("a", n) for n in range(1, 13))]


async def test_the_pause_after_failures_in_a_row_grows(log: EventLog[Any], machine: VirtualMachineClock) -> None:
    await add(log, 1)
    broker = Slow(0)
    pausing = relay(log, broker, machine)
    async with pausing:
        for failures in range(1, 6):
            # The lease sleeps in a term too, and the term is over a while after the broker has failed.
            while len(broker.chunks) < failures or pausing.active or machine.waiting != 1:
                await log.head()
            machine.advance(pause_s(failures) - 0.01)
            for _ in range(5):
                await log.head()
            assert len(broker.chunks) == failures
            machine.advance(0.02)
