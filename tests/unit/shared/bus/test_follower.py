"""The follower of one source: it begins again after failures, keeps partitions apart and knows what is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from shared.bus.follower import Follower, partition_of
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.waiting import Signal
from shared.public_events.envelope import Envelope
from tests.support.clocks import ImpatientClock
from tests.support.scripted_outbox import ScriptedOutbox
from tests.support.toy_ledger import MIRROR, START, TENANT, CounterChanged, toy_envelope


class Obstacle:
    """A receiver that can be made to fail, or to let a key wait."""

    def __init__(self, log: EventLog[Any]) -> None:
        self._log = log
        self.failures = 0
        self.stopped_key = ""
        self.changed = Signal()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def let_go(self) -> None:
        self.stopped_key = ""
        self.changed.notify()

    async def receive(self, envelope: Envelope) -> Receipt:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the receiver is away")
        await self.changed.until(lambda: envelope.key != self.stopped_key)
        return await self._log.receive(envelope)


@pytest.fixture
async def receiver() -> AsyncIterator[Obstacle]:
    log = await open_log(MIRROR, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Obstacle(log)
    await log.close()


def follower(outbox: ScriptedOutbox, receiver: Obstacle, partitions: int = 4) -> Follower:
    log = cast(EventLog[Any], receiver)
    topics = (CounterChanged.TOPIC,)
    return Follower("counter", outbox.as_log(), "mirror", log, topics, ImpatientClock(), partitions=partitions)


async def totals(receiver: Obstacle, key: str) -> tuple[int, ...]:
    state, _ = await receiver.state(TENANT, f"counter/{key}")
    found: tuple[int, ...] = state.totals
    return found


async def test_after_any_failure_it_begins_again_and_misses_nothing(receiver: Obstacle) -> None:
    outbox = ScriptedOutbox()
    outbox.put(*(toy_envelope(key, n, n) for n in (1, 2, 3) for key in ("a", "b")))
    receiver.failures = 3
    async with follower(outbox, receiver) as following:
        await following.delivered(6)
    assert await totals(receiver, "a") == await totals(receiver, "b") == (1, 2, 3)


async def test_how_far_the_source_reaches_is_told_by_who_waits_for_it_and_not_asked_again(receiver: Obstacle) -> None:
    """Each look at the head is a hop to a thread and back, a second one for each message and each second of silence."""

    class Counted(ScriptedOutbox):
        asked = 0

        async def head(self) -> int:
            self.asked += 1
            return await super().head()

    outbox = Counted()
    async with follower(outbox, receiver) as following:
        for n in range(1, 11):
            outbox.put(toy_envelope("a", n, n))
            await following.delivered(n)
    assert await totals(receiver, "a") == tuple(range(1, 11))
    assert outbox.asked == 1


async def test_a_key_that_has_to_wait_does_not_stop_other_partitions(receiver: Obstacle) -> None:
    outbox = ScriptedOutbox()
    slow, fast = toy_envelope("a", 1, 1), toy_envelope("b", 1, 1)
    assert partition_of(slow, 4) != partition_of(fast, 4)
    receiver.stopped_key = "a"
    outbox.put(slow, fast)
    async with follower(outbox, receiver) as following:
        while not await totals(receiver, "b"):
            await receiver.wait_beyond(await receiver.head(), 1)
        assert following.undelivered == 1
        receiver.let_go()
        await following.delivered(2)
    assert await totals(receiver, "a") == (1,)


async def test_a_stop_in_the_middle_keeps_the_position_before_what_is_undelivered(receiver: Obstacle) -> None:
    outbox = ScriptedOutbox()
    receiver.stopped_key = "a"
    outbox.put(toy_envelope("a", 1, 1), toy_envelope("a", 2, 2))
    async with follower(outbox, receiver, partitions=1) as first:
        while not first.undelivered:
            await asyncio.wait([asyncio.create_task(outbox.head())])
    assert await receiver.get_position("bus/counter/0-of-1") == 0
    receiver.let_go()
    async with follower(outbox, receiver, partitions=1) as second:
        await second.delivered(2)
    assert await totals(receiver, "a") == (1, 2)
    assert await receiver.get_position("bus/counter/0-of-1") == 2


async def test_another_number_of_partitions_reads_from_the_beginning_and_changes_nothing(receiver: Obstacle) -> None:
    outbox = ScriptedOutbox()
    outbox.put(*(toy_envelope(f"k{number}", 1, 1) for number in range(10)))
    for partitions in (2, 5):
        async with follower(outbox, receiver, partitions) as following:
            await following.delivered(10)
    assert await receiver.head() == 10


def test_a_key_keeps_its_partition_and_keys_are_spread() -> None:
    partitions = [partition_of(toy_envelope(f"k{number}", 1, 1), 8) for number in range(200)]
    assert set(partitions) == set(range(8))
    assert partition_of(toy_envelope("k1", 7, 1), 8) == partitions[1]
