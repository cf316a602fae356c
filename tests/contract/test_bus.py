"""What every bus has to do: each message once, in order per key, whatever the way does to it.

The suite runs over every implementation in `BUSES`, with receivers in memory and on SQLite; Kafka is a real broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.public_events.envelope import Envelope
from tests.support.clocks import ImpatientClock
from tests.support.kafka import TOY_TOPICS, kafka_bus, own_topics
from tests.support.scripted_outbox import ScriptedOutbox
from tests.support.toy_ledger import COUNTER, MIRROR, POISON, START, TENANT, Add, toy_command, toy_envelope

BUSES = ("in-process", "kafka")


class World:
    """A source, a receiver, and a way to put a bus between them."""

    def __init__(self, make_bus: Callable[[], Bus], location: str, stack: AsyncExitStack) -> None:
        self.make_bus = make_bus
        self.outbox = ScriptedOutbox()
        self._location = location
        self._stack = stack

    async def open(self) -> None:
        self.counter = await self._log(COUNTER)
        self.mirror = await self._log(MIRROR)

    async def _log(self, service: Any) -> EventLog[Any]:
        location = self._location.format(service.name)
        log = await open_log(service, location, VirtualLegalClock(START), ImpatientClock())
        self._stack.push_async_callback(log.close)
        return log

    async def bus(self, source: EventLog[Any] | None = None, receiver: EventLog[Any] | None = None) -> Bus:
        bus = self.make_bus()
        self._stack.push_async_callback(bus.close)
        await bus.join(COUNTER, self.counter if source is None else source)
        await bus.join(MIRROR, self.mirror if receiver is None else receiver)
        return bus

    async def carried(self, *envelopes: Envelope) -> None:
        """Carry these messages as they are, until they are delivered."""
        self.outbox.put(*envelopes)
        bus = await self.bus(self.outbox.as_log())
        await bus.delivered("counter", await self.outbox.head())
        await bus.close()

    async def add(self, key: str, *amounts: int) -> None:
        for amount in amounts:
            name = f"{key} {await self.counter.head()} {amount}"
            await self.counter.submit(toy_command(f"counter/{key}", Add(amount=amount), name))

    async def totals(self, key: str) -> tuple[int, ...]:
        state, _ = await self.mirror.state(TENANT, f"counter/{key}")
        totals: tuple[int, ...] = state.totals
        return totals

    async def parked(self) -> list[tuple[str, int]]:
        return [(message.envelope.key, message.envelope.n) for message in await self.mirror.parked(100)]

    async def replay(self) -> None:
        for message in await self.mirror.parked(100):
            await self.mirror.receive(message.envelope)


class Counting:
    """A receiver that counts what it is offered."""

    def __init__(self, log: EventLog[Any]) -> None:
        self._log = log
        self.offered = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def receive(self, envelope: Envelope) -> Receipt:
        self.offered += 1
        return await self._log.receive(envelope)


@pytest.fixture(params=["memory:", "sqlite:///{folder}/{{}}.db"], ids=["memory", "sqlite"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    template: str = request.param
    return template.format(folder=tmp_path)


@pytest.fixture(params=BUSES)
async def make_bus(request: pytest.FixtureRequest) -> Callable[[], Bus]:
    if request.param == "in-process":
        return lambda: InProcessBus(SystemMachineClock(), early_retry_s=0.01)
    settings = await own_topics(request.getfixturevalue("kafka_bootstrap"), TOY_TOPICS)
    return lambda: kafka_bus(settings)


@pytest.fixture
async def world(make_bus: Callable[[], Bus], location: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        world = World(make_bus, location, stack)
        await world.open()
        yield world
    POISON.clear()


async def test_every_message_arrives_once_and_in_order_per_key(world: World) -> None:
    bus = await world.bus()
    keys = [f"c{number}" for number in range(5)]
    await asyncio.gather(*(world.add(key, *range(1, 21)) for key in keys))
    await bus.delivered("counter", await world.counter.head())
    expected = tuple(n * (n + 1) // 2 for n in range(1, 21))
    assert [await world.totals(key) for key in keys] == [expected] * len(keys)
    assert bus.undelivered() == 0


async def test_what_was_published_before_is_delivered(world: World) -> None:
    await world.add("a", 1, 2)
    bus = await world.bus()
    await bus.delivered("counter", await world.counter.head())
    assert await world.totals("a") == (1, 3)


async def test_a_repeated_message_changes_nothing(world: World) -> None:
    first, second = toy_envelope("a", 1, 5), toy_envelope("a", 2, 6)
    await world.carried(first, first, second, first, second)
    assert await world.totals("a") == (5, 6)


async def test_a_message_before_its_predecessor_waits_for_it(world: World) -> None:
    await world.carried(
        toy_envelope("a", 3, 7), toy_envelope("a", 2, 6), toy_envelope("b", 1, 1), toy_envelope("a", 1, 5)
    )
    assert await world.totals("a") == (5, 6, 7) and await world.totals("b") == (1,)


async def test_a_fork_is_parked_and_the_first_version_stays(world: World) -> None:
    await world.carried(toy_envelope("a", 1, 5), toy_envelope("a", 1, 9, event_id="another"), toy_envelope("b", 1, 1))
    assert await world.totals("a") == (5,) and await world.totals("b") == (1,)
    assert await world.parked() == [("a", 1)]


async def test_a_poison_message_parks_with_its_followers_while_other_keys_go_on(world: World) -> None:
    POISON.add(13)
    await world.carried(*(toy_envelope("a", n, 11 + n) for n in (1, 2, 3)), toy_envelope("b", 1, 1))
    assert await world.totals("a") == (12,) and await world.totals("b") == (1,)
    assert await world.parked() == [("a", 2), ("a", 3)]


async def test_a_replay_after_the_defect_is_mended_applies_what_was_parked_in_order(world: World) -> None:
    POISON.add(13)
    await world.carried(*(toy_envelope("a", n, 11 + n) for n in (1, 2, 3, 4)))
    POISON.clear()
    await world.replay()
    assert await world.totals("a") == (12, 13, 14, 15)
    assert await world.parked() == []


async def test_what_is_discarded_counts_as_received_and_its_followers_go_on(world: World) -> None:
    POISON.add(13)
    await world.carried(*(toy_envelope("a", n, 11 + n) for n in (1, 2, 3)))
    poisoned = (await world.mirror.parked(1))[0]
    await world.mirror.discard_parked(poisoned.envelope, "the total cannot be mirrored")
    await world.replay()
    assert await world.totals("a") == (12, 14)
    assert await world.parked() == []
    await world.carried(toy_envelope("a", 4, 15))
    assert await world.totals("a") == (12, 14, 15)


async def test_a_new_life_goes_on_where_the_last_one_stopped(world: World) -> None:
    first = await world.bus()
    await world.add("a", *[1] * 10)
    await first.delivered("counter", await world.counter.head())
    await first.close()
    await world.add("a", 1)
    counting = Counting(world.mirror)
    second = await world.bus(receiver=counting)  # type: ignore[arg-type]
    await second.delivered("counter", await world.counter.head())
    assert await world.totals("a") == tuple(range(1, 12))
    assert counting.offered == 1


async def test_a_service_joins_once(world: World) -> None:
    bus = await world.bus()
    with pytest.raises(ValueError, match="counter has joined already"):
        await bus.join(COUNTER, world.counter)
